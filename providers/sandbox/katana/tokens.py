"""How many tokens a text has, about: four letters are one, and so is every ideograph. Prices are not here."""

_FIRST_IDEOGRAPH = "\u2e80"
_LETTERS = 4


def count(text: str) -> int:
    """Return the number of tokens."""
    return -(-_quarters(text) // _LETTERS)


def cut(text: str, most: int) -> str:
    """Return the longest beginning that has no more tokens than that."""
    left = most * _LETTERS
    for place, letter in enumerate(text):
        left -= _quarters(letter)
        if left < 0:
            return text[:place]
    return text


def _quarters(text: str) -> int:
    wide = sum(letter >= _FIRST_IDEOGRAPH for letter in text)
    return wide * _LETTERS + len(text) - wide
