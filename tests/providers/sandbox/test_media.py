"""Results are real files: they decode, seek, are made once, and only when somebody looks."""

import asyncio
import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import aiohttp
import imageio_ffmpeg
import pytest
from PIL import Image, ImageFont

from providers.sandbox.lettering import legible, wrapped
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.ima_client import ImaClient


async def fetched(ima: ImaClient, url: str, **headers: str) -> tuple[int, str, bytes]:
    """GET a file: status, content type, bytes."""
    async with ima.session.get(url, headers=headers) as answer:
        return answer.status, answer.content_type, await answer.read()


def probed(data: bytes, path: Path) -> str:
    """Decode a file whole with ffmpeg and return what it says about it."""
    path.write_bytes(data)
    program = imageio_ffmpeg.get_ffmpeg_exe()
    done = subprocess.run([program, "-i", str(path), "-f", "null", "-"], capture_output=True, text=True, check=True)
    return done.stderr


def picture(data: bytes) -> Image.Image:
    """Decode a picture whole."""
    opened = Image.open(io.BytesIO(data))
    opened.load()
    return opened


async def test_a_video_plays_everywhere(ima: ImaClient, tmp_path: Path) -> None:
    """H.264 in yuv420p with the index in front, five seconds long, in the asked proportions, with a JPEG cover."""
    task = await ima.begin("text_to_video", "wan2.6-t2v", aspect_ratio="9:16")
    media = (await ima.ended(task))["medias"][0]
    status, kind, data = await fetched(ima, media["url"])
    assert (status, kind) == (200, "video/mp4")
    assert data.index(b"moov") < data.index(b"mdat")
    said = probed(data, tmp_path / "film.mp4")
    assert "h264" in said
    assert "yuv420p" in said
    assert "480x854" in said
    assert "Duration: 00:00:05.0" in said
    assert (media["width"], media["height"]) == (480, 854)
    status, kind, data = await fetched(ima, media["cover"])
    assert (status, kind, picture(data).size) == (200, "image/jpeg", (480, 854))


async def test_a_video_can_be_sought(ima: ImaClient) -> None:
    """A browser asks for ranges; they are pieces of the same file."""
    task = await ima.begin("text_to_video", "kling-video-o1")
    url = (await ima.ended(task))["medias"][0]["url"]
    _, _, whole = await fetched(ima, url)
    assert await fetched(ima, url, Range="bytes=100-199") == (206, "video/mp4", whole[100:200])


async def test_a_picture_opens(ima: ImaClient) -> None:
    """Every picture of Midjourney's four is a PNG of its own, in the asked proportions."""
    task = await ima.begin("text_to_image", "midjourney", aspect_ratio="16:9")
    urls = [media["url"] for media in (await ima.ended(task))["medias"]]
    files = [await fetched(ima, url) for url in urls]
    assert {kind for _, kind, _ in files} == {"image/png"}
    assert {picture(data).size for _, _, data in files} == {(1366, 768)}
    assert len({data for _, _, data in files}) > 1


async def test_music_decodes(ima: ImaClient, tmp_path: Path) -> None:
    """An MP3 of twelve seconds, different for both clips, with a cover."""
    task = await ima.begin("text_to_music", "sonic")
    medias = (await ima.ended(task))["medias"]
    clips = [await fetched(ima, media["url"]) for media in medias]
    assert {kind for _, kind, _ in clips} == {"audio/mpeg"}
    assert clips[0][2] != clips[1][2]
    said = probed(clips[0][2], tmp_path / "clip.mp3")
    assert "Audio: mp3" in said
    assert "Duration: 00:00:12" in said
    assert (await fetched(ima, medias[0]["cover"]))[1] == "image/jpeg"


@pytest.mark.parametrize(
    "prompt", ["一只狐狸在雪地里奔跑，电影感", "a fox 🦊\n\tin the snow", "x" * 900, "", "[sandbox: stuck lasting=1]"]
)
async def test_any_prompt_can_be_drawn(ima: ImaClient, prompt: str) -> None:
    """Ideographs, emoji, endless words and nothing at all give a picture, whatever fonts the machine has."""
    task = await ima.begin("text_to_image", "gemini-3-pro-image-preview", prompt=prompt)
    _, _, data = await fetched(ima, (await ima.ended(task))["medias"][0]["url"])
    assert picture(data).size == (768, 768)


