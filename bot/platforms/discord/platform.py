"""Discord as a place where lines are said, once each. Which way a message takes is in ``ladder``, its look elsewhere.

Saying a line again is safe for as long as Discord enforces a nonce (some minutes), and always where it becomes the
answer to a command. A message that can be sent only without either is sent once, and kept for its person otherwise.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

import structlog
from typing_extensions import override

from bot.core import held, slash
from bot.core.cards import Card, Medium, Tone
from bot.core.job import Address
from bot.engine.ports import Clock, Line, Platform, Store
from bot.engine.proposals import notice_key
from bot.errors import PlatformTrouble, StoreTrouble
from bot.i18n import Translators
from bot.platforms.discord import guests
from bot.platforms.discord.delivery import Delivery, Parcel, Ref, is_news
from bot.platforms.discord.gallery import Gallery, Uploads
from bot.platforms.discord.ladder import Kept, Ladder, Scene, is_closed
from bot.platforms.discord.render import Shape
from bot.platforms.discord.sketches import Sketches
from bot.platforms.discord.transport import NoRoom, NotTaken
from bot.platforms.discord.turns import Turns, Wish
from bot.platforms.discord.wire import DM, NAME, Code, born
from bot.storage.passes import Pass, Passes
from bot.text import Text
from providers.results import ResultProblem

log = structlog.get_logger(__name__)

PROGRESS_ENDS = timedelta(minutes=55)
"""The age of a message after which it shows no progress: edits of messages over an hour old are few (section 1.2)."""

STUMBLES = 3
"""How often a message may meet trouble at Discord before a person's words are left out of it (section 1.3)."""

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
"""Seconds between two tries to tell a person something; together the tries take a minute."""

UPLOADS_AT_ONCE = 4
"""Results whose files are in memory together."""

_KEPT = 1000
_AGAIN = frozenset({401, 429})


class MediaMode(StrEnum):
    """How a result is shown in place."""

    GALLERY = "gallery"  # by Discord, from the provider's address
    UNFURL = "unfurl"  # by Discord, as the preview of the link
    UPLOAD = "upload"  # as files, where they are small enough


@dataclass(frozen=True, slots=True)
class Means:
    """What the platform works with."""

    delivery: Delivery
    passes: Passes
    store: Store
    translators: Translators
    gallery: Gallery
    clock: Clock


