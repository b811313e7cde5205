"""The lines people type: which command, in both languages and either width. What stands in it is for ``options``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.options import Use, narrowed, take_options
from bot.core.preferences import Wish


class Verb(StrEnum):
    """What a typed line asks for."""

    VIDEO = "video"
    IMAGE = "image"
    ANIMATE = "animate"
    EDIT = "edit"
    MUSIC = "music"
    SPEAK = "speak"
    MODELS = "models"
    PREFS = "prefs"
    MODEL = "model"
    JOBS = "jobs"
    CANCEL = "cancel"
    HISTORY = "history"
    HELP = "help"
    LANG = "lang"
    ALWAYS = "always"  # "always use ...", typed without a slash


NAMES: Mapping[Verb, tuple[str, ...]] = {
    Verb.VIDEO: ("video", "视频"),
    Verb.IMAGE: ("image", "picture", "图片", "图像", "画图"),
    Verb.ANIMATE: ("animate", "动画", "动起来"),
    Verb.EDIT: ("edit", "编辑", "改图"),
    Verb.MUSIC: ("music", "音乐"),
    Verb.SPEAK: ("speak", "朗读", "配音"),
    Verb.MODELS: ("models", "模型列表"),
    Verb.PREFS: ("prefs", "偏好"),
    Verb.MODEL: ("model", "模型"),
    Verb.JOBS: ("jobs", "任务"),
    Verb.CANCEL: ("cancel", "取消"),
    Verb.HISTORY: ("history", "历史"),
    Verb.HELP: ("help", "start", "帮助"),
    Verb.LANG: ("lang", "language", "语言"),
}
"""The words for each command; the first is the one we show."""

MAKING = frozenset({Verb.VIDEO, Verb.IMAGE, Verb.ANIMATE, Verb.EDIT, Verb.MUSIC, Verb.SPEAK})
"""The commands that ask for something paid."""

_VERBS = {word: verb for verb, words in NAMES.items() for word in words}
_LATIN = "|".join(sorted((word for word in _VERBS if word.isascii()), key=len, reverse=True))
_HAN = "|".join(sorted((word for word in _VERBS if not word.isascii()), key=len, reverse=True))
_COMMAND = re.compile(
    rf"/\s*(?:(?P<latin>{_LATIN})(?![A-Za-z0-9_-])|(?P<han>{_HAN}))[\s,:、]*", re.IGNORECASE | re.ASCII
)
"""A command; a prompt may follow a Chinese one at once, as nobody types a blank there."""

_ALWAYS = re.compile(r"(?:always\s+use\s+|以后(?:一直|都)用|总是用)\s*", re.IGNORECASE | re.ASCII)
_PICTURED = frozenset({Verb.VIDEO, Verb.IMAGE, Verb.ANIMATE, Verb.EDIT})
"""The commands that take pictures, so that an address in the text is one."""

_INVISIBLE = "\ufeff\u200b\u2060"


@dataclass(frozen=True, slots=True)
class Ask:
    """A typed line, taken apart. ``rest`` is the prompt or what follows the command; ``links`` were taken out of it.

    ``count`` is 0 when a number was given that is no number.
    """

    verb: Verb
    rest: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    wish: Wish | None = None
    count: int = 1
    use: Use | None = None
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """A line that is no command of ours. ``word`` is the command that was tried, empty for plain talk."""

    word: str = ""


def parse(line: str) -> Ask | Unknown:
    """Take a typed line apart; never raises."""
    text = line.strip().strip(_INVISIBLE).strip()
    narrow = narrowed(text)
    always = _ALWAYS.match(narrow)
    if always is not None:
        return _always(text[always.end() :])
    command = _COMMAND.match(narrow)
    if command is None:
        tried = re.match(r"/(\S{0,40})", narrow)
        return Unknown(tried[1] if tried else "")
    verb = _VERBS[(command["latin"] or command["han"]).lower()]
    if verb not in MAKING:
        return Ask(verb, rest=narrow[command.end() :])
    # What is read aloud or sung is taken word for word.
    found = take_options(text[command.end() :], links=verb in _PICTURED, shorthand=verb is not Verb.SPEAK)
    return Ask(verb, found.rest, found.settings, found.model, found.wish, found.count, found.use, found.links)


def _always(said: str) -> Ask | Unknown:
    model = said.rstrip(" \t\n.。!！吧").strip("\"'“”\u2018\u2019 ")
    return Ask(Verb.ALWAYS, rest=model) if model else Unknown()
