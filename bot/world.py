"""What the service takes from outside, so that a test or the demo can give something else: time, names, pictures."""

from dataclasses import dataclass
from random import Random

from bot.clock import RandomIds, WallClock
from bot.engine.ports import Clock, Ids, Intake
from providers.contract import Picture
from providers.intake import Intake as GuardedFetch
from providers.intake import checked


class PictureDoor(GuardedFetch):
    """The guarded fetch, and the same check for bytes that came with a message."""

    def check(self, data: bytes) -> Picture:
        """Return bytes as a picture."""
        return checked(data)


@dataclass(frozen=True, slots=True)
class World:
    """What the service takes from outside, so that a test or the demo can give something else."""

    clock: Clock
    ids: Ids
    random: Random
    intake: Intake

    @classmethod
    def real(cls, speed: float = 1.0) -> "World":
        """Return the machine's clock, unguessable names and the public internet."""
        return cls(WallClock(speed), RandomIds(), Random(), PictureDoor())  # noqa: S311 - it only spreads first looks
