"""Settings of a model held against what was chosen: complete, in the right types, or refused. No bodies here."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.models import ParamKind, ParamSpec, ParamValue

PARAMETER: Final = re.compile(r"(?<!\S)(?:--\S*|—[A-Za-z]\S*)")
"""A parameter inside words. A telephone makes one long dash of two short ones, and Midjourney takes it for them."""

_RATIO: Final = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")


def resolved(params: Sequence[ParamSpec], chosen: Mapping[str, ParamValue]) -> dict[str, ParamValue]:
    """Return every setting with its value, in the model's own types; what was left out has its default, if it has one.

    Raises ``MODEL_MISMATCH`` for a setting the model has not, ``NO_SUCH_COMBINATION`` for a value that is not offered
    and ``SETTINGS_REFUSED`` for words that are too long or would be read as parameters.
    """
    specs = {spec.name: spec for spec in params}
    strange = sorted(chosen.keys() - specs.keys())
    if strange:
        raise refused(FailureCode.MODEL_MISMATCH, strange[0])
    wanted = {name: chosen.get(name, spec.default) for name, spec in specs.items()}
    return {name: _typed(specs[name], value) for name, value in wanted.items() if value is not None}


def sides(ratio: str) -> tuple[int, int]:
    """Return the two numbers of proportions such as ``16:9``; ``(0, 0)`` for anything else."""
    found = _RATIO.fullmatch(ratio)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def refused(code: FailureCode, setting: str, **more: int | str) -> ProviderError:
    """Return the refusal of a setting; nothing was sent."""
    return ProviderError(code, f"{setting} not offered", sent=Sent.NO, data={"setting": setting, **more})


def _typed(spec: ParamSpec, value: ParamValue) -> ParamValue:
    match spec.kind:
        case ParamKind.TEXT:
            return _words(spec, str(value))
        case ParamKind.NUMBER:
            return _number(spec, value)
        case ParamKind.RATIO:
            wide, high = sides(str(value))
            if not wide or max(wide, high) > spec.high * min(wide, high):
                raise refused(FailureCode.NO_SUCH_COMBINATION, spec.name)
            return f"{wide}:{high}"
        case _:
            return _chosen(spec, value)


def _words(spec: ParamSpec, text: str) -> str:
    text = " ".join(text.split())
    if spec.max_length is not None and len(text) > spec.max_length:
        raise refused(FailureCode.SETTINGS_REFUSED, spec.name, longest=spec.max_length)
    if not text or PARAMETER.search(text):
        raise refused(FailureCode.SETTINGS_REFUSED, spec.name)
    return text


def _number(spec: ParamSpec, value: ParamValue) -> int:
    text = str(value).strip()
    number = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else -1
    if not spec.low <= number <= spec.high:
        raise refused(FailureCode.NO_SUCH_COMBINATION, spec.name)
    return number


def _chosen(spec: ParamSpec, value: ParamValue) -> ParamValue:
    offered = (False, True) if spec.kind is ParamKind.TOGGLE else tuple(choice.value for choice in spec.choices)
    same = [each for each in offered if _plain(each) == _plain(value)]
    if not same:
        raise refused(FailureCode.NO_SUCH_COMBINATION, spec.name)
    return same[0]


def _plain(value: ParamValue) -> str:
    return str(value).strip().lower()
