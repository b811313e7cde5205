"""Midjourney's settings, and the one line of words and parameters that they become (reference section 2.2).

The service reads them out of the prompt and finds a wrong one only in the run, which may have cost by then, so each is
held against its limits before. Names and limits are Midjourney's own.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from providers.errors import FailureCode
from providers.imaginepro.form import PARAMETER, refused
from providers.models import Choice, ParamKind, ParamSpec, ParamValue

FAST: Final = "fast"
RELAX: Final = "relax"
TURBO: Final = "turbo"

_WIDEST: Final = 14
_MOST_SEED: Final = 4_294_967_295
_LONGEST_NEGATIVE: Final = 1000
_WORDS: Final[Mapping[str, str]] = {
    "aspect_ratio": "--ar",
    "style": "--style",
    "stylize": "--stylize",
    "chaos": "--chaos",
    "weird": "--weird",
    "quality": "--q",
    "seed": "--seed",
    "version": "--v",
    "image_weight": "--iw",
    "negative_prompt": "--no",
}


def params(*, with_picture: bool, turbo: bool) -> tuple[ParamSpec, ...]:
    """Return the settings; ``turbo`` is offered where it has a price, a picture's weight where there is one."""
    modes = (FAST, RELAX, *((TURBO,) if turbo else ()))
    weight = (_choice("image_weight", "0.25", "0.5", "1", "1.5", "2", "2.5", "3", label="weight of the picture"),)
    return (
        ParamSpec("aspect_ratio", ParamKind.RATIO, None, high=_WIDEST),
        ParamSpec("mode", ParamKind.CHOICE, FAST, tuple(Choice(mode, mode) for mode in modes)),
        _choice("style", "raw"),
        ParamSpec("stylize", ParamKind.NUMBER, None, high=1000),
        ParamSpec("chaos", ParamKind.NUMBER, None, high=100),
        ParamSpec("weird", ParamKind.NUMBER, None, high=3000),
        ParamSpec(
            "quality",
            ParamKind.CHOICE,
            None,
            (Choice("0.25", ".25"), Choice("0.5", ".5"), Choice("1", "1"), Choice("2", "2"), Choice("4", "4")),
        ),
        ParamSpec("seed", ParamKind.NUMBER, None, high=_MOST_SEED),
        ParamSpec("tile", ParamKind.TOGGLE, default=False),
        _choice("version", "5.1", "5.2", "6", "6.1", "7"),
        *(weight if with_picture else ()),
        ParamSpec("negative_prompt", ParamKind.TEXT, None, max_length=_LONGEST_NEGATIVE),
    )


def line(prompt: str, values: Mapping[str, ParamValue], *, link: str = "") -> str:
    """Return what is sent: the picture's address in front, the words, the parameters at the end."""
    return " ".join(part for part in (link, prompt.strip(), *_written(values)) if part)


def check_words(prompt: str) -> None:
    """Refuse words that would be read as a parameter, or as the address of a picture: both fail in a paid run."""
    found = PARAMETER.search(prompt)
    if found is not None:
        raise refused(FailureCode.SETTINGS_REFUSED, found[0][:40])
    if "http://" in prompt.lower() or "https://" in prompt.lower():
        raise refused(FailureCode.SETTINGS_REFUSED, "link")


def _choice(name: str, *values: str, label: str = "") -> ParamSpec:
    return ParamSpec(name, ParamKind.CHOICE, None, tuple(Choice(value, value) for value in values), label=label)


def _written(values: Mapping[str, ParamValue]) -> Iterator[str]:
    yield from (f"{word} {values[name]}" for name, word in _WORDS.items() if name in values)
    if values.get("tile"):
        yield "--tile"
    if values.get("mode") in {RELAX, TURBO}:
        yield f"--{values['mode']}"
