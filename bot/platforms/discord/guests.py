"""What a card says and offers where Limner cannot write by itself: the result has to be fetched with a button.

That is so where only a person has installed Limner, and in channels where it may not write (section 1.3).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import slash
from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Style, Tone
from bot.engine.ports import Line
from bot.engine.proposals import notice_key
from bot.storage.passes import Pass

FAREWELL_FROM = timedelta(minutes=12)
"""The age of a pass from which on progress is nothing but the button: soon nothing can be shown without it."""


def fetchable(card: Card, line: Line) -> Card:
    """Return a notice that says how its result is fetched, or offers it; any other card as it is."""
    if notice_key(line.job) not in {line.key, line.target}:
        return card
    if card.tone is Tone.ASKING:
        return replace(card, lines=(*card.lines, slash.FETCH()))
    if card.tone in {Tone.WORKING, Tone.GOOD}:
        return replace(card, buttons=(*card.buttons, show_button(line.job)))
    return card


def progress(card: Card, holders: Sequence[Pass], now: datetime) -> Card:
    """Return progress with the button; ``holders`` are the passes that are good for its message."""
    job = next((by.line.partition(".")[0] for by in holders if by.line), "")
    newest = max((by.at for by in holders), default=now)
    if now - newest >= FAREWELL_FROM:
        card = replace(card, title=slash.STILL_MADE(), lines=(slash.FETCH(),), bar=None)
    return replace(card, buttons=(show_button(job),)) if job else card


def show_button(job: str) -> Button:
    """Return the button that fetches a job's result."""
    return Button(slash.BUTTON_SHOW(), Action(Verb.SHOW, job).encode(), Style.PRIMARY)
