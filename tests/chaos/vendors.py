"""The table of providers and of what goes wrong with them. A new provider is one row here; nothing else names any.

Mishaps are markers of the sandbox (``providers/sandbox/faults.py``), written into the prompt of an order, so that it is
known what was done to which; storms are ordered for the next requests of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr

from bot.settings import ProviderSection
from providers.sandbox.faults import FaultSettings
from providers.sandbox.server import APP_KEY, IMAGINEPRO_KEY, KATANA_KEY, KATANA_SECRET, KEY


@dataclass(frozen=True, slots=True)
class Ask:
    """A way to order something: the command, and the model where the person names one."""

    command: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Storm:
    """A fault for the next requests of an endpoint, whoever makes them."""

    fault: str
    endpoint: str
    settings: FaultSettings = field(default_factory=FaultSettings)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One provider: what the operator writes down for it, what people ask of it, and what goes wrong.

    ``paid`` are the doors behind which something is charged, as the sandbox's gate counts them. ``charges_at_once``:
    what is taken is charged; else only what its own upstream takes.
    """

    section: Mapping[str, SecretStr | str]
    address: str
    asks: tuple[Ask, ...]
    paid: tuple[str, ...]
    mishaps: tuple[str, ...]
    storms: tuple[Storm, ...]
    secrets: tuple[str, ...]
    charges_at_once: bool = True

    def settings(self, sandbox: str) -> ProviderSection:
        """Return its part of the settings, pointed at a sandbox."""
        addresses = {name: f"{sandbox}{path}" for name, path in self.section.items() if name.endswith("_url")}
        rest = {name: value for name, value in self.section.items() if name not in addresses}
        return ProviderSection.model_validate({**rest, **addresses, "base_url": f"{sandbox}{self.address}"})


_BROKEN_ANSWERS = (
    *("lost-answer", "lost-answer", "lost-request", "html", "truncated", "wrong-type"),
    *("slow lasting=0.05", "drip lasting=0.05", "too-big", "elsewhere", "lying", "empty"),
    *("500", "500 committed=true", "503", "503 committed=true", "429 retry_after=3", "401", "402"),
)
"""What happens to the answer to an order, at any provider."""

_BROKEN_LOOKS = (
    *("401 on=detail times=2", "429 on=detail retry_after=7 times=5", "500 on=detail times=3", "503 on=detail times=2"),
    *("html on=detail times=3", "truncated on=detail times=2", "lost-answer on=detail times=3"),
    *("drip on=detail lasting=0.05 times=1", "too-big on=detail times=1", "elsewhere on=detail times=2"),
    *("wrong-type on=detail times=2", "empty on=detail times=2", "lying on=detail times=2"),
)
"""What happens to the looks at a running order, at any provider that is looked at."""

VENDORS: Mapping[str, Vendor] = {
    "ima_studio": Vendor(
        section={"key": SecretStr(KEY), "app_key": SecretStr(APP_KEY), "upload_url": "/ima-upload"},
        address="/ima",
        asks=(Ask("video"), Ask("video"), Ask("image"), Ask("music")),
        paid=("ima.create",),
        mishaps=(
            *_BROKEN_ANSWERS,
            *("4008", "4014", "6010", "http-status"),
            *_BROKEN_LOOKS,
            *("stuck lasting=4000", "no-url lasting=60", "deleted", "one-fails", "failed-quietly"),
            *("failed reason=pixverse", "failed reason=fusion", "failed reason=policy", "failed reason=pixels"),
        ),
        storms=(
            Storm("429", "ima.detail", {"times": 40, "retry_after": 5}),
            Storm("401", "ima.detail", {"times": 6}),
            Storm("503", "ima.*", {"times": 8}),
            Storm("lost-answer", "ima.products", {"times": 4}),
            Storm("too-big", "ima.products", {"times": 1}),
            Storm("elsewhere", "ima.products", {"times": 2}),
        ),
        secrets=(KEY, APP_KEY),
    ),
    "katana": Vendor(
        section={"key": SecretStr(f"{KATANA_KEY}:{KATANA_SECRET}")},
        address="/katana",
        asks=(Ask("image", "katana/nano-banana-2"), Ask("ask"), Ask("ask")),
        paid=("katana.create", "katana.chat"),
        mishaps=(
            *_BROKEN_ANSWERS,
            *_BROKEN_LOOKS,
            *("rejected", "failed-at-once", "no-pace", "no-usage", "stream-cut", "stream-split"),
            *("stuck lasting=900", "failed reason=policy", "failed reason=timeout", "failed reason=upstream"),
        ),
        storms=(
            Storm("429", "katana.detail", {"times": 20, "retry_after": 5}),
            Storm("401", "katana.*", {"times": 3}),
            Storm("503", "katana.models", {"times": 4}),
        ),
        secrets=(KATANA_KEY, KATANA_SECRET),
    ),
    "imaginepro": Vendor(
        section={"key": SecretStr(IMAGINEPRO_KEY)},
        address="/imaginepro/api/v1",
        asks=(Ask("image", "imaginepro/midjourney"), Ask("image", "imaginepro/flux")),
        paid=("imaginepro.create", "imaginepro.button"),
        mishaps=(
            *_BROKEN_ANSWERS,
            *_BROKEN_LOOKS,
            *("stuck lasting=600", "failed reason=banned", "failed reason=banned style=bare", "failed reason=timeout"),
        ),
        storms=(
            Storm("429", "imaginepro.detail", {"times": 20, "retry_after": 5}),
            Storm("401", "imaginepro.detail", {"times": 4}),
            Storm("503", "imaginepro.*", {"times": 6}),
        ),
        secrets=(IMAGINEPRO_KEY,),
    ),
    "ima2": Vendor(
        section={"enabled": "true"},
        address="/ima2",
        asks=(Ask("image", "gpt-5.4-mini"), Ask("video", "grok-imagine-video")),
        paid=("ima2.create",),
        mishaps=(
            *_BROKEN_ANSWERS,
            *("mute", "false-alarm", "heavy", "one-fails", "refs-dropped", "fallback", "stuck lasting=700"),
            *("failed reason=policy", "failed reason=rate", "failed reason=lost", "failed reason=upstream"),
            *("500 on=history times=2", "500 on=inflight times=2"),
        ),
        storms=(
            Storm("stream-cut", "ima2.events", {"times": 3}),
            Storm("503", "ima2.history", {"times": 6}),
            Storm("500", "ima2.inflight", {"times": 6}),
        ),
        secrets=(),
        charges_at_once=False,
    ),
}

MEDIA = tuple(
    Storm(fault, "cdn.get", {"times": times})
    for fault, times in (("empty", 1), ("lying", 1), ("lost-answer", 2), ("503", 2), ("elsewhere", 1), ("html", 1))
)
"""What happens to the files of results, whoever made them."""
