"""The event stream as it was recorded (reference sections 1.7 and 1.8), in whatever pieces it comes."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from providers.errors import FailureCode
from providers.ima2.board import Board
from providers.ima2.frames import Event, Frames
from providers.ima2.ticket import Kind, Links, Ticket
from providers.outcomes import Deed, Done, ExtraKind, Failed, NoteKind, Phase, Refund
from tests.providers.ima_stage import png

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:3333"
RECORDED = b"""id: 416
event: planning
data: {"requestId":"v-as","jobId":"v-as"}

id: 417
event: error
data: {"error":"Request ID already in use","code":"REQUEST_ID_IN_USE","status":409,"requestId":"v-as","jobId":"v-as"}

id: 419
event: submitted
data: {"requestId":"v-as","xaiVideoRequestId":"0f762aa1","modelFallback":null,"jobId":"v-as"}

: ping

event: replay-gap
data: {"lastEventId":5,"oldestAvailableId":108}

id: 420
event: progress
data: {"requestId":"v-as","progress":null,"stalled":false,"jobId":"v-as"}

id: 421
event: progress
data: {"requestId":"v-as","progress":0.33,"stalled":true,"jobId":"v-as"}

"""
DONE = {
    "requestId": "v-as",
    "jobId": "v-as",
    "filename": "1795162657027_edce8c50.mp4",
    "url": "/generated/1795162657027_edce8c50.mp4",
    "providerUrl": "https://vidgen.example/clip.mp4",
    "modelFallback": {"from": "grok-imagine-video-1.5", "to": "grok-imagine-video"},
    "video": {"duration": 10, "resolution": "480p"},
    "usage": {"grok_cost_usd_ticks": 500000000},
}


def _board() -> Board:
    board = Board(lambda: NOW, Links(BASE), lambda words: words[:300])
    board.begin(Ticket(Kind.VIDEO, "grok/grok-imagine-video-1.5", "v-as", NOW, 1, 15))
    return board


def _entry(board: Board) -> Any:
    return board.entry(Ticket(Kind.VIDEO, "", "v-as", NOW))


def _event(name: str, data: object) -> Event:
    return Event(name, json.dumps(data).encode(), 1)


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@pytest.mark.parametrize("size", [1, 7, 61, 100_000])
def test_events_come_out_whole_however_they_are_cut(size: int) -> None:
    """Names, numbers and data; a ping is none, and a gap has no number."""
    frames = Frames()
    heard = [event for piece in _pieces(RECORDED, size) for event in frames.feed(piece)]
    assert [(event.name, event.number) for event in heard] == [
        ("planning", 416),
        ("error", 417),
        ("submitted", 419),
        ("replay-gap", None),
        ("progress", 420),
        ("progress", 421),
    ]
    assert json.loads(heard[3].data) == {"lastEventId": 5, "oldestAvailableId": 108}


def test_a_line_of_many_megabytes() -> None:
    """A live picture is one line; it arrives like any other."""
    frames, image = Frames(), b"A" * (20 * 1024 * 1024)
    whole = b'id: 3\r\nevent: done\r\ndata: {"image":"' + image + b'","jobId":"a"}\r\n\r\n'
    [event] = [event for piece in _pieces(whole, 1 << 18) for event in frames.feed(piece)]
    assert (event.name, event.number, len(event.data)) == ("done", 3, len(image) + 24)


def test_a_recorded_job_is_followed_through_its_false_alarm() -> None:
    """A refused second order under the same id ends nothing; percent is what was last told, a stall is said."""
    board = _board()
    for event in Frames().feed(RECORDED):
        board.take(event)
    running = _entry(board).running
    assert (_entry(board).outcome, running.percent, running.phase) == (None, 33, Phase.STALLED)


def test_a_recorded_end_tells_everything() -> None:
    """The clip by our address, its public one beside it, what changed on the way, and what can be made of it next."""
    board = _board()
    board.take(_event("done", DONE))
    done = _entry(board).outcome
    assert isinstance(done, Done)
    [clip] = done.assets
    assert (clip.url, clip.held) == (f"{BASE}/generated/1795162657027_edce8c50.mp4", True)
    assert clip.others == ("https://vidgen.example/clip.mp4",)
    assert [extra.kind for extra in clip.extras] == [ExtraKind.FINAL_FRAME]
    told = {note.kind: note.data for note in done.notes}
    assert told == {NoteKind.MODEL: {"model": "Grok Imagine Video"}, NoteKind.DURATION: {"duration": 10}}
    assert [step.deed for step in done.follow_ups] == [Deed.LONGER, Deed.DESCRIBE]


@pytest.mark.parametrize("url", ["http://10.0.0.1/clip.mp4", "https://127.0.0.1/clip.mp4", "file:///etc/passwd"])
def test_a_vendor_address_that_is_not_public_is_not_told(url: str) -> None:
    """Nothing but public https stands beside a result."""
    board = _board()
    board.take(_event("done", {**DONE, "providerUrl": url}))
    assert _entry(board).outcome.assets[0].others == ()


def test_what_ended_first_stays() -> None:
    """A cancel is told twice and a replay tells again: the first end counts."""
    board = _board()
    canceled = {"error": "Generation canceled", "code": "GENERATION_CANCELED", "status": 499, "jobId": "v-as"}
    for event in (_event("error", canceled), _event("error", canceled), _event("done", DONE)):
        board.take(event)
    assert _entry(board).outcome == Failed(
        FailureCode.STOPPED, "HTTP 499, code 'GENERATION_CANCELED': Generation canceled", Refund.UNKNOWN
    )


@pytest.mark.parametrize(
    "name, data",
    [
        ("done", {**DONE, "jobId": "somebody", "requestId": "somebody"}),
        ("error", {"error": "no", "code": "GROK_VIDEO_FAILED", "jobId": "somebody"}),
        ("a-new-event", {"jobId": "v-as", "share": "most"}),
        ("progress", ["no object"]),
        ("done", "no object"),
    ],
)
def test_what_is_not_ours_or_not_known_changes_nothing(name: str, data: object) -> None:
    """Other people's jobs, events of a later version and nonsense are passed over."""
    board = _board()
    board.take(_event(name, data))
    assert _entry(board).outcome is None


