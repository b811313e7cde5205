"""How often the bot may ask: buckets, the global limit, old edits, the ban for bad requests. What it asks is not here.

The figures are those users measured (reference sections 1.2 and 2), on the fake's clock. Each can be set.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: float


REAL_LIFE: Mapping[str, Limit] = {
    "webhooks": Limit(5, 2.0),
    "channels.send": Limit(5, 5.0),
    "channels.edit": Limit(5, 5.0),
    "channels.delete": Limit(5, 1.0),
    "channels.typing": Limit(5, 5.0),
    "commands": Limit(5, 20.0),
}
"""By bucket; ``webhooks`` counts per interaction token, ``channels.*`` per channel."""

_ORDINARY = Limit(50, 1.0)
GLOBAL = Limit(50, 1.0)
OLD_EDITS = Limit(3, 3600.0)
"""Edits of messages older than an hour, per channel; Discord does not tell the figure."""
INVALID = Limit(10_000, 600.0)
"""Refused requests (401, 403, 429) before the whole address is banned."""
VIA = {"Via": "1.1 google"}


@dataclass(slots=True)
class Window:
    """What is left of a limit until ``reset_at``."""

    limit: Limit
    reset_at: float
    used: int = 0

    @property
    def left(self) -> int:
        """Return how many requests are left."""
        return max(0, self.limit.requests - self.used)


@dataclass(slots=True)
class Buckets:
    """Counts every request. ``limits`` may be changed at any time; None takes one away."""

    clock: Clock
    limits: dict[str, Limit | None] = field(default_factory=lambda: dict(REAL_LIFE))
    everything: Limit | None = GLOBAL
    old_edits: Limit | None = OLD_EDITS
    invalid: Limit = INVALID
    ban_seconds: float = 600.0
    exceeded: list[str] = field(default_factory=list)
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _invalid: deque[float] = field(default_factory=deque)
    _banned_until: float = 0.0

    def off(self) -> None:
        """Take away every limit, for tests about something else."""
        self.limits = dict.fromkeys(self.limits)
        self.everything = self.old_edits = None

    def take(self, bucket: str, major: str, *, counted_globally: bool) -> dict[str, str]:
        """Count a request and return the headers that tell about it. Raises :class:`Refusal` with 429."""
        if counted_globally and self.everything is not None:
            whole = self._window("everything", "", self.everything)
            if not whole.left:
                raise self._refused(whole, bucket, scope="global")
            whole.used += 1
        limit = self.limits.get(bucket, _ORDINARY)
        if limit is None:
            return {}
        window = self._window(bucket, major, limit)
        if not window.left:
            raise self._refused(window, bucket)
        window.used += 1
        return self._headers(window, bucket)

    def edit_old(self, channel: int) -> None:
        """Count an edit of a message older than an hour. Raises :class:`Refusal` with 429 and code 30046."""
        if self.old_edits is None:
            return
        window = self._window("old-edits", str(channel), self.old_edits)
        if not window.left:
            raise self._refused(
                window, "old-edits", code=30046, words="Maximum number of edits to messages older than 1 hour reached"
            )
        window.used += 1

    def count_invalid(self, status: int, scope: str | None) -> None:
        """Count an answer towards the ban."""
        if status in {401, 403} or (status == 429 and scope != "shared"):
            now = self.clock.time()
            self._invalid.append(now)
            if self.invalid_count >= self.invalid.requests:
                self._banned_until = now + self.ban_seconds

    @property
    def invalid_count(self) -> int:
        """Return how many bad requests count at this moment."""
        since = self.clock.time() - self.invalid.seconds
        while self._invalid and self._invalid[0] <= since:
            self._invalid.popleft()
        return len(self._invalid)

    def check_ban(self) -> None:
        """Refuse everything while the address is banned, as the wall in front of Discord does: no ``Via``, no JSON."""
        if self.clock.time() < self._banned_until:
            raise banned()

    def _window(self, bucket: str, major: str, limit: Limit) -> Window:
        now = self.clock.time()
        window = self._windows.get((bucket, major))
        if window is None or window.limit != limit or now >= window.reset_at:
            window = self._windows[bucket, major] = Window(limit, now + limit.seconds)
        return window

    def _headers(self, window: Window, bucket: str) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(window.limit.requests),
            "X-RateLimit-Remaining": str(window.left),
            "X-RateLimit-Reset": f"{window.reset_at:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, window.reset_at - self.clock.time()):.3f}",
            "X-RateLimit-Bucket": f"{bucket}-hash",
        }

    def _refused(
        self,
        window: Window,
        bucket: str,
        *,
        scope: str = "user",
        code: int = 0,
        words: str = "You are being rate limited.",
    ) -> Refusal:
        self.exceeded.append(bucket if scope == "user" else scope)
        # Rounded up: whoever waits exactly that long must find the window open.
        after = math.ceil((window.reset_at - self.clock.time()) * 1000) / 1000
        return limited(after, headers=self._headers(window, bucket), scope=scope, code=code, words=words)


def limited(
    after: float,
    *,
    headers: Mapping[str, str] | None = None,
    scope: str = "user",
    code: int = 0,
    words: str = "You are being rate limited.",
) -> Refusal:
    """Return a 429 of Discord's own; whoever obeys it comes back after so many seconds."""
    told = {**VIA, **(headers or {}), "Retry-After": str(math.ceil(after)), "X-RateLimit-Scope": scope}
    if scope == "global":
        told["X-RateLimit-Global"] = "true"
    return Refusal(429, code, words, extra={"retry_after": after, "global": scope == "global"}, headers=told)


def banned() -> Refusal:
    """Return the 429 of the wall in front of Discord: a page, and no ``Via``."""
    return Refusal(429, 0, "banned", headers={"Retry-After": "600"}, body="<html>error code: 1015</html>")
