"""Looks at everything that can be wrong with Limner on Feishu, one after another. What to make of it is in ``advice``.

It costs nothing. Permissions are tried with calls that cannot succeed, because Feishu looks at permissions first; only
a picture of one pixel is really uploaded, where nobody sees it, and a card is sent only to whom the operator names.
"""

import asyncio
import base64
import io
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from bot.engine.ports import Clock
from bot.findings import Finding
from bot.i18n import Translators
from bot.platforms.feishu import advice, wire
from bot.platforms.feishu.advice import Console
from bot.platforms.feishu.client import Call, Client, NotTaken
from bot.platforms.feishu.room import Terms
from bot.platforms.feishu.scopes import CHANGE, FILES, READ, SAY, Need
from bot.platforms.feishu.trial import Trial, take_nothing, visiting
from bot.platforms.feishu.wire import Nothing

_LIKELY = re.compile(r"[!-~]+")
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
_NO_CHAT, _NO_MESSAGE = "oc_0", "om_0"
_KINDS = {"ou_": "open_id", "oc_": "chat_id"}


@dataclass(frozen=True, slots=True)
class Running:
    """What a running service says of its connection. ``silent_for`` is in seconds."""

    connected: bool
    silent_for: int | None = None
    reconnects: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """How closely to look.

    ``briefly`` opens no connection and uploads nothing. ``to`` is whom to send a card, ``seconds`` how long its press
    is waited for. ``running`` is the service with these settings, where one is known to run.
    """

    briefly: bool = False
    to: str = ""
    seconds: float = 60.0
    running: Running | None = None


async def checkup(terms: Terms, translators: Translators, clock: Clock, wish: Wish) -> AsyncIterator[Finding]:
    """Yield what there is to find."""
    app = terms.application
    if not app.id or not app.secret:
        yield advice.NO_SECRET if app.id else advice.NO_APP
    elif not (_LIKELY.fullmatch(app.id) and _LIKELY.fullmatch(app.secret.reveal())):
        yield advice.NO_LIKELY_SECRET
    else:
        client = Client(app, clock)
        try:
            async with aclosing(_Checkup(terms, client, translators, clock, wish).all()) as found:
                async for finding in found:
                    yield finding
        finally:
            await client.close()


class _Checkup:
    def __init__(self, terms: Terms, client: Client, translators: Translators, clock: Clock, wish: Wish) -> None:
        self._webhook = terms.webhook
        self._client = client
        self._console = Console(terms.application)
        self._trial = Trial(client, translators, terms.language, clock)
        self._clock = clock
        self._wish = wish

    async def all(self) -> AsyncGenerator[Finding, None]:
        try:
            bot = await self._client.bot()
        except NotTaken as no:
            yield advice.unread("bot", no, self._console)
            return
        yield advice.account(bot, self._console)
        async for finding in self._scopes():
            yield finding
        yield await self._line()
        if not self._wish.briefly:
            yield advice.unseen(self._console)
        async for finding in self._card():
            yield finding

    async def _scopes(self) -> AsyncIterator[Finding]:
        text = {"receive_id": _NO_CHAT, "msg_type": "text", "content": '{"text": "."}'}
        say = Call("POST", wire.MESSAGES, {"receive_id_type": "chat_id"}, text)
        change = Call("PATCH", wire.message(_NO_MESSAGE), body={"content": "{}"})
        for need, call in ((SAY, say), (CHANGE, change), (READ, Call("GET", wire.message(_NO_MESSAGE)))):
            yield await self._tried(need, call)
        if not self._wish.briefly:
            yield await self._uploaded()

    async def _tried(self, need: Need, call: Call) -> Finding:
        """Try what a permission is for with a name that nothing has: any other refusal shows that it is there."""
        try:
            await self._client.ask(call, Nothing)
        except NotTaken as no:
            if advice.lacks(no):
                return advice.missing(need, self._console)
            if not advice.is_about_the_call(no):
                return advice.unread("scopes", no, self._console)
        return advice.granted(need)

    async def _uploaded(self) -> Finding:
        file = io.BytesIO(_PIXEL)
        try:
            await self._client.upload(wire.IMAGES, {"image_type": "message"}, "image", "pixel.png", file, Nothing)
        except NotTaken as no:
            if advice.lacks(no):
                return advice.missing(FILES, self._console)
            return advice.unread("scopes", no, self._console)
        return advice.granted(FILES)

    async def _line(self) -> Finding:
        running = self._wish.running
        if self._webhook:
            return advice.webhook(self._console)
        if running is not None:
            return advice.running(running.silent_for, running.reconnects) if running.connected else advice.NOT_CONNECTED
        try:
            if self._wish.briefly:
                await self._client.endpoint()
                return advice.OFFERED
            async with visiting(self._client, take_nothing, self._clock):
                return advice.OPENED
        except NotTaken as no:
            return advice.unconnected(no, self._console)

    async def _card(self) -> AsyncIterator[Finding]:
        kind = _KINDS.get(self._wish.to[:3])
        if not self._wish.to:
            return
        if kind is None:
            yield advice.unknown_receiver(self._wish.to)
        elif self._webhook or self._wish.running is not None:
            yield await self._sent(kind) or advice.SENT_FOR_OTHERS
        else:
            try:
                async with visiting(self._client, self._trial.take, self._clock):
                    yield (trouble := await self._sent(kind)) or advice.sent(self._wish.seconds)
                    if trouble is None:
                        yield await self._pressed()
            except NotTaken as no:
                yield advice.unconnected(no, self._console)

    async def _sent(self, kind: str) -> Finding | None:
        """Send the card, and return why it is not there."""
        try:
            await self._trial.send(kind, self._wish.to)
        except NotTaken as no:
            return advice.missing(SAY, self._console) if advice.lacks(no) else advice.unsent(no, self._console)
        return None

    async def _pressed(self) -> Finding:
        try:
            async with asyncio.timeout(self._wish.seconds):
                await self._trial.pressed.wait()
        except TimeoutError:
            return advice.unpressed(self._wish.seconds, self._console)
        return advice.PRESSED
