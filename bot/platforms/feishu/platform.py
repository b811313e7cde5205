"""Feishu as a place where lines are said, once each. How messages get there is in ``delivery``, looks in ``render``.

Saying a line again is safe: see ``delivery`` for how long and why.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import structlog
from typing_extensions import override

from bot.core.cards import Card, Medium
from bot.core.job import Address
from bot.core.lark import Why
from bot.engine.ports import Clock, Line, LineKind, Platform, Store
from bot.errors import PlatformTrouble, StoreTrouble
from bot.i18n import Translators
from bot.platforms.feishu import verdicts
from bot.platforms.feishu.client import NotTaken
from bot.platforms.feishu.delivery import Delivery, Undelivered
from bot.platforms.feishu.limits import Form, Json
from bot.platforms.feishu.media import Brought, Media
from bot.platforms.feishu.parcel import Parcel, lack
from bot.platforms.feishu.render import Draft, Shape, nonce
from bot.platforms.feishu.sketches import Sketches
from bot.platforms.feishu.turns import Turns, Wish
from bot.platforms.feishu.verdicts import Verdict, verdict
from bot.platforms.feishu.voices import Tongues
from bot.platforms.feishu.wire import NAME
from bot.storage.shipments import Sent, Shipments

log = structlog.get_logger(__name__)

_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Means:
    """What the platform works with."""

    delivery: Delivery
    media: Media
    turns: Turns
    shipments: Shipments
    store: Store
    translators: Translators
    clock: Clock


class FeishuPlatform(Platform):
    """Says lines in Feishu. A message's id here is Feishu's own."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._tongues = Tongues(means.translators, means.shipments, means.store)
        self._sketches = Sketches(means.media, means.clock)
        self._over: OrderedDict[str, None] = OrderedDict()

    @property
    @override
    def name(self) -> str:
        return NAME

    @override
    async def say(self, line: Line) -> str:
        return (await _guarded(self._say(line))).message

    @override
    async def edit(self, line: Line, message: str) -> None:
        await _guarded(self._edit(line, message))

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        if message in self._over:
            return
        try:
            sent = await self._means.delivery.newest(message)
            if sent is None or sent.form != Form.CARD:
                self._note_over(message)
                return
            voices = await self._tongues.on(sent, locale)
            preview = await self._sketches.of(sent.message, card.preview)
            wished = Wish(sent.chat, sent.message, Parcel(replace(card, preview=None), voices, Shape(preview=preview)))
            async with self._means.turns.next("change", wished) as wish:
                if wish is not None:
                    await self._show(wish)
        except StoreTrouble as trouble:
            raise PlatformTrouble(f"show: {trouble}") from trouble

    def answering(self, message: str) -> AbstractAsyncContextManager[None]:
        """Keep a message as it is while a press on it is answered: see ``turns``."""
        return self._means.turns.answering(message)

    async def card_after(self, message: str) -> Json | None:
        """Return the form that a pressed card is about to take, or ``None`` where it stays; for the press's answer."""
        means = self._means
        pressed = await means.shipments.sent(message)
        if pressed is None:
            return None
        owed = await means.store.owed(Address(NAME, pressed.tenant, pressed.place))
        for item in reversed(owed):
            if item.line.kind is not LineKind.EDIT:
                continue
            edited = await means.delivery.newest(item.message or await means.store.message_of(item.line.target))
            if edited is not None and edited.message == message:
                draft = (await self._parcel(item.line)).draft()
                return draft.content if draft.form is Form.CARD else None
        return None

    # --- new messages --------------------------------------------------------------------------------------------

    async def _say(self, line: Line) -> Sent:
        if line.card.media:
            return await self._say_result(line)
        return await self._means.delivery.bring(line, await self._parcel(line))

    async def _edit(self, line: Line, message: str) -> Sent:
        sent = await self._means.delivery.change(line, message, await self._parcel(line))
        self._sketches.forget(sent.message)
        return sent

    async def _say_result(self, line: Line) -> Sent:
        """Show a result; once more with new uploads where Feishu does not know the old ones any more."""
        try:
            return await self._show_result(line)
        except NotTaken as no:
            if verdict(no) is not Verdict.RELOAD:
                raise
        for n in range(len(line.card.media)):
            await self._means.media.again(f"{line.key}.{n}")
        try:
            return await self._show_result(line)
        except NotTaken as no:
            if verdict(no) is not Verdict.RELOAD:
                raise
        return await self._means.delivery.bring(line, await self._parcel(line, notes=(Why.NOT_TAKEN,)))

    async def _show_result(self, line: Line) -> Sent:
        found = [(m, await self._means.media.bring(f"{line.key}.{n}", m)) for n, m in enumerate(line.card.media)]
        shown = [(medium, brought) for medium, brought in found if isinstance(brought, Brought)]
        whys = tuple(dict.fromkeys(why for _, why in found if isinstance(why, Why)))
        return await self._say_shown(line, shown, await self._parcel(line, notes=whys))

    async def _say_shown(self, line: Line, shown: Sequence[tuple[Medium, Brought]], parcel: Parcel) -> Sent:
        """Say a caption with what can be in one message with it, then what cannot."""
        bring = self._means.delivery.bring
        if any(brought.form is Form.MEDIA for _, brought in shown):
            elements = tuple(e for _, brought in shown for e in _element(brought))
            sent = await bring(line, replace(parcel, media=elements))
            if line.card.buttons:
                buttons = replace(parcel.card, title=None, quote="", text="", facts=(), lines=(), media=())
                await bring(line, replace(parcel, card=buttons, shape=Shape(nonce(line.key))), "buttons")
        else:
            pictures = {medium.url: brought.key for medium, brought in shown if brought.form is Form.IMAGE}
            sent = await bring(line, replace(parcel, shape=replace(parcel.shape, pictures=pictures)))
        for n, (_, brought) in enumerate(shown):
            if brought.form in {Form.AUDIO, Form.FILE}:
                await bring(
                    line,
                    Parcel(Card(), parcel.voices, fixed=Draft(brought.form, {"file_key": brought.key})),
                    f"file.{n}",
                )
        return sent

    async def _parcel(self, line: Line, *, notes: Sequence[Why] = ()) -> Parcel:
        said = tuple(lack(line.card.media, why) for why in notes)
        return Parcel(line.card, await self._tongues.of(line), Shape(nonce(line.key), notes=said))

    # --- progress ------------------------------------------------------------------------------------------------

    async def _show(self, wish: Wish) -> None:
        try:
            await self._means.delivery.show(wish.chat, wish.message, wish.parcel)
        except NotTaken as no:
            if not verdicts.passes(no):
                self._note_over(wish.message)
            raise PlatformTrouble(f"show: {no}") from no

    def _note_over(self, message: str) -> None:
        self._over[message] = None
        if len(self._over) > _KEPT:
            self._over.popitem(last=False)


def _element(brought: Brought) -> Iterator[Json]:
    """Yield what shows a result inside a post; nothing for what needs a message of its own."""
    if brought.form is Form.MEDIA:
        cover = {"image_key": brought.cover} if brought.cover else {}
        yield {"tag": "media", "file_key": brought.key, **cover}
    elif brought.form is Form.IMAGE:
        yield {"tag": "img", "image_key": brought.key}


async def _guarded(work: Awaitable[Sent]) -> Sent:
    """Do the work and turn what goes wrong into what the courier understands."""
    try:
        return await work
    except Undelivered as undelivered:
        raise PlatformTrouble(str(undelivered), gone=True) from undelivered
    except StoreTrouble as trouble:
        raise PlatformTrouble(str(trouble)) from trouble
    except NotTaken as no:
        raise PlatformTrouble(str(no), retry_after=verdicts.pause(no)) from no
