"""Who somebody is: their place, and the language their program speaks (section 10). What they say is in ``hearing``."""

from collections import OrderedDict

import structlog

from bot.core.job import Address
from bot.engine.ports import Person
from bot.errors import StoreTrouble
from bot.platforms.feishu.events import Message
from bot.platforms.feishu.reading import locale_of
from bot.platforms.feishu.wire import NAME
from bot.storage.inbox import Inbox

log = structlog.get_logger(__name__)

_KEPT = 5000


def place_of(message: Message) -> str:
    """Return where the answer to a message belongs: its chat, or its topic there."""
    if not message.thread_id:
        return message.chat_id
    return f"{message.chat_id}/{message.root_id or message.message_id}"


class Guests:
    """Knows people's languages. ``default`` is the one of whoever never showed any."""

    def __init__(self, inbox: Inbox, default: str) -> None:
        self._inbox = inbox
        self._default = default
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    async def person(self, tenant: str, place: str, name: str, user_agent: str = "") -> Person:
        """Return a person in a place; ``user_agent`` says what program they write with, where Feishu tells."""
        shown = locale_of(user_agent)
        locale = await self._locale(tenant, name, shown)
        return Person(Address(NAME, tenant, place), name, locale or self._default)

    async def _locale(self, tenant: str, name: str, shown: str) -> str:
        who = (tenant, name)
        try:
            if who not in self._known:
                self._known[who] = await self._inbox.locale(tenant, name)
            if shown and self._known[who] != shown:
                await self._inbox.speaks(tenant, name, shown)
                self._known[who] = shown
        except StoreTrouble as trouble:
            log.warning("feishu_language_unknown", detail=str(trouble))
            return shown
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return self._known.get(who, "")
