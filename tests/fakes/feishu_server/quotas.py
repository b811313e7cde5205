"""How often is too often: per API, per chat and per message, on the fake's clock (reference section 5)."""

import math
from collections import deque
from dataclasses import dataclass, field

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.refusals import RATE_LIMITED, TOO_OFTEN_HERE, Refusal, refuse


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


@dataclass(slots=True)
class Limits:
    """The figures. ``api`` is told with headers, the others by a business code."""

    api: tuple[Limit, ...] = (Limit(50, 1.0), Limit(1000, 60.0))
    chat: Limit = field(default_factory=lambda: Limit(5, 1.0))
    message: Limit = field(default_factory=lambda: Limit(5, 1.0))
    card: Limit = field(default_factory=lambda: Limit(10, 1.0))


class Quotas:
    """Counts requests in sliding windows. ``exceeded`` names what ran over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: dict[str, deque[float]] = {}
        self.limits: Limits | None = Limits()
        self.exceeded: list[str] = []

    def off(self) -> None:
        """Allow everything."""
        self.limits = None

    def count(self, api: str) -> dict[str, str]:
        """Count a request to an API and return its headers. Refused with 429 and 99991400."""
        if self.limits is None:
            return {}
        for limit in self.limits.api:
            left = self._take(f"{api}/{limit.seconds:g}", limit)
            headers = {"x-ogw-ratelimit-limit": str(limit.requests), "x-ogw-ratelimit-reset": str(math.ceil(left))}
            if left:
                self.exceeded.append(api)
                raise Refusal(RATE_LIMITED, headers=headers)
        return {"x-ogw-ratelimit-limit": str(self.limits.api[0].requests), "x-ogw-ratelimit-reset": "0"}

    def count_chat(self, chat: str) -> None:
        """Count a message to a chat. Refused with 230020."""
        if self.limits is not None:
            self._or_refuse(f"chat {chat}", self.limits.chat)

    def count_message(self, message: str) -> None:
        """Count a change of a card. Refused with 230020."""
        if self.limits is not None:
            self._or_refuse(f"message {message}", self.limits.message)

    def count_card(self, card: str) -> None:
        """Count an operation on a card entity. Refused with 230020."""
        if self.limits is not None:
            self._or_refuse(f"card {card}", self.limits.card)

    def _or_refuse(self, what: str, limit: Limit) -> None:
        if self._take(what, limit):
            self.exceeded.append(what)
            refuse(TOO_OFTEN_HERE)

    def _take(self, what: str, limit: Limit) -> float:
        """Return 0, or the seconds until there is room again."""
        now = self._clock.time()
        times = self._times.setdefault(what, deque())
        while times and times[0] <= now - limit.seconds:
            times.popleft()
        if len(times) >= limit.requests:
            return times[0] + limit.seconds - now
        times.append(now)
        return 0.0