def test_letters_without_a_glyph_are_left_out() -> None:
    """No picture shows empty boxes: what the font cannot draw is not drawn."""
    font = ImageFont.load_default(20)
    assert legible("a fox 🦊 in snow", font) == "a fox  in snow"
    assert len(wrapped("x" * 900, font, 300)) == 4


async def test_an_uploaded_picture_is_in_the_video(ima: ImaClient) -> None:
    """The film of an uploaded picture shows it; a file that is no picture does no harm."""
    red = io.BytesIO()
    Image.new("RGB", (640, 480), (250, 0, 0)).save(red, "PNG")
    for upload, is_red in ((red.getvalue(), True), (b"no picture", False)):
        task = await ima.begin("image_to_video", "wan2.6-i2v", images=[await ima.uploaded(upload)])
        _, _, data = await fetched(ima, (await ima.ended(task))["medias"][0]["cover"])
        pixel = picture(data).convert("RGB").getpixel((10, 10))
        assert isinstance(pixel, tuple)
        assert (pixel[0] > 200 and pixel[1] < 60) is is_red


async def test_nothing_is_made_until_it_is_asked_for_and_then_once(ima: ImaClient, tmp_path: Path) -> None:
    """Polls draw nothing; five viewers at once get one file, and later ones the same."""
    task = await ima.begin("text_to_image", "gemini-3-pro-image-preview")
    url = (await ima.ended(task))["medias"][0]["url"]
    made = tmp_path / "home" / "made"
    assert not made.exists()
    files = await asyncio.gather(*(fetched(ima, url) for _ in range(5)))
    assert len({data for _, _, data in files}) == 1
    path = made / "ima" / task / "0.png"
    assert [found.name for found in path.parent.iterdir()] == ["0.png"]
    stamp = path.stat().st_mtime_ns
    assert (await fetched(ima, url))[0] == 200
    assert path.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("file", ["0.mp4", "0.jpg"])
async def test_a_result_is_there_when_its_address_is(ima: ImaClient, file: str) -> None:
    """Nobody can look at a film before it is finished, and nobody at one that never was ordered."""
    task = await ima.begin("text_to_video", "kling-video-o1")
    url = f"{ima.sandbox.base_url}/cdn/made/ima/{task}/{file}"
    assert (await fetched(ima, url))[0] == 404
    await ima.ended(task)
    for wrong in (url.replace("/0.", "/1."), url.replace("/0.", "/x."), url + "x", url.replace("task_", "task_x")):
        assert (await fetched(ima, wrong))[0] == 404
    assert (await fetched(ima, url.replace(f"ima/{task}", "ima/..%2f..%2f")))[0] == 404


async def test_a_result_can_be_an_input(ima: ImaClient) -> None:
    """The address of a finished result is good as an input picture; of an unfinished one it is not."""
    task = await ima.begin("text_to_image", "gemini-3-pro-image-preview")
    url = f"{ima.sandbox.base_url}/cdn/made/ima/{task}/0.png"
    body = await ima.order("image_to_video", "wan2.6-i2v", images=[url])
    assert (await ima.create(body))["code"] == 400
    await ima.ended(task)
    assert (await ima.create(body))["code"] in {0, 200}


async def test_a_file_that_cannot_be_made_is_tried_again(ima: ImaClient, tmp_path: Path) -> None:
    """A full disk or the like is a server error, and no memory of it stays."""
    task = await ima.begin("text_to_image", "gemini-3-pro-image-preview")
    url = (await ima.ended(task))["medias"][0]["url"]
    in_the_way = tmp_path / "home" / "made"
    in_the_way.write_text("not a folder")
    assert (await fetched(ima, url))[0] == 500
    in_the_way.unlink()
    assert (await fetched(ima, url))[0] == 200


async def test_closing_stops_what_is_being_drawn(ima: ImaClient, sandbox: Sandbox, tmp_path: Path) -> None:
    """A sandbox that is closed while it draws waits for nothing and leaves no half file under a real name."""
    task = await ima.begin("text_to_video", "wan2.6-t2v", duration=15)
    url = (await ima.ended(task))["medias"][0]["url"]
    part = tmp_path / "home" / "made" / "ima" / task / "0.mp4.part"
    viewer = asyncio.create_task(fetched(ima, url))
    await until(part.exists)
    await sandbox.close()
    with pytest.raises(aiohttp.ClientConnectionError):
        await viewer
    assert not part.with_suffix("").exists()


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    for _ in range(1_000_000):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was")
