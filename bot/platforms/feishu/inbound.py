"""The one way in, for the long connection and for the webhook: what Feishu tells is taken here, or it is told again.

What is safe in the database counts as taken; acting on it comes later. Only a press is acted on at once, because its
answer is what people see. Everything that we do not know is taken too: refused, it would come four times more.
"""

import json
from collections.abc import Mapping

import structlog

from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.platforms.feishu import events
from bot.platforms.feishu.chats import Chats
from bot.platforms.feishu.clicks import Clicks
from bot.platforms.feishu.client import Client, NotTaken
from bot.platforms.feishu.events import CLICK, Event, Kind, Message, Moved, Spoken
from bot.platforms.feishu.hearing import Hearing
from bot.platforms.feishu.mailroom import Mailroom
from bot.platforms.feishu.wire import Json
from bot.storage.inbox import Inbox, Received

log = structlog.get_logger(__name__)

LONGEST_PAUSE = 60.0
"""Seconds between two questions who we are, while Feishu does not answer."""


class Inbound:
    """Takes events. ``application`` is our own id at Feishu."""

    def __init__(
        self,
        *,
        application: str,
        client: Client,
        inbox: Inbox,
        hearing: Hearing,
        chats: Chats,
        clicks: Clicks,
        clock: Clock,
    ) -> None:
        self._application = application
        self._client = client
        self._hearing = hearing
        self._chats = chats
        self._clicks = clicks
        self._clock = clock
        self._me = ""
        self.mailroom = Mailroom(inbox, self._act, clock)

    async def accept(self, raw: Mapping[str, object]) -> Json | None:
        """Take an event and return what a callback is answered with. Raises ``StoreTrouble``: then it is not taken."""
        event = events.opened(raw)
        if event is None:
            log.info("feishu_event_unknown", schema=str(raw.get("schema"))[:20])
            return None
        header = event.header
        if header.app_id and header.app_id != self._application:
            log.warning("feishu_event_of_another_application", application=header.app_id[:40])
            return None
        if header.event_type == CLICK:
            return await self._clicks.answer(event)
        if header.event_type in set(Kind):
            await self._keep(event, raw)
        else:
            log.debug("feishu_event_ignored", kind=header.event_type[:60])
        return None

    async def close(self) -> None:
        """Finish what was begun; the rest is found at the next start."""
        await self.mailroom.close()
        await self._clicks.close()

    async def _keep(self, event: Event, raw: Mapping[str, object]) -> None:
        name, lane = event.header.event_id, ""
        if event.header.event_type == Kind.MESSAGE:
            spoken = events.read(event, Spoken)
            if spoken is None or not self._may_be_for_us(spoken.message):
                return
            # The same message comes with other event ids (section 3); its own id is what stays.
            name, lane = spoken.message.message_id, spoken.message.chat_id
        elif (moved := events.read(event, Moved)) is not None:
            lane = moved.chat_id
        kept = json.dumps(events.without_secrets(raw), ensure_ascii=False)
        kept = kept.encode(errors="replace").decode()
        if name:
            await self.mailroom.keep(Received(name, lane or name, self._clock.now(), kept))

    def _may_be_for_us(self, message: Message) -> bool:
        """Return whether a message has to be looked at: what people write to each other is not even written down."""
        if message.is_private or message.parent_id:
            return True
        called = {mention.id.open_id for mention in message.mentions}
        return self._me in called if self._me else bool(called)

    async def _act(self, received: Received) -> None:
        event = events.opened(json.loads(received.raw))
        if event is None:
            return
        if event.header.event_type == Kind.MESSAGE:
            spoken = events.read(event, Spoken)
            if spoken is not None:
                await self._hearing.hear(spoken, event.header.tenant_key, await self._who_we_are())
            return
        try:
            await self._chats.act(event)
        except StoreTrouble as trouble:
            log.error("feishu_event_lost", kind=event.header.event_type, detail=str(trouble))  # noqa: TRY400 - no traceback
        except Exception:
            # A worker's loop is where everything is caught: the next event must not suffer.
            log.exception("feishu_event_broke", kind=event.header.event_type)

    async def _who_we_are(self) -> str:
        """Return the bot's open_id; nobody could be answered anyway while Feishu does not tell."""
        seconds = 1.0
        while True:
            try:
                self._me = self._me or (await self._client.bot()).open_id
            except NotTaken as no:
                log.warning("feishu_bot_unknown", detail=str(no))
            if self._me:
                return self._me
            await self._clock.sleep(seconds)
            seconds = min(seconds * 2, LONGEST_PAUSE)
