"""Results are real files: the sheet shows the four singles, an enlarged one is the same picture, a film plays."""

import io
import subprocess
from pathlib import Path

import imageio_ffmpeg
from PIL import Image, ImageChops, ImageStat

from tests.providers.sandbox.imaginepro.client import BANANA, FILM, ProClient


async def fetched(pro: ProClient, url: str) -> tuple[int, str, bytes]:
    """GET a file: status, content type, bytes."""
    async with pro.session.get(url) as answer:
        return answer.status, answer.content_type, await answer.read()


async def picture(pro: ProClient, url: str) -> Image.Image:
    """Fetch a picture and decode it whole."""
    status, _, data = await fetched(pro, url)
    assert status == 200
    return Image.open(io.BytesIO(data)).convert("RGB")


def probed(data: bytes, path: Path) -> str:
    """Decode a film whole with ffmpeg and return what it says about it."""
    path.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return how much two pictures differ, from below the mark to above the lettering."""
    small = [shown.resize((64, 64)).crop((0, 12, 64, 47)) for shown in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*small)).mean)


async def test_a_sheet_shows_the_singles(pro: ProClient) -> None:
    """Two and two in the asked proportions; the third stands below on the left; U3 is that one, larger."""
    grid = await pro.ended(await pro.imagine("a fox --ar 16:9"))
    sheet, single = await picture(pro, grid["uri"]), await picture(pro, grid["images"][2])
    assert (single.size, sheet.size) == ((682, 384), (1364, 768))
    tiles = [sheet.crop((x, y, x + 682, y + 384)) for y in (0, 384) for x in (0, 682)]
    near = [apart(tile, single) for tile in tiles]
    assert near.index(min(near)) == 2
    assert near[2] < 1 < max(near)
    larger = await pro.ended(await pro.click(grid["messageId"], "U3"))
    shown = await picture(pro, larger["uri"])
    assert (shown.size, apart(shown, single) < 1) == ((1364, 768), True)


async def test_discords_copy_lives_a_day(pro: ProClient) -> None:
    """The first address stays good, the other one does not; neither is there before the job is done."""
    grid = await pro.imagine("a fox --ar 1:1")
    copy = f"{pro.sandbox.base_url}/cdn/made/imaginepro/{grid}-discord/0.png"
    assert (await fetched(pro, copy))[0] == 404
    message = await pro.ended(grid)
    assert (message["originalUrl"], (await fetched(pro, copy))[0]) == (copy, 200)
    pro.clock.advance(86_400)
    assert (await fetched(pro, copy))[0] == 404
    assert pro.sandbox._cdn.scene_at(message["uri"]) is not None


async def test_a_film_plays(pro: ProClient, tmp_path: Path) -> None:
    """H.264, five seconds long."""
    film = await pro.submit("video/mj/generate", FILM)
    await pro.ended(film)
    _, message = await pro.get(f"video/mj/fetch/{film}")
    status, kind, data = await fetched(pro, message["videoUrl"])
    said = probed(data, tmp_path / "film.mp4")
    assert (status, kind) == (200, "video/mp4")
    assert "h264" in said
    assert "Duration: 00:00:05.0" in said


async def test_formats_and_sizes(pro: ProClient) -> None:
    """Flux makes the format that was asked for; enlarging multiplies what it is given."""
    flux = await pro.submit("flux/imagine", {"prompt": "a fox", "width": 256, "height": 128, "output_format": "webp"})
    message = await pro.ended(flux)
    status, kind, data = await fetched(pro, message["uri"])
    assert (status, kind, Image.open(io.BytesIO(data)).size) == (200, "image/webp", (256, 128))
    larger = await pro.ended(await pro.submit("flux/upscale", {"image": message["uri"], "scale": 3}))
    assert (await picture(pro, larger["uri"])).size == (768, 384)


async def test_a_picture_of_ours_that_is_not_there_is_denied(pro: ProClient) -> None:
    """Taken, charged, and failed in the run; one that is there is fine."""
    flux = await pro.submit("flux/imagine", {"prompt": "a fox"})
    text, _ = BANANA["contents"]
    address = (await pro.ended(flux))["uri"]
    for url, status in ((address, "DONE"), (address.replace("/0.png", "/7.png"), "FAIL")):
        body = {**BANANA, "contents": [text, {"type": "image", "url": url}]}
        assert (await pro.ended(await pro.submit("universal/imagine", body)))["status"] == status
    assert pro.charged == [6, 6, 6]
