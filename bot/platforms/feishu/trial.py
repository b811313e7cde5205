"""A long connection for a moment, and a card whose press comes back over it: what ``limner doctor feishu`` tries out.

While it is open Feishu sends it what a service would have got (section 1.3). All of that is refused, so that it comes
again; only the press on the doctor's own card is taken.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping

from bot.core import lark
from bot.core.cards import Card, Tone
from bot.engine.ports import Clock
from bot.i18n import Translators
from bot.platforms.feishu import events, wire
from bot.platforms.feishu.client import Call, Client, NotTaken
from bot.platforms.feishu.events import CLICK, Clicked
from bot.platforms.feishu.receiver import Accept, Pulse, Session
from bot.platforms.feishu.render import Shape, draw, nonce
from bot.platforms.feishu.voices import Voices
from bot.platforms.feishu.welcome import welcome
from bot.platforms.feishu.wire import Json, StoredMessage

WITHIN = 10.0
"""Real seconds for a connection to open."""

HANDSHAKE = "handshake"
"""How the detail begins where the address is there and nobody opens at it."""


class _Door:
    """Notes that a connection stands."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    def connected(self, _pulse: Pulse) -> None:
        self.opened.set()


@contextlib.asynccontextmanager
async def visiting(client: Client, accept: Accept, clock: Clock) -> AsyncIterator[None]:
    """Be connected until the block ends. Raises ``NotTaken`` where that is not possible."""
    door = _Door()
    receiving = asyncio.create_task(Session(await client.endpoint(), accept, clock).run(door))
    opening = asyncio.create_task(door.opened.wait())
    try:
        await asyncio.wait((receiving, opening), timeout=WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if not door.opened.is_set():
            raise _why(receiving)
        yield
    finally:
        receiving.cancel()
        opening.cancel()
        await asyncio.gather(receiving, opening, return_exceptions=True)


def _why(receiving: "asyncio.Task[None]") -> NotTaken:
    problem = receiving.exception() if receiving.done() else None
    if isinstance(problem, NotTaken):
        return problem
    return NotTaken(f"{HANDSHAKE}: {type(problem).__name__ if problem else 'no answer'}")


async def take_nothing(_event: Mapping[str, object]) -> Json | None:
    """Refuse an event: Feishu sends it again, to whom it is meant for."""
    raise ValueError("it is not meant for the doctor")


class Trial:
    """A card with a button. ``pressed`` is set when its press has arrived, from whomever."""

    def __init__(self, client: Client, translators: Translators, language: str, clock: Clock) -> None:
        self.pressed = asyncio.Event()
        self._client = client
        self._translators = translators
        self._language = language
        self._nonce = nonce(f"doctor.{clock.now().isoformat()}")

    async def send(self, kind: str, to: str) -> None:
        """Send the card; raises ``NotTaken``."""
        # If a running service takes the press, it finds its own help button and answers that.
        button = welcome().buttons[:1]
        card = Card(title=lark.DOCTORS_CARD(), lines=(lark.DOCTORS_CARD_HOW(),), buttons=button, tone=Tone.ASKING)
        content = json.dumps(self._drawn(card), ensure_ascii=False)
        body = {"receive_id": to, "msg_type": "interactive", "content": content}
        await self._client.ask(Call("POST", wire.MESSAGES, {"receive_id_type": kind}, body), StoredMessage)

    async def take(self, raw: Mapping[str, object]) -> Json | None:
        """Answer a press on the card; raises ``ValueError`` for everything else."""
        event = events.opened(raw)
        clicked = events.read(event, Clicked) if event is not None and event.header.event_type == CLICK else None
        if clicked is None or clicked.action.fields.get("nonce") != self._nonce:
            return await take_nothing(raw)
        self.pressed.set()
        done = lark.DOCTORS_CARD_DONE()
        card = self._drawn(Card(title=lark.DOCTORS_CARD(), lines=(done,), tone=Tone.GOOD))
        voices = self._voices()
        told = {"type": "success", "content": voices.one.say(done), "i18n": voices.each(lambda words: words.say(done))}
        return {"toast": told, "card": {"type": "raw", "data": card}}

    def _drawn(self, card: Card) -> Json:
        return draw(card, self._voices(), Shape(nonce=self._nonce)).content

    def _voices(self) -> Voices:
        return Voices.of(self._translators, self._language)
