"""The web chat as a place where lines are said: stored first, then sent to the open pages. HTTP is not here."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from typing_extensions import override

from bot.core.cards import Card
from bot.core.job import Address
from bot.engine.ports import Line, Platform
from bot.errors import PlatformTrouble, StoreTrouble
from bot.platforms.web.audience import Audience
from bot.storage.conversations import Conversations, Message
from providers.outcomes import Preview

NAME = "web"
TENANT = "web"
"""The web chat has one tenant: whoever may open the page."""

PROGRESS_KEPT = 1000
"""How many messages' progress is remembered for pages that load later."""

MESSAGES_KNOWN = 10_000
"""How many messages are known to be on somebody's page; progress of others is not sent."""

PREVIEWS_KEPT = 64
"""How many unfinished pictures are in memory at once."""

_Kept = TypeVar("_Kept")


class WebPlatform(Platform):
    """Says lines in the web chat. A message's id is the key of the line that said it."""

    def __init__(self, conversations: Conversations, audience: Audience) -> None:
        self.audience = audience
        self._conversations = conversations
        self._progress: OrderedDict[str, tuple[str, Card]] = OrderedDict()
        self._private_to: OrderedDict[str, str] = OrderedDict()
        self._previews: OrderedDict[str, Preview] = OrderedDict()

    @property
    @override
    def name(self) -> str:
        return NAME

    @override
    async def say(self, line: Line) -> str:
        message = Message(
            id=line.key,
            place=line.address.place,
            at=line.at,
            card=line.card,
            locale=line.locale,
            private_to=line.person if line.private else "",
        )
        try:
            await self.post(message)
        except StoreTrouble as exc:
            raise PlatformTrouble(f"say: {exc}") from exc
        return line.key

    @override
    async def edit(self, line: Line, message: str) -> None:
        try:
            edited = await self._conversations.edit(message, line.card, line.locale, line.at)
        except StoreTrouble as exc:
            raise PlatformTrouble(f"edit: {exc}") from exc
        if edited is None:
            raise PlatformTrouble(f"edit: no message {message}", gone=True)
        self._progress.pop(message, None)
        self._previews.pop(message, None)
        self._know(edited)
        self.audience.post(edited)

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        card = self._with_preview(message, card)
        _keep(self._progress, message, (address.place, card), PROGRESS_KEPT)
        # A message that no page has loaded since we started is on no page: whoever loads it later gets this card.
        private_to = self._private_to.get(message)
        if private_to is not None:
            self.audience.show(address.place, message, card, private_to)

    def _with_preview(self, message: str, card: Card) -> Card:
        """Return progress with the newest unfinished picture, whose bytes stay here until a page asks for them."""
        if card.preview is not None:
            _keep(self._previews, message, card.preview, PREVIEWS_KEPT)
        newest = self._previews.get(message)
        return replace(card, preview=replace(newest, data=b"") if newest is not None else None)

    def preview(self, message: str) -> Preview | None:
        """Return the newest unfinished picture of a message."""
        return self._previews.get(message)

    async def visible(self, message: str, place: str, person: str) -> Message | None:
        """Return a stored message of a place, if this person may see it."""
        found = await self._conversations.message(message)
        return found if found is not None and found.place == place and found.private_to in {"", person} else None

    async def post(self, message: Message) -> Message:
        """Store a message once and show it to everybody who may see it; returns it as it is stored."""
        stored = await self._conversations.add(message)
        self._know(stored)
        self.audience.post(self.newest(stored))
        return stored

    async def history(self, place: str, person: str, *, before: int = 0, limit: int) -> Sequence[Message]:
        """Return what a person may see, oldest first, each message with its newest card."""
        messages = await self._conversations.history(place, person, limit=limit, before=before)
        for message in messages:
            self._know(message)
        return [self.newest(message) for message in messages]

    def newest(self, message: Message) -> Message:
        """Return a stored message as it looks now."""
        shown = self._progress.get(message.id)
        return message if shown is None else replace(message, card=shown[1])

    def progress(self, place: str, person: str) -> Sequence[tuple[str, Card]]:
        """Return the messages of a place that look different for now, as far as this person may see them."""
        seen = {"", person}
        here = [(key, card) for key, (where, card) in self._progress.items() if where == place]
        return [(key, card) for key, card in here if self._private_to.get(key) in seen]

    def _know(self, message: Message) -> None:
        _keep(self._private_to, message.id, message.private_to, MESSAGES_KNOWN)


def _keep(kept: OrderedDict[str, _Kept], key: str, value: _Kept, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
