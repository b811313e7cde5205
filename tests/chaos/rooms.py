"""What the driver needs of a chat, whichever it is, and the plain one. What people want there is in ``orders``."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from typing_extensions import override

from bot.core import actions
from bot.core.actions import Action
from bot.core.job import Address, Job
from bot.engine.ports import Answer, Heard, Person, Pressed
from bot.errors import PlatformTrouble
from tests.chaos.orders import Order
from tests.fakes.chat import Chat, Shown, text_of
from tests.stories.stage import Stage

PATIENCE = 0.2
"""Real seconds that a person waits for an answer of a service that may be dead."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that somebody could press; ``handle`` is the room's own."""

    action: Action
    handle: Any


class Room(Protocol):
    """A chat in which things go wrong. It lives longer than the service."""

    name: str

    async def begin(self) -> None:
        """Start the pretend platform."""
        ...

    async def end(self) -> None:
        """Stop it. Raises where the pretend platform itself went wrong."""
        ...

    async def open(self, stage: Stage) -> None:
        """Bring the service in; called in each of its lives."""
        ...

    async def close(self) -> None:
        """Let go of what :meth:`open` opened."""
        ...

    @property
    def workers(self) -> tuple["asyncio.Task[Any]", ...]:
        """Who is at work for this room."""
        ...

    async def ask(self, order: Order) -> None:
        """Let somebody ask, for the first time or because nothing came of it."""
        ...

    async def echo(self, order: Order) -> None:
        """Let the platform deliver the newest thing somebody did once more."""
        ...

    def offers(self, order: Order, job: str) -> list[Offer]:
        """Return the buttons about a job that the person can press."""
        ...

    async def press(self, order: Order, offer: Offer) -> None:
        """Let somebody press a button."""
        ...

    def delete(self, job: Job) -> None:
        """Let somebody delete the notice of a job."""
        ...

    def trouble(self, chance: Random) -> str:
        """Let something go wrong, and return its name."""
        ...

    def calm(self) -> None:
        """Let nothing more go wrong."""
        ...

    def tick(self) -> None:
        """Notice that time has passed."""
        ...

    def shows(self, message: str) -> bool:
        """Whether a message with this id was ever there."""
        ...

    def twins(self, jobs: Sequence[Job]) -> list[str]:
        """Return which result messages and links are there twice."""
        ...

    def texts(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """Yield everything that was ever on the screen: the language, and what was read."""
        ...

    def secrets(self) -> list[str]:
        """Return what must be in no log and in no database."""
        ...


class CrowdChat(Chat):
    """The plain chat, in which messages can be deleted; a deleted one is not shown again under its key."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: set[str] = set()

    @override
    def _found(self, message: str) -> Shown:
        if message.removeprefix("m:") in self.deleted:
            raise PlatformTrouble(f"no message {message}", gone=True)
        return super()._found(message)


class Plain(Room):
    """The chat of the stories: it shows each key once, as the web chat does."""

    name = "stage"

    def __init__(self, chat: CrowdChat) -> None:
        self.chat = chat
        self.answers: list[Answer] = []
        self._stage: Stage
        self._events = 0
        self._last: Heard | Pressed | None = None
        self._asked: dict[str, Heard] = {}

    @override
    async def begin(self) -> None:
        return

    @override
    async def end(self) -> None:
        return

    @override
    async def open(self, stage: Stage) -> None:
        self._stage = stage

    @override
    async def close(self) -> None:
        return

    @property
    @override
    def workers(self) -> tuple["asyncio.Task[Any]", ...]:
        return ()

    @override
    async def ask(self, order: Order) -> None:
        # A message without an answer is sent again as it is, as the page of the web chat does; else it is a new one.
        if order.tag not in self._asked:
            order.wishes += 1
            self._asked[order.tag] = Heard(_person(order), self._event(), order.text)
        if (await self._do(self._asked[order.tag])).toast is None:
            del self._asked[order.tag]

    @override
    async def echo(self, order: Order) -> None:
        if self._last is not None:
            await self._do(self._last)

    @override
    def offers(self, order: Order, job: str) -> list[Offer]:
        found = (actions.decode(button.action) for button in self.chat.buttons())
        return [Offer(action, action.encode()) for action in found if action is not None and action.job == job]

    @override
    async def press(self, order: Order, offer: Offer) -> None:
        await self._do(Pressed(_person(order), self._event(), offer.handle))

    async def _do(self, what: Heard | Pressed) -> Answer:
        self._last = what
        studio = self._stage.service.studio
        answer = await (studio.hear(what) if isinstance(what, Heard) else studio.press(what))
        self.answers.append(answer)
        return answer

    @override
    def delete(self, job: Job) -> None:
        self.chat.deleted.add(f"{job.id}.notice")

    @override
    def trouble(self, chance: Random) -> str:
        what = chance.choice(["away", "lost answers", "too many requests", "deaf"])
        if what == "away":
            self.chat.troubles += [PlatformTrouble("not there")] * chance.randint(1, 5)
        elif what == "too many requests":
            self.chat.troubles += [PlatformTrouble("slower", retry_after=3.0)] * chance.randint(1, 4)
        elif what == "lost answers":
            self.chat.lost_answers += chance.randint(1, 3)
        else:
            self.chat.deaf = not self.chat.deaf
        return what

    @override
    def calm(self) -> None:
        self.chat.troubles.clear()
        self.chat.lost_answers = 0
        self.chat.deaf = False

    @override
    def tick(self) -> None:
        return

    @override
    def shows(self, message: str) -> bool:
        return message.removeprefix("m:") in self.chat.messages

    @override
    def twins(self, jobs: Sequence[Job]) -> list[str]:
        results = Counter(key.partition(".")[0] for key in self.chat.messages if key.endswith((".result", ".answer.0")))
        return [f"result of {job.id}" for job in jobs if results[job.id] > 1]

    @override
    def secrets(self) -> list[str]:
        return []

    @override
    def texts(self, stage: Stage) -> Iterator[tuple[str, str]]:
        for locale in ("en", "zh_Hans"):
            words = stage.translators.get(locale)
            for shown in self.chat.messages.values():
                for card in shown.forms:
                    yield locale, text_of(card, words)
            for answer in self.answers:
                if answer.toast is not None:
                    yield locale, words.say(answer.toast)

    def _event(self) -> str:
        self._events += 1
        return f"chaos{self._events}"


def _person(order: Order) -> Person:
    locale = "zh_Hans" if order.person % 2 else "en"
    return Person(Address("stage", "house", f"room{order.person % 3}"), f"person{order.person}", locale)
