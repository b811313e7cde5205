"""What is said when somebody wants to be forgotten, in English, and whose button it is. The rules of ``wording`` hold.

What is deleted is in ``storage.oblivion``, when it may be in ``engine.privacy``.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from bot.core.actions import Action, Verb
from bot.core.cards import Button, Card, Style, Tone
from bot.text import Phrase, Text

P = Phrase

ASK_TITLE = P("Shall I forget you?")
ASK_WHAT = P(
    "I delete your words, pictures and results, your history, your language and what I learned about your taste. "
    "It can't be undone."
)
ASK_UNSEEN = P(
    "{count} result hasn't reached you yet and would be gone too. Type /jobs first if you want it.",
    "{count} results haven't reached you yet and would be gone too. Type /jobs first if you want them.",
)
STAYS = P(
    "The books keep {count} order: when it was made, with which model and what it cost. None of your words.",
    "The books keep {count} orders: when they were made, with which model and what they cost. None of your words.",
)
THIS_CHAT = P("If this chat keeps our messages itself, please delete those there.")
BUTTON = P("Forget me")
DONE = P("✅ Forgotten.")
STILL_OPEN = P(
    "{count} order of yours isn't over. Wait for it or type /cancel, then ask me again; see /jobs.",
    "{count} orders of yours aren't over. Wait for them or type /cancel, then ask me again; see /jobs.",
)
TOO_OLD = P("That question is too old, so nothing was deleted. Type /forget me again.")
USAGE = P("Type /forget me and I'll forget everything about you. To forget only a model: /model video auto.")

QUESTION_LASTS = timedelta(minutes=15)
"""How long the button may be pressed."""

_ME = frozenset({"", "me", "我", "myself", "everything", "一切", "全部"})


def means_me(rest: str) -> bool:
    """Whether what stands after the command says that the person themselves is meant."""
    return rest.strip().strip(".。!！").casefold() in _ME


def sign_of(platform: str, tenant: str, person: str) -> str:
    """Return a one-way image of somebody for a button's id, so that a press shows whose question it was."""
    return hashlib.sha256(f"{platform}\0{tenant}\0{person}".encode(errors="replace")).hexdigest()[:24]


def action(sign: str, event: str, now: datetime) -> Action:
    """Return the meaning of the button: whose question it is, when it was asked, and after which event."""
    told = hashlib.sha256(event.encode(errors="replace")).hexdigest()[:12]
    return Action(Verb.FORGET, sign, f"{int(now.timestamp()):x}.{told}")


def is_fresh(pressed: Action, now: datetime) -> bool:
    """Whether the question was asked a short time ago; an id that was tampered with never was."""
    try:
        asked = datetime.fromtimestamp(int(pressed.extra.partition(".")[0], 16), UTC)
    except (ValueError, OverflowError, OSError):
        return False
    return timedelta(0) <= now - asked + timedelta(seconds=1) <= QUESTION_LASTS + timedelta(seconds=1)


def key_of(meant: Action) -> str:
    """Return the key of the line that asks the question."""
    return f"forget.{meant.job}.{meant.extra}"


def question(meant: Action, ended: int, unseen: int) -> Card:
    """Return the question: ``ended`` orders stay in the books, the results of ``unseen`` ones were not brought."""
    lines = [ASK_WHAT(), *_stays(ended), *([ASK_UNSEEN(count=unseen)] if unseen else []), THIS_CHAT()]
    button = Button(BUTTON(), meant.encode(), Style.DANGER)
    return Card(title=ASK_TITLE(), lines=tuple(lines), buttons=(button,), tone=Tone.ASKING)


def done(ended: int) -> Card:
    """Return what stands in place of the question afterwards."""
    return Card(title=DONE(), lines=(*_stays(ended), THIS_CHAT()), tone=Tone.GOOD)


def _stays(ended: int) -> list[Text]:
    return [STAYS(count=ended)] if ended else []
