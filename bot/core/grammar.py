"""The lines people type: which command, in both languages and either width. What stands in it is for ``options``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.core.options import Options, Use, narrowed, take_options
from bot.core.preferences import Wish
from providers.contract import Clip, Role


class Verb(StrEnum):
    """What a typed line asks for."""

    VIDEO = "video"
    IMAGE = "image"
    ANIMATE = "animate"
    EDIT = "edit"
    MUSIC = "music"
    SPEAK = "speak"
    ASK = "ask"
    UPSCALE = "upscale"
    CUTOUT = "cutout"
    DESCRIBE = "describe"
    EXTEND = "extend"
    ENHANCE = "enhance"
    MODELS = "models"
    PREFS = "prefs"
    MODEL = "model"
    JOBS = "jobs"
    CANCEL = "cancel"
    HISTORY = "history"
    BALANCE = "balance"
    CAREFUL = "careful"
    BUDGET = "budget"
    USAGE = "usage"
    RECEIPT = "receipt"
    FORGET = "forget"
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
    Verb.ASK: ("ask", "提问", "问"),
    Verb.UPSCALE: ("upscale", "放大"),
    Verb.CUTOUT: ("cutout", "抠图", "去背景"),
    Verb.DESCRIBE: ("describe", "描述"),
    Verb.EXTEND: ("extend", "续写视频", "续视频"),
    Verb.ENHANCE: ("enhance", "润色", "扩写"),
    Verb.MODELS: ("models", "模型列表"),
    Verb.PREFS: ("prefs", "偏好"),
    Verb.MODEL: ("model", "模型"),
    Verb.JOBS: ("jobs", "任务"),
    Verb.CANCEL: ("cancel", "取消"),
    Verb.HISTORY: ("history", "历史"),
    Verb.BALANCE: ("balance", "余额"),
    Verb.CAREFUL: ("careful", "每次确认"),
    Verb.BUDGET: ("budget", "预算"),
    Verb.USAGE: ("usage", "用量"),
    Verb.RECEIPT: ("receipt", "收据"),
    Verb.FORGET: ("forget", "忘记"),
    Verb.HELP: ("help", "start", "帮助"),
    Verb.LANG: ("lang", "language", "语言"),
}
"""The words for each command; the first is the one we show."""

MAKING = frozenset(
    {
        Verb.VIDEO,
        Verb.IMAGE,
        Verb.ANIMATE,
        Verb.EDIT,
        Verb.MUSIC,
        Verb.SPEAK,
        Verb.ASK,
        Verb.UPSCALE,
        Verb.CUTOUT,
        Verb.DESCRIBE,
        Verb.EXTEND,
    }
)
"""The commands that ask for something paid."""

ABOUT_MONEY = frozenset({Verb.BUDGET, Verb.USAGE, Verb.RECEIPT})
"""The commands about what may be spent and what was."""

_VERBS = {word: verb for verb, words in NAMES.items() for word in words}
_LATIN = "|".join(sorted((word for word in _VERBS if word.isascii()), key=len, reverse=True))
_HAN = "|".join(sorted((word for word in _VERBS if not word.isascii()), key=len, reverse=True))
_COMMAND = re.compile(
    rf"/\s*(?:(?P<latin>{_LATIN})(?![A-Za-z0-9_-])|(?P<han>{_HAN}))[\s,:、]*", re.IGNORECASE | re.ASCII
)
"""A command; a prompt may follow a Chinese one at once, as nobody types a blank there."""

_ALWAYS = re.compile(r"(?:always\s+use\s+|以后(?:一直|都)用|总是用)\s*", re.IGNORECASE | re.ASCII)
_ASKED = re.compile(
    r"(?:please\s+)?ask\s+([\w.-]{2,40})\s+(?:about|to|for)\s+(?=\S)"
    r"|问(?:一下|问)?\s*([A-Za-z][A-Za-z0-9.-]{1,40})\s*[,:]?\s*(?=\S)",
    re.IGNORECASE | re.ASCII,
)
"""A question in plain words that names who is to answer it: "ask grok about the tides"."""

_WITH = re.compile(
    r"(?:please\s+)?use\s+([\w.-]{2,40})\s+to\s+(?=\S)|用\s*([A-Za-z][A-Za-z0-9.-]{1,40})\s*", re.IGNORECASE
)
_TO_WRITE = re.compile("写|回答|解释|翻译|总结|讲|说|想|算")
"""What somebody is asked to do in words, so that what follows is a question."""

_MADE = re.compile(
    r"(?:please\s+)?(?:generate|create|make|draw)\s+(?:me\s+)?(?:an?\s+|the\s+)?"
    r"(?:(?P<image>image|picture|photo)|(?P<video>video|clip))\s+(?:of|about|with|showing)\s+(?=\S)"
    r"|(?:请|帮我|给我)*(?:(?:生成|画|做)一?(?:张|幅|个)?(?P<han_image>图片|图像|图|画)"
    r"|(?:生成|做|拍)一?(?:段|个)?(?P<han_video>视频))\s*[,:]?\s*(?=\S)",
    re.IGNORECASE | re.ASCII,
)
"""An order in plain words: "make a picture of a lighthouse", "use kling to make a video of a storm"."""

PICTURED = frozenset(
    {Verb.VIDEO, Verb.IMAGE, Verb.ANIMATE, Verb.EDIT, Verb.UPSCALE, Verb.CUTOUT, Verb.DESCRIBE, Verb.EXTEND}
)
"""The commands that take pictures, so that an address in the text is one."""

_WORD_FOR_WORD = frozenset({Verb.SPEAK, Verb.ASK})
"""The commands whose text is taken as it was typed: "5 s is how long?" sets no duration."""

_INVISIBLE = "\ufeff\u200b\u2060"


@dataclass(frozen=True, slots=True)
class Ask:
    """A typed line, taken apart. ``rest`` is the prompt or what follows the command; ``links`` were taken out of it.

    ``count`` is 0 when a number was given that is no number; ``twice`` are two values given for one thing. ``of`` is
    the code of an earlier order whose result it starts from, with the number of the result: ``a1b2c3.2``.
    """

    verb: Verb
    rest: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    wish: Wish | None = None
    count: int = 1
    use: Use | None = None
    links: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    sounds: tuple[Clip, ...] = ()
    videos: tuple[Clip, ...] = ()
    twice: tuple[str, str] | None = None
    of: str = ""


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
    spoken = _spoken(text, narrow) if command is None else None
    if spoken is not None:
        return spoken
    if command is None:
        tried = re.match(r"/(\S{0,40})", narrow)
        return Unknown(tried[1] if tried else "")
    verb = _VERBS[(command["latin"] or command["han"]).lower()]
    if verb not in MAKING:
        return Ask(verb, rest=narrow[command.end() :])
    # What is read aloud or sung is taken word for word.
    found = take_options(text[command.end() :], links=verb in PICTURED, shorthand=verb not in _WORD_FOR_WORD)
    return _asked(verb, found)


def _spoken(text: str, narrow: str) -> Ask | None:
    """Take an order in plain words apart, if it is one."""
    question = _ASKED.match(narrow)
    if question is not None:
        return Ask(Verb.ASK, text[question.end() :], model=question[1] or question[2])
    using = _WITH.match(narrow)
    model, at = ((using[1] or using[2]), using.end()) if using is not None else ("", 0)
    made = _MADE.match(narrow, at)
    if made is not None:
        verb = Verb.VIDEO if made["video"] or made["han_video"] else Verb.IMAGE
        found = take_options(text[made.end() :], shorthand=False)
        return _asked(verb, replace(found, model=found.model or model))
    is_question = using is not None and (using[1] or _TO_WRITE.match(narrow, at))
    return Ask(Verb.ASK, text[at:], model=model) if is_question else None


def _asked(verb: Verb, found: Options) -> Ask:
    return Ask(
        verb,
        found.rest,
        found.settings,
        found.model,
        found.wish,
        found.count,
        found.use,
        found.links,
        found.roles,
        tuple(found.sounds),
        tuple(found.videos),
        found.twice,
        found.of,
    )


def _always(said: str) -> Ask | Unknown:
    model = said.rstrip(" \t\n.。!！吧").strip("\"'“”\u2018\u2019 ")
    return Ask(Verb.ALWAYS, rest=model) if model else Unknown()