def test_only_the_newest_preview_is_kept() -> None:
    """Each unfinished picture takes the place of the one before, and has a number of its own."""
    board = _board()
    for width in (8, 16):
        image = "data:image/png;base64," + base64.b64encode(png(width, width)).decode()
        board.take(_event("partial", {"jobId": "v-as", "image": image}))
    preview = _entry(board).running.preview
    assert (preview.number, preview.mime, preview.data) == (2, "image/png", png(16, 16))


def test_a_preview_left_out_of_a_replay_is_none() -> None:
    """A replayed event has its picture left out; what was there before stays."""
    board = _board()
    board.take(_event("partial", {"jobId": "v-as", "index": 0, "_imageOmitted": True}))
    assert _entry(board).running.preview is None
    assert _entry(board).running.phase is Phase.MAKING


def test_a_file_of_another_kind_than_its_name_is_told() -> None:
    """A webp that was asked for and came as PNG bytes is said to be one (reference section 1.7)."""
    board = Board(lambda: NOW, Links(BASE), str)
    board.begin(Ticket(Kind.PICTURE, "oauth/gpt-5.4", "p", NOW, 1, 0, "webp"))
    image = "data:image/webp;base64," + base64.b64encode(png(64, 64)).decode()
    board.take(_event("done", {"jobId": "p", "filename": "a.webp", "image": image, "warnings": ["QUALITY_DEFAULTED"]}))
    done = board.entry(Ticket(Kind.PICTURE, "", "p", NOW)).outcome
    assert isinstance(done, Done)
    assert {note.kind: note.data for note in done.notes} == {
        NoteKind.SETTING: {"setting": "quality", "value": "medium"},
        NoteKind.FILE_KIND: {"kind": "png"},
    }


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.png", "a.mp4.json", "", ".hidden"])
def test_a_path_is_no_result(name: str) -> None:
    """A file is a plain name; anything else makes no address of ours."""
    board = _board()
    board.take(_event("done", {"jobId": "v-as", "filename": name}))
    assert isinstance(_entry(board).outcome, Failed)
