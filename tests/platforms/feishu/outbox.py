"""What goes out, on its own: the real platform, store and courier in a pretend Feishu, in virtual time. No tests.

Lines are put into the outbox as the engine does it, and the courier says them; nobody asks anything here.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from aiohttp import web

from bot.core import wording
from bot.core.cards import Bar, Button, Card, Fact, Medium, Style, Tone
from bot.core.job import Address
from bot.engine.courier import Courier
from bot.engine.dispatch import EmbeddedDispatch
from bot.engine.ports import Change, Line, LineKind
from bot.i18n import Translators
from bot.platforms.feishu.client import Application, Client
from bot.platforms.feishu.darkroom import Darkroom
from bot.platforms.feishu.delivery import Delivery
from bot.platforms.feishu.media import Media
from bot.platforms.feishu.platform import FeishuPlatform, Means
from bot.platforms.feishu.turns import Turns
from bot.platforms.feishu.voices import Voices
from bot.platforms.feishu.wire import NAME
from bot.storage.shipments import Shipments
from bot.storage.sqlite import SqliteStore
from bot.text import Phrase
from providers.contract import Secret
from providers.models import MediaKind
from providers.results import Downloads
from tests.fakes.clock import StoryClock
from tests.fakes.feishu_server import Chat, Clock, FeishuServer, Message, Person

JOB = "0" * 32
PROMPT = "a puppy runs across a meadow"
TRANSLATORS = Translators(ZoneInfo("Asia/Shanghai"))
ALL = Voices.of(TRANSLATORS, "en")
"""Every language, for whoever reads English."""


def sentence(words: str = "It is ready.", **more: Any) -> Card:
    """Return a card of one sentence, which no catalogue has."""
    return Card(title=Phrase(words)(), **more)


def notice(**more: Any) -> Card:
    """Return a card as the notice is one: a person's words, facts, a line, and two buttons."""
    confirm = Button(wording.BUTTON_CONFIRM(), f"lm1|confirm|{JOB}|1", Style.PRIMARY)
    fields: dict[str, Any] = {
        "title": wording.NOTICE[MediaKind.VIDEO](),
        "quote": PROMPT,
        "facts": (Fact(wording.FACT_MODEL(), "Wan 2.6"),),
        "lines": (wording.NOTHING_SPENT_YET(),),
        "buttons": (confirm, Button(wording.BUTTON_CANCEL(), f"lm1|cancel|{JOB}")),
        "tone": Tone.ASKING,
    }
    return Card(**(fields | more))


def progress(percent: int) -> Card:
    """Return a running job's card."""
    return Card(title=wording.WORKING[MediaKind.VIDEO](percent=percent), bar=Bar(percent), tone=Tone.WORKING)


def video(url: str, **more: Any) -> Card:
    """Return a result's card."""
    fields: dict[str, Any] = {
        "title": wording.READY[MediaKind.VIDEO](),
        "quote": PROMPT,
        "facts": (Fact(wording.FACT_MODEL(), "Wan 2.6"),),
        "media": (Medium(MediaKind.VIDEO, url),),
        "tone": Tone.GOOD,
    }
    return Card(**(fields | more))


