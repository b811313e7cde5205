"""Reading jobs: never one twice within three seconds, and never a no too early. What they mean is in ``outcome``.

Whoever asks too soon, such as after a hint, hears what was read last and when it may be read again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.failures import refusal, waiting
from providers.imaginepro.pacing import Seconds, Turnstile
from providers.imaginepro.paths import Family
from providers.imaginepro.wire import Message, read
from providers.transport import Reply, Transport

AGAIN_AFTER: Final = 3.0
"""Seconds between two looks at one message (the seed's "not faster")."""

UNSEEN_FOR: Final = 10.0
"""Seconds in which a new message may not be found yet (reference section 2.6)."""

_KEPT: Final = timedelta(hours=1)
_MANY: Final = 4096
_OK: Final = 200
_TOO_MANY: Final = 429
_NOT_FOUND: Final = frozenset({400, 404})


@dataclass(slots=True)
class _Seen:
    """What is known about one message: since when, and which attempt it is, where it was taken by this process.

    After a restart its first look counts as its beginning.
    """

    since: datetime
    token: str = ""
    read_at: datetime | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What was read last, ``None`` where nothing could be yet, and the seconds until it may be read again."""

    message: Message | None
    wait: float


class Messages:
    """Reads messages of one account."""

    def __init__(self, api: Transport, family: Family, turnstile: Turnstile, time: Seconds) -> None:
        self._api = api
        self._family = family
        self._turnstile = turnstile
        self._time = time
        self._seen: dict[str, _Seen] = {}

    def expect(self, message_id: str, token: str) -> None:
        """Remember that a job was taken just now, for this attempt."""
        self._known(message_id).token = token

    def attempt(self, message_id: str) -> str:
        """Return for which attempt a job was taken lately, nothing where that is not known."""
        seen = self._seen.get(message_id)
        return seen.token if seen else ""

    async def look(self, message_id: str) -> Look:
        """Return how a job is told; raises :class:`ProviderError` with ``sent: no``."""
        seen = self._known(message_id)
        left = self._left(seen)
        if left > 0:
            return Look(seen.message, left)
        seen.read_at = self._time.now()  # before anything is awaited: a second look meanwhile is one too many
        await self._turnstile.wait()
        seen.read_at = self._time.now()
        return self._understood(seen, await self._api.get(self._family.message(message_id)))

    def _understood(self, seen: _Seen, reply: Reply) -> Look:
        if reply.status == _TOO_MANY:
            return Look(seen.message, max(float(waiting(reply).get("retry_after", 0)), AGAIN_AFTER))
        if reply.status in _NOT_FOUND and self._time.since(seen.since) < UNSEEN_FOR:
            return Look(None, AGAIN_AFTER)
        if reply.status != _OK:
            raise refusal(reply, paid=False, redacted=self._api.redacted)
        message = read(Message, reply.body)
        if message is None:
            raise ProviderError(FailureCode.UNREADABLE, "no message in it", sent=Sent.NO)
        seen.message = message
        return Look(message, 0.0)

    def _left(self, seen: _Seen) -> float:
        """Return the seconds until it may be read again."""
        return 0.0 if seen.read_at is None else AGAIN_AFTER - self._time.since(seen.read_at)

    def _known(self, message_id: str) -> _Seen:
        if message_id not in self._seen and len(self._seen) >= _MANY:
            self._forget()
        return self._seen.setdefault(message_id, _Seen(self._time.now()))

    def _forget(self) -> None:
        oldest = self._time.now() - _KEPT
        self._seen = {name: seen for name, seen in self._seen.items() if (seen.read_at or seen.since) >= oldest}
