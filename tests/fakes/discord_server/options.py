"""Turning what a person fills in into what Discord's client sends, and stopping what that client would not let them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.fakes.discord_server.cdn import Cdn
from tests.fakes.discord_server.components import SELECTS, Kind
from tests.fakes.discord_server.messages import StoredFile, Upload
from tests.fakes.discord_server.payloads import channel_payload, user_payload
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.world import Channel, User

Value = str | int | float | bool | Upload | User | Channel
Field = str | bool | Upload | Sequence[str] | Sequence[Upload]
_SUBCOMMANDS = frozenset({1, 2})
_NATIVE: Mapping[int, type | tuple[type, ...]] = {
    3: str,
    4: int,
    5: bool,
    6: User,
    7: Channel,
    10: (int, float),
    11: Upload,
}


class Filled:
    """Collects what options point to: files, people, channels."""

    def __init__(self, cdn: Cdn, folder: str) -> None:
        self._cdn = cdn
        self._folder = folder
        self.resolved: Json = {}

    def value(self, value: Value) -> str | int | float | bool:
        """Return the value for the wire; whatever is a thing is sent as its id."""
        match value:
            case Upload():
                return self._file(value)
            case User():
                self.resolved.setdefault("users", {})[str(value.id)] = user_payload(value)
                return str(value.id)
            case Channel():
                self.resolved.setdefault("channels", {})[str(value.id)] = channel_payload(value)
                return str(value.id)
            case _:
                return value

    def _file(self, upload: Upload) -> str:
        file: StoredFile = self._cdn.keep(upload, self._folder)
        self.resolved.setdefault("attachments", {})[str(file.id)] = self._cdn.attachment(file)
        return str(file.id)


def options_payload(
    command: Json, path: Sequence[str], values: Mapping[str, Value], filled: Filled, *, checked: bool, focus: str | None
) -> list[Json]:
    """Return the options of a command; ``path`` names group and subcommand. Raises ``AssertionError``."""
    declared = {option["name"]: option for option in command.get("options") or ()}
    if path:
        inner = declared.get(path[0])
        assert inner is not None, f"there is no subcommand {path[0]!r}"
        children = options_payload(inner, path[1:], values, filled, checked=checked, focus=focus)
        return [{"type": inner["type"], "name": inner["name"], "options": children}]
    if checked:
        _check_complete(declared, values, partial=focus is not None)
    found: list[Json] = []
    for name, value in values.items():
        assert name in declared, f"there is no option {name!r}, only {list(declared)}"
        if checked and name != focus:
            _check_option(declared[name], value)
        entry: Json = {"type": declared[name]["type"], "name": name, "value": filled.value(value)}
        found.append(entry | ({"focused": True} if name == focus else {}))
    return found


def focused_option(command: Json, path: Sequence[str], name: str) -> Json:
    """Return the option a person is typing in. Raises ``AssertionError`` unless it completes."""
    options = command.get("options") or []
    for step in path:
        options = next(option for option in options if option["name"] == step).get("options") or []
    found: Json | None = next((option for option in options if option["name"] == name), None)
    assert found is not None, f"there is no option {name!r}"
    assert found.get("autocomplete"), f"{name!r} does not complete"
    return found


def _check_complete(declared: Mapping[str, Json], values: Mapping[str, Value], *, partial: bool) -> None:
    missing = [name for name, option in declared.items() if option.get("required") and name not in values]
    assert partial or not missing, f"the client asks for {missing} first"
    assert not any(option["type"] in _SUBCOMMANDS for option in declared.values()), "name a subcommand"


def _check_option(option: Json, value: Value) -> None:
    name = option["name"]
    wanted = _NATIVE.get(option["type"], object)
    assert isinstance(value, wanted), f"{name} needs {wanted}, not {value!r}"
    choices = [choice["value"] for choice in option.get("choices") or ()]
    assert not choices or value in choices, f"{name} can only be one of {choices}"
    if isinstance(value, str):
        assert option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000), (
            f"{name} is too short or long"
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = option.get("min_value", value), option.get("max_value", value)
        assert low <= value <= high, f"{name} must be between {low} and {high}"


def modal_payload(modal: Json, values: Mapping[str, Field], filled: Filled) -> list[Json]:
    """Return the components of a submitted modal; fields are named by label or custom id. Raises ``AssertionError``."""
    left = dict(values)
    sent = [_modal_part(component, index, left, filled) for index, component in enumerate(modal["components"], 1)]
    assert not left, f"the modal has no fields {list(left)}"
    return sent


def _modal_part(component: Json, number: int, left: dict[str, Field], filled: Filled) -> Json:
    match component["type"]:
        case Kind.LABEL:
            field = _field(component["component"], component["label"], left, filled)
            return {"type": 18, "id": number * 10, "component": {"id": number * 10 + 1, **field}}
        case Kind.ROW:
            child = component["components"][0]
            field = _field(child, child["label"], left, filled)
            return {"type": 1, "id": number * 10, "components": [{"id": number * 10 + 1, **field}]}
        case kind:
            return {"type": kind, "id": number * 10}


def _field(field: Json, label: str, left: dict[str, Field], filled: Filled) -> Json:
    key = field["custom_id"] if field["custom_id"] in left else label
    value = left.pop(key, None)
    kind = field["type"]
    sent: Json = {"type": kind, "custom_id": field["custom_id"]}
    if kind == Kind.CHECKBOX:
        return sent | {"value": bool(value)}
    if kind in {Kind.TEXT_INPUT, Kind.RADIO_GROUP}:
        text = field.get("value") or "" if value is None else value
        _check_text(field, label, text)
        return sent | {"value": text}
    listed = [] if value is None else [value] if isinstance(value, str | bool | Upload) else list(value)
    _check_count(field, label, listed)
    convert: Callable[[Any], Any] = filled.value if kind == Kind.FILE_UPLOAD else str
    return sent | {"values": [convert(item) for item in listed]}


def _check_text(field: Json, label: str, text: object) -> None:
    assert isinstance(text, str), f"{label} takes text"
    assert text or not field.get("required", True), f"{label} must be filled in"
    assert not text or field.get("min_length", 0) <= len(text) <= field.get("max_length", 4000), f"{label}: bad length"


def _check_count(field: Json, label: str, listed: Sequence[object]) -> None:
    least, most = (1 if field.get(key) is None else field[key] for key in ("min_values", "max_values"))
    if not listed and not field.get("required", True):
        return
    assert least <= len(listed) <= most, f"{label} takes {least} to {most}"
    if field["type"] in SELECTS and field.get("options"):
        known = {option["value"] for option in field["options"]}
        assert set(listed) <= known, f"{label} offers only {sorted(known)}"
