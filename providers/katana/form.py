"""The settings of Katana's models and what each becomes on the wire. Which models there are is in ``catalogue``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.models import Choice, ParamKind, ParamSpec, ParamValue

AUTO: Final = "auto"
ANSWER_LENGTHS: Final = (500, 1000, 2000, 4000, 8000, 16_000)
"""How many tokens an answer may have. The longest is what the provider takes when nothing is said (section 2.6)."""

USUAL_ANSWER: Final = 4000
_LONGEST_NEGATIVE: Final = 2000

FIELDS: Final[Mapping[str, str]] = {
    "aspect_ratio": "aspect_ratio",
    "duration": "duration_seconds",
    "negative_prompt": "negative_prompt",
    "output_format": "output_format",
    "fast": "is_fast",
    "uhd": "is_uhd",
    "assistant": "use_assistant",
    "answer_length": "max_tokens",
}
"""Our names of settings and the fields they are sent in (reference sections 2.2 and 2.6)."""

_FORMATS: Final = ("png", "jpeg", "webp")

FORMAT: Final = ParamSpec(
    "output_format", ParamKind.CHOICE, "png", tuple(Choice(name, name) for name in _FORMATS), label="file format"
)
NEGATIVE: Final = ParamSpec("negative_prompt", ParamKind.TEXT, None, max_length=_LONGEST_NEGATIVE)
FAST: Final = ParamSpec("fast", ParamKind.TOGGLE, default=False, label="fast, at half the size")
ASSISTANT: Final = ParamSpec("assistant", ParamKind.TOGGLE, default=False, label="rewrite the prompt as tags")


def uhd(*, bans_fast: bool) -> ParamSpec:
    """Return the switch for UHD, which does not go together with the fast mode: the provider would ignore that one."""
    bans: dict[str, tuple[ParamValue, ...]] = {"fast": (True,)} if bans_fast else {}
    choices = (Choice(value=False, label="off"), Choice(value=True, label="on", excludes=bans))
    return ParamSpec("uhd", ParamKind.TOGGLE, default=False, choices=choices, label="UHD")


def aspect_ratio(offered: Sequence[str], usual: str, *, auto: bool) -> ParamSpec:
    """Return the choice of proportions. ``auto`` takes those of the first picture (reference section 2.2)."""
    values = [*offered, *([AUTO] if auto and AUTO not in offered else [])]
    default = usual if usual in values else next(iter(values), None)
    return ParamSpec("aspect_ratio", ParamKind.CHOICE, default, tuple(Choice(value, value) for value in values))


def duration(lengths: Iterable[int]) -> ParamSpec:
    """Return the choice of seconds; the shortest is the default."""
    values = sorted(lengths)
    return ParamSpec("duration", ParamKind.CHOICE, values[0], tuple(Choice(value, f"{value}s") for value in values))


def answer_length(most: int | None) -> ParamSpec:
    """Return the choice of how long an answer may be, in tokens."""
    values = [length for length in ANSWER_LENGTHS if most is None or length <= most] or [ANSWER_LENGTHS[0]]
    choices = tuple(Choice(value, str(value)) for value in values)
    usual = USUAL_ANSWER if USUAL_ANSWER in values else values[-1]
    return ParamSpec("answer_length", ParamKind.CHOICE, usual, choices, label="longest answer, in tokens")


def resolved(params: Sequence[ParamSpec], chosen: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return every setting with its value, in the list's own types; what was left out has its default.

    Raises ``MODEL_MISMATCH`` for a setting the model has not, ``SETTINGS_REFUSED`` for too long a text, and
    ``NO_SUCH_COMBINATION`` for a value or combination that is not offered.
    """
    specs = {spec.name: spec for spec in params}
    strange = sorted(chosen.keys() - specs.keys())
    if strange:
        raise _refused(FailureCode.MODEL_MISMATCH, strange[0])
    wanted = {name: chosen.get(name, spec.default) for name, spec in specs.items()}
    values = {name: _typed(specs[name], value) for name, value in wanted.items() if value is not None}
    for name, value in values.items():
        _check_bans(specs[name], value, values)
    return values


def fields(values: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return settings as the fields they are sent in. A switch that is off is left out, as most models have none."""
    return {FIELDS[name]: value for name, value in values.items() if value is not False}


def _typed(spec: ParamSpec, value: ParamValue) -> ParamValue:
    if spec.kind is ParamKind.TEXT:
        text = str(value)
        if spec.max_length is not None and len(text) > spec.max_length:
            raise _refused(FailureCode.SETTINGS_REFUSED, spec.name, longest=spec.max_length)
        return text
    offered = (False, True) if spec.kind is ParamKind.TOGGLE else tuple(choice.value for choice in spec.choices)
    same = [each for each in offered if _plain(each) == _plain(value)]
    if not same:
        raise _refused(FailureCode.NO_SUCH_COMBINATION, spec.name)
    return same[0]


def _check_bans(spec: ParamSpec, value: ParamValue, values: Mapping[str, ParamValue]) -> None:
    chosen = next((choice for choice in spec.choices if choice.value == value), None)
    for other, banned in (chosen.excludes if chosen else {}).items():
        if values.get(other) in banned:
            raise _refused(FailureCode.NO_SUCH_COMBINATION, other)


def _plain(value: ParamValue) -> str:
    return str(value).strip().lower()


def _refused(code: FailureCode, setting: str, **more: int) -> ProviderError:
    return ProviderError(code, "not offered", sent=Sent.NO, data={"setting": setting, **more})
