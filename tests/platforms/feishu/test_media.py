"""Results in place: fetched safely, fitted to what Feishu takes, uploaded once; and where not, the reason is said."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import pytest

from bot.core import lark, wording
from bot.core.cards import Button, Card, Medium
from bot.core.lark import Why
from bot.platforms.feishu import darkroom as darkrooms
from bot.platforms.feishu.darkroom import Darkroom, Missing, read_look
from bot.platforms.feishu.media import MOST_FILE, MOST_IMAGE
from providers.models import MediaKind
from providers.results import MOST, Downloads, Fetched, ResultProblem, Unfetched, kind_of
from tests.fakes.clock import StoryClock
from tests.fakes.feishu_server import Message
from tests.platforms.feishu import films
from tests.platforms.feishu.outbox import outbox, video

ANIMATE = Button(wording.BUTTON_ANIMATE(), f"lm1|animate|{'0' * 32}|0")


def _picture(*urls: str, kind: MediaKind = MediaKind.IMAGE) -> Card:
    return Card(title=wording.READY[kind](), media=tuple(Medium(kind, url) for url in urls), buttons=(ANIMATE,))


def _shown(message: Message) -> dict[str, str]:
    """Return the element of a post that shows its video."""
    elements = [e for row in message.content["en_us"]["content"] for e in row if e["tag"] == "media"]
    return {name: str(value) for name, value in elements[0].items()}


def _reason(why: Why) -> str:
    return lark.ONLY_A_LINK[why].one


async def test_a_video_plays_in_place_with_its_caption(tmp_path: Path) -> None:
    """One message holds the words and the video, with its length and a cover; the file is the provider's own."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        message = await at.message(line)
        assert message.kind == "post"
        assert "Your video is ready" in at.reads(message)
        film = at.ann.video(message)
        assert film.data == films.mp4()
        assert 900 <= film.duration <= 1100
        cover = at.server.media.all[_shown(message)["image_key"]]
        assert cover.data[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("made", [films.webm, films.mov, films.odd], ids=lambda made: made.__name__)
async def test_what_does_not_play_is_made_to(tmp_path: Path, made: object) -> None:
    """A video in another format or with another codec arrives as one that every Feishu program plays."""
    assert callable(made)
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a", made())))
        film = at.ann.video(await at.message(line))
        assert b"avc1" in film.data


async def test_a_video_over_the_limit_is_made_smaller(tmp_path: Path) -> None:
    """Feishu takes 30 MB: what is larger is encoded once more instead of being only a link."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", films.padded_mp4(MOST_FILE + 1000))))
        assert len(at.ann.video(await at.message(line)).data) < MOST_FILE


async def test_a_video_too_long_to_fit_is_a_link_with_a_reason(tmp_path: Path) -> None:
    """Ten minutes in 30 MB are not worth looking at: that is said, and not hidden in bad pictures."""
    look = darkrooms.Look(seconds=600.0, width=1920, height=1080, video="h264", audio="aac")
    file = Fetched(tmp_path / "a", MOST_FILE + 1, "video/mp4")
    with pytest.raises(Missing) as missing:
        await Darkroom().video(file, look, MOST_FILE, tmp_path / "b.mp4")
    assert missing.value.why is Why.TOO_BIG


async def test_without_ffmpeg_there_is_the_link_and_the_reason(tmp_path: Path) -> None:
    """The service runs on: people are told why the video is not in place, and the result still counts as said."""
    async with outbox(tmp_path, Darkroom(program="")) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        message = await at.message(line)
        assert not at.ann.view(message).videos
        assert _reason(Why.NO_TOOLS) in at.reads(message)
        assert not at.server.calls.to("files.*")


async def test_a_refused_download_is_a_link_with_a_reason(tmp_path: Path) -> None:
    """A provider that gives the address of a result and then 403: the generation is not lost, only its preview."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(f"{at.server.domain}/results/gone.mp4"))
        assert _reason(Why.UNREACHABLE) in at.reads(await at.message(line))
        assert at.fetched == ["gone.mp4"]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/a.mp4",
        "https://127.0.0.1/a.mp4",
        "https://[::ffff:10.0.0.1]/a.mp4",
        "https://localhost/a.mp4",
        "https://2130706433/a.mp4",
        "https://0x7f.0.0.1/a.mp4",
        "https://user:word@example.com/a.mp4",
        "file:///etc/passwd",
        "ftp://example.com/a",
        "",
    ],
)
async def test_no_address_opens_a_way_inside(tmp_path: Path, address: str) -> None:
    """Whatever a provider calls a result, nothing is fetched from this machine or its network."""
    with pytest.raises(Unfetched) as missing:
        await Downloads(StoryClock().sleep, ["http://127.0.0.1:9"]).fetch(address, tmp_path / "a")
    assert missing.value.problem is ResultProblem.FORBIDDEN_ADDRESS
    assert not (tmp_path / "a").exists()


