"""Whether Discord lists the commands that Limner would tell it now. Telling it is in ``connection``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_COMPARED = frozenset(
    {
        "type",
        "name",
        "description",
        "options",
        "choices",
        "required",
        "autocomplete",
        "value",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
        "contexts",
        "integration_types",
        "default_member_permissions",
        "nsfw",
    }
)
"""What makes a command; the rest is Discord's own (ids, versions) or old names for these."""

_IN_ANY_ORDER = frozenset({"contexts", "integration_types"})
_OURS = frozenset({1, 2, 3})
"""The kinds that programs list; Discord adds one of its own to games."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The names of commands that are not there, are there in another form, and are there without being ours."""

    absent: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether both sides have the same."""
        return not (self.absent or self.changed or self.foreign)


def compare(wanted: Sequence[Mapping[str, object]], there: Sequence[Mapping[str, object]]) -> Difference:
    """Return what is different. Fields that Discord leaves out where they say nothing count as the same."""
    mine, theirs = _named(wanted), _named(there)
    return Difference(
        absent=tuple(name for key, (name, _) in mine.items() if key not in theirs),
        changed=tuple(name for key, (name, what) in mine.items() if key in theirs and theirs[key][1] != what),
        foreign=tuple(name for key, (name, _) in theirs.items() if key not in mine),
    )


def _named(commands: Sequence[Mapping[str, object]]) -> Mapping[tuple[object, object], tuple[str, object]]:
    listed = [(c.get("type", 1), c.get("name"), _plain(c)) for c in commands]
    return {(kind, name): (str(name), what) for kind, name, what in listed if kind in _OURS}


def _plain(thing: object) -> object:
    if isinstance(thing, Mapping):
        return {key: _field(key, value) for key, value in thing.items() if _says_something(key, value)}
    return [_plain(part) for part in thing] if isinstance(thing, list | tuple) else thing


def _field(key: str, value: object) -> object:
    if key in _IN_ANY_ORDER and isinstance(value, list | tuple):
        return sorted(value)
    return dict(value) if key.endswith("_localizations") and isinstance(value, Mapping) else _plain(value)


def _says_something(key: str, value: object) -> bool:
    is_compared = key in _COMPARED or key.endswith("_localizations")
    return is_compared and value is not None and value is not False and value not in ("", [], (), {})
