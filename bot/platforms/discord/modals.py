"""The form that a message's menu opens: what should happen with the picture. Acting on it is in ``inbound``."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core import slash
from bot.core.grammar import Ask, Verb
from bot.i18n import Translator
from bot.platforms.discord.asking import Form, order
from bot.platforms.discord.callers import Offered
from bot.platforms.discord.limits import MOST_MODAL_LABEL, MOST_MODAL_TITLE
from bot.platforms.discord.quoting import shortened
from bot.platforms.discord.wire import Json, Kind

PROMPT, LAST = "prompt", "last"
"""The names of the fields."""

MOST_WORDS = 4000
_PARAGRAPH = 2
_ID = re.compile(r"lmm1\|(?P<menu>[a-z]+)\|(?P<event>[0-9]{1,20})")
_VERBS = {"animate": Verb.ANIMATE, "edit": Verb.EDIT, "frame": Verb.ANIMATE}


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Field(_Read):
    custom_id: str
    value: str = ""
    values: Sequence[str] = ()


class _Label(_Read):
    component: _Field


class _File(_Read):
    url: str
    size: int


class _Resolved(_Read):
    attachments: Mapping[str, _File] = {}


class _Form(_Read):
    custom_id: str
    components: Sequence[_Label]
    resolved: _Resolved = _Resolved()


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was filled in. ``event`` is the interaction that opened it, ``files`` what was added."""

    event: str
    ask: Ask
    files: tuple[Offered, ...]


def form(menu: str, event: str, words: Translator) -> Json:
    """Return the form for a menu."""
    fields: list[Json] = [
        _field(
            words.say(slash.MENU_PROMPT()),
            {
                "type": int(Kind.TEXT_INPUT),
                "custom_id": PROMPT,
                "style": _PARAGRAPH,
                "required": True,
                "max_length": MOST_WORDS,
            },
        )
    ]
    if menu == "frame":
        upload: Json = {"type": int(Kind.UPLOAD), "custom_id": LAST, "min_values": 0, "max_values": 1}
        fields.append(_field(words.say(slash.MENU_LAST()), {**upload, "required": False}))
    return {
        "custom_id": f"lmm1|{menu}|{event}",
        "title": shortened(words.say(slash.MENUS[menu]()), MOST_MODAL_TITLE),
        "components": fields,
    }


def read(data: object) -> Sent | None:
    """Return a form that was filled in; ``None`` for one that is not ours."""
    try:
        sent = _Form.model_validate(data)
    except ValidationError:
        return None
    ours = _ID.fullmatch(sent.custom_id)
    if ours is None or ours["menu"] not in _VERBS:
        return None
    fields = {label.component.custom_id: label.component for label in sent.components}
    known = sent.resolved.attachments
    names = fields[LAST].values if LAST in fields else ()
    files = tuple(Offered(known[name].url, known[name].size) for name in names if name in known)
    use = "frames" if ours["menu"] == "frame" and files else ""
    prompt = fields[PROMPT].value if PROMPT in fields else ""
    return Sent(ours["event"], order(_VERBS[ours["menu"]], Form(prompt=prompt, use=use)), files)


def _field(label: str, component: Json) -> Json:
    return {"type": int(Kind.LABEL), "label": shortened(label, MOST_MODAL_LABEL), "component": component}
