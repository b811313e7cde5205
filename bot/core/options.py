"""What people write beside a prompt: settings, a model, a wish, how many, links. Commands are in ``grammar``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.core.preferences import Wish, plain
from providers.contract import Clip, Role

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "duration": ("duration", "length", "seconds", "时长"),
    "resolution": ("resolution", "res", "分辨率", "清晰度"),
    "aspect_ratio": ("aspect_ratio", "aspect", "ratio", "ar", "画面比例", "比例", "画幅"),
    "size": ("size", "尺寸"),
    "quality": ("quality", "画面质量", "质量", "画质"),
    "sound": ("sound", "audio", "声音", "音频"),
    "negative_prompt": ("negative_prompt", "things_to_avoid", "avoid", "without", "不想出现的内容", "不要"),
}
"""The words for the settings that many models share; a model's other settings go by their own name."""

BEHIND_DASHES: Mapping[str, str] = {
    "no": "negative_prompt",
    "q": "quality",
    "s": "stylize",
    "c": "chaos",
    "w": "weird",
    "v": "version",
    "iw": "image_weight",
}
"""The short words of Midjourney's own chat. Only as flags: single letters stand in texts."""

SWITCHES: Mapping[str, tuple[str, str]] = {
    "relax": ("mode", "relax"),
    "turbo": ("mode", "turbo"),
    "raw": ("style", "raw"),
}
"""And those that stand alone, with the setting and the value they mean."""

_OTHERS = {
    "model": ("model", "模型"),
    "count": ("count", "n", "数量"),
    "use": ("use", "用途"),
    "of": ("of", "result", "取自"),
    "video": ("video", "视频"),
    "start": ("start", "from", "开始"),
    "end": ("end", "until", "结束"),
}
_WORDS = {word: name for name, words in (*SETTINGS.items(), *_OTHERS.items()) for word in words}
_REPEATED = frozenset({"video", "sound", "start", "end"})
"""What may be said several times."""

_KEYS = {plain(word): name for word, name in _WORDS.items()}


class Use(StrEnum):
    """What input pictures are for."""

    ANIMATE = "animate"
    FRAMES = "frames"
    REFERENCE = "reference"


_USES = {"frames": Use.FRAMES, "frame": Use.FRAMES, "首尾帧": Use.FRAMES, "animate": Use.ANIMATE, "动画": Use.ANIMATE}
_USES |= {"reference": Use.REFERENCE, "references": Use.REFERENCE, "ref": Use.REFERENCE, "参考": Use.REFERENCE}

_ROLES = {
    **dict.fromkeys(("first", "start", "首帧"), Role.FIRST),
    **dict.fromkeys(("middle", "mid", "中间帧"), Role.MIDDLE),
    **dict.fromkeys(("last", "end", "尾帧"), Role.LAST),
    **dict.fromkeys(("reference", "ref", "参考", "edit", "原图"), Role.REFERENCE),
    **dict.fromkeys(("mask", "蒙版"), Role.MASK),
}
"""What each picture is for, where they are named one by one: ``use=first,reference``."""

_CHEAPEST = frozenset({"cheapest", "最便宜", "最便宜的", "用便宜的", "用最便宜的"})
_BEST = frozenset({"best", "最好", "最好的", "用最好的"})

# One character for one character: what is found in the narrow text is cut out of the text as it was typed.
_WIDTH = {0xFF01 + n: 0x21 + n for n in range(94)} | dict.fromkeys((0xA0, *range(0x2000, 0x200B), 0x202F, 0x3000), 0x20)
_WIDTH |= {0xD7: 0x78, 0x201C: 0x22, 0x201D: 0x22, 0x2018: 0x27, 0x2019: 0x27}

# ASCII rules: otherwise letters such as the dotless i count as ours and are no words of ours afterwards.
_FLAGS = re.IGNORECASE | re.ASCII
_END = r"(?![A-Za-z0-9_'-])"
_STOP = r"(?=[\s,;:、。]|$)"
_PART = r"(?:[1-9]|1[0-9]|2[01])"  # beyond 21:9 it is a time of day
_NAMES = "|".join(re.escape(word).replace("_", "[ _-]?") for word in sorted(_WORDS, key=len, reverse=True))
_START = r"(?<![^\s,;、。])"

