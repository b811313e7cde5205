"""How often the account may come: one order in three seconds, ten messages in one. What it orders is not here."""

from collections import deque
from datetime import datetime

from providers.sandbox.clock import SandboxClock
from providers.sandbox.imaginepro.answers import RefusedError
from providers.sandbox.imaginepro.rules import Rules

_TOO_FAST = "Too many requests."


class Pace:
    """Counts by the sandbox's clock. Who is turned away does not count, so patience is enough."""

    def __init__(self, clock: SandboxClock, rules: Rules) -> None:
        self._clock = clock
        self._rules = rules
        self._submitted: datetime | None = None
        self._polled: deque[datetime] = deque()

    def submit(self) -> None:
        """Let an order in. Raises :class:`RefusedError` with 429."""
        if self._submitted is not None and self._clock.elapsed(self._submitted) < self._rules.submit_every:
            raise RefusedError(429, _TOO_FAST)
        self._submitted = self._clock.now()

    def poll(self) -> None:
        """Let a look at a message in. Raises :class:`RefusedError` with 429."""
        most = self._rules.polls_per_second
        while self._polled and self._clock.elapsed(self._polled[0]) >= 1.0:
            self._polled.popleft()
        if most and len(self._polled) >= most:
            raise RefusedError(429, _TOO_FAST)
        self._polled.append(self._clock.now())

    def read(self) -> None:
        """Let a look at the list or the account in; only paced where the rules say so."""
        if self._rules.paced_reads:
            self.submit()
