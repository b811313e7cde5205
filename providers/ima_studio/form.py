"""From a leaf's form to the settings people choose and the fields they become on the wire. Prices are not here."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from providers.ima_studio.pricing import Rule, Tariff, Virtual, normal
from providers.ima_studio.wire import FormField, Node, Option, UiParam, ValueMapping
from providers.models import Choice, ParamKind, ParamSpec, ParamValue, Task

_VERSION = re.compile(r"V(\d+(?:\.\d+)?)")

_CANONICAL: Mapping[str, str] = {"audio": "sound", "generate_audio": "sound", "size": "resolution"}
"""The provider's other words for settings that have one name in Limner."""

_NOT_SETTINGS = frozenset({"prompt", "text", "n", "input_images", "cast"})
"""Fields that an order fills from somewhere else: the prompt, the count, the pictures, the price."""


def read_form(task: Task, leaf: Node) -> Tariff:
    """Return the settings of a leaf, how they are written on the wire, and its price rows."""
    rules = tuple(Rule.of(r.attribute_id, r.points, r.attributes) for r in leaf.credit_rules)
    tariff = Tariff((), {}, rules)
    for form in leaf.form_config:
        if form.field not in _NOT_SETTINGS:
            tariff = _with_field(tariff, task, form)
    bans = _Bans(leaf.form_config, tariff)
    tariff = replace(tariff, params=tuple(bans.on(param) for param in tariff.params))
    model = _VERSION.search(leaf.name)
    if leaf.model_id == "pixverse" and "model" not in tariff.fixed and "model" not in tariff.fields.values() and model:
        tariff = replace(tariff, fixed={**tariff.fixed, "model": f"v{model[1]}"})
    return tariff


def _with_field(tariff: Tariff, task: Task, form: FormField) -> Tariff:
    """Add one field of the form: as settings, as a computed value, or as a value that never changes."""
    if form.is_ui_virtual and form.value_mapping and form.ui_params and not _is_off(form, task):
        return _with_virtual(tariff, form, form.value_mapping)
    param = _param(form, _name(form.field, tariff), _allowed(form, task))
    if _is_fixed(form, task, param):
        return tariff if form.value is None else replace(tariff, fixed={**tariff.fixed, form.field: form.value})
    fields = {**tariff.fields, param.name: form.field}
    return replace(tariff, params=(*tariff.params, param), fields=fields)


def _with_virtual(tariff: Tariff, form: FormField, mapping: ValueMapping) -> Tariff:
    names: dict[str, str] = {}
    shown: list[ParamSpec] = []
    for ui in form.ui_params:
        names[ui.field] = _name(ui.field, tariff)
        shown.append(_param(ui, names[ui.field], ui.options))
    cases = tuple(
        ({names.get(k, k): v for k, v in r.source_values.items() if v is not None}, r.target_value)
        for r in mapping.mapping_rules
        if r.target_value is not None and r.source_values
    )
    # A form may give the default on the wire only; the setting that leads to it is the default then.
    usual = next((settings for settings, value in cases if normal(value) == normal(form.value)), {})
    params = (p if p.default is not None else replace(p, default=usual.get(p.name)) for p in shown)
    virtual = Virtual(form.field, cases)
    return replace(tariff, params=(*tariff.params, *params), virtuals=(*tariff.virtuals, virtual))


def _name(field: str, tariff: Tariff) -> str:
    name = _CANONICAL.get(field, field)
    return field if any(p.name == name for p in tariff.params) else name


def _param(form: UiParam, name: str, options: Sequence[Option]) -> ParamSpec:
    choices = tuple(Choice(o.value, o.label or str(o.value)) for o in options if o.value is not None)
    default = form.value
    if form.type == "toggle" or (isinstance(default, bool) and not choices):
        return ParamSpec(name, ParamKind.TOGGLE, bool(default), (), None, form.label)
    if choices:
        return ParamSpec(name, ParamKind.CHOICE, _offered(default, choices), choices, None, form.label)
    text = None if default is None else str(default)
    return ParamSpec(name, ParamKind.TEXT, text, (), form.config.maximum if form.config else None, form.label)


def _offered(default: ParamValue | None, choices: Sequence[Choice]) -> ParamValue | None:
    """Return the default in the type of its choice; one that was withdrawn gives way to the first that is left."""
    if default is None:
        return None
    return next((c.value for c in choices if normal(c.value) == normal(default)), choices[0].value)


def _allowed(form: FormField, task: Task) -> list[Option]:
    removed = {normal(c.enum_value) for c in form.disabled_conditions if c.category == task.value}
    return [option for option in form.options if normal(option.value) not in removed]


def _is_off(form: FormField, task: Task) -> bool:
    return any(c.enum_value == "*" and c.category in {"", task.value} for c in form.disabled_conditions)


def _is_fixed(form: FormField, task: Task, param: ParamSpec) -> bool:
    """Whether nobody can choose: the field is switched off here, has no options, or names the one engine there is."""
    if form.field == "model" and len(param.choices) <= 1:
        return True
    return _is_off(form, task) or (form.type == "tags" and not param.choices)


class _Bans:
    """Which choices exclude which others, in the names and types of the settings."""

    def __init__(self, forms: Iterable[FormField], tariff: Tariff) -> None:
        self._tariff = tariff
        self._settings = {field: setting for setting, field in tariff.fields.items()}
        self._options: dict[tuple[str, str], Option] = {}
        for form in forms:
            shown = form.ui_params if form.is_ui_virtual else [form]
            for ui in shown:
                for option in ui.options:
                    self._options[_CANONICAL.get(ui.field, ui.field), normal(option.value)] = option

    def on(self, param: ParamSpec) -> ParamSpec:
        """Return the setting with the bans on its choices."""
        choices = tuple(replace(c, excludes=self._excludes(param, c)) for c in param.choices)
        return replace(param, choices=choices)

    def _excludes(self, param: ParamSpec, choice: Choice) -> dict[str, tuple[ParamValue, ...]]:
        option = self._options.get((param.name, normal(choice.value)))
        found: dict[str, tuple[ParamValue, ...]] = {}
        for field, values in ((option.disabled if option else None) or {}).items():
            other = next((p for p in self._tariff.params if p.name == self._settings.get(field, field)), None)
            banned = {normal(value) for value in values}
            if other is not None and other.choices:
                found[other.name] = tuple(c.value for c in other.choices if normal(c.value) in banned)
            elif other is not None:
                found[other.name] = tuple(v for v in (True, False) if normal(v) in banned)
            else:
                found.update(self._behind(field, banned))
        return {name: values for name, values in found.items() if values}

    def _behind(self, target: str, banned: set[str]) -> dict[str, tuple[ParamValue, ...]]:
        """A ban on a computed field is a ban on the one setting it is computed from."""
        found: dict[str, tuple[ParamValue, ...]] = {}
        for virtual in self._tariff.virtuals:
            if virtual.target == target and len(virtual.sources) == 1:
                (source,) = virtual.sources
                found[source] = tuple(s[source] for s, value in virtual.cases if normal(value) in banned)
        return found