_BREAK = re.compile(r"[\s,;:、。]*")
_GAP = re.compile(r"[^\S\n]*(?:[,;、][^\S\n]*)?")
_AFTER_LINK = ".,;:!?'*_]"
# An address that is a setting's value (sound=https://…) is no picture.
_LINK = re.compile(r"([<(]?)(?<![A-Za-z0-9=＝])(https?)[:：]//([!#-;=?-~]{1,4000})(>?)[^\S\n]*", _FLAGS)
_FLAG = re.compile(
    rf"{_START}(?:(?P<dash>--|[—–])(?P<key>[^\W\d_][\w-]{{0,40}})(?P<sign>\s*[=:]\s*|\s+|)|(?P<known>(?i:{_NAMES}))=(?=\S))"
)
_KNOWN = re.compile(rf"(?P<key>{_NAMES})(?P<sign>\s?[=:]\s?)", _FLAGS)
_OTHER = re.compile(
    r"(?P<key>[a-z][a-z0-9_-]{2,40}(?==)|[a-z][a-z0-9]{0,20}_[a-z0-9_]{1,20}(?=:))(?P<sign>[=:])", _FLAGS
)
_ADDRESS = re.compile(r"[a-z]{2,6}://", _FLAGS)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<value>[^"']{0,2000})(?P=quote)""")
_FREE = re.compile(r"(?P<value>\S+)")
_REST = re.compile(r"(?P<value>\S.*?)(?=\s+(?:--|[—–][a-z])|\s*$)", re.MULTILINE)
_TAME = re.compile(r"(?P<value>-?[0-9]\S*|[^\s—–-]\S*)")

_USUAL = {
    name: re.compile(shape, _FLAGS)
    for name, shape in (
        ("duration", rf"(?P<value>[0-9]{{1,3}})(?:\s?(?:s|secs?|seconds?){_END}|\s?秒钟?的?|{_END})"),
        ("resolution", rf"(?P<value>[0-9]{{3,4}}p?|[0-9]k){_END}"),
        ("quality", rf"(?P<value>[0-9]{{3,4}}p?|[0-9]k){_END}"),
        ("size", rf"(?P<value>[0-9]{{3,4}}(?:px?|x[0-9]{{3,4}})?|[0-9]k){_END}"),
        ("aspect_ratio", rf"(?P<value>[0-9]{{1,2}}:[0-9]{{1,2}}){_END}"),
        ("sound", rf"(?P<value>(?:on|off|yes|no|true|false){_END}|[开关有无是否])"),
        ("count", rf"(?P<value>[0-9]{{1,3}})(?:{_END}|[张个])"),
        ("model", rf"""(?P<value>[^\s,;、。"']+(?:\s(?:v?[0-9]+\.[0-9]+|[oqv][0-9]){_END})?)"""),
        ("use", r"""(?P<value>[^\s;、。"']*[^\s,;、。"'])"""),
        ("of", rf"(?P<value>#?[0-9a-f]{{4,40}}(?:\.[0-9]{{1,2}})?){_END}"),
        ("video", r"(?P<value>https?://[!-~]{1,4000})"),
        ("start", rf"(?P<value>[0-9]{{1,4}}(?:\.[0-9]{{1,3}})?)(?:s|{_END})"),
        ("end", rf"(?P<value>[0-9]{{1,4}}(?:\.[0-9]{{1,3}})?)(?:s|{_END})"),
    )
}
"""How the value of a setting usually looks. A version that follows a model's name belongs to the name."""

_SHORT = tuple(
    (name, re.compile(shape, _FLAGS))
    for name, shape in (
        ("duration", rf"([0-9]{{1,3}})(?:(?:s|secs?|seconds?){_END}|\s?秒钟?的?(?![钟的后内前]))"),
        ("resolution", rf"([0-9]{{3,4}}p|[1248]k){_END}"),
        ("aspect_ratio", rf"({_PART}:{_PART}){_END}(?!:[0-9])"),
        ("count", rf"x([0-9]{{1,2}}){_END}"),
        ("count", rf"([0-9]{{1,2}})(?:x{_END}|\s?[张个]{_STOP})"),
        ("cheapest", rf"cheapest(?:\s+(?:model|one))?{_END}|(?:用?最便宜的?|用便宜的){_STOP}"),
        ("best", rf"best(?:\s+(?:quality|model)(?!\s?[=:]))?{_END}|用?最好的?{_STOP}"),
    )
)
"""What is understood without a name in front."""

