"""Our name of an order at ImaginePro: its message's id, and how many pictures were ordered where that is several.

A message does not say how many were ordered, and a restart forgets it, so the number is part of the name.
"""

from typing import Final

_MARK: Final = ":"


def written(message_id: str, pictures: int) -> str:
    """Return the name of an order."""
    return f"{message_id}{_MARK}{pictures}" if pictures > 1 else message_id


def message_id(ref: str) -> str:
    """Return the message that an order is."""
    name, mark, number = ref.rpartition(_MARK)
    return name if mark and number.isdecimal() else ref


def pictures(ref: str) -> int:
    """Return how many pictures were ordered."""
    number = ref.rpartition(_MARK)[2]
    return int(number) if number != ref and number.isdecimal() else 1
