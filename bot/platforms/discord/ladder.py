"""Which ways there are for a message, the best first (section 1.3). Going them is in ``delivery``."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bot.core.job import Address
from bot.engine.ports import Clock, Line
from bot.platforms.discord.delivery import Delivery, Parcel, Ref
from bot.platforms.discord.transport import NotTaken
from bot.platforms.discord.wire import DM, Code
from bot.storage.passes import Pass, Passes

Way: TypeAlias = Callable[[], Awaitable[Ref]]

_CLOSED = frozenset(
    {
        Code.TOKEN_OVER,
        Code.UNKNOWN_WEBHOOK,
        Code.UNKNOWN_MESSAGE,
        Code.UNKNOWN_CHANNEL,
        Code.MISSING_ACCESS,
        Code.MISSING_PERMISSIONS,
        Code.NOT_OURS,
        Code.THREAD_ARCHIVED,
        Code.CLOSED_DMS,
        Code.NO_MORE_FOLLOWUPS,
    }
)
_CLOSED_STATUS = frozenset({403, 404})


class Kept(Exception):
    """A message cannot be brought now: it waits until its person asks for it."""


def is_closed(no: NotTaken) -> bool:
    """Return whether this way is closed for good, so that another one is to be tried."""
    return no.code in _CLOSED or no.status in _CLOSED_STATUS


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known about where a line goes: the pass of its event, and the newest pass of its place."""

    own: Pass | None
    here: Pass | None

    @property
    def posts(self) -> bool:
        """Whether Limner may write there by itself, as far as is known."""
        return self.here is None or self.here.posts

    @property
    def file_limit(self) -> int | None:
        """How many bytes a file may have there, as far as is known."""
        return None if self.here is None else self.here.file_limit


class Ladder:
    """Finds the ways for lines and for edits."""

    def __init__(self, delivery: Delivery, passes: Passes, clock: Clock) -> None:
        self._delivery = delivery
        self._passes = passes
        self._clock = clock

    async def scene(self, line: Line) -> Scene:
        """Return what is known about where a line goes."""
        own = await self._passes.of_event(line.event) if line.event else None
        return Scene(own, await self._passes.at_place(line.address.place))

    async def say(self, line: Line, parcel: Parcel, scene: Scene) -> Ref:
        """Bring a line where it belongs; raises ``NotTaken`` or :class:`Kept`."""
        return await _climb(self._ways(line, parcel, scene))

    async def edit(self, address: Address, ref: Ref, parcel: Parcel, *, patient: bool = True) -> Ref:
        """Give a message another form; raises ``NotTaken`` or :class:`Kept`."""
        return await _climb(self._edits(address, ref, parcel, patient=patient))

    async def living(self, line: Line, scene: Scene) -> Pass | None:
        """Return a pass by which the person of a line can be told something now."""
        now = self._clock.now()
        if scene.own is not None and scene.own.lives(now):
            return scene.own
        return next(iter(await self._passes.of_person(line.address.place, line.person, now)), None)

    async def _ways(self, line: Line, parcel: Parcel, scene: Scene) -> AsyncIterator[Way]:
        own, key, place = scene.own, line.key, line.address.place
        is_hidden = own is not None and own.hidden
        if own is not None and own.lives(self._clock.now()):
            async for way in self._by_own(own, line, parcel):
                yield way
        if line.private or (is_hidden and not line.job):
            return
        if scene.posts:
            yield partial(self._delivery.into_channel, place, parcel, key)
        for by in await self._passes.of_person(place, line.person, self._clock.now()):
            # The first message after a thinking one takes its place: then the answer to that would undo this one.
            if not by.free_for(""):
                yield partial(self._further_once, by, line, parcel)
        if line.job and not (scene.here is not None and scene.here.is_guest):
            yield partial(self._delivery.into_dm, line.person, parcel, key)

    async def _by_own(self, own: Pass, line: Line, parcel: Parcel) -> AsyncIterator[Way]:
        alone_there = own.hidden or own.tenant == DM
        if own.free_for(line.key) and line.private and not alone_there:
            yield partial(self._delivery.instead_of_answer, own, parcel, line.key)
        elif own.free_for(line.key):
            yield partial(self._delivery.into_answer, own, parcel, line.key)
        if own.hidden or (line.private and not alone_there):
            yield partial(self._delivery.further, own, parcel, hidden=True)
        elif line.private:
            yield partial(self._delivery.further, own, parcel)

    async def _further_once(self, by: Pass, line: Line, parcel: Parcel) -> Ref:
        """Send a further message. One of which nobody knows whether it arrived is kept: it must not come twice."""
        try:
            return await self._delivery.further(by, parcel)
        except NotTaken as no:
            if no.unclear and line.job:
                raise Kept(f"nobody knows whether it arrived: {no}") from no
            raise

    async def _edits(self, address: Address, ref: Ref, parcel: Parcel, *, patient: bool) -> AsyncIterator[Way]:
        for by in await self._passes_on(ref):
            yield partial(self._delivery.edit_by, by, ref, parcel, patient=patient)
        here = await self._passes.at_place(ref.channel)
        if here is None or here.posts or ref.channel != address.place:
            yield partial(self._delivery.edit, ref, parcel, patient=patient)

    async def _passes_on(self, ref: Ref) -> list[Pass]:
        """Return the living passes that are good for a message: those of presses on it, and the one that made it."""
        now = self._clock.now()
        found = [by for by in await self._passes.on_message(ref.message) if by.lives(now)]
        made_by = await self._passes.of_event(ref.event) if ref.event else None
        if made_by is not None and made_by.lives(now) and made_by.event not in {by.event for by in found}:
            found.append(made_by)
        return found


async def _climb(ways: AsyncIterator[Way]) -> Ref:
    """Go the first way that is open."""
    last = "there is no way to write there"
    async for way in ways:
        try:
            return await way()
        except NotTaken as no:
            if not is_closed(no):
                raise
            last = str(no)
    raise Kept(last)