# "best friends at the beach" is a prompt; "best a puppy" and "best model=wan a puppy" are wishes.
_ORDINARY = re.compile(r"best\s+(?!(?:quality|model|an?|the|my|our|one|some|cheapest)\b|x[0-9]|\w+\s?=)[a-z]", _FLAGS)


@dataclass(slots=True)
class Options:
    """What was found. ``rest`` is the text without it; ``count`` is 0 when a number was given that is no number.

    ``roles`` are what the pictures are for, one each; ``sounds`` and ``videos`` are inputs given by their address;
    ``twice`` are two values that were given for one thing; ``of`` is the code of an earlier order.
    """

    rest: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    model: str = ""
    wish: Wish | None = None
    count: int = 1
    use: Use | None = None
    links: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    sounds: list[Clip] = field(default_factory=list)
    videos: list[Clip] = field(default_factory=list)
    twice: tuple[str, str] | None = None
    of: str = ""
    _said: dict[str, str] = field(default_factory=dict)

    def put(self, key: str, value: str) -> None:
        """Note one setting by any of its names."""
        word = plain(key)
        name = _KEYS.get(word, "")
        self._compare("wish" if word in _CHEAPEST or word in _BEST else name or word, value or key)
        if word in _CHEAPEST or word in _BEST:
            self.wish = Wish.CHEAPEST if word in _CHEAPEST else Wish.BEST
        elif name == "model":
            self.model = value
        elif name == "of":
            self.of = value.lstrip("#").lower()
        elif name == "count":
            self.count = int(value) if re.fullmatch("[0-9]{1,3}", value) else 0
        elif name == "use" and plain(value) in _USES:
            self.use = _USES[plain(value)]
        elif name == "use" and (roles := [_ROLES.get(plain(role)) for role in re.split("[,，+]", value)]):
            self.roles = tuple(role for role in roles if role is not None) if None not in roles else ()
            self.settings |= {} if self.roles else {"use": value}
        elif name == "sound" and _ADDRESS.match(value):
            self.sounds.append(Clip(value))
        elif name == "video" and _ADDRESS.match(value):
            self.videos.append(Clip(value))
        elif name in {"start", "end"} and self.videos and re.fullmatch(r"[0-9.]+", value):
            last, at = self.videos[-1], float(value)
            self.videos[-1] = replace(last, start=at) if name == "start" else replace(last, end=at)
        else:
            self.settings[name or key.lower().replace("-", "_")] = value

    def _compare(self, what: str, value: str) -> None:
        """Note where something was said twice and differently: nobody can know which one is meant."""
        before = self._said.setdefault(what, value)
        if what not in _REPEATED and plain(before) != plain(value):
            self.twice = self.twice or (before, value)


def narrowed(text: str) -> str:
    """Return a text of the same length with full-width letters, digits and signs in their usual width."""
    return text.translate(_WIDTH)


def take_options(text: str, *, links: bool = True, shorthand: bool = True) -> Options:
    """Take a request apart: links and ``--flags`` anywhere, ``name=value`` and shorthands (``5s``, ``x2``) in front.

    Without ``links`` addresses stay in the text, without ``shorthand`` so do bare words. Never raises.
    """
    found = Options()
    if links:
        found.links = tuple(_link(match) for match in _LINK.finditer(text))
        text = _LINK.sub(_after_link, text)
    found.rest = _leading(found, _flags(found, text).strip(), shorthand=shorthand)
    return found


def _link(match: re.Match[str]) -> str:
    """Return an address without the punctuation of the sentence around it."""
    rest = match[3].rstrip(_AFTER_LINK)
    while rest.endswith(")") and rest.count("(") < rest.count(")"):
        rest = rest[:-1].rstrip(_AFTER_LINK)
    return f"{match[2].lower()}://{rest}"


