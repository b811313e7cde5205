"""How often Discord may be asked: its buckets, its limit for everything, the bans it threatens. Nothing is sent here.

Discord tells what is left of a bucket with every answer (section 2), so nothing is guessed but the first request.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.engine.ports import Clock

EVERYTHING = 45
"""Requests in a second over all buckets; Discord takes 50."""

FOR_PROGRESS = 30
"""How many of those may be taken by who does not want to wait; the rest is always there for what is owed."""

MOST_REFUSED = 5000
"""Refused requests in ten minutes after which nothing is asked any more; Discord bans the address at 10,000."""

REFUSED_COUNT_FOR = timedelta(minutes=10)
BAN = timedelta(minutes=10)
"""How long nothing is asked after a ban by the wall in front of Discord."""

BUCKETS_KEPT = 5000
SAME_WINDOW = timedelta(milliseconds=250)
"""How much two answers may differ about when the same bucket opens again: one was longer on its way."""

MARGIN = timedelta(milliseconds=5)
"""Discord rounds what it tells to milliseconds."""

_SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class _Bucket:
    """What is known of a bucket. Until Discord has told anything, one request at a time."""

    limit: int = 1
    left: int = 1
    resets: datetime | None = None
    flying: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def renew(self, now: datetime) -> None:
        if self.resets is not None and now >= self.resets:
            self.left, self.resets = self.limit, None

    @property
    def free(self) -> int:
        return self.left - self.flying


class Full(Exception):
    """There is no room for a request that does not want to wait."""


class Buckets:
    """Lets requests through as they have room. ``major`` is what a bucket counts by: a channel, or a token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: dict[str, str] = {}
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()
        self._flying = 0
        self._recent: deque[datetime] = deque()
        self._landed = asyncio.Event()
        self._refused: deque[datetime] = deque()
        self._closed_until: datetime | None = None

    def closed_for(self) -> float:
        """Return the seconds for which nothing may be asked at all."""
        if self._closed_until is None:
            return 0.0
        return max(0.0, (self._closed_until - self._clock.now()).total_seconds())

    def close(self, for_: timedelta) -> None:
        """Ask nothing for so long."""
        until = self._clock.now() + for_
        self._closed_until = max(until, self._closed_until or until)

    async def enter(self, route: str, major: str, *, whole: bool, patient: bool) -> None:
        """Wait for room and take it. ``whole``: it counts towards the limit for everything.

        Who is not ``patient`` gets :class:`Full` instead of a wait, and leaves the last place to others.
        """
        while True:
            bucket = self._bucket(route, major)
            bucket.renew(self._clock.now())
            spare = 0 if patient or bucket.limit == 1 else 1
            if bucket.free > spare and (not whole or self._used() < (EVERYTHING if patient else FOR_PROGRESS)):
                break
            if not patient:
                raise Full
            await self._wait(bucket)
        bucket.flying += 1
        self._flying += whole

    def leave(self, route: str, major: str, headers: Mapping[str, str], *, whole: bool) -> None:
        """Note that a request was answered, or never will be, and what the answer tells about its bucket."""
        if whole:
            self._flying -= 1
            self._recent.append(self._clock.now())
            self._landed.set()
            self._landed = asyncio.Event()
        bucket = self._bucket(route, major)
        bucket.flying = max(0, bucket.flying - 1)
        name = headers.get("X-RateLimit-Bucket")
        if name is not None:
            bucket = self._known_as(route, major, name)
        self._learn(bucket, headers)
        bucket.changed.set()
        bucket.changed = asyncio.Event()

    def hold(self, route: str, major: str, seconds: float, *, everything: bool) -> None:
        """Send nothing more into a bucket, or at all, for so many seconds."""
        until = self._clock.now() + timedelta(seconds=seconds)
        if everything:
            self._recent.extend([until - _SECOND] * EVERYTHING)
            return
        bucket = self._bucket(route, major)
        bucket.left, bucket.resets = 0, until

    def count_refusal(self) -> bool:
        """Count a refused request; return whether there were too many, after which everything is closed."""
        now = self._clock.now()
        self._refused.append(now)
        while self._refused[0] <= now - REFUSED_COUNT_FOR:
            self._refused.popleft()
        if len(self._refused) < MOST_REFUSED:
            return False
        self.close(self._refused[0] + REFUSED_COUNT_FOR - now)
        return True

    def _learn(self, bucket: _Bucket, headers: Mapping[str, str]) -> None:
        try:
            left = int(headers["X-RateLimit-Remaining"])
            limit = int(headers.get("X-RateLimit-Limit", "1"))
            after = float(headers.get("X-RateLimit-Reset-After", "0"))
        except (KeyError, ValueError):
            if bucket.resets is None:
                bucket.left = bucket.limit
            return
        resets = self._clock.now() + timedelta(seconds=after) + MARGIN
        is_same = bucket.resets is not None and resets <= bucket.resets + SAME_WINDOW
        # Answers overtake each other: of the same window only the lowest figure is true.
        bucket.left = min(bucket.left, left) if is_same else left
        bucket.limit = max(1, limit)
        bucket.resets = max(resets, bucket.resets or resets)

    def _bucket(self, route: str, major: str) -> _Bucket:
        key = (self._names.get(route, route), major)
        if key not in self._buckets:
            self._buckets[key] = _Bucket()
            self._drop_idle()
        self._buckets.move_to_end(key)
        return self._buckets[key]

    def _known_as(self, route: str, major: str, name: str) -> _Bucket:
        """Return the bucket under the name Discord gives it: several routes may share one."""
        if self._names.get(route) != name:
            bucket = self._buckets.pop((self._names.get(route, route), major), None) or _Bucket()
            self._names[route] = name
            self._buckets.setdefault((name, major), bucket)
        return self._bucket(route, major)

    def _drop_idle(self) -> None:
        while len(self._buckets) > BUCKETS_KEPT:
            key, bucket = next(iter(self._buckets.items()))
            if bucket.flying:
                return
            del self._buckets[key]

    def _used(self) -> int:
        """Return how many requests Discord may have counted in one second together with one that is sent now.

        It counts a request some time between its sending and its answer: one on its way may be counted at any moment,
        one that was answered a second ago no more.
        """
        since = self._clock.now() - _SECOND
        while self._recent and self._recent[0] <= since:
            self._recent.popleft()
        return len(self._recent) + self._flying

    async def _wait(self, bucket: _Bucket) -> None:
        now = self._clock.now()
        if bucket.free > 0 and not self._recent:
            await self._landed.wait()
            return
        if bucket.free > 0:
            until = self._recent[0] + _SECOND
        elif bucket.flying and bucket.left > 0:
            await bucket.changed.wait()
            return
        else:
            until = bucket.resets or now + _SECOND
        await self._clock.sleep(max(0.001, (until - now).total_seconds()))
