"""How large pretend results are: the asked proportions at a modest size. Nothing is drawn here."""

_SINGLE, _FILM = 384, 360
_LONGEST_SINGLE, _LONGEST_FILM, _LARGEST = 768, 1280, 1536
_LONG = 1024
_STEP = 8


def single(aspect: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of one of Midjourney's four pictures; the sheet of all is twice as large."""
    return _sized(aspect, _SINGLE, _LONGEST_SINGLE)


def film(aspect: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of a film."""
    return _sized(aspect, _FILM, _LONGEST_FILM)


def enlarged(width: int, height: int, factor: float) -> tuple[int, int]:
    """Return a size times a factor, as far as a pretend picture may grow."""
    scale = min(factor, _LARGEST / max(width, height))
    return _even(width * scale), _even(height * scale)


def fitted(aspect: tuple[int, int]) -> tuple[int, int]:
    """Return the size that proportions have here: the long side 1024, the other floored to a multiple of 8."""
    wide, high = aspect
    other = _LONG * min(wide, high) // max(wide, high) // _STEP * _STEP
    sides = (_LONG, max(other, _STEP))
    return sides if wide >= high else (sides[1], sides[0])


def _sized(aspect: tuple[int, int], side: int, longest: int) -> tuple[int, int]:
    wide, high = aspect
    scale = min(side / min(wide, high), longest / max(wide, high))
    return _even(wide * scale), _even(high * scale)


def _even(size: float) -> int:
    return max(2, round(size / 2) * 2)