def _after_link(match: re.Match[str]) -> str:
    """Return what stays in place of an address: half a bracket whose other half is elsewhere."""
    end = match[3][len(_link(match)) - len(match[2]) - len("://") :]
    opens, closes = match[1] == "(", ")" in end
    return "" if opens == closes else "(" if opens else ") "


def _flags(found: Options, text: str) -> str:
    """Take ``--name value`` and ``name=value`` of our words out of a text, wherever they stand."""
    narrow, kept, at = narrowed(text), "", 0
    for flag in _FLAG.finditer(narrow):
        taken = _flag(narrow, text, flag) if flag.start() >= at else None
        if taken is not None:
            found.put(*_meant(plain(flag["key"] or ""), flag["key"] or flag["known"], taken[0]))
            kept, at = kept + text[at : flag.start()], _past(_GAP, narrow, taken[1])
    return kept + text[at:]


def _flag(narrow: str, text: str, flag: re.Match[str]) -> tuple[str, int] | None:
    """Return a flag's value and where it ends. A flag that can stand alone takes only what is surely meant for it."""
    word = plain(flag["key"] or flag["known"])
    name, wish = _KEYS.get(word, ""), word in _CHEAPEST or word in _BEST
    if flag["known"]:
        return _value(name, narrow, text, flag.end(), ()) if len(word) > 1 else None
    if flag["dash"] != "--" and not (wish or name):
        return None  # a dash in a sentence: "it ends —suddenly"
    explicit = flag["sign"].strip() != ""
    alone = (wish or name == "sound" or word in SWITCHES) and not explicit
    # What is not wanted may be several words: people who type this flag put it behind the prompt.
    loose = _REST if word == "no" else _TAME
    shapes = () if alone else (_QUOTED, _FREE if explicit else loose)
    taken = _value(name, narrow, text, flag.end(), shapes) if flag["sign"] else None
    return taken or ("", flag.end("key"))


def _meant(word: str, key: str, value: str) -> tuple[str, str]:
    """Return the name and the value that a flag means."""
    if word in SWITCHES and not value:
        return SWITCHES[word]
    return BEHIND_DASHES.get(word, key), value


def _value(name: str, narrow: str, text: str, at: int, others: tuple[re.Pattern[str], ...]) -> tuple[str, int] | None:
    """Return the value that starts here and where it ends: as it usually looks, else in one of the other shapes."""
    usual = _USUAL.get(name)
    for shape in (*((usual,) if usual else ()), *others):
        match = shape.match(narrow, at)
        if match is not None:
            source = text if shape is _QUOTED else narrow
            return source[match.start("value") : match.end("value")], match.end()
    return None


def _past(gap: re.Pattern[str], narrow: str, at: int) -> int:
    """Return where a gap that may start here ends."""
    match = gap.match(narrow, at)
    return match.end() if match else at


def _leading(found: Options, text: str, *, shorthand: bool) -> str:
    """Take settings off the front of a text, as long as there are any."""
    narrow, at = narrowed(text), 0
    while end := _pair(found, narrow, text, at) or (_short(found, narrow, at) if shorthand else 0):
        at = _past(_BREAK, narrow, end)
    return text[at:]


def _pair(found: Options, narrow: str, text: str, at: int) -> int:
    """Note ``name=value`` and return where it ends. Where blanks stand around the sign only a usual value counts."""
    pair = _KNOWN.match(narrow, at)
    name = _KEYS[plain(pair["key"])] if pair else ""
    if pair is None:
        pair = _OTHER.match(narrow, at)
    if pair is None:
        return 0
    loose = name and pair["sign"] != pair["sign"].strip()
    taken = _value(name, narrow, text, pair.end(), (_QUOTED,) if loose else (_QUOTED, _FREE))
    if taken is None:
        return 0
    found.put(pair["key"], taken[0])
    return taken[1]


def _short(found: Options, narrow: str, at: int) -> int:
    """Note a shorthand and return where it ends."""
    if _ORDINARY.match(narrow, at):
        return 0
    for name, shape in _SHORT:
        match = shape.match(narrow, at)
        if match is not None:
            found.put(name, match[1] if match.re.groups else "")
            return match.end()
    return 0
