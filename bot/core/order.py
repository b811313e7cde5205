"""From what a person typed to a complete set of settings, checked against the model. Nothing is guessed or rounded."""

from collections.abc import Mapping

from bot.core.preferences import plain
from bot.core.wording import setting_label
from bot.errors import RefusalCode, Refused
from bot.text import Listing
from providers.contract import Choice, ModelSpec, ParamKind, ParamSpec, ParamValue

_ON = frozenset({"on", "yes", "true", "1", "开", "是", "有"})
_OFF = frozenset({"off", "no", "false", "0", "关", "否", "无"})


def settle(spec: ModelSpec, wishes: Mapping[str, str]) -> dict[str, ParamValue]:
    """Return every setting of the model with its value: the person's, else the catalogue's default.

    Raises :class:`Refused` naming the setting and the allowed values.
    """
    params = {p.name: p for p in spec.params}
    for name in wishes:
        if name not in params:
            allowed = Listing(tuple(setting_label(p.name, p.label) for p in spec.params))
            raise Refused(RefusalCode.UNKNOWN_SETTING, setting=setting_label(name), model=spec.name, allowed=allowed)
    values: dict[str, ParamValue] = {}
    for name, param in params.items():
        value = _read(spec, param, wishes[name]) if name in wishes else param.default
        if value is not None:
            values[name] = value
    _check_bans(spec, values)
    return values


def carry(spec: ModelSpec, wishes: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return the settings for another model: what it offers too is kept, the rest is its default."""
    values: dict[str, ParamValue] = {}
    for param in spec.params:
        kept = _offered(param, str(wishes[param.name])) if param.name in wishes else None
        value = param.default if kept is None else kept
        if value is not None:
            values[param.name] = value
    try:
        _check_bans(spec, values)
    except Refused:
        return {p.name: p.default for p in spec.params if p.default is not None}
    return values


def check_prompt(spec: ModelSpec, prompt: str) -> None:
    """Refuse a prompt that is empty or longer than the model takes."""
    if not prompt.strip():
        raise Refused(RefusalCode.EMPTY_PROMPT)
    if len(prompt) > spec.max_prompt:
        raise Refused(RefusalCode.PROMPT_TOO_LONG, length=len(prompt), longest=spec.max_prompt)


def check_count(spec: ModelSpec, count: int) -> None:
    """Refuse a number of results that the model does not make at once."""
    if not 1 <= count <= spec.max_count:
        raise Refused(RefusalCode.COUNT_NOT_OFFERED, model=spec.name, most=spec.max_count)


def check_pictures(spec: ModelSpec, given: int) -> None:
    """Refuse too few or too many input pictures."""
    if given < spec.min_inputs:
        code = RefusalCode.TWO_FRAMES_NEEDED if spec.min_inputs == 2 else RefusalCode.PICTURE_NEEDED  # noqa: PLR2004 - two frames
        raise Refused(code)
    if given > spec.max_inputs:
        raise Refused(RefusalCode.TOO_MANY_PICTURES, model=spec.name, count=spec.max_inputs)


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
    if param.kind is ParamKind.TOGGLE and not param.choices:
        return True if plain(typed) in _ON else False if plain(typed) in _OFF else None
    names = {plain(typed), plain(typed).removesuffix("s"), plain(typed).removesuffix("秒")}
    if names & _ON:
        names.add("true")
    if names & _OFF:
        names.add("false")
    for choice in param.choices:
        if plain(str(choice.value)) in names or plain(choice.label) in names:
            return choice.value
    return None


def _allowed(param: ParamSpec) -> Listing:
    if param.kind is ParamKind.TEXT:
        return Listing((f"≤ {param.max_length}",))
    if param.kind is ParamKind.TOGGLE and not param.choices:
        return Listing(("on", "off"), either=True)
    return Listing(tuple(shown(c.value) for c in param.choices), either=True)


def shown(value: ParamValue) -> str:
    """Return a setting's value as people read and type it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _check_bans(spec: ModelSpec, values: Mapping[str, ParamValue]) -> None:
    for param in spec.params:
        chosen = next((c for c in param.choices if c.value == values.get(param.name)), None)
        for other, banned in (chosen.excludes if chosen else {}).items():
            if values.get(other) in banned and other in values:
                _refuse_combination(spec, param, chosen, other, values)


def _refuse_combination(
    spec: ModelSpec, param: ParamSpec, chosen: Choice | None, other: str, values: Mapping[str, ParamValue]
) -> None:
    banned = chosen.excludes.get(other, ()) if chosen else ()
    other_spec = next((p for p in spec.params if p.name == other), None)
    left = tuple(shown(c.value) for c in (other_spec.choices if other_spec else ()) if c.value not in banned)
    raise Refused(
        RefusalCode.COMBINATION_NOT_OFFERED,
        model=spec.name,
        setting=setting_label(param.name, param.label),
        value=shown(values[param.name]),
        other=setting_label(other, other_spec.label if other_spec else ""),
        banned=shown(values[other]),
        allowed=Listing(left, either=True),
    )
