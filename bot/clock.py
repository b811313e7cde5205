"""The machine's time and unguessable names, for the composition root to pass in. Nobody else asks for either."""

import asyncio
import secrets
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any


class WallClock:
    """The machine's clock. ``speed`` makes providers' seconds pass faster (the demo); dates stay true.

    Only durations are scaled, never stored times, so that a restart changes nothing.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("a clock cannot stand still or run backwards")
        self._speed = speed

    def now(self) -> datetime:
        """Return the wall time in UTC."""
        return datetime.now(UTC)

    def elapsed(self, since: datetime) -> float:
        """Return the providers' seconds since then; never less than nothing, even if the machine's clock jumps."""
        return max(0.0, (self.now() - since).total_seconds() * self._speed)

    def sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Wait that many of the providers' seconds."""
        # Not a coroutine of its own around that one: each running job would keep its frame, 200 bytes of it.
        return asyncio.sleep(seconds / self._speed)


class RandomIds:
    """Names nobody can guess."""

    def new(self) -> str:
        """Return 32 random hexadecimal digits."""
        return secrets.token_hex(16)
