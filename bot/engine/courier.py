"""We speak: every owed line is said once, in order, until the chat takes it. The words come from ``core.speech``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from bot.core import deeds, speech
from bot.core.cards import Card
from bot.core.job import Address
from bot.engine.glimpse import Glimpse
from bot.engine.ports import Clock, Dispatch, LineKind, OwedLine, Platform, Store
from bot.engine.proposals import notice_key
from bot.errors import PlatformTrouble, StoreTrouble

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds between tries to say a line that the chat does not take."""


class Courier:
    """Says the owed lines of each place and shows progress where nothing more important waits."""

    def __init__(self, *, store: Store, dispatch: Dispatch, clock: Clock, platforms: Mapping[str, Platform]) -> None:
        self._store = store
        self._dispatch = dispatch
        self._clock = clock
        self._platforms = platforms
        self._speaking: set[Address] = set()
        self._notices: dict[str, str] = {}

    async def recover(self) -> int:
        """Take up every place that has unsaid lines; return how many there are."""
        places = await self._store.owed_places()
        for address in places:
            self._dispatch.drain(address)
        return len(places)

    async def drain(self, address: Address) -> None:
        """Say everything that is owed to a place, in order. A chat that is away for long is tried for ever."""
        platform = self._platforms.get(address.platform)
        if platform is None:
            log.warning("platform_not_running", platform=address.platform)
            return
        self._speaking.add(address)
        try:
            while owed := await self._store.owed(address):
                await self._say_all(platform, owed)
        finally:
            self._speaking.discard(address)

    async def _say_all(self, platform: Platform, owed: Sequence[OwedLine]) -> None:
        newest = {o.line.target: o.line.key for o in owed if o.line.kind is LineKind.EDIT}
        for item in owed:
            line = item.line
            if line.kind is LineKind.EDIT and newest[line.target] != line.key:
                await self._note_said(line.key, item.message)
            else:
                await self._say_until_taken(platform, item)

    async def _say_until_taken(self, platform: Platform, owed: OwedLine) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                message = await self._say(platform, owed)
            except PlatformTrouble as trouble:
                log.warning("line_not_taken", key=owed.line.key, gone=trouble.gone, detail=str(trouble))
                if trouble.gone:
                    await self._note_undeliverable(owed.line.key, str(trouble))
                    return
                await self._clock.sleep(trouble.retry_after or pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                await self._note_said(owed.line.key, message)
                return

    async def _say(self, platform: Platform, owed: OwedLine) -> str:
        if owed.line.kind is LineKind.SAY:
            return await platform.say(owed.line)
        message = owed.message or await self._store.message_of(owed.line.target)
        if message:
            await platform.edit(owed.line, message)
        return message

    async def _note_said(self, key: str, message: str) -> None:
        while True:
            try:
                await self._store.said(key, message, self._clock.now())
            except StoreTrouble as trouble:
                log.error("said_not_noted", key=key, detail=str(trouble))  # noqa: TRY400 - repeated until it works
                await self._clock.sleep(FIRST_PAUSE)
            else:
                return

    async def _note_undeliverable(self, key: str, why: str) -> None:
        while True:
            try:
                await self._store.undeliverable(key, why, self._clock.now())
            except StoreTrouble as trouble:
                log.error("undeliverable_not_noted", key=key, detail=str(trouble))  # noqa: TRY400 - repeated
                await self._clock.sleep(FIRST_PAUSE)
            else:
                return

    # --- progress ------------------------------------------------------------------------------------------------

    async def show_progress(self, glimpse: Glimpse) -> None:
        """Show a job's progress in its notice, unless its place is busy with owed lines. Never raises."""
        if glimpse.text:
            card = speech.writing(glimpse.model_name, glimpse.prompt, glimpse.cost, glimpse.text)
        else:
            card = speech.working(
                glimpse.media,
                glimpse.model_name,
                glimpse.prompt,
                glimpse.cost,
                glimpse.expected,
                glimpse.progress,
                stop=glimpse.job if glimpse.can_stop else "",
            )
            said = (deeds.PHASES[glimpse.phase](),) if glimpse.phase is not None else ()
            card = replace(card, lines=(*said, *card.lines), preview=glimpse.preview)
        await self.show_notice(glimpse.job, glimpse.address, glimpse.locale, card)

    async def show_notice(self, job: str, address: Address, locale: str, card: Card) -> bool:
        """Show a job's notice in another form for now and return whether its place took it. Never raises.

        A place that is busy with owed lines takes none.
        """
        platform = self._platforms.get(address.platform)
        if platform is None or address in self._speaking:
            return False
        message = self._notices.get(job)
        if message is None:
            message = await self._store.message_of(notice_key(job))
            self._notices[job] = message
        if not message:
            del self._notices[job]
            return False
        try:
            await platform.show(address, message, card, locale)
        except PlatformTrouble as trouble:
            log.info("progress_shed", job=job, detail=str(trouble))
            return False
        return True

    def forget(self, job: str) -> None:
        """Drop what was remembered for showing a job's progress."""
        self._notices.pop(job, None)
