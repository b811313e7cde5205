"""Comings and goings: we are added to a chat or removed, somebody opens theirs with us or chooses from its menu."""

import structlog

from bot.engine.ports import Heard, Person
from bot.platforms.feishu.events import Chosen, Event, Kind, Moved, read
from bot.platforms.feishu.hearing import Ears
from bot.platforms.feishu.welcome import MENU, welcome
from bot.storage.inbox import Inbox

log = structlog.get_logger(__name__)


class Chats:
    """Acts on what happens to chats. Raises ``StoreTrouble``; nobody waits for an answer here."""

    def __init__(self, ears: Ears, inbox: Inbox) -> None:
        self._ears = ears
        self._inbox = inbox

    async def act(self, event: Event) -> None:
        """Act on an event that is no message and no press."""
        kind = event.header.event_type
        if kind == Kind.MENU:
            await self._chosen(event)
        elif (moved := read(event, Moved)) is not None and moved.chat_id:
            await self._moved(event, kind, moved)

    async def _moved(self, event: Event, kind: str, moved: Moved) -> None:
        now = self._ears.clock.now()
        if kind in {Kind.REMOVED, Kind.DISBANDED}:
            log.info("feishu_chat_left", chat=moved.chat_id, why=kind)
            await self._ears.shipments.closed(moved.chat_id, kind, now)
            return
        await self._ears.shipments.opened(moved.chat_id, "group" if kind == Kind.ADDED else "p2p", now)
        if kind == Kind.ADDED:
            await self._ears.telling.say(await self._person(event, moved), f"added.{event.header.event_id}", welcome())
        elif moved.operator_id.open_id:
            await self._entered(event, moved)

    async def _entered(self, event: Event, moved: Moved) -> None:
        """Greet a person once in their life: this comes every time they open the chat."""
        tenant, name = event.header.tenant_key, moved.operator_id.open_id
        if await self._inbox.greeted(tenant, name):
            return
        await self._ears.telling.say(await self._person(event, moved), f"entered.{name}", welcome())
        await self._inbox.greet(tenant, name)

    async def _chosen(self, event: Event) -> None:
        chosen = read(event, Chosen)
        command = MENU.get(chosen.event_key) if chosen is not None else None
        if chosen is None or command is None:
            log.info("feishu_menu_unknown", key=chosen.event_key[:40] if chosen else "")
            return
        # There is no chat in it: what is said goes to the person, wherever that is.
        name = chosen.operator.operator_id.open_id
        person = await self._ears.guests.person(event.header.tenant_key, name, name)
        answer = await self._ears.studio.hear(Heard(person, f"menu.{event.header.event_id}", command))
        if answer.toast is not None:
            log.warning("feishu_menu_unanswered", key=chosen.event_key)

    async def _person(self, event: Event, moved: Moved) -> Person:
        return await self._ears.guests.person(event.header.tenant_key, moved.chat_id, moved.operator_id.open_id)
