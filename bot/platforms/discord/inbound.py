"""What people do in Discord, answered in time and handed to the Studio. The library's own objects end in ``callers``.

The first thing said is always that it was received (section 1.2): Discord waits three seconds. What cannot be
acknowledged is not acted on, because its person has been told that it failed.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

import structlog

from bot.core import actions, replies, slash, wording
from bot.core.actions import Action
from bot.core.actions import Verb as Act
from bot.core.cards import Card, Tone
from bot.core.grammar import MAKING, Ask
from bot.engine.ports import Answer, Attachment, Clock, Heard, Person, Pressed, Store
from bot.errors import RefusalCode, Refused, StoreTrouble
from bot.platforms.discord.callers import Caller, Offered
from bot.platforms.discord.platform import DiscordPlatform
from bot.platforms.discord.transport import NotTaken, Transport, acknowledge
from bot.platforms.discord.wire import NAME, Acknowledged, Code, Flag, Json, Reaction
from bot.storage.passes import Pass, Passes
from bot.text import Text

log = structlog.get_logger(__name__)

WITHIN = 2.5
"""Seconds for an acknowledgement; Discord takes it for three from the moment the person acted."""

PAUSE = 0.1
MOST_PICTURE = 10 * 1024 * 1024
_MEGABYTES = 10
_TOO_LARGE = 413

PICTURES_AT_ONCE = 16
"""Commands whose pictures are in memory together; the others wait, long since acknowledged."""

_PROPOSING = frozenset(
    {
        Act.AGAIN,
        Act.ANIMATE,
        Act.CONTINUE,
        Act.CUTOUT,
        Act.DESCRIBE,
        Act.ENHANCE,
        Act.STEP,
        Act.SWITCH,
        Act.UPSCALE,
    }
)
"""Buttons that bring a new message."""

_SEEN = frozenset(text.phrase for text in (wording.CONFIRMED_TOAST(), wording.CANCELLED_TOAST(), wording.SENT_BELOW()))
"""What a person sees anyway, because the message changes or a new one comes."""


class Studio(Protocol):
    """Who acts on what people say and press."""

    async def hear(self, heard: Heard) -> Answer:
        """Act on a message; a toast comes back only where nothing could be written down."""
        ...

    async def press(self, pressed: Pressed) -> Answer:
        """Act on a button."""
        ...


class Inbound:
    """Handles interactions. ``at_work`` are the tasks that handle one right now; ``within`` is in real seconds."""

    def __init__(
        self,
        *,
        studio: Studio,
        store: Store,
        passes: Passes,
        platform: DiscordPlatform,
        transport: Transport,
        clock: Clock,
        within: float = WITHIN,
    ) -> None:
        self.at_work: set[asyncio.Task[object]] = set()
        self._studio = studio
        self._store = store
        self._passes = passes
        self._platform = platform
        self._transport = transport
        self._clock = clock
        self._within = within
        self._arriving: dict[str, asyncio.Event] = {}
        self._hands = asyncio.Semaphore(PICTURES_AT_ONCE)

    async def recover(self) -> None:
        """Tell everybody whose command was received and then lost in a stop; drop what is too old to be of use."""
        await self._passes.sweep(self._clock.now())
        for lost in await self._passes.unheard(self._clock.now()):
            log.warning("command_lost", event_id=lost.event)
            sorry = self._platform.whisper(lost, Card(title=slash.MISSED(), tone=Tone.BAD), lost.locale)
            # Beside the start, because Discord may be away.
            telling = asyncio.create_task(sorry, name=f"discord-lost-{lost.event}")
            self.at_work.add(telling)
            telling.add_done_callback(self.at_work.discard)

    async def ask(self, caller: Caller, ask: Ask, files: Sequence[Offered] = ()) -> None:
        """Have a command heard."""
        async with self._working():
            hidden = ask.verb not in MAKING and caller.is_among_others
            by = await self._think(caller, hidden=hidden)
            if by is not None:
                async with self._answering(caller, by):
                    await self._hear(caller, by, ask, files)

    async def ask_with(self, caller: Caller, ask: Ask, menu: str, files: Sequence[Offered]) -> None:
        """Have what a menu began heard, with the pictures that were chosen then."""
        async with self._working():
            by = await self._think(caller, hidden=False)
            if by is None:
                return
            async with self._answering(caller, by):
                if menu in self._arriving:
                    await self._arriving[menu].wait()
                chosen = await self._passes.pictures(menu)
                if chosen:
                    await self._hear(caller, by, ask, files, chosen)
                else:
                    await self._whisper(caller, by, Card(title=slash.MENU_LATE(), tone=Tone.BAD))

    async def press(self, caller: Caller, custom_id: str) -> None:
        """Have a button pressed and tell the presser what they would not see otherwise."""
        async with self._working():
            action = actions.decode(custom_id)
            verb = action.verb if action is not None else None
            # In a DM the order may be from elsewhere: there its offer would be said where nobody looks.
            comes_here = verb in _PROPOSING and not (caller.posts and caller.is_among_others)
            if verb is Act.SHOW or comes_here:
                by = await self._think(caller, hidden=False)
            else:
                by = await self._stay(caller)
            if by is None:
                return
            async with self._answering(caller, by):
                person = await self._presser(caller, action)
                answer = await self._studio.press(Pressed(person, caller.event, custom_id))
                if (toast := _to_tell(answer, by)) is not None:
                    await self._whisper(caller, by, Card(title=toast))

    async def open(self, caller: Caller, modal: Json, files: Sequence[Offered]) -> None:
        """Ask what should happen with pictures, and keep them until that is said."""
        if (no := _unusable(files)) is not None:
            await self.tell(caller, replies.refusal(no))
            return
        async with self._working():
            arrived = self._arriving[caller.event] = asyncio.Event()
            try:
                # A form has to be the first answer, so it cannot wait for the pictures.
                if await self._acknowledge(caller, {"type": int(Reaction.MODAL), "data": modal}) is not None:
                    pictures = await self._fetch(files)
                    await self._passes.keep_pictures(caller.event, pictures, self._clock.now())
            except (Refused, StoreTrouble) as problem:
                log.warning("menu_picture_not_kept", event_id=caller.event, detail=str(problem))
            finally:
                arrived.set()
                del self._arriving[caller.event]

    async def tell(self, caller: Caller, card: Card) -> None:
        """Answer somebody alone with what needs nobody to be asked for."""
        async with self._working():
            by = await self._think(caller, hidden=caller.is_among_others)
            if by is not None:
                async with self._answering(caller, by):
                    await self._whisper(caller, by, card)

    async def _presser(self, caller: Caller, action: Action | None) -> Person:
        """Return who presses. Results come by DM too: there everybody speaks for their own orders from anywhere."""
        if action is None or caller.is_among_others:
            return caller.person
        job = await self._store.job(action.job)
        if job is None or job.address.platform != NAME:
            return caller.person
        return replace(caller.person, address=job.address)

    # --- acknowledging -------------------------------------------------------------------------------------------

    async def _think(self, caller: Caller, *, hidden: bool) -> Pass | None:
        """Acknowledge with a message of its own to come."""
        data: Json = {"flags": int(Flag.EPHEMERAL)} if hidden else {}
        told = await self._acknowledge(caller, {"type": int(Reaction.THINK), "data": data})
        if told is None:
            return None
        was_hidden = hidden or told.interaction.response_message_ephemeral
        message = told.interaction.response_message_id
        return await self._keep(caller.pass_for(opens=True, hidden=was_hidden, message=message))

    async def _stay(self, caller: Caller) -> Pass | None:
        """Acknowledge a press on a message that stays."""
        if await self._acknowledge(caller, {"type": int(Reaction.STAY)}) is None:
            return None
        return await self._keep(caller.pass_for(opens=False, hidden=False, message=caller.message))

    async def _keep(self, new: Pass) -> Pass | None:
        try:
            await self._passes.keep(new)
        except StoreTrouble as trouble:
            log.error("pass_not_kept", event_id=new.event, detail=str(trouble))  # noqa: TRY400 - no traceback needed
            card = Card(title=wording.REFUSALS[trouble.code](), tone=Tone.BAD)
            await self._platform.tell_directly(new, card, new.locale)
            return None
        return new

    async def _acknowledge(self, caller: Caller, answer: Json) -> Acknowledged | None:
        """Say that it was received; ``None`` where it was not or could not be, and nothing may be done."""
        tried = False
        try:
            async with asyncio.timeout(self._within):
                while True:
                    try:
                        return await self._transport.ask(acknowledge(caller.event, caller.token), Acknowledged, answer)
                    except NotTaken as no:
                        if no.code == Code.ALREADY_ACKNOWLEDGED and tried:
                            return Acknowledged()  # our first try did arrive, only its answer did not
                        if not no.unclear:
                            log.warning("not_acknowledged", event_id=caller.event, detail=str(no))
                            return None
                        tried = True
                        await asyncio.sleep(PAUSE)
        except TimeoutError:
            log.warning("acknowledged_too_late", event_id=caller.event)
        # It may have arrived all the same: then somebody looks at a message that thinks for ever. A pressed message
        # stays as it is, because its answer would take its place.
        unsure = caller.pass_for(opens=answer["type"] == Reaction.THINK, hidden=False, message="")
        await self._platform.tell_directly(unsure, Card(title=slash.MISSED(), tone=Tone.BAD), caller.person.locale)
        return None

    # --- hearing -------------------------------------------------------------------------------------------------

    async def _hear(
        self, caller: Caller, by: Pass, ask: Ask, files: Sequence[Offered], chosen: Sequence[bytes] = ()
    ) -> None:
        if files or chosen:
            async with self._hands:
                await self._hear_with(caller, by, ask, files, chosen)
        else:
            await self._hear_with(caller, by, ask, (), ())

    async def _hear_with(
        self, caller: Caller, by: Pass, ask: Ask, files: Sequence[Offered], chosen: Sequence[bytes]
    ) -> None:
        try:
            fetched = zip(await self._fetch(files), files, strict=True)
            data = [*map(Attachment, chosen), *(Attachment(file, where.url) for file, where in fetched)]
        except Refused as refused:
            await self._whisper(caller, by, replies.refusal(refused))
            return
        heard = Heard(caller.person, caller.event, "", tuple(data), ask)
        answer = await self._studio.hear(heard)
        if answer.toast is not None:
            await self._whisper(caller, by, Card(title=answer.toast, tone=Tone.BAD))

    async def _fetch(self, files: Sequence[Offered]) -> list[bytes]:
        """Return the files at once: their addresses stop working (section 1.6)."""
        if any(file.size > MOST_PICTURE for file in files):
            raise _too_big()
        try:
            return [await self._transport.fetch(file.url, MOST_PICTURE) for file in files]
        except NotTaken as no:
            log.warning("picture_not_fetched", detail=str(no))
            raise _too_big() if no.status == _TOO_LARGE else Refused(RefusalCode.PICTURE_UNREACHABLE) from no

    async def _whisper(self, caller: Caller, by: Pass, card: Card) -> None:
        place = caller.person.address
        try:
            stored = await self._store.locale_of(place.platform, place.tenant, caller.person.id)
        except StoreTrouble:
            stored = ""
        await self._platform.whisper(by, card, stored or caller.person.locale)

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        """Let nothing that breaks here reach the library, and let others know that somebody is at work."""
        task = asyncio.current_task()
        if task is not None:
            self.at_work.add(task)
        try:
            yield
        except Exception:
            # The edge to people: the engine answers whatever breaks inside; this is about our own part.
            log.exception("interaction_broke")
        finally:
            if task is not None:
                self.at_work.discard(task)

    @asynccontextmanager
    async def _answering(self, caller: Caller, by: Pass) -> AsyncIterator[None]:
        """Whatever breaks after the acknowledgement: nobody looks at a message that thinks for ever."""
        try:
            yield
        except Exception:
            # The edge to people: the engine answers whatever breaks inside; this is about our own part.
            log.exception("interaction_broke", event_id=by.event)
            await self._platform.whisper(by, replies.trouble(), caller.person.locale)


def _to_tell(answer: Answer, by: Pass) -> Text | None:
    """Return what a presser would not see otherwise."""
    if answer.toast is None and not answer.done and by.opens:
        # Another press of the same button was faster: its message is the one that gets the words.
        return wording.REFUSALS[RefusalCode.ALREADY_STARTED]()
    is_seen = answer.toast is not None and answer.done and answer.toast.phrase in _SEEN
    return None if is_seen else answer.toast


def _unusable(files: Sequence[Offered]) -> Refused | None:
    """Return why no form needs to be opened for pictures."""
    if not files:
        return Refused(RefusalCode.PICTURE_NEEDED)
    return _too_big() if any(file.size > MOST_PICTURE for file in files) else None


def _too_big() -> Refused:
    return Refused(RefusalCode.PICTURE_TOO_BIG, megabytes=_MEGABYTES)
