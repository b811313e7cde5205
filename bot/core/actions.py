"""What a button means, written into its id so that it works after any restart. Who may press it is in ``access``."""

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 100
"""Characters a button id may have (reference ``discord.md`` rule on custom ids; the tightest of the platforms)."""

_SHAPE = re.compile(r"lm1\|(?P<verb>[a-z_]+)\|(?P<job>[0-9a-z]{1,40})(?:\|(?P<extra>[^|]{0,50}))?")


class Verb(StrEnum):
    """What pressing does."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    SWITCH = "switch"  # propose the same with the model named in ``extra``
    AGAIN = "again"  # propose the same once more, at today's price
    ANIMATE = "animate"  # propose a video from the picture numbered ``extra``
    WAIT = "wait"  # keep waiting for a late job
    LEAVE = "leave"  # stop asking about a late job; its result still comes
    LOOK = "look"  # look again for an order without a clear answer
    CONTINUE = "continue"  # propose a video that begins where the one numbered ``extra`` ended
    FORGET = "forget"  # forget the presser; the "job" is the sign of who was asked, see ``privacy``
    SHOW = "show"  # bring what the chat could not take when it came
    STEP = "step"  # propose the follow-up numbered ``extra`` of a finished order
    UPSCALE = "upscale"  # propose the picture numbered ``extra``, larger
    CUTOUT = "cutout"  # propose the picture numbered ``extra`` without its background
    DESCRIBE = "describe"  # propose a description of the picture numbered ``extra``
    ENHANCE = "enhance"  # propose the same with richer words
    STOP = "stop"  # ask the provider to stop a running order
    APPROVE = "approve"  # the second yes to an order, by an approver
    DECLINE = "decline"  # an approver's no


@dataclass(frozen=True, slots=True)
class Action:
    """A button's meaning: the verb, the job it is about, and one more word where the verb needs it."""

    verb: Verb
    job: str
    extra: str = ""

    def encode(self) -> str:
        """Return the id for the button, at most ``LONGEST`` characters."""
        if not self.fits:
            msg = f"not encodable: {self.verb} {self.extra!r}"
            raise ValueError(msg)
        return self._code

    @property
    def fits(self) -> bool:
        """Whether a button can carry this: a model may have a name that is too long or holds our own signs."""
        return len(self._code) <= LONGEST and _SHAPE.fullmatch(self._code) is not None

    @property
    def _code(self) -> str:
        return f"lm1|{self.verb.value}|{self.job}" + (f"|{self.extra}" if self.extra else "")


def decode(code: str) -> Action | None:
    """Read a button id; ``None`` for anything that is not ours."""
    found = _SHAPE.fullmatch(code)
    if found is None or found["verb"] not in set(Verb):
        return None
    return Action(Verb(found["verb"]), found["job"], found["extra"] or "")
