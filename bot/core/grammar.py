"""What people type, in both languages and either character width. Whether it can be done is for ``order`` to say."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.preferences import Wish, plain


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

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "duration": ("duration", "length", "seconds", "时长"),
    "resolution": ("resolution", "res", "分辨率", "清晰度"),
    "aspect_ratio": ("aspect_ratio", "aspect", "ratio", "比例", "画幅"),
    "size": ("size", "尺寸"),
    "quality": ("quality", "质量", "画质"),
    "sound": ("sound", "audio", "声音", "音频"),
    "negative_prompt": ("negative_prompt", "avoid", "without", "不要"),
}
"""The words for the settings that many models share; a model's other settings go by their own name."""

_MODEL = frozenset({"model", "模型"})
_COUNT = frozenset({"count", "n", "数量"})
_USE = frozenset({"use", "用途"})
_WISHES = {
    "cheapest": Wish.CHEAPEST,
    "最便宜": Wish.CHEAPEST,
    "最便宜的": Wish.CHEAPEST,
    "用便宜的": Wish.CHEAPEST,
    "用最便宜的": Wish.CHEAPEST,
    "best": Wish.BEST,
    "最好": Wish.BEST,
    "最好的": Wish.BEST,
    "用最好的": Wish.BEST,
}
_KEYS = {plain(word): name for name, words in SETTINGS.items() for word in words}
_VERBS = {word: verb for verb, words in NAMES.items() for word in words}
_ALWAYS = re.compile(
    r"\s*(?:always\s+use|以后都用|以后一直用|总是用)\s*(?P<model>.+?)\s*[.。!！]?\s*",
    re.IGNORECASE | re.DOTALL,
)
_FLAG = re.compile(
    r"(?:^|(?<=\s))(?:--|—|－－)(?P<key>[^\W\d][\w\-]*)(?:\s*[=＝:：]\s*|\s+)?(?P<value>\"[^\"]*\"|“[^”]*”|[^\s\-—－]\S*)?"
)
_PAIR = re.compile(r"(?P<key>[^\W\d][\w]*)[=＝:：](?P<value>\"[^\"]*\"|“[^”]*”|\S+)\s*")
_LINK = re.compile(r"https?[:：]//\S+", re.IGNORECASE)
_SHORT = (
    ("duration", re.compile(r"(\d{1,3})(?:s|sec|秒)")),
    ("resolution", re.compile(r"(\d{3,4}p|[1248]k)")),
    ("aspect_ratio", re.compile(r"(\d{1,2}:\d{1,2})")),
)
_TIMES = re.compile(r"(?:x|×)(\d{1,2})|(\d{1,2})(?:x|×|张|个)")


class Use(StrEnum):
    """What input pictures are for."""

    ANIMATE = "animate"
    FRAMES = "frames"
    REFERENCE = "reference"


_USES = {"frames": Use.FRAMES, "首尾帧": Use.FRAMES, "reference": Use.REFERENCE, "参考": Use.REFERENCE}
_USES |= {"animate": Use.ANIMATE, "动画": Use.ANIMATE}


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


def _narrow(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def parse(line: str) -> Ask | Unknown:
    """Take a typed line apart; never raises."""
    always = _ALWAYS.fullmatch(line)
    if always is not None:
        return Ask(Verb.ALWAYS, rest=always["model"])
    stripped = line.strip()
    if not _narrow(stripped[:1]).startswith("/"):
        return Unknown()
    word, _, body = re.sub(r"\s+", " ", stripped[1:], count=1).partition(" ") if "\n" in stripped else _split(stripped)
    verb = _VERBS.get(_narrow(word).casefold())
    if verb is None:
        return Unknown(word[:40])
    if verb not in MAKING:
        return Ask(verb, rest=body.strip())
    return _taken_apart(verb, body.strip())


def _split(stripped: str) -> tuple[str, str, str]:
    return stripped[1:].partition(" ")


class _Finds:
    """Collects what is found in the body of a command."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.model = ""
        self.wish: Wish | None = None
        self.count = 1
        self.use: Use | None = None

    def put(self, key: str, value: str, *, known_only: bool = False) -> bool:
        """Note one setting; tell whether it was one."""
        name = plain(key)
        value = value.strip('"“”')
        if name in _MODEL:
            self.model = value
        elif name in _COUNT:
            self.count = int(_narrow(value)) if _narrow(value).isdecimal() else 0
        elif name in _USE and plain(value) in _USES:
            self.use = _USES[plain(value)]
        elif name in _WISHES and not value:
            self.wish = _WISHES[name]
        elif name in _KEYS:
            self.settings[_KEYS[name]] = value
        elif known_only and re.fullmatch(r"[a-z]+(_[a-z]+)+", key) is None:
            return False
        else:
            self.settings[key.lower().replace("-", "_")] = value
        return True


def _taken_apart(verb: Verb, body: str) -> Ask:
    finds = _Finds()
    links = tuple(link.rstrip("，。,.)）") for link in _LINK.findall(body))
    body = _LINK.sub(" ", body)
    for flag in _FLAG.finditer(body):
        finds.put(flag["key"], flag["value"] or "")
    body = _leading(finds, _FLAG.sub(" ", body).strip())
    return Ask(
        verb,
        rest=body.strip(),
        settings=finds.settings,
        model=finds.model,
        wish=finds.wish,
        count=finds.count,
        use=finds.use,
        links=links,
    )


def _leading(finds: _Finds, body: str) -> str:
    """Take settings off the front of a body, as long as there are any."""
    while body:
        pair = _PAIR.match(body)
        if pair is not None and finds.put(pair["key"], pair["value"], known_only=True):
            body = body[pair.end() :]
            continue
        word, _, rest = body.partition(" ")
        if not _shorthand(finds, _narrow(word).casefold().rstrip(",")):
            return body
        body = rest.lstrip()
    return body


def _shorthand(finds: _Finds, word: str) -> bool:
    if word in _WISHES:
        finds.wish = _WISHES[word]
        return True
    for name, shape in _SHORT:
        found = shape.fullmatch(word)
        if found is not None:
            finds.settings[name] = found[1]
            return True
    times = _TIMES.fullmatch(word)
    if times is not None:
        finds.count = int(times[1] or times[2])
        return True
    return False
