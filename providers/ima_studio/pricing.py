"""From chosen settings to what is sent and the one price row that fits it exactly. Reading the catalogue is not here.

The provider refuses a price that does not belong to the settings, and a client that guesses a row makes something
else than was asked for (reference section 1.3). So a row counts only if every one of its attributes is met.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from providers.contract import PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import Choice, ParamKind, ParamSpec, ParamValue

FLAT_MARK = ("default", "ENABLED")
"""The attribute of the row that holds for all settings. It is a marker and never sent."""


def normal(value: ParamValue | float | None) -> str:
    """Return a value as prices compare it: ``5`` is ``"5"``, ``True`` is ``"TRUE"``, case and space do not count."""
    return "" if value is None else str(value).strip().upper()


@dataclass(frozen=True, slots=True)
class Rule:
    """One price row: ``points`` per unit for the normalised ``attributes``; ``flat`` holds for all settings."""

    attribute_id: int
    points: int
    attributes: Mapping[str, str]
    flat: bool = False

    @classmethod
    def of(cls, attribute_id: int, points: int, attributes: Mapping[str, ParamValue | float | None]) -> "Rule":
        """Read a row of the catalogue."""
        marks = {name: normal(value) for name, value in attributes.items()}
        flat = FLAT_MARK in marks.items()
        if flat:
            del marks[FLAT_MARK[0]]
        return cls(attribute_id, points, marks, flat)

    def fits(self, wire: Mapping[str, ParamValue]) -> bool:
        """Whether every attribute of the row is met."""
        return all(name in wire and normal(wire[name]) == value for name, value in self.attributes.items())


@dataclass(frozen=True, slots=True)
class Virtual:
    """A field that nobody chooses: its value follows from settings by ``cases`` of (settings, value on the wire)."""

    target: str
    cases: tuple[tuple[Mapping[str, ParamValue], ParamValue], ...]

    @property
    def sources(self) -> frozenset[str]:
        """The settings that it follows from."""
        return frozenset(name for settings, _ in self.cases for name in settings)

    def value(self, chosen: Mapping[str, ParamValue]) -> ParamValue | None:
        """Return the value on the wire, ``None`` where no case fits."""
        for settings, value in self.cases:
            if all(name in chosen and normal(chosen[name]) == normal(v) for name, v in settings.items()):
                return value
        return None


@dataclass(frozen=True, slots=True)
class Tariff:
    """The settings of one model, how each is written on the wire, and the price rows.

    ``fields`` maps a setting to its field, ``fixed`` is sent always, ``virtuals`` are computed.
    """

    params: tuple[ParamSpec, ...]
    fields: Mapping[str, str]
    rules: tuple[Rule, ...]
    fixed: Mapping[str, ParamValue] = field(default_factory=dict)
    virtuals: tuple[Virtual, ...] = ()


@dataclass(frozen=True, slots=True)
class Price:
    """The row that was found and the settings as they are sent with it."""

    rule: Rule
    wire: Mapping[str, ParamValue]

    @property
    def basis(self) -> PriceBasis:
        """How the row was found."""
        return PriceBasis.FLAT if self.rule.flat else PriceBasis.EXACT


def price(tariff: Tariff, params: Mapping[str, ParamValue]) -> Price:
    """Return the exact price of these settings; settings left out have their default.

    Raises ``MODEL_MISMATCH`` for a setting the model has not, ``SETTINGS_REFUSED`` for too long a text, and
    ``NO_SUCH_COMBINATION`` for a value or combination that is not offered or has no row of its own.
    """
    wire = resolve(tariff, params)
    return Price(find_rule(tariff.rules, wire), wire)


def resolve(tariff: Tariff, params: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return every field as it is sent, in the types of the catalogue."""
    chosen = _chosen(tariff.params, params)
    check_bans(tariff.params, chosen)
    wire = dict(tariff.fixed)
    wire.update((name, chosen[setting]) for setting, name in tariff.fields.items() if setting in chosen)
    for virtual in tariff.virtuals:
        if virtual.sources & chosen.keys():
            value = virtual.value(chosen)
            if value is None:
                raise _no_such(min(virtual.sources))
            wire[virtual.target] = value
    return wire


