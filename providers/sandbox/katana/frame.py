"""How large pretend results are: the asked proportions at a modest size. Nothing is drawn here."""

_FILM, _PICTURE, _FAST, _UHD = 480, 768, 384, 1152
_LONGEST = {_FILM: 1280, _PICTURE: 1536, _FAST: 768, _UHD: 2304}
_THUMBNAIL = 256


def film(aspect: str) -> tuple[int, int]:
    """Return width and height of a film in pixels, both even (the codec wants that)."""
    return _sized(aspect, _FILM)


def picture(aspect: str, *, fast: bool, uhd: bool) -> tuple[int, int]:
    """Return width and height of a picture: half the side in the fast mode, more in UHD, which wins."""
    return _sized(aspect, _UHD if uhd else _FAST if fast else _PICTURE)


def preview(width: int, height: int) -> tuple[int, int]:
    """Return the smaller size that ``requests[]`` tells and ``url`` has."""
    return _even(width / 2), _even(height / 2)


def thumbnail(width: int, height: int) -> tuple[int, int]:
    """Return the size of the smallest copy."""
    scale = _THUMBNAIL / max(width, height)
    return _even(width * scale), _even(height * scale)


def nearest(width: int, height: int, aspects: tuple[str, ...]) -> str:
    """Return the proportions on a list that are nearest to a picture's."""
    return min(aspects, key=lambda aspect: abs(_ratio(aspect) - width / height))


def _sized(aspect: str, side: int) -> tuple[int, int]:
    wide, high = (int(part) for part in aspect.split(":"))
    scale = min(side / min(wide, high), _LONGEST[side] / max(wide, high))
    return _even(wide * scale), _even(high * scale)


def _ratio(aspect: str) -> float:
    wide, high = aspect.split(":")
    return int(wide) / int(high)


def _even(size: float) -> int:
    return max(2, round(size / 2) * 2)