class DiscordPlatform(Platform):
    """Says lines in Discord. A message's id here is ``channel/message`` and, made by a pass, ``/event``."""

    def __init__(self, means: Means, media_mode: MediaMode = MediaMode.GALLERY) -> None:
        self._means = means
        self._clock = means.clock
        self._media_mode = media_mode
        self._ladder = Ladder(means.delivery, means.passes, means.clock)
        self._turns = Turns(means.clock)
        self._stumbles: OrderedDict[str, int] = OrderedDict()
        self._over: OrderedDict[str, int] = OrderedDict()
        self._sketches = Sketches()
        self._uploading = asyncio.Semaphore(UPLOADS_AT_ONCE)

    @property
    @override
    def name(self) -> str:
        return NAME

    @override
    async def say(self, line: Line) -> str:
        async with self._turns.delivering(line.address.place), self._hands(line):
            return str(await self._guarded(line, self._say(line)))

    @override
    async def edit(self, line: Line, message: str) -> None:
        ref = Ref.read(message)
        async with self._turns.delivering(ref.channel, message):
            await self._guarded(line, self._edit(line, ref))
            self._sketches.forget(message)

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        ref = Ref.read(message)
        if message in self._over or self._clock.now() - born(ref.message) > PROGRESS_ENDS:
            return
        async with self._turns.next(ref.channel, Wish(address, message, card, locale)) as wish:
            if wish is not None:
                await self._show(wish)

    async def whisper(self, by: Pass, card: Card, locale: str) -> None:
        """Tell the person of a pass something at once and alone, as far as that works; nothing is stored."""
        parcel = Parcel(card, self._means.translators.get(locale), Shape())
        key, pause = f"{NAME}.{by.event}.whisper", FIRST_PAUSE
        while True:
            try:
                await self._whisper(by, parcel, key)
            except StoreTrouble:
                await self.tell_directly(by, card, locale)
            except NotTaken as no:
                log.warning("whisper_not_taken", event_id=by.event, detail=str(no))
                if is_closed(no) or _is_final(no) or pause > LONGEST_PAUSE:
                    return
                # It may come twice then: that is better than somebody who waits for an answer.
                await self._clock.sleep(no.retry_after or pause)
                pause *= 2
                continue
            return

    async def _whisper(self, by: Pass, parcel: Parcel, key: str) -> None:
        way = self._means.delivery
        if not by.free_for(key):
            await way.further(by, parcel, hidden=True)
        elif by.hidden or by.tenant == DM:
            await way.into_answer(by, parcel, key)
        else:
            await way.instead_of_answer(by, parcel, key)

    async def tell_directly(self, by: Pass, card: Card, locale: str) -> None:
        """Do the same without the store, where it takes nothing: that is all its person gets."""
        try:
            await self._means.delivery.bluntly(by, Parcel(card, self._means.translators.get(locale), Shape()))
        except NotTaken as no:
            log.warning("not_told", event_id=by.event, detail=str(no))

    @asynccontextmanager
    async def _hands(self, line: Line) -> AsyncIterator[None]:
        """Let only so many results have their files in memory."""
        async with self._uploading if self._to_upload(line.card) else nullcontext():
            yield

    async def _say(self, line: Line) -> Ref:
        scene = await self._ladder.scene(line)
        parcel = await self._parcel(line, scene)
        try:
            ref = await self._ladder.say(line, parcel, scene)
        except NotTaken as no:
            if no.code in {Code.BLOCKED, Code.TITLE_BLOCKED}:
                await self._say_blocked(line, scene)
            raise
        if line.card.copy:
            self._means.gallery.linked(line.job, ref)
        elif line.card.media and parcel.shape.inline:
            self._means.gallery.watch(line.job, ref, has_files=bool(parcel.shape.uploads))
        return ref

    async def _edit(self, line: Line, ref: Ref) -> Ref:
        parcel = await self._parcel(line, await self._ladder.scene(line))
        return await self._ladder.edit(line.address, ref, parcel)

    async def _show(self, wish: Wish) -> None:
        ref = Ref.read(wish.message)
        try:
            card = await self._progress(wish, ref)
            sketch = self._sketches.of(wish.message, card.preview, self._clock.now())
            parcel = Parcel(card, self._means.translators.get(wish.locale), Shape(sketch=sketch))
            await self._ladder.edit(wish.address, ref, parcel, patient=False)
            self._sketches.note(wish.message, sketch)
        except (Kept, NotTaken, StoreTrouble) as no:
            if isinstance(no, Kept) or (isinstance(no, NotTaken) and _is_final(no)):
                _note(self._over, wish.message, 1)
            if not isinstance(no, NoRoom):
                self._sketches.forget(wish.message)
            raise PlatformTrouble(f"show: {no}") from no

    async def _progress(self, wish: Wish, ref: Ref) -> Card:
        here = await self._means.passes.at_place(ref.channel)
        if here is None or here.posts:
            return wish.card
        return guests.progress(wish.card, await self._means.passes.on_message(ref.message), self._clock.now())

    async def _parcel(self, line: Line, scene: Scene) -> Parcel:
        """Return a line's card ready to be drawn for its place."""
        card, rings = line.card, is_news(line) and line.target == ""
        if self._stumbles.get(line.key, 0) >= STUMBLES:
            card = replace(card, quote="")
        if not scene.posts:
            card = guests.fetchable(card, line)
        shape = Shape(
            rings=line.person if rings and line.address.tenant != DM else "",
            inline=self._media_mode is not MediaMode.UNFURL,
            quiet=bool(card.copy) and self._means.gallery.is_shown(line.job),
        )
        if wanted := self._to_upload(card):
            uploads = await self._means.gallery.uploads(wanted, scene.file_limit)
            self._wait_for_kept(line, uploads)
            shape = replace(shape, inline=True, uploads=uploads.files) if uploads.files else shape
            card = self._without_hopeless(card, uploads)
        reply_to = await self._notice(line) if rings else ""
        return Parcel(card, self._means.translators.get(line.locale), shape, reply_to)

    def _to_upload(self, card: Card) -> Sequence[Medium]:
        """Return the media that have to be brought as files: Discord cannot fetch what only we can reach."""
        if self._media_mode is MediaMode.UPLOAD:
            return card.media
        is_public = self._means.gallery.is_public
        return [medium for medium in card.media if medium.held or medium.is_drawn or not is_public(medium.url)]

    def _wait_for_kept(self, line: Line, uploads: Uploads) -> None:
        """Raise where a result that only we reach could not be had just now: a paid one is not given up at once."""
        missing = [uploads.missing.get(medium.url) for medium in line.card.media if medium.held]
        passing = next((no for no in missing if no is not None and no.passes), None)
        if passing is not None and self._stumbles.get(line.key, 0) < STUMBLES:
            raise NotTaken(0, 0, f"a kept result was not fetched: {passing}")

    def _without_hopeless(self, card: Card, uploads: Uploads) -> Card:
        """Return a card that shows and promises nothing that can neither be uploaded nor fetched."""
        is_public = self._means.gallery.is_public
        hopeless = [m for m in card.media if m.url not in uploads.files and (m.held or not is_public(m.url))]
        every = [_why(medium, uploads) for medium in hopeless]
        said = [why for n, why in enumerate(every) if why not in every[:n]]
        media = tuple(medium for medium in card.media if medium not in hopeless)
        return replace(card, media=media, lines=(*card.lines, *said))

    async def _notice(self, line: Line) -> str:
        """Return the message that a line's job began with, if it is in the same channel."""
        notice = Ref.read(await self._means.store.message_of(notice_key(line.job)))
        return notice.message if notice.channel == line.address.place else ""

    async def _say_blocked(self, line: Line, scene: Scene) -> None:
        by = await self._ladder.living(line, scene)
        if by is not None:
            await self.whisper(by, Card(title=slash.NOT_SHOWN_HERE(), tone=Tone.BAD), line.locale)

    async def _guarded(self, line: Line, work: Awaitable[Ref]) -> Ref:
        """Do the work and turn what goes wrong into what the courier understands."""
        try:
            ref = await work
        except Kept as kept:
            raise PlatformTrouble(str(kept), gone=True) from kept
        except StoreTrouble as trouble:
            raise PlatformTrouble(str(trouble)) from trouble
        except NotTaken as no:
            if no.unclear:
                _note(self._stumbles, line.key, self._stumbles.get(line.key, 0) + 1)
            raise PlatformTrouble(str(no), gone=_is_final(no), retry_after=no.retry_after) from no
        self._stumbles.pop(line.key, None)
        return ref


def _why(medium: Medium, uploads: Uploads) -> Text:
    """Return what to say of a result that could not be brought and that Discord cannot fetch."""
    if not medium.held:
        return slash.TOO_BIG_HERE()
    no = uploads.missing.get(medium.url)
    return held.TOO_LARGE() if no is not None and no.problem is ResultProblem.TOO_BIG else held.NOT_BROUGHT()


def _is_final(no: NotTaken) -> bool:
    """Whether it makes no sense to try the same again: Discord has understood it and said no."""
    if no.code == Code.OLD_MESSAGE_EDITS:
        return True
    return 400 <= no.status < 500 and no.status not in _AGAIN  # noqa: PLR2004 - the range of refusals in HTTP


def _note(kept: OrderedDict[str, int], key: str, value: int) -> None:
    kept[key] = value
    if len(kept) > _KEPT:
        kept.popitem(last=False)
