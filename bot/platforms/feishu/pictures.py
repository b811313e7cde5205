"""The pictures that people send or reply to, fetched while they can be. What should happen with them: ``hearing``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from bot.engine.ports import Attachment, Clock
from bot.errors import RefusalCode, Refused
from bot.platforms.feishu import reading, wire
from bot.platforms.feishu.client import Call, Client, NotTaken
from bot.platforms.feishu.verdicts import passes, pause
from bot.platforms.feishu.wire import Code, StoredMessages

log = structlog.get_logger(__name__)

MOST_PICTURE = 10 * 1024 * 1024
_MEGABYTES = 10

AT_ONCE = 16
"""Messages whose pictures are in memory together; the others wait, long since acknowledged."""

TRIES = 4
"""How often what passes by itself is asked for again."""

LONGEST_PAUSE = 60.0
_TOO_LARGE = 413
_T = TypeVar("_T")


class Unreadable(Exception):
    """Feishu does not give out this picture."""


class Pictures:
    """Fetches pictures. ``hands`` limits how many messages hold some at the same time."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.hands = asyncio.Semaphore(AT_ONCE)
        self._client = client
        self._clock = clock

    async def of(self, message: str, keys: tuple[str, ...]) -> tuple[Attachment, ...]:
        """Return what a message shows; raises ``Refused`` for what is too big, and :class:`Unreadable`."""
        return tuple([Attachment(await self._picture(message, key)) for key in keys])

    async def in_message(self, message: str) -> tuple[Attachment, ...]:
        """Return what somebody else's message shows, which may be nothing."""
        call = Call("GET", wire.message(message))
        try:
            found = await self._patiently(lambda: self._client.ask(call, StoredMessages))
        except NotTaken as no:
            log.info("feishu_message_unread", message=message, detail=str(no))
            return ()
        stored = next(iter(found.items), None)
        if stored is None or stored.deleted:
            return ()
        return await self.of(stored.message_id, reading.contents(stored.msg_type, stored.body.content).pictures)

    async def _picture(self, message: str, key: str) -> bytes:
        try:
            return await self._patiently(lambda: self._client.resource(message, key, "image", MOST_PICTURE))
        except NotTaken as no:
            if no.status == _TOO_LARGE or no.code == Code.DOWNLOAD_TOO_BIG:
                raise Refused(RefusalCode.PICTURE_TOO_BIG, megabytes=_MEGABYTES) from no
            log.warning("feishu_picture_unread", message=message, detail=str(no))
            raise Unreadable(str(no)) from no

    async def _patiently(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Ask a few times for what may be had a moment later; reading changes nothing."""
        for _ in range(TRIES - 1):
            try:
                return await work()
            except NotTaken as no:
                if not passes(no) or no.status == _TOO_LARGE:
                    raise
                await self._clock.sleep(min(pause(no) or 1.0, LONGEST_PAUSE))
        return await work()
