"""Which providers are installed, and making one by its name. Every adapter is found the same way, ours and others'.

A package offers a provider as an entry point in the group ``limner.providers``: its name is the provider's name, its
object a function from :class:`providers.contract.ProviderSettings` to a :class:`providers.contract.Provider`.
Nothing of an adapter is imported before it is loaded.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from providers.contract import Provider, ProviderSettings

GROUP = "limner.providers"


class UnknownProviderError(LookupError):
    """No installed package offers a provider of that name, or more than one does."""


def names() -> tuple[str, ...]:
    """Return the names of all installed providers, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def load(name: str, settings: ProviderSettings) -> Provider:
    """Return a new provider; nothing is connected yet.

    Raises :class:`UnknownProviderError`, and whatever the adapter says about its settings.
    """
    factory = cast("Callable[[ProviderSettings], Provider]", _point(name).load())
    return factory(settings)


def _point(name: str) -> EntryPoint:
    found = {point.value: point for point in entry_points(group=GROUP, name=name)}
    if len(found) > 1:
        raise UnknownProviderError(f"more than one package offers {name!r}: {', '.join(sorted(found))}")
    if not found:
        raise UnknownProviderError(f"{name!r} is not installed; there is: {', '.join(names()) or 'nothing'}")
    return next(iter(found.values()))
