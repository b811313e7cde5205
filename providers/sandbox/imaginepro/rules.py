"""What this ImaginePro enforces beside the form of a request, each rule switchable. How it is enforced is not here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Family = Literal["midjourney", "nova"]


class Rules(BaseModel):
    """The rules of one sandbox; a restart brings the first ones back. Seconds are pretend ones.

    The figures are the documented ones (reference section 2.5); ``concurrency`` and ``unseen`` are ours.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    submit_every: float = Field(default=3.0, ge=0)
    """Seconds between two orders; 0 = no rule."""

    paced_reads: bool = False
    """Whether the list and the account count like orders: the document says "general endpoints"."""

    polls_per_second: int = Field(default=10, ge=0)
    """Messages read within a second, on the whole account; 0 = no rule."""

    unseen: float = Field(default=1.0, ge=0)
    """Seconds after an order in which nobody finds its message."""

    concurrency: int = Field(default=3, ge=1)
    """Jobs at a time; more wait as ``QUEUED``."""

    families: frozenset[Family] = frozenset({"midjourney", "nova"})
    """The path families that are answered."""

    webhook: str = ""
    """The account's own address for webhooks."""