async def test_a_redirect_is_held_against_the_same_rule(tmp_path: Path) -> None:
    """An allowed address that leads elsewhere leads nowhere."""
    async with outbox(tmp_path) as at:
        at.redirects["a.mp4"] = "https://169.254.169.254/latest/meta-data"
        line = await at.say(video(at.result("a.mp4", b"")))
        assert _reason(Why.FORBIDDEN_ADDRESS) in at.reads(await at.message(line))


async def test_only_so_much_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result without an end does not fill the disk."""
    monkeypatch.setattr("providers.results.MOST", 5000)
    assert MOST > MOST_FILE
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", bytes(6000))))
        assert _reason(Why.TOO_BIG) in at.reads(await at.message(line))


async def test_a_provider_that_falls_silent_does_not_hold_up_a_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download without a byte for long is tried three times, then the link is said."""
    monkeypatch.setattr("providers.results.STALL", 0.02)
    async with outbox(tmp_path) as at:
        at.silent.add("a.mp4")
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        assert _reason(Why.UNREACHABLE) in at.reads(await at.message(line))
        assert at.fetched == ["a.mp4"] * 3


async def test_a_provider_with_trouble_that_passes_is_asked_again(tmp_path: Path) -> None:
    """A 503 is no reason to do without the video."""
    async with outbox(tmp_path) as at:
        at.ill["a.mp4"] = 2
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        assert at.ann.video(await at.message(line)).plays


async def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file on which ffmpeg never ends costs its time limit and no process."""
    begun: list[asyncio.subprocess.Process] = []
    begin = asyncio.create_subprocess_exec

    async def noted(*command: str, **how: Any) -> asyncio.subprocess.Process:
        begun.append(await begin(*command, **how))
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    monkeypatch.setattr(darkrooms, "LOOK_SECONDS", 0.02)
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o700)
    async with outbox(tmp_path, Darkroom(program=str(program))) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        assert _reason(Why.FORMAT) in at.reads(await at.message(line))
    assert [process.returncode for process in begun] == [-signal.SIGKILL]


async def test_an_unknown_file_is_a_link_with_a_reason(tmp_path: Path) -> None:
    """A page that says "expired" with status 200 is not sent on as a video."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", b"<html>expired</html>")))
        assert _reason(Why.FORMAT) in at.reads(await at.message(line))


