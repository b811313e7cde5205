"""The terminal as a place where lines are said. Reading the keyboard is in ``conversation``, drawing in ``render``."""

import asyncio

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from typing_extensions import override

from bot.core.cards import Button, Card
from bot.core.job import Address
from bot.engine.ports import Line, Platform
from bot.i18n import Translator, Translators
from bot.platforms.terminal.render import clean, draw

NAME = "terminal"
HERE = Address(NAME, "", "here")
"""The one place of a terminal."""

PERSON = "me"
"""The one person in front of it."""


class TerminalPlatform(Platform):
    """Prints lines once per key and keeps one progress bar per running job.

    ``buttons`` are the actions of the numbers on the screen; ``news`` is set whenever something was said.
    """

    def __init__(self, console: Console, translators: Translators) -> None:
        self.buttons: dict[int, Button] = {}
        self.cards: list[Card] = []
        self.news = asyncio.Event()
        self._console = console
        self._translators = translators
        self._said: set[str] = set()
        self._told: dict[str, set[str]] = {}
        self._last = ""
        self._bars: dict[str, TaskID] = {}
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), console=console, transient=True, auto_refresh=False
        )

    @property
    @override
    def name(self) -> str:
        return NAME

    @override
    async def say(self, line: Line) -> str:
        if line.key not in self._said:
            self._said.add(line.key)
            self._told[line.key] = set(_words(line.card, self._translators.get(line.locale)))
            self._print(line.card, line.locale)
        return line.key

    @override
    async def edit(self, line: Line, message: str) -> None:
        self._drop_bar(message)
        shown = {button.action for button in line.card.buttons}
        if line.card.buttons:
            self._print(line.card, line.locale)
        else:
            self._print_news(line)
            self.news.set()
        self._forget_buttons(line.job, shown)

    @override
    async def show(self, address: Address, message: str, card: Card, locale: str) -> None:
        if message not in self._bars:
            self._bars[message] = self._progress.add_task("", total=100)
        words = [self._translators.get(locale).say(text) for text in (card.title, *card.lines) if text is not None]
        percent = card.bar.percent if card.bar else 0
        self._progress.update(self._bars[message], completed=percent, description=clean(" ".join(words)))
        if self._console.is_terminal:
            self._progress.start()
            self._progress.refresh()
        elif (said := clean(" ".join(words))) != self._last:
            self._last = said  # an answer that grows is said once: there is nothing here that could grow
            self._console.print(said, style="dim")

    def pause(self) -> None:
        """Take the progress bars off the screen, so that the keyboard can be read."""
        self._progress.stop()

    def _print_news(self, line: Line) -> None:
        """Print what a message says in its new form and did not say before."""
        told = self._told.setdefault(line.target, set())
        for words in _words(line.card, self._translators.get(line.locale)):
            if words not in told:
                told.add(words)
                self._console.print(clean(words), style="dim")

    def _print(self, card: Card, locale: str) -> None:
        number = max(self.buttons, default=0) + 1
        self._console.print(draw(card, self._translators.get(locale), number))
        if card.copy:
            # Outside the panel and unwrapped, so that a terminal can select it as a whole.
            self._console.print(clean(card.copy), style="bold", markup=False, soft_wrap=True)
        self.buttons.update(enumerate(card.buttons, number))
        self.cards.append(card)
        self.news.set()

    def _drop_bar(self, message: str) -> None:
        bar = self._bars.pop(message, None)
        if bar is not None:
            self._progress.remove_task(bar)
        if not self._bars:
            self._progress.stop()

    def _forget_buttons(self, job: str, but: set[str]) -> None:
        """Drop the numbers of a job's older buttons: its newest form has others or none."""
        if job:
            self.buttons = {n: b for n, b in self.buttons.items() if f"|{job}" not in b.action or b.action in but}


def _words(card: Card, words: Translator) -> list[str]:
    """Return a card's title and facts, each as one text."""
    title = [words.say(card.title)] if card.title is not None else []
    return title + [f"{words.say(fact.label)}: {words.say(fact.value)}" for fact in card.facts]