def find_rule(rules: Sequence[Rule], wire: Mapping[str, ParamValue]) -> Rule:
    """Return the row whose every attribute is met, else the flat one.

    Where several are met the one with most attributes is meant, as it says more about the same order; two different
    rows that say equally much are no exact price.
    """
    for flat in (False, True):
        fitting = [r for r in rules if r.flat is flat and (r.attributes or flat or len(rules) == 1) and r.fits(wire)]
        if fitting:
            most = max(len(r.attributes) for r in fitting)
            best = {(r.attribute_id, r.points): r for r in fitting if len(r.attributes) == most}
            if len(best) > 1:
                raise ProviderError(FailureCode.NO_SUCH_COMBINATION, "two price rows fit", sent=Sent.NO)
            return next(iter(best.values()))
    raise ProviderError(FailureCode.NO_SUCH_COMBINATION, "no price row fits", sent=Sent.NO)


def check_bans(params: Iterable[ParamSpec], chosen: Mapping[str, ParamValue]) -> None:
    """Refuse a combination that the form bans, though the catalogue prices it all the same."""
    for param in params:
        choice = _choice(param, chosen[param.name]) if param.name in chosen else None
        for other, banned in (choice.excludes if choice else {}).items():
            if other in chosen and normal(chosen[other]) in {normal(value) for value in banned}:
                raise _no_such(other)


def settings_for(tariff: Tariff, rule: Rule) -> dict[str, ParamValue] | None:
    """Return the settings a person would choose to get this row, ``None`` where no choice leads to it."""
    settings: dict[str, ParamValue] = {}
    by_field = {name: setting for setting, name in tariff.fields.items()}
    for name, value in rule.attributes.items():
        if name in by_field:
            param = next(p for p in tariff.params if p.name == by_field[name])
            found = next((v for v in _values(param) if normal(v) == value), None)
            if found is None:
                return None
            settings[param.name] = found
        elif (case := _case(tariff.virtuals, name, value)) is not None:
            settings.update(case)
        elif normal(tariff.fixed.get(name)) != value:
            return None
    return settings


def _case(virtuals: Iterable[Virtual], target: str, value: str) -> Mapping[str, ParamValue] | None:
    cases = (case for virtual in virtuals if virtual.target == target for case in virtual.cases)
    return next((settings for settings, wire in cases if normal(wire) == value), None)


def _values(param: ParamSpec) -> tuple[ParamValue, ...]:
    if param.kind is ParamKind.TOGGLE and not param.choices:
        return (True, False)
    return tuple(choice.value for choice in param.choices)


def _chosen(specs: Iterable[ParamSpec], params: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    by_name = {spec.name: spec for spec in specs}
    strange = sorted(params.keys() - by_name.keys())
    if strange:
        data = {"setting": strange[0]}
        raise ProviderError(FailureCode.MODEL_MISMATCH, "unknown setting", sent=Sent.NO, data=data)
    chosen: dict[str, ParamValue] = {}
    for name, spec in by_name.items():
        value = params.get(name, spec.default)
        if value is not None:
            chosen[name] = _typed(spec, value)
    return chosen


def _typed(spec: ParamSpec, value: ParamValue) -> ParamValue:
    """Return the value in the catalogue's own type: ``"5"`` and ``5`` are one choice and two things on the wire."""
    if spec.kind is ParamKind.TEXT:
        text = str(value)
        if spec.max_length is not None and len(text) > spec.max_length:
            data: dict[str, int | str] = {"setting": spec.name, "longest": spec.max_length}
            raise ProviderError(FailureCode.SETTINGS_REFUSED, "text too long", sent=Sent.NO, data=data)
        return text
    for offered in _values(spec):
        if normal(offered) == normal(value):
            return offered
    raise _no_such(spec.name)


def _choice(param: ParamSpec, value: ParamValue) -> Choice | None:
    return next((c for c in param.choices if normal(c.value) == normal(value)), None)


def _no_such(setting: str) -> ProviderError:
    data = {"setting": setting}
    return ProviderError(FailureCode.NO_SUCH_COMBINATION, "not offered", sent=Sent.NO, data=data)
