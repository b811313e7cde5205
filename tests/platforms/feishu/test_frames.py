"""Frames against a codec that somebody else wrote, and against bytes that nobody should send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.feishu import frames
from bot.platforms.feishu.frames import MOST_HEADERS, Frame, Malformed, Method
from tests.fakes.feishu_server import frames as theirs

PING = bytes.fromhex("08 00 10 00 18 f6 81 80 10 20 00 2a 0c 0a 04 74 79 70 65 12 04 70 69 6e 67")
"""A ping as the real client sends it (reference section 1.2)."""

NUMBERS = bytes.fromhex("08 00 10 00 18 00 20 01")
"""The four fields that every frame has."""

_WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
_ANY = st.builds(
    Frame,
    method=st.sampled_from(Method),
    service=st.integers(-(2**31), 2**31 - 1),
    seq_id=st.integers(0, 2**64 - 1),
    log_id=st.integers(0, 2**64 - 1),
    headers=st.lists(st.tuples(_WORDS, _WORDS), max_size=6).map(tuple),
    payload=st.none() | st.binary(min_size=1, max_size=300),
    payload_encoding=st.none() | _WORDS,
    payload_type=st.none() | _WORDS,
    log_id_new=st.none() | _WORDS,
)


def test_a_ping_is_byte_for_byte_the_real_one() -> None:
    """The platform counts on nothing else to know that we are there."""
    assert frames.encode(frames.ping(33554678)) == PING


@given(_ANY)
def test_a_frame_comes_back_as_it_was(frame: Frame) -> None:
    """Whatever is in its fields."""
    assert frames.decode(frames.encode(frame)) == frame


@given(_ANY)
def test_another_codec_reads_and_writes_the_same(frame: Frame) -> None:
    """So that two mistakes of ours cannot cancel out."""
    written = frames.encode(frame)
    read = theirs.decode(written)
    assert (read.seq_id, read.log_id, tuple(read.headers)) == (frame.seq_id, frame.log_id, frame.headers)
    assert read.payload == (frame.payload or b"")
    if frame.service >= 0:
        assert theirs.encode(read) == written


@given(st.binary(max_size=200))
def test_noise_is_refused_and_never_more_than_that(data: bytes) -> None:
    """No bytes at all bring the codec to another end than a frame or a refusal."""
    try:
        found = frames.decode(data)
    except Malformed:
        return
    assert len(found.payload or b"") <= len(data)


@pytest.mark.parametrize(
    "data, why",
    [
        (NUMBERS[:-2], "method missing"),
        (NUMBERS + bytes.fromhex("40 ff ff ff ff 0f"), "field 8 has the wire type 0"),
        (NUMBERS + bytes.fromhex("42 ff ff ff ff 0f 00"), "cut off"),
        (NUMBERS + bytes.fromhex("42 05 61"), "cut off"),
        (NUMBERS + bytes.fromhex("2a 02 08 01"), "a header that is no text"),
        (NUMBERS + bytes.fromhex("2a 03 0a 01 61"), "half a header"),
        (NUMBERS + bytes.fromhex("32 01 ff"), "no UTF-8"),
        (NUMBERS + bytes.fromhex("33 34"), "the tag 51"),
        (NUMBERS + b"\xff" * 10, "a number without an end"),
        (bytes.fromhex("0a 01 00 10 00 18 00 20 01"), "field 1 has the wire type 2"),
        (NUMBERS + bytes.fromhex("2a 06 0a 01 61 12 01 62") * (MOST_HEADERS + 1), "65 headers"),
    ],
)
def test_a_broken_frame_is_refused_before_anything_is_made_of_it(data: bytes, why: str) -> None:
    """A length is believed only as far as there are bytes: one wrong type once asked for gigabytes."""
    with pytest.raises(Malformed, match=why):
        frames.decode(data)


def test_what_is_not_known_yet_is_passed_over() -> None:
    """A new field of the platform's does not make us deaf."""
    more = bytes.fromhex("50 01 5a 02 61 62 61 00 00 00 00 00 00 00 00 6d 00 00 00 00")
    assert frames.decode(NUMBERS + more).method == Method.DATA


def test_an_answer_is_the_same_frame_with_another_payload() -> None:
    """The platform finds its event again by the headers."""
    frame = Frame(Method.DATA, 7, 1, 2, (("type", "event"), ("message_id", "m1")), b"event", log_id_new="n")
    answer = frame.answered(b'{"code":200}', ("biz_rt", "3"))
    assert answer.headers == (*frame.headers, ("biz_rt", "3"))
    assert (answer.seq_id, answer.log_id, answer.service, answer.log_id_new) == (1, 2, 7, "n")
