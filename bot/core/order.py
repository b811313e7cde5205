"""From what a person typed to a complete set of settings, checked against the model. Nothing is guessed or rounded."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from bot.core.preferences import plain
from bot.core.rules import RULES
from bot.core.wording import SETTING_NAMES, setting_label
from bot.errors import RefusalCode, Refused
from bot.text import Listing, Value
from providers.contract import Role
from providers.errors import Rule
from providers.models import Choice, ModelSpec, ParamKind, ParamSpec, ParamValue, Task

_ON = frozenset({"", "on", "yes", "true", "1", "开", "是", "有"})
_OFF = frozenset({"off", "no", "false", "0", "关", "否", "无"})
_SECONDS = re.compile(r"([0-9]+)(?:s|secs?|seconds?|秒钟?)")
_KIN: Mapping[str, tuple[str, ...]] = {
    "resolution": ("quality", "size", "aspect_ratio"),
    "quality": ("resolution", "size"),
    "size": ("resolution", "quality", "aspect_ratio"),
}
"""Where a model may have what people mean by a setting it has not: Kling O1 calls 1080p a quality."""


_COMMANDS: Mapping[Task, str] = {
    Task.TEXT_TO_IMAGE: "/image",
    Task.IMAGE_TO_IMAGE: "/edit",
    Task.IMAGE_TO_VIDEO: "/animate",
    Task.TEXT_TO_MUSIC: "/music",
    Task.TEXT_TO_SPEECH: "/speak",
    Task.TEXT_TO_TEXT: "/ask",
    Task.VIDEO_TO_VIDEO: "/edit",
    Task.EXTEND_VIDEO: "/extend",
}


WORDLESS = frozenset(
    {Task.UPSCALE_IMAGE, Task.REMOVE_BACKGROUND, Task.IMAGE_TO_TEXT, Task.REWORK_IMAGE, Task.VIDEO_TO_TEXT}
)
"""What needs no words."""


def settle(spec: ModelSpec, wishes: Mapping[str, str]) -> dict[str, ParamValue]:
    """Return every setting of the model with its value: the person's, else the catalogue's default.

    Raises :class:`Refused` naming the setting and the allowed values.
    """
    wished: dict[str, str] = {}
    for name, typed in wishes.items():
        wished[_meant(spec, name, typed).name] = typed
    values: dict[str, ParamValue] = {}
    for param in spec.params:
        value = _read(spec, param, wished[param.name]) if param.name in wished else param.default
        if value is not None:
            values[param.name] = value
    _check_bans(spec, values, wished.keys())
    return values


def _meant(spec: ModelSpec, name: str, typed: str) -> ParamSpec:
    """Return the setting that a person means: by its name, by what the catalogue calls it, or by a kindred name."""
    named = next((p for p in spec.params if plain(name) == plain(p.name)), None)
    named = named or next((p for p in spec.params if p.label and plain(name) == plain(p.label)), None)
    if named is not None:
        return named
    kindred = [p for kin in _KIN.get(name, ()) for p in spec.params if p.name == kin]
    offering = next((p for p in kindred if _offered(p, typed) is not None), None)
    if offering is not None:
        return offering
    if not spec.params:
        raise Refused(RefusalCode.NO_SETTINGS, model=spec.name)
    known = tuple(setting_label(p.name) for p in spec.params if p.name in SETTING_NAMES)
    if not known:
        raise Refused(RefusalCode.NO_SETTINGS, model=spec.name)
    raise Refused(RefusalCode.UNKNOWN_SETTING, setting=setting_label(name), model=spec.name, allowed=Listing(known))


def carry(spec: ModelSpec, wishes: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return the settings for another model: what it offers too is kept, the rest is its default."""
    values: dict[str, ParamValue] = {}
    for param in spec.params:
        kept = _offered(param, str(wishes[param.name])) if param.name in wishes else None
        value = param.default if kept is None else kept
        if value is not None:
            values[param.name] = value
    try:
        _check_bans(spec, values, ())
    except Refused:
        return {p.name: p.default for p in spec.params if p.default is not None}
    return values


def as_long(values: Mapping[str, ParamValue], wanted: Mapping[str, ParamValue]) -> bool:
    """Whether settings make something of the same length: what is cheaper for being shorter is no saving."""
    return "duration" not in wanted or str(values.get("duration", "")) == str(wanted["duration"])


