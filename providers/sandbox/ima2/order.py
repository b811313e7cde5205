"""What somebody ordered of ima2, read and found good. Reading and refusing are in ``stills`` and ``films``."""

from dataclasses import dataclass
from enum import StrEnum

from providers.sandbox.faults import Fault


class Kind(StrEnum):
    """What a job makes; the value is what the in-flight list calls it, but for edits, which it calls classic."""

    CLASSIC = "classic"
    EDIT = "edit"
    MULTIMODE = "multimode"
    NODE = "node"
    VIDEO = "video"


class Family(StrEnum):
    """Who works behind a provider."""

    OPENAI = "openai"
    GROK = "grok"
    GEMINI = "gemini"
    AGY = "agy"


FAMILIES = {
    "oauth": Family.OPENAI,
    "api": Family.OPENAI,
    "grok": Family.GROK,
    "grok-api": Family.GROK,
    "gemini-api": Family.GEMINI,
    "agy": Family.AGY,
}


@dataclass(frozen=True, slots=True)
class Film:
    """What else there is to know of a clip: seconds, and where it begins.

    ``source`` is the generated picture it was made from, ``parent`` the clip that it goes on from; ``lineage`` the
    parent's continuity.
    """

    seconds: int
    resolution: str
    aspect: str
    mode: str
    source: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One job. ``references`` are files of pictures that came with it; ``parent`` a node, ``backdrop`` a result."""

    kind: Kind
    prompt: str
    provider: str
    model: str
    count: int = 1
    quality: str = "medium"
    size: str = "1024x1024"
    format: str = "png"
    moderation: str = "low"
    effort: str = "medium"
    mode: str = "auto"
    search: bool = True
    warnings: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    session: str | None = None
    client_node: str | None = None
    parent: str | None = None
    backdrop: str | None = None
    film: Film | None = None
    fates: tuple[Fault, ...] = ()

    @property
    def family(self) -> Family:
        """Return who works behind its provider."""
        return FAMILIES[self.provider]

    @property
    def generations(self) -> int:
        """Return what the emulator charges: pictures or clips asked of the upstream."""
        single = self.kind is Kind.MULTIMODE and self.family in {Family.GEMINI, Family.AGY}
        return 1 if single else self.count

    def fate(self, *names: str) -> Fault | None:
        """Return the first fault of one of these names, if it was ordered for this job."""
        return next((fault for fault in self.fates if fault.fault in names), None)
