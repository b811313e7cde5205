"""The settings of ima2's models and what each becomes on the wire. Which models there are is in ``catalogue``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2.known import SIDES
from providers.models import Choice, ParamKind, ParamSpec, ParamValue

_OPENAI_SIZES: Final = ("1024x1024", "1536x1024", "1024x1536", "auto")
_GROK_SIZES: Final = ("1024x1024", "1536x1024", "1024x1536")
_RATIOS: Final = ("1:1", "3:2", "2:3", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "21:9")
_FORMATS: Final = ("png", "jpeg", "webp")

FORMAT: Final = "output_format"
SEQUENCE: Final = "sequence"

_SEQUENCE: Final = ParamSpec(SEQUENCE, ParamKind.TOGGLE, default=False, label="one story in several pictures")


def openai(qualities: Sequence[str], *, sequence: bool) -> tuple[ParamSpec, ...]:
    """Return the settings of a picture by OpenAI."""
    usual = (choice("size", _OPENAI_SIZES), quality(qualities), choice(FORMAT, _FORMATS, label="file format"))
    return (*usual, _SEQUENCE) if sequence else usual


def grok(qualities: Sequence[str], *, sequence: bool) -> tuple[ParamSpec, ...]:
    """Return the settings of a picture by Grok, which takes proportions from the size."""
    usual = (choice("size", _GROK_SIZES), quality(qualities))
    return (*usual, _SEQUENCE) if sequence else usual


def gemini(tiers: Iterable[str]) -> tuple[ParamSpec, ...]:
    """Return the settings of a picture by Gemini. It has no size of its own choice: that one has no price."""
    return (choice("resolution", tuple(tiers), usual="1K"), choice("aspect_ratio", _RATIOS))


def video(lengths: Iterable[int], resolutions: Sequence[str], ratios: Sequence[str]) -> tuple[ParamSpec, ...]:
    """Return the settings of a clip."""
    return (
        duration(lengths, 5),
        choice("resolution", resolutions, usual="480p"),
        choice("aspect_ratio", ratios or ("auto",), usual="auto"),
    )


def duration(lengths: Iterable[int], usual: int) -> ParamSpec:
    """Return the choice of seconds."""
    values = tuple(lengths)
    choices = tuple(Choice(value, f"{value}s") for value in values)
    return ParamSpec("duration", ParamKind.CHOICE, usual if usual in values else values[0], choices)


def quality(offered: Sequence[str]) -> ParamSpec:
    """Return the choice of quality."""
    return choice("quality", offered or ("medium",), usual="medium")


def choice(name: str, values: Sequence[str], *, usual: str = "", label: str = "") -> ParamSpec:
    """Return a choice of words."""
    default = usual if usual in values else values[0]
    return ParamSpec(name, ParamKind.CHOICE, default, tuple(Choice(value, value) for value in values), label=label)


def resolved(params: Sequence[ParamSpec], chosen: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return every setting with its value, in the list's own types; what was left out has its default.

    Raises ``MODEL_MISMATCH`` for a setting the model has not and ``NO_SUCH_COMBINATION`` for a value not offered.
    """
    specs = {spec.name: spec for spec in params}
    strange = sorted(chosen.keys() - specs.keys())
    if strange:
        raise refused(FailureCode.MODEL_MISMATCH, strange[0])
    wanted = {name: chosen.get(name, spec.default) for name, spec in specs.items()}
    return {name: _typed(specs[name], value) for name, value in wanted.items() if value is not None}


def fields(values: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return the settings of a picture as the fields they are sent in (reference section 1.7)."""
    told = {name: values[name] for name in ("size", "quality") if name in values}
    if FORMAT in values:
        told["format"] = values[FORMAT]
    if "resolution" in values and "aspect_ratio" in values:
        told["size"] = _sized(str(values["resolution"]), str(values["aspect_ratio"]))
    return told


def refused(code: FailureCode, setting: str, **more: int) -> ProviderError:
    """Return the error of a setting that cannot be had."""
    return ProviderError(code, "not offered", sent=Sent.NO, data={"setting": setting, **more})


def _sized(tier: str, ratio: str) -> str:
    """Return the size in pixels by which the server recognises a tier and proportions: its longer side decides."""
    wide, high = (int(part) for part in ratio.split(":"))
    scale = SIDES[tier] / max(wide, high)
    return f"{round(wide * scale)}x{round(high * scale)}"


def _typed(spec: ParamSpec, value: ParamValue) -> ParamValue:
    offered = (False, True) if spec.kind is ParamKind.TOGGLE else tuple(choice.value for choice in spec.choices)
    same = [each for each in offered if _plain(each) == _plain(value)]
    if not same:
        raise refused(FailureCode.NO_SUCH_COMBINATION, spec.name)
    return same[0]


def _plain(value: ParamValue) -> str:
    return str(value).strip().lower()
