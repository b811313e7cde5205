"""The card that greets people and helps those whose words were no command. Its buttons stand for typed commands."""

from bot.core import lark
from bot.core.cards import Button, Card, Style, Tone
from bot.text import Text

_SAID = "say|"
SETTINGS = "/prefs"
"""What the button for one's settings stands for where they cannot be changed in place."""

_BUTTONS = (
    (lark.ALL_COMMANDS, "/help", Style.PRIMARY),
    (lark.MODELS_AND_PRICES, "/models", Style.PLAIN),
    (lark.MY_SETTINGS, SETTINGS, Style.PLAIN),
    (lark.MY_ORDERS, "/jobs", Style.PLAIN),
)
MENU = {"help": "/help", "models": "/models", "settings": "/prefs", "status": "/jobs", "history": "/history"}
"""What an entry of the bot's menu stands for, by the key that the operator gave it in the console."""


def welcome(title: Text | None = None) -> Card:
    """Return the greeting; with a ``title`` of its own it says what was not understood."""
    buttons = tuple(Button(label(), f"{_SAID}{command}", style) for label, command, style in _BUTTONS)
    lines = (lark.WELCOME_HOW(), lark.WELCOME_PICTURE())
    tone = Tone.PLAIN if title is None else Tone.BAD
    return Card(title=title or lark.WELCOME(), lines=lines, buttons=buttons, tone=tone)


def said(action: str) -> str:
    """Return the command that a button stands for; nothing for the buttons of orders."""
    command = action.removeprefix(_SAID)
    return command if command != action and command in {what for _, what, _ in _BUTTONS} else ""
