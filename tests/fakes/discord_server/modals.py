"""What Discord accepts as a modal (reference sections 1.2 and 1.4). What a person fills in is not here."""

from tests.fakes.discord_server.components import SELECTS, Kind, check_select
from tests.fakes.discord_server.refusals import Form, Json, Path

_MOST_INPUT = 4000
_IN_LABEL = SELECTS | {Kind.TEXT_INPUT, Kind.FILE_UPLOAD, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP, Kind.CHECKBOX}
_WITH_OPTIONS = frozenset({Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP})


def check_modal(data: Json) -> None:
    """Refuse a modal that the client could not show."""
    form, path = Form(), ("data",)
    form.length((*path, "title"), data.get("title"), 45, 1)
    form.length((*path, "custom_id"), data.get("custom_id"), 100, 1)
    components = data.get("components")
    form.count((*path, "components"), components, 5, 1)
    names: set[str] = set()
    for index, component in enumerate(components if isinstance(components, list) else ()):
        _check_top(form, component, (*path, "components", index), names)
    form.close()


def _check_top(form: Form, component: Json, path: Path, names: set[str]) -> None:
    match component.get("type"):
        case Kind.LABEL:
            form.length((*path, "label"), component.get("label"), 45, 1)
            if component.get("description") is not None:
                form.length((*path, "description"), component["description"], 100)
            _check_field(form, component.get("component") or {}, (*path, "component"), names)
        case Kind.TEXT:
            form.length((*path, "content"), component.get("content"), _MOST_INPUT, 1)
        case Kind.ROW:
            children = component.get("components") or []
            form.count((*path, "components"), children, 1, 1)
            for index, child in enumerate(children):
                place = (*path, "components", index)
                form.length((*place, "label"), child.get("label"), 45, 1)
                _check_field(form, {**child, "label": None}, place, names, frozenset({int(Kind.TEXT_INPUT)}))
        case _:
            form.wrong((*path, "type"), "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1, 10, 18).")


def _check_field(
    form: Form, field: Json, path: Path, names: set[str], allowed: frozenset[int] = frozenset(_IN_LABEL)
) -> None:
    kind = field.get("type")
    if kind not in allowed:
        form.wrong((*path, "type"), "UNION_TYPE_CHOICES", f"Value of field 'type' must be one of {sorted(allowed)}.")
        return
    form.length((*path, "custom_id"), field.get("custom_id"), 100, 1)
    if field.get("custom_id") in names:
        form.wrong((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id is used twice.")
    names.add(str(field.get("custom_id")))
    if kind == Kind.TEXT_INPUT:
        _check_text_input(form, field, path)
    elif kind in SELECTS:
        check_select(form, field, path)
    elif kind == Kind.FILE_UPLOAD:
        _check_bounds(form, field, path, ("min_values", "max_values"), 10)
    elif kind in _WITH_OPTIONS:
        form.count((*path, "options"), field.get("options"), 10, 1)


def _check_text_input(form: Form, field: Json, path: Path) -> None:
    if field.get("style") not in {1, 2}:
        form.wrong((*path, "style"), "BASE_TYPE_CHOICES", "Must be one of (1, 2).")
    if field.get("label"):
        form.wrong((*path, "label"), "TEXT_INPUT_COMPONENT_LABEL_FORBIDDEN", "The label around it has the words.")
    if field.get("placeholder") is not None:
        form.length((*path, "placeholder"), field["placeholder"], 100)
    if field.get("value") is not None:
        form.length((*path, "value"), field["value"], _MOST_INPUT)
    _check_bounds(form, field, path, ("min_length", "max_length"), _MOST_INPUT)


def _check_bounds(form: Form, field: Json, path: Path, names: tuple[str, str], most: int) -> None:
    low, high = (field.get(name) for name in names)
    if low is not None and not 0 <= low <= most:
        form.wrong((*path, names[0]), "NUMBER_TYPE_MAX", f"Must be between 0 and {most}.")
    if high is not None and not max(1, low or 0) <= high <= most:
        form.wrong((*path, names[1]), "NUMBER_TYPE_MAX", f"Must be between {max(1, low or 0)} and {most}.")
