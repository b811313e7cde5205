"""Uploads and downloads of the pretend Feishu: limits, types, owners, ranges."""

import pytest

from tests.fakes.feishu.rest import IM, asking
from tests.fakes.feishu.samples import card, mp4, png
from tests.fakes.feishu_server import media as limits
from tests.fakes.feishu_server.sniff import resolution, sniff


@pytest.mark.parametrize(
    "data, kind",
    [
        (png(), "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"GIF89a\x01\x00\x01\x00", "gif"),
        (mp4(), "mp4"),
        (b"\x00\x00\x00\x14ftypqt  ", "mov"),
        (b"\x00\x00\x00\x14ftypheic", "heic"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"<html>", "unknown"),
        (b"", "unknown"),
    ],
)
def test_files_are_known_by_their_first_bytes(data: bytes, kind: str) -> None:
    """Not by what they are called."""
    assert sniff(data) == kind


def test_pictures_say_how_large_they_are() -> None:
    """PNG, GIF, BMP and JPEG; others are not looked into."""
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x01\x00\x02\x00\x01\x00\x00\x00"
    bmp = b"BM" + b"\x00" * 16 + (7).to_bytes(4, "little") + (5).to_bytes(4, "little")
    assert [resolution(one) for one in (png(30, 20), b"GIF89a\x03\x00\x02\x00", bmp, jpeg, mp4())] == [
        (30, 20),
        (3, 2),
        (7, 5),
        (512, 256),
        None,
    ]


async def test_a_picture_has_limits() -> None:
    """10 MB, more than nothing, a picture at all, 12,000 pixels and 2,000 for a GIF."""
    async with asking() as rest:
        fits = png() + b"\x00" * (limits.MOST_IMAGE - len(png()))
        gif = b"GIF89a\xd1\x07\x01\x00"
        told = [
            (await rest.image(data)).code
            for data in (fits, fits + b"x", b"", mp4(), png(12_001, 1), png(12_000, 1), gif)
        ]
        assert told == [0, 234006, 234010, 234011, 234039, 0, 234039]


async def test_a_file_has_limits_and_a_type() -> None:
    """30 MB, more than nothing, one of the known types, a name, a length in whole milliseconds."""
    async with asking() as rest:
        fits = mp4(limits.MOST_FILE)
        told = [
            (await rest.file(fits)).code,
            (await rest.file(fits + b"x")).code,
            (await rest.file(b"")).code,
            (await rest.file(mp4(), kind="webm")).code,
            (await rest.file(mp4(), name="")).code,
            (await rest.file(mp4(), duration="1.5")).code,
        ]
        assert told == [0, 234006, 234010, 234001, 234001, 234001]


async def test_types_of_messages_and_files_go_together() -> None:
    """mp4 as media, opus as audio, the rest as file; everything else is 230055."""
    async with asking() as rest:
        keys = {
            kind: (await rest.file(b"data", kind=kind, name="a")).data["file_key"] for kind in ("mp4", "opus", "stream")
        }
        found = {
            (kind, message): (await rest.create(message, {"file_key": key})).code
            for kind, key in keys.items()
            for message in ("media", "audio", "file")
        }
        fits = {("mp4", "media"), ("opus", "audio"), ("stream", "file")}
        assert found == {pair: 0 if pair in fits else 230055 for pair in found}
        image = (await rest.image(png())).data["image_key"]
        assert (await rest.create("image", {"image_key": keys["mp4"]})).code == 230055
        assert (await rest.create("file", {"file_key": image})).code == 230055
        assert (await rest.create("image", {"image_key": image})).code == 0


async def test_keys_of_others_are_refused() -> None:
    """Those of another application, and those from a person's message: they only read that message."""
    async with asking() as rest:
        foreign = rest.server.world.foreign_key()
        sent = await rest.server.person("ann").send_image(png())
        own = (await rest.file(mp4())).data["file_key"]
        for key in (foreign, sent.content["image_key"]):
            assert (await rest.create("image", {"image_key": key})).code == 230017
            assert (await rest.create("media", {"file_key": own, "image_key": key})).code == 230017


async def test_what_a_person_has_sent_is_downloaded_whole_or_in_parts() -> None:
    """Range requests make it resumable (reference section 3)."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        sent = await ann.send_file("clip.mp4", mp4(1000))
        path = f"{IM}/messages/{sent.id}/resources/{sent.content['file_key']}"
        whole = await rest.call("GET", path, type="file")
        assert (whole.status, whole.raw) == (200, mp4(1000))
        headers = {"Authorization": f"Bearer {rest.token}", "Range": "bytes=100-199"}
        async with rest.session.get(f"{rest.server.domain}{path}?type=file", headers=headers) as part:
            assert (part.status, part.headers["Content-Range"]) == (206, "bytes 100-199/1000")
            assert await part.read() == mp4(1000)[100:200]
        async with rest.session.get(
            f"{rest.server.domain}{path}?type=file", headers={**headers, "Range": "bytes=1000-"}
        ) as beyond:
            assert beyond.status == 416


async def test_downloads_are_refused_with_reasons() -> None:
    """A wrong type, a key of another message, a card, a chat nothing leaves, a group without the bot, too large."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        sent, other = await ann.post("look", png(), where=rest.server.studio), await ann.send_image(png())
        notice = await rest.sent("interactive", card())
        (key,) = ann.view(sent).images

        async def code(message: str, held: str, kind: str = "image") -> int:
            return (await rest.call("GET", f"{IM}/messages/{message}/resources/{held}", type=kind)).code

        assert [await code(sent.id, key, "video"), await code(sent.id, key, "file")] == [234001, 234003]
        assert [await code(other.id, key), await code("om_x", key), await code(notice.id, key)] == [
            234003,
            234003,
            234043,
        ]
        assert (await rest.call("GET", f"{IM}/messages/{sent.id}/resources/{key}", type="image")).raw == png()
        rest.server.studio.restricted = True
        assert await code(sent.id, key) == 234038
        rest.server.studio.restricted, rest.server.studio.with_bot = False, False
        assert await code(sent.id, key) == 234004
        large = await ann.send_file("large.bin", b"\x00" * (limits.MOST_DOWNLOAD + 1))
        assert await code(large.id, large.content["file_key"], "file") == 234037


async def test_the_bots_own_uploads_can_be_read_back() -> None:
    """By their key alone."""
    async with asking() as rest:
        key = (await rest.image(png())).data["image_key"]
        assert (await rest.call("GET", f"{IM}/images/{key}")).raw == png()
        assert (await rest.call("GET", f"{IM}/images/img_x")).code == 234001