def check_prompt(spec: ModelSpec, prompt: str) -> None:
    """Refuse a prompt that is longer than the model takes, or that is empty where words are needed."""
    if not prompt.strip() and spec.task not in WORDLESS:
        raise Refused(RefusalCode.EMPTY_PROMPT, command=_COMMANDS.get(spec.task, "/video"))
    if len(prompt) > spec.max_prompt:
        raise Refused(RefusalCode.PROMPT_TOO_LONG, length=len(prompt), longest=spec.max_prompt)


def check_count(spec: ModelSpec, count: int) -> None:
    """Refuse a number of results that the model does not make at once."""
    if not 1 <= count <= spec.max_count:
        raise Refused(RefusalCode.COUNT_NOT_OFFERED, model=spec.name, most=spec.max_count)


def check_pictures(spec: ModelSpec, given: int) -> None:
    """Refuse too few or too many input pictures."""
    if given < spec.min_inputs:
        frames = spec.task is Task.FIRST_LAST_FRAME_TO_VIDEO
        raise Refused(RefusalCode.TWO_FRAMES_NEEDED if frames else RefusalCode.PICTURE_NEEDED)
    if given > spec.max_inputs == 0:
        raise Refused(RefusalCode.NO_PICTURES, model=spec.name)
    if given > spec.max_inputs:
        raise Refused(RefusalCode.TOO_MANY_PICTURES, model=spec.name, count=spec.max_inputs)


def check_clips(spec: ModelSpec, sounds: int, videos: int) -> None:
    """Refuse sounds and videos where the model takes none; what goes together its provider says with the price."""
    for rule, given, most in (
        (Rule.NO_SOUNDS, sounds, spec.max_sounds),
        (Rule.NO_VIDEOS, videos, spec.max_videos),
    ):
        if given and not most:
            raise Refused(RefusalCode.AGAINST_RULES, rule=RULES[rule](model=spec.name, count=most))


_PLAIN: Mapping[Task, tuple[Role, ...]] = {
    Task.IMAGE_TO_VIDEO: (Role.FIRST,),
    Task.FIRST_LAST_FRAME_TO_VIDEO: (Role.FIRST, Role.LAST),
}
"""What pictures are for where the task alone says it; in the others all are references."""


def is_plain(task: Task, roles: Sequence[Role | None]) -> bool:
    """Whether the task alone says what the pictures are for, in this order."""
    meaning = _PLAIN.get(task, (Role.REFERENCE,) * len(roles))
    return all(role is None for role in roles) or tuple(roles) == meaning


def check_roles(spec: ModelSpec, roles: Sequence[Role | None]) -> None:
    """Refuse pictures of several purposes, for a provider that does not read them."""
    if is_plain(spec.task, roles):
        return
    kinds = {role for role in roles if role is not None}
    rule = Rule.LAST_NEEDS_FIRST if kinds == {Role.LAST} else Rule.REFERENCES_WITHOUT_FRAMES
    said = RULES[Rule.NO_MIDDLE_FRAME if Role.MIDDLE in kinds else rule](model=spec.name, count=1)
    raise Refused(RefusalCode.AGAINST_RULES, rule=said)


def check_mask(spec: ModelSpec, roles: Sequence[Role | None]) -> None:
    """Refuse a mask where the model takes none."""
    if Role.MASK in roles and not spec.takes_mask:
        raise Refused(RefusalCode.AGAINST_RULES, rule=RULES[Rule.NO_MASK](model=spec.name, count=1))


def _read(spec: ModelSpec, param: ParamSpec, typed: str) -> ParamValue:
    value = _offered(param, typed)
    if value is None:
        raise Refused(
            RefusalCode.VALUE_NOT_OFFERED,
            setting=setting_label(param.name, param.label),
            value=typed[:60],
            model=spec.name,
            allowed=_allowed(param),
        )
    return value


