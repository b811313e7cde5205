"""What a person types in a terminal, line by line, and waiting for what they ordered. Drawing is in ``render``."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol

from rich.console import Console

from bot.core import wording
from bot.core.cards import Tone
from bot.core.job import DRIVEN
from bot.engine.ports import Answer, Heard, Ids, Person, Pressed, Store
from bot.i18n import Translators
from bot.platforms.terminal.platform import HERE, NAME, PERSON, TerminalPlatform
from bot.platforms.terminal.render import clean
from bot.text import Text

GLANCE = 0.25
"""Seconds between glances at whether anything is still owed; what is said in between shows at once."""

_PROMPT = "> "
_LONGEST_NUMBER = 3
_QUIT = frozenset({"/quit", "/exit", "/退出"})


class StudioDoor(Protocol):
    """Where messages and presses go."""

    async def hear(self, heard: Heard) -> Answer:
        """Answer a message."""
        ...

    async def press(self, pressed: Pressed) -> Answer:
        """Do what a button says."""
        ...


class Conversation:
    """One person at one keyboard."""

    def __init__(
        self,
        *,
        studio: StudioDoor,
        store: Store,
        platform: TerminalPlatform,
        translators: Translators,
        ids: Ids,
        console: Console,
        locale: str,
    ) -> None:
        self._studio = studio
        self._store = store
        self._platform = platform
        self._translators = translators
        self._ids = ids
        self._console = console
        self._locale = locale
        self._waits = False
        self._left: set[str] = set()

    @property
    def _person(self) -> Person:
        return Person(HERE, PERSON, self._locale)

    async def chat(self, lines: AsyncIterator[str]) -> None:
        """Answer typed lines until the end of input, /quit or Ctrl-C at the prompt."""
        self._say(wording.TERMINAL_HELLO())
        await self.wait()
        async for line in lines:
            typed = line.strip()
            if typed in _QUIT:
                return
            if typed:
                await self.tell(typed)
                await self.wait()
            self._console.print(_PROMPT, end="", markup=False)

    def interrupt(self) -> bool:
        """End the wait, never the job; return whether there was a wait to end."""
        was_waiting, self._waits = self._waits, False
        self._platform.news.set()
        return was_waiting

    async def tell(self, typed: str) -> None:
        """Send a typed line, or press the button whose number was typed."""
        button = self._platform.buttons.get(int(typed)) if typed.isdecimal() and len(typed) <= _LONGEST_NUMBER else None
        self._platform.news.clear()
        if button is not None:
            answer = await self._studio.press(Pressed(self._person, self._ids.new(), button.action))
        else:
            answer = await self._studio.hear(Heard(self._person, self._ids.new(), typed))
        if answer.toast is not None:
            self._say(answer.toast)

    async def wait(self) -> None:
        """Wait until nothing is owed and nothing runs, showing progress; an interrupted wait leaves the job alone."""
        self._waits = True
        while self._waits and await self._busy():
            self._platform.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._platform.news.wait(), GLANCE)
        self._platform.pause()
        if not self._waits:
            # What was left once is not waited for again; its result is printed when it comes.
            self._left = await self._driven()
            self._say(wording.TERMINAL_LEFT())
        self._waits = False

    async def once(self, typed: str) -> bool:
        """Hold one conversation: say it, press Confirm where asked, wait for the end. Returns whether it worked."""
        self._console.print(_PROMPT + clean(typed), style="bold", markup=False)
        await self.tell(typed)
        await self.wait()
        confirm = next((n for n, b in sorted(self._platform.buttons.items()) if "|confirm|" in b.action), None)
        if confirm is not None:
            self._console.print(f"{_PROMPT}{confirm}", style="bold", markup=False)
            await self.tell(str(confirm))
            await self.wait()
        return bool(self._platform.cards) and all(card.tone is not Tone.BAD for card in self._platform.cards)

    async def _busy(self) -> bool:
        return bool(await self._store.owed(HERE, 1)) or bool(await self._driven() - self._left)

    async def _driven(self) -> set[str]:
        mine = await self._store.jobs_of(NAME, HERE.tenant, PERSON, limit=20)
        return {job.id for job in mine if job.state in DRIVEN}

    def _say(self, text: Text) -> None:
        self._console.print(clean(self._translators.get(self._locale).say(text)), style="dim", markup=False)
