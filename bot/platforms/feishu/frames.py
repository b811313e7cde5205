"""The frames of a long connection, read and written by their field table (section 1.2). Sockets are in ``receiver``.

Nine fields of proto2: a library for them costs more than they are worth. A length is believed only as far as there are
bytes, and a field only in its own wire type: a number taken for a length once asked for gigabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum

MOST_HEADERS = 64
"""Headers of a frame; Feishu sends five."""

_NUMBERS = {1: "seq_id", 2: "log_id", 3: "service", 4: "method"}
_HEADER = 5
_TEXTS = {6: "payload_encoding", 7: "payload_type", 9: "log_id_new"}
_PAYLOAD = 8
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_KNOWN = {**dict.fromkeys(_NUMBERS, _VARINT), **dict.fromkeys((_HEADER, _PAYLOAD, *_TEXTS), _LENGTH)}
_LONGEST_VARINT = 10
_MASK64 = (1 << 64) - 1


class Malformed(ValueError):
    """These bytes are no frame."""


class Method(IntEnum):
    """What a frame is."""

    CONTROL = 0
    DATA = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. ``headers`` keep their order; ``None`` is a field that is not there."""

    method: int
    service: int = 0
    seq_id: int = 0
    log_id: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    payload: bytes | None = field(default=None, repr=False)
    payload_encoding: str | None = None
    payload_type: str | None = None
    log_id_new: str | None = None

    def header(self, name: str) -> str:
        """Return the first header of a name, or nothing."""
        return next((value for key, value in self.headers if key == name), "")

    def answered(self, payload: bytes, *headers: tuple[str, str]) -> "Frame":
        """Return the same frame with another payload and some headers more: what an answer is."""
        return replace(self, payload=payload, headers=(*self.headers, *headers))


def ping(service: int) -> Frame:
    """Return the frame that asks whether the other side is there."""
    return Frame(Method.CONTROL, service, headers=(("type", "ping"),))


def encode(frame: Frame) -> bytes:
    """Return the bytes of a frame; the four numbers are always there, because proto2 wants them."""
    out = bytearray()
    for number, name in _NUMBERS.items():
        out += _tag(number, _VARINT) + _varint(getattr(frame, name) & _MASK64)
    for key, value in frame.headers:
        out += _bytes(_HEADER, _bytes(1, key.encode()) + _bytes(2, value.encode()))
    for number in (6, 7):
        out += _text(number, getattr(frame, _TEXTS[number]))
    out += b"" if frame.payload is None else _bytes(_PAYLOAD, frame.payload)
    return bytes(out + _text(9, frame.log_id_new))


def decode(data: bytes) -> Frame:
    """Return the frame; raises :class:`Malformed`. What we do not know is passed over."""
    numbers: dict[str, int] = {}
    texts: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    payload: bytes | None = None
    for number, wire, value in _fields(data):
        if wire != _KNOWN.get(number, wire):
            raise Malformed(f"field {number} has the wire type {wire}")
        if isinstance(value, int):
            if number in _NUMBERS:
                numbers[_NUMBERS[number]] = value
        elif number == _HEADER:
            headers.append(_read_header(value))
        elif number == _PAYLOAD:
            payload = value
        elif number in _TEXTS:
            texts[_TEXTS[number]] = _words(value)
    if missing := set(_NUMBERS.values()) - set(numbers):
        raise Malformed(f"{', '.join(sorted(missing))} missing")
    if len(headers) > MOST_HEADERS:
        raise Malformed(f"{len(headers)} headers")
    return Frame(
        method=_int32(numbers["method"]),
        service=_int32(numbers["service"]),
        seq_id=numbers["seq_id"],
        log_id=numbers["log_id"],
        headers=tuple(headers),
        payload=payload,
        payload_encoding=texts.get("payload_encoding"),
        payload_type=texts.get("payload_type"),
        log_id_new=texts.get("log_id_new"),
    )


def _read_header(data: bytes) -> tuple[str, str]:
    found: dict[int, str] = {}
    for number, wire, value in _fields(data):
        if number in {1, 2}:
            if wire != _LENGTH or isinstance(value, int):
                raise Malformed("a header that is no text")
            found[number] = _words(value)
    if len(found) != 2:  # noqa: PLR2004 - a name and a value
        raise Malformed("half a header")
    return found[1], found[2]


def _fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Yield each field as its number, its wire type and its value."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _read_varint(data, at)
            yield number, wire, value
            continue
        if wire not in {_LENGTH, _FIXED64, _FIXED32} or not number:
            raise Malformed(f"the tag {tag}")
        length = {_FIXED64: 8, _FIXED32: 4}.get(wire, 0)
        if wire == _LENGTH:
            length, at = _read_varint(data, at)
        if length > end - at:
            raise Malformed("cut off")
        yield number, wire, data[at : at + length]
        at += length


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(_LONGEST_VARINT):
        if at + n >= len(data):
            raise Malformed("cut off")
        value |= (data[at + n] & 0x7F) << (7 * n)
        if data[at + n] < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return value & _MASK64, at + n + 1
    raise Malformed("a number without an end")


def _int32(value: int) -> int:
    """Return a number as the 32 signed bits that it is."""
    low = value & 0xFFFFFFFF
    return low - (1 << 32) if low >= 1 << 31 else low


def _words(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Malformed("a text that is no UTF-8") from None


def _tag(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits in a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes(number: int, value: bytes) -> bytes:
    return _tag(number, _LENGTH) + _varint(len(value)) + value


def _text(number: int, value: str | None) -> bytes:
    return b"" if value is None else _bytes(number, value.encode())