def _offered(param: ParamSpec, typed: str) -> ParamValue | None:
    if param.kind is ParamKind.TEXT:
        return typed if param.max_length is None or len(typed) <= param.max_length else None
    if param.kind is ParamKind.NUMBER:
        return _number(param, typed)
    if param.kind is ParamKind.RATIO:
        return _ratio(param, typed)
    names = _spellings(typed)
    if param.kind is ParamKind.TOGGLE and not param.choices:
        return True if "on" in names else False if "off" in names else None
    return next((c.value for c in param.choices if {_spelling(str(c.value)), _spelling(c.label)} & names), None)


def _number(param: ParamSpec, typed: str) -> int | None:
    found = re.fullmatch(r"-?[0-9]{1,12}", _spelling(typed))
    return int(found[0]) if found and param.low <= int(found[0]) <= param.high else None


def _ratio(param: ParamSpec, typed: str) -> str | None:
    found = re.fullmatch(r"([1-9][0-9]{0,3})[:x/]([1-9][0-9]{0,3})", _spelling(typed))
    if found is None:
        return None
    wide, high = int(found[1]), int(found[2])
    return f"{wide}:{high}" if max(wide, high) <= param.high * min(wide, high) else None


def _spelling(text: str) -> str:
    """Return a value in one width and case. Signs stay: 1.5 is not 15 and -5 is not 5."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _spellings(typed: str) -> set[str]:
    """Return the ways to write the same value: ``5s`` is 5, ``1080`` is 1080p, yes is on."""
    name = _spelling(typed)
    names = {name}
    if seconds := _SECONDS.fullmatch(name):
        names.add(seconds[1])
    if name.isdecimal():
        names |= {f"{name}p", f"{name}px"}
    if name in _ON:
        names |= {"on", "true"}
    if name in _OFF:
        names |= {"off", "false"}
    return names - {""}


def _allowed(param: ParamSpec) -> Listing:
    if param.kind is ParamKind.TEXT:
        return Listing((f"≤ {param.max_length}",))
    if param.kind is ParamKind.NUMBER:
        return Listing((f"{param.low} – {param.high}",))
    if param.kind is ParamKind.RATIO:
        return Listing(("16:9", "1:1", f"… {param.high}:1"), either=True)
    if param.kind is ParamKind.TOGGLE and not param.choices:
        return Listing(("on", "off"), either=True)
    return Listing(tuple(shown(c.value) for c in param.choices), either=True)


def shown(value: ParamValue) -> str:
    """Return a setting's value as people read and type it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _check_bans(spec: ModelSpec, values: Mapping[str, ParamValue], wished: Collection[str]) -> None:
    for param in spec.params:
        chosen = _choice(param, values[param.name]) if param.name in values else None
        for name, banned in (chosen.excludes if chosen else {}).items():
            other = next((p for p in spec.params if p.name == name), None)
            if other is not None and values.get(name) in banned:
                # What was asked for stays; what may change is the setting that was not.
                if name in wished and param.name not in wished:
                    raise _banned(spec, values, other, param)
                raise _banned(spec, values, param, other)


def _banned(spec: ModelSpec, values: Mapping[str, ParamValue], kept: ParamSpec, other: ParamSpec) -> Refused:
    """Return the refusal that names the values of the other setting that go with the kept one."""
    left = tuple(c for c in other.choices if not _clash(kept, values[kept.name], other, c.value))
    return Refused(
        RefusalCode.COMBINATION_NOT_OFFERED,
        model=spec.name,
        setting=setting_label(kept.name, kept.label),
        value=shown(values[kept.name]),
        other=setting_label(other.name, other.label),
        banned=shown(values[other.name]),
        allowed=Listing(tuple(shown(c.value) for c in left) or _left_of(other, values[other.name]), either=True),
    )


def _left_of(param: ParamSpec, banned: ParamValue) -> tuple[Value, ...]:
    """Return the values of a setting that lists none, without the one that is banned."""
    return tuple(item for item in _allowed(param).items if item != shown(banned))


def _clash(first: ParamSpec, value: ParamValue, second: ParamSpec, other: ParamValue) -> bool:
    one, two = _choice(first, value), _choice(second, other)
    return (one is not None and other in one.excludes.get(second.name, ())) or (
        two is not None and value in two.excludes.get(first.name, ())
    )


def _choice(param: ParamSpec, value: ParamValue) -> Choice | None:
    return next((c for c in param.choices if c.value == value), None)