async def test_a_broken_video_is_a_link_with_a_reason(tmp_path: Path) -> None:
    """What begins like a video and is none ends ffmpeg, not the delivery."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4()[:64])))
        assert _reason(Why.FORMAT) in at.reads(await at.message(line))


# --- pictures and sound ------------------------------------------------------------------------------------------


async def test_a_picture_is_in_its_card_with_the_buttons(tmp_path: Path) -> None:
    """A card can show pictures, so the caption, the picture and what to do next are one message."""
    async with outbox(tmp_path) as at:
        line = await at.say(_picture(at.result("a.png", films.png())))
        message = await at.message(line)
        seen = at.ann.view(message)
        assert at.ann.image(message).data == films.png()
        assert [button.label for button in seen.buttons] == ["Animate this"]
        assert len(at.written()) == 1


async def test_several_pictures_are_a_grid(tmp_path: Path) -> None:
    """Four pictures do not make four screens of scrolling."""
    async with outbox(tmp_path) as at:
        urls = [at.result(f"{n}.png", films.png()) for n in range(8)]
        message = await at.message(await at.say(_picture(*urls)))
        grids = [e for e in message.content["body"]["elements"] if e["tag"] == "img_combination"]
        assert [len(grid["img_list"]) for grid in grids] == [6, 2]


async def test_a_large_picture_is_encoded_anew(tmp_path: Path) -> None:
    """Feishu takes 10 MB: the preview is a JPEG then, and the link leads to the original."""
    async with outbox(tmp_path) as at:
        line = await at.say(_picture(at.result("a.png", films.padded_png(MOST_IMAGE))))
        assert at.ann.image(await at.message(line)).data[:3] == b"\xff\xd8\xff"


async def test_a_picture_that_feishu_does_not_like_is_encoded_once_more(tmp_path: Path) -> None:
    """A refusal of the format is a reason to try a plainer one, once."""
    async with outbox(tmp_path) as at:
        at.server.faults.code("images.upload", 234011)
        line = await at.say(_picture(at.result("a.png", films.png())))
        assert at.ann.image(await at.message(line)).data[:3] == b"\xff\xd8\xff"
        assert len(at.server.calls.to("images.upload")) == 2


async def test_what_is_missing_of_several_is_said(tmp_path: Path) -> None:
    """Three of four pictures are there, and why the fourth is not."""
    async with outbox(tmp_path) as at:
        urls = [at.result(f"{n}.png", films.png()) for n in range(3)]
        message = await at.message(await at.say(_picture(*urls, f"{at.server.domain}/results/none.png")))
        assert len(at.ann.view(message).images) == 3
        assert _reason(Why.UNREACHABLE) in at.reads(message)


async def test_sound_plays_below_its_caption(tmp_path: Path) -> None:
    """Music is a voice message with its length; its words and buttons come right before it."""
    async with outbox(tmp_path) as at:
        line = await at.say(_picture(at.result("a.mp3", films.mp3()), kind=MediaKind.AUDIO))
        caption, sound = at.written()
        assert "Your audio is ready" in at.reads(caption)
        assert sound.kind == "audio"
        uploaded = at.server.media.all[sound.content["file_key"]]
        assert uploaded.data.startswith(b"OggS")
        assert uploaded.duration > 0
        assert await at.message(line, "file.0") is sound


async def test_sound_is_a_file_where_it_cannot_be_encoded(tmp_path: Path) -> None:
    """Without ffmpeg it can still be opened."""
    async with outbox(tmp_path, Darkroom(program="")) as at:
        await at.say(_picture(at.result("a.mp3", films.mp3()), kind=MediaKind.AUDIO))
        sound = at.written()[-1]
        assert sound.kind == "file"
        assert at.server.media.all[sound.content["file_key"]].data == films.mp3()


async def test_a_video_with_something_to_do_next_has_its_buttons_below(tmp_path: Path) -> None:
    """A message with a video in it can hold no button, so they follow at once, in front of the link."""
    async with outbox(tmp_path) as at:
        line = await at.say(video(at.result("a.mp4", films.mp4()), buttons=(ANIMATE,)))
        film, buttons = at.written()
        assert film is await at.message(line)
        assert [b.label for b in at.ann.view(buttons).buttons] == ["Animate this"]


# --- once --------------------------------------------------------------------------------------------------------


async def test_nothing_is_uploaded_twice(tmp_path: Path) -> None:
    """The upload is kept, so that a message which has to be sent again shows the same file."""
    async with outbox(tmp_path) as at:
        at.server.faults.html("messages.create", times=4)
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        assert at.ann.video(await at.message(line)).plays
        assert (len(at.server.calls.to("files.upload")), len(at.server.calls.to("images.upload"))) == (1, 1)
        assert at.fetched == ["a.mp4"]


async def test_an_upload_in_trouble_is_tried_again_and_then_is_a_link(tmp_path: Path) -> None:
    """A result is not held back for ever because one of Feishu's services is ill."""
    async with outbox(tmp_path) as at:
        at.server.faults.html("files.upload", times=None)
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        assert _reason(Why.NOT_TAKEN) in at.reads(await at.message(line))
        assert len(at.server.calls.to("files.upload")) == 3


async def test_a_missing_permission_is_told(tmp_path: Path) -> None:
    """The person learns whom to ask, in words and not in codes."""
    async with outbox(tmp_path) as at:
        at.server.app.scopes.discard("im:resource")
        line = await at.say(video(at.result("a.mp4", films.mp4())))
        words = at.reads(await at.message(line))
        assert _reason(Why.NO_PERMISSION) in words
        assert "im:resource" not in words


async def test_a_file_of_another_application_is_uploaded_again(tmp_path: Path) -> None:
    """After a move to another application the kept keys are worth nothing: the file goes up once more."""
    async with outbox(tmp_path) as at:
        name = "one.0"
        first = at.server.media.add_file(films.mp4(), "mp4", "video.mp4", 1000)
        at.server.world.foreign_keys.add(first.key)
        await at.shipments.keep_file(name, f"media:{first.key}", at.clock.now())
        line = await at.say(video(at.result("a.mp4", films.mp4())), key="one")
        assert at.ann.video(await at.message(line)).key != first.key
        assert len(at.server.calls.to("files.upload")) == 1


# --- reading files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data, kind",
    [
        (films.mp4, "video/mp4"),
        (films.mov, "video/quicktime"),
        (films.webm, "video/webm"),
        (films.mp3, "audio/mpeg"),
        (films.png, "image/png"),
        (lambda: b"RIFF\0\0\0\0WAVE", "audio/wav"),
        (lambda: b"OggS\0", "audio/ogg"),
        (lambda: b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (lambda: b"#EXTM3U\nfile:///etc/passwd", ""),
        (lambda: b"ffconcat version 1.0", ""),
        (lambda: b"", ""),
    ],
)
def test_a_file_is_what_its_first_bytes_prove(data: object, kind: str) -> None:
    """Neither a name nor a header decides what ffmpeg is told to read: no playlist is ever opened."""
    assert callable(data)
    assert kind_of(data()) == kind


def test_nothing_to_see_or_hear_is_told_apart() -> None:
    """A file without streams is no result."""
    with pytest.raises(Missing):
        read_look("Input #0, mov: Duration: 00:00:01.00")
