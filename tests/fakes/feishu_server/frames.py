"""The frames of a long connection, read and written by the field table (reference section 1.2). Who sends them: no."""

from collections.abc import Iterator
from dataclasses import dataclass, field

CONTROL, DATA = 0, 1
_VARINT, _LENGTH = 0, 2
_WIRE = {1: _VARINT, 2: _VARINT, 3: _VARINT, 4: _VARINT, 5: _LENGTH, 6: _LENGTH, 7: _LENGTH, 8: _LENGTH, 9: _LENGTH}
_REQUIRED = frozenset({1, 2, 3, 4})
_LONGEST_VARINT = 10


class MalformedFrame(ValueError):
    """These bytes are no frame."""


@dataclass(slots=True)
class Frame:
    """One frame. ``headers`` keep their order; a key may come twice on the wire, the first counts."""

    method: int
    service: int = 0
    seq_id: int = 0
    log_id: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    payload: bytes = b""
    payload_encoding: str | None = None
    payload_type: str | None = None
    log_id_new: str | None = None

    def header(self, key: str) -> str | None:
        """Return the first header of this name."""
        return next((value for name, value in self.headers if name == key), None)


def encode(frame: Frame) -> bytes:
    """Return the bytes; the four numbers are always written, because proto2 requires them even when they are 0."""
    parts = [_number(1, frame.seq_id), _number(2, frame.log_id), _number(3, frame.service), _number(4, frame.method)]
    parts += [_bytes(5, _bytes(1, key.encode()) + _bytes(2, value.encode())) for key, value in frame.headers]
    for number, text in ((6, frame.payload_encoding), (7, frame.payload_type)):
        parts += [] if text is None else [_bytes(number, text.encode())]
    parts += [_bytes(8, frame.payload)] if frame.payload else []
    parts += [] if frame.log_id_new is None else [_bytes(9, frame.log_id_new.encode())]
    return b"".join(parts)


def decode(data: bytes) -> Frame:
    """Return the frame. Raises :class:`MalformedFrame` where the real schema would not have parsed it either."""
    frame, seen = Frame(method=CONTROL), set[int]()
    for number, value in _fields(data, _WIRE):
        seen.add(number)
        if number == 5:
            frame.headers.append(_header(value))
        elif isinstance(value, int):
            _set_number(frame, number, value)
        else:
            _set_bytes(frame, number, value)
    if missing := _REQUIRED - seen:
        raise MalformedFrame(f"the required fields {sorted(missing)} are missing")
    return frame


def _set_number(frame: Frame, number: int, value: int) -> None:
    if number == 1:
        frame.seq_id = value
    elif number == 2:
        frame.log_id = value
    elif number == 3:
        frame.service = _signed(value)
    else:
        frame.method = _signed(value)


def _set_bytes(frame: Frame, number: int, value: bytes) -> None:
    if number == 8:
        frame.payload = value
    elif number == 6:
        frame.payload_encoding = _text(value)
    elif number == 7:
        frame.payload_type = _text(value)
    else:
        frame.log_id_new = _text(value)


def _header(value: int | bytes) -> tuple[str, str]:
    if isinstance(value, int):
        raise MalformedFrame("a header is no number")
    found = {
        number: _text(part) for number, part in _fields(value, {1: _LENGTH, 2: _LENGTH}) if isinstance(part, bytes)
    }
    if set(found) != {1, 2}:
        raise MalformedFrame("a header has a key and a value")
    return found[1], found[2]


def _fields(data: bytes, expected: dict[int, int]) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if expected.get(number) != wire:
            raise MalformedFrame(f"field {number} with wire type {wire}")
        value, at = _varint(data, at)
        if wire == _VARINT:
            yield number, value
            continue
        if at + value > len(data):
            raise MalformedFrame(f"field {number} ends behind the frame")
        yield number, data[at : at + value]
        at += value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if at + index >= len(data):
            raise MalformedFrame("it ends inside a number")
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & (1 << 64) - 1, at + index + 1
    raise MalformedFrame("a number without an end")


def _signed(value: int) -> int:
    low = value & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise MalformedFrame("a text that is none") from error


def _number(number: int, value: int) -> bytes:
    return _packed(number << 3) + _packed(value & (1 << 64) - 1)


def _bytes(number: int, value: bytes) -> bytes:
    return _packed(number << 3 | _LENGTH) + _packed(len(value)) + value


def _packed(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