class Outbox:
    """The sending half, which can be stopped and started again; Feishu lives on."""

    def __init__(self, home: Path, darkroom: Darkroom | None = None) -> None:
        self.home = home
        self.clock = StoryClock()
        self.server = FeishuServer(clock=Clock(lambda: self.clock.now().timestamp()))
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.redirects: dict[str, str] = {}
        self.silent: set[str] = set()
        self.ill: dict[str, int] = {}
        self.server.also_serve([web.get("/results/{name}", self._serve)])
        self.darkroom = darkroom or Darkroom()
        self._numbers = itertools.count(1)
        self._running = contextlib.AsyncExitStack()
        self._shows: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.server.start()
        self.ann = self.server.person("ann")
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        await self.server.close()

    async def start(self) -> None:
        """Start the sending half on the same files."""
        stack, clock = self._running, self.clock
        self.store = await SqliteStore.open(self.home / "limner.db", clock.now, busy_timeout=0.01)
        stack.push_async_callback(self.store.close)
        app = self.server.app
        self.client = Client(Application(app.app_id, Secret(app.secret), self.server.domain), clock)
        stack.push_async_callback(self.client.close)
        self.shipments, self.turns = Shipments(self.store), Turns(clock)
        self.delivery = Delivery(self.client, self.turns, self.shipments, self.store, clock)
        downloads = Downloads(clock.sleep, [self.server.domain])
        self.media = Media(self.client, downloads, self.darkroom, self.shipments, self.turns, clock)
        self.platform = FeishuPlatform(
            Means(self.delivery, self.media, self.turns, self.shipments, self.store, TRANSLATORS, clock)
        )
        self.dispatch = EmbeddedDispatch(clock)
        stack.push_async_callback(self.dispatch.close)
        self.courier = Courier(store=self.store, dispatch=self.dispatch, clock=clock, platforms={NAME: self.platform})
        self.dispatch.attach(_nobody, self.courier.drain, lambda _: None)
        self.clock.workers = lambda: (*self.dispatch.workers, *self._shows)
        await self.courier.recover()

    async def stop(self) -> None:
        """Stop it."""
        running, self._running = self._running, contextlib.AsyncExitStack()
        await running.aclose()

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.fetched.append(name)
        if name in self.silent:
            await asyncio.Event().wait()
        if self.ill.get(name, 0) > 0:
            self.ill[name] -= 1
            return web.Response(status=503)
        if name in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[name]})
        if name not in self.files:
            return web.Response(status=403, text="expired")
        return web.Response(body=self.files[name])

    # --- what is said --------------------------------------------------------------------------------------------

    def result(self, name: str, data: bytes) -> str:
        """Keep a file where a provider would, and return its address."""
        self.files[name] = data
        return f"{self.server.domain}/results/{name}?Expires=1&Signature=a_b_c%3D"

    def line(self, shown: Card, **how: Any) -> Line:
        """Return a line to ann in the group, unless told otherwise."""
        place = how.pop("place", None) or self.server.studio.id
        address = Address(NAME, self.server.app.tenant_key, place)
        key = how.pop("key", None) or f"line.{next(self._numbers)}"
        made = Line(key, LineKind.SAY, address, self.ann.user.open_id, "en", shown, self.clock.now())
        return replace(made, **how)

    async def owe(self, *lines: Line) -> None:
        """Put lines into the outbox and let them be said, as far as that works at once."""
        await self.store.save(Change(lines=lines))
        for line in lines:
            self.dispatch.drain(line.address)
        await self.clock.settle()

    async def say(self, shown: Card, **how: Any) -> Line:
        """Say a card and wait until nothing is owed any more."""
        line = self.line(shown, **how)
        await self.owe(line)
        await self.done()
        return line

    async def edit(self, line: Line, shown: Card, key: str = "") -> Line:
        """Give a said line's message another form."""
        edit = replace(line, key=key or f"edit.{next(self._numbers)}", kind=LineKind.EDIT, card=shown, target=line.key)
        await self.owe(edit)
        await self.done()
        return edit

    async def done(self) -> None:
        """Let time pass until nothing is owed any more."""
        await self.clock.run(lambda: not self.dispatch.workers)

    async def show(self, line: Line, shown: Card) -> None:
        """Show progress in a said line's message."""
        message = await self.store.message_of(line.key)
        await self.platform.show(line.address, message, shown, "en")

    # --- facts ---------------------------------------------------------------------------------------------------

    async def message(self, line: Line, part: str = "") -> Message:
        """Return the message that carries a piece of a line."""
        sent = await self.shipments.of_line(line.key, part)
        assert sent is not None, "it was not sent"
        return self.server.board.all[sent.message]

    def reads(self, message: Message, person: Person | None = None) -> str:
        """Return a message as a person reads it."""
        return (person or self.ann).view(message).text

    def written(self, chat: Chat | None = None) -> list[Message]:
        """Return what the bot has written in the group, or elsewhere."""
        return self.server.board.by_bot(chat or self.server.studio)

    async def undeliverable(self) -> Mapping[str, str]:
        """Return the lines that could not be said, and why."""
        rows = await self.store.database.fetch("SELECT key, why FROM line WHERE state = 'undeliverable'")
        return {row["key"]: row["why"] for row in rows}


async def _nobody(_: str) -> None:
    """Drive no job: there are none here."""


@contextlib.asynccontextmanager
async def outbox(home: Path, darkroom: Darkroom | None = None) -> AsyncIterator[Outbox]:
    """Return a started outbox."""
    async with Outbox(home, darkroom) as running:
        yield running
