"""Results are real files in every size, under addresses that are signed; results and inputs go on into new films."""

import base64
import io
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import imageio_ffmpeg
import pytest
from PIL import Image

from providers.sandbox.drawing import DrawingOrder, draw
from providers.sandbox.scene import Medium
from tests.providers.sandbox.katana.client import PINK, SEEDANCE, KatanaClient

FILM = {**SEEDANCE, "model": "veo3-1-fast", "duration_seconds": 4, "aspect_ratio": "9:16"}


async def fetched(katana: KatanaClient, url: str) -> tuple[int, str, bytes]:
    """GET a file: status, content type, bytes."""
    async with katana.session.get(url) as answer:
        return answer.status, answer.content_type, await answer.read()


async def asset(katana: KatanaClient, item: dict[str, Any]) -> Any:
    """Let an item be made and return its asset."""
    return (await katana.ended(item))["responses"][0]["output_assets"][0]


def picture(data: bytes) -> Image.Image:
    """Decode a picture whole."""
    opened = Image.open(io.BytesIO(data))
    opened.load()
    return opened


def probed(data: bytes, path: Path) -> str:
    """Decode a film whole with ffmpeg and return what it says about it."""
    path.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


async def test_a_film_and_what_comes_with_it(katana: KatanaClient, tmp_path: Path) -> None:
    """The whole film with sound at the size it says, a smaller one, a thumbnail, a silent preview, the last frame."""
    made = await asset(katana, FILM)
    status, kind, data = await fetched(katana, made["original_data_url"])
    said = probed(data, tmp_path / "film.mp4")
    assert (status, kind, made["mime_type"]) == (200, "video/mp4", "video/mp4")
    assert f"{made['width']}x{made['height']}" in said
    assert "Audio: aac" in said
    assert "Duration: 00:00:04.0" in said
    silent = probed((await fetched(katana, made["thumbnail_silent_video_mp4_url"]))[2], tmp_path / "silent.mp4")
    assert "Audio" not in silent
    assert "240x428" in silent
    last = picture((await fetched(katana, made["final_frame_image_url"]))[2])
    assert (last.format, last.size) == ("PNG", (made["width"], made["height"]))
    thumbnail = picture((await fetched(katana, made["thumbnail_image_url"]))[2])
    assert (thumbnail.format, max(thumbnail.size)) == ("JPEG", 256)


async def test_older_models_are_silent_and_give_no_last_frame(katana: KatanaClient) -> None:
    """A blank string, as for everything that is not there."""
    made = await asset(katana, {**SEEDANCE, "model": "kling-1-6"})
    assert made["final_frame_image_url"] == ""
    assert made["thumbnail_silent_video_mp4_url"]


@pytest.mark.parametrize("form, mime, decoded", [("jpg", "image/jpeg", "JPEG"), ("webp", "image/webp", "WEBP")])
async def test_a_picture_in_the_asked_format(katana: KatanaClient, form: str, mime: str, decoded: str) -> None:
    """At the size it says."""
    made = await asset(katana, {**PINK, "is_fast": True, "output_format": form})
    _, kind, data = await fetched(katana, made["original_data_url"])
    assert (made["mime_type"], kind, picture(data).format) == (mime, mime, decoded)
    assert picture(data).size == (made["width"], made["height"])


async def test_only_models_of_the_house_tag_what_they_made(katana: KatanaClient) -> None:
    """With a confidence; others give no tags."""
    tags = (await asset(katana, PINK))["metadata"]["tags"]
    assert all(0 < tag["confidence"] < 1 and tag["tag"] for tag in tags)
    assert (await asset(katana, {**PINK, "model": "flux-2-pro"}))["metadata"] == {}


async def test_an_address_without_its_signature_opens_nothing(katana: KatanaClient) -> None:
    """Bare, changed, or of a file that is not given out; and nothing before it is made."""
    envelope = await katana.submit(PINK)
    early = f"{katana.sandbox.base_url}/cdn/made/katana/{envelope['request_id']}-0/0.png"
    assert (await fetched(katana, early))[0] == 403
    katana.clock.advance(400)
    url = (await katana.poll(envelope["request_id"]))["responses"][0]["output_assets"][0]["original_data_url"]
    for wrong in (urlsplit(url)._replace(query="").geturl(), url + "0", url.replace("/0.png", "/1.png"), early):
        assert (await fetched(katana, wrong))[0] == 403, wrong


async def test_a_film_goes_on_where_another_ended(katana: KatanaClient) -> None:
    """The last frame of one is the first of the next, as long as its address is good."""
    made = await asset(katana, FILM)
    onward = {**FILM, "image_url": made["final_frame_image_url"]}
    await katana.accepted(onward)
    katana.clock.advance(73 * 3600)
    answer = await katana.submit(onward)
    assert answer["responses"][0]["error"]["message"] == "The media could not be fetched"


async def test_a_picture_that_was_sent_is_in_the_result(katana: KatanaClient) -> None:
    """As a data URL: what is made of it shows it, here in the smaller copy that ``url`` leads to."""
    red = io.BytesIO()
    Image.new("RGB", (640, 640), (250, 0, 0)).save(red, "PNG")
    sent = "data:image/png;base64," + base64.b64encode(red.getvalue()).decode()
    made = await asset(katana, {**PINK, "is_fast": True, "image_urls": [sent]})
    smaller = picture((await fetched(katana, made["url"]))[2])
    assert smaller.size == (made["width"] // 2, made["height"] // 2)
    pixel = smaller.convert("RGB").getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200
    assert pixel[1] < 60


def test_a_last_frame_is_not_the_first(tmp_path: Path) -> None:
    """The picture of the end shows the end."""
    frames = []
    for number, at in enumerate((0.0, 1.0)):
        path = tmp_path / f"{number}.png"
        scene = {"prompt": "a fox", "model": "x", "seed": "y", "width": 64, "height": 64, "seconds": 2, "backdrop": ""}
        draw(DrawingOrder.model_validate({**scene, "at": at, "sounds": False, "medium": Medium.PICTURE, "path": path}))
        frames.append(path.read_bytes())
    assert frames[0] != frames[1]
