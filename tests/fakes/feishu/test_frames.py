"""The fake's own frame codec: the bytes of the reference, and what is no frame."""

import random

import pytest

from tests.fakes.feishu_server.frames import CONTROL, DATA, Frame, MalformedFrame, decode, encode

PING = bytes.fromhex("0800 1000 18f6818010 2000 2a0c 0a0474797065 120470696e67".replace(" ", ""))


def test_a_ping_is_the_25_bytes_of_the_reference() -> None:
    """Required numbers are written even when they are 0 (reference section 1.2)."""
    ping = Frame(CONTROL, service=33554678, headers=[("type", "ping")])
    assert encode(ping) == PING
    assert len(PING) == 25
    assert decode(PING) == ping


def test_every_frame_survives_the_way_there_and_back() -> None:
    """Numbers up to their bounds, texts in Chinese, empty and large payloads."""
    chance = random.Random(5)
    for _ in range(300):
        frame = Frame(
            method=chance.choice([CONTROL, DATA]),
            service=chance.choice([0, -1, 2**31 - 1, -(2**31), chance.getrandbits(30)]),
            seq_id=chance.choice([0, 2**64 - 1, chance.getrandbits(50)]),
            log_id=chance.getrandbits(64),
            headers=[(f"键{index}", "值" * chance.randrange(90)) for index in range(chance.randrange(4))],
            payload=chance.randbytes(chance.choice([0, 1, 127, 128, 20_000])),
            payload_encoding=chance.choice([None, "", "gzip"]),
            log_id_new=chance.choice([None, "a"]),
        )
        assert decode(encode(frame)) == frame


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing at all"),
        pytest.param(PING[2:], id="a required number is missing"),
        pytest.param(PING[:-1], id="a header ends behind the frame"),
        pytest.param(PING + b"\x40\x05", id="the payload as a number"),
        pytest.param(PING + b"\x0a\x01x", id="a number as bytes"),
        pytest.param(PING + b"\x2a\x06\x0a\x04type", id="a header without a value"),
        pytest.param(PING + b"\x2a\x05\x0a\x01\xff\x12\x00", id="a key that is no text"),
        pytest.param(PING + b"\x2a\x04\x08\x01\x12\x00", id="a key that is a number"),
        pytest.param(PING + b"\x08" + b"\xff" * 11, id="a number without an end"),
        pytest.param(PING + b"\x08\xff", id="a number that is cut off"),
        pytest.param(PING + b"\x50\x01", id="an unknown field"),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    """A wire type that does not fit must never become an allocation (reference section 1.2)."""
    with pytest.raises(MalformedFrame):
        decode(data)
