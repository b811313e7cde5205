"""What people reply to a message, in few words: yes, no, "animate this". Commands are in the grammar."""

import re
from dataclasses import dataclass

_YES = frozenset({"confirm", "yes", "go ahead", "确认", "確認", "确定", "是", "是的"})
"""Nothing that is also said in passing: a yes spends money."""

_NO = frozenset({"cancel", "no", "stop", "n", "取消", "不", "不要", "不用", "不用了", "算了"})
_ENDINGS = " \t\n.!?,~。！？，、"

_ANIMATE = re.compile(
    r"(?:please\s+)?(?:animate|make)\s+(?:this|it|that|them)?\s*(?:(?:the\s+)?(?:picture|image|photo))?\s*"
    r"(?:into\s+|move|a\s+)*(?:(?:video|clip|move)\b)?\s*(?:no\.?|#|number)?\s*(?P<n>[1-9])?"
    r"|(?:请|帮我)?(?:让|把)?(?:它|这张|这个|这张图|这幅图|图片)?(?:第(?P<han>[1-9一二三四])张)?"
    r"(?:动起来|变成视频|做成视频|生成视频|转成视频|动画)",
    re.IGNORECASE | re.ASCII,
)
_AGAIN = frozenset({"again", "once more", "another one", "再来一次", "再来一张", "再来", "重来"})
_GO_ON = frozenset({"continue", "go on", "extend", "继续", "接着", "续上", "延长"})
_HAN = {"一": 1, "二": 2, "三": 3, "四": 4}


@dataclass(frozen=True, slots=True)
class Animate:
    """The wish to see a picture move: which one, counted from 0."""

    number: int = 0


def is_yes(text: str) -> bool:
    """Whether a reply says yes."""
    return _folded(text) in _YES


def is_no(text: str) -> bool:
    """Whether a reply says no."""
    return _folded(text) in _NO


def is_again(text: str) -> bool:
    """Whether a reply asks for the same once more."""
    return _folded(text) in _AGAIN


def is_go_on(text: str) -> bool:
    """Whether a reply asks how it goes on."""
    return _folded(text) in _GO_ON


def animates(text: str) -> Animate | None:
    """Return which picture a reply wants to see move, if it says nothing else."""
    said = _folded(text)
    if said in {"animate", "/animate", "/动画", "/动起来", "动画"}:
        return Animate()
    found = _ANIMATE.fullmatch(said)
    if found is None or said == "make":
        return None
    number = found["n"] or found["han"] or "1"
    return Animate((_HAN.get(number) or int(number)) - 1)


def _folded(text: str) -> str:
    return text.strip(_ENDINGS).casefold()
