"""A person's picture gets to the provider signed, checked, and no further than that."""

import asyncio
import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from providers.contract import Picture, Secret
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.provider import create
from providers.ima_studio.upload import check_size
from providers.intake import checked
from providers.models import Task
from providers.sandbox.faults import Style
from providers.sandbox.server import APP_KEY, KEY
from providers.transport import Transport
from tests.providers.ima_stage import START, ima_stage, png, settings_for
from tests.providers.raw_server import Talk, serving

I2V, REF = Task.IMAGE_TO_VIDEO, Task.REFERENCE_IMAGE_TO_VIDEO


async def test_a_picture_is_readable_where_it_was_put(tmp_path: Path) -> None:
    """The bytes arrive unchanged under the address that goes into the order; the order is otherwise the same."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(I2V, "wan2.6-i2v")
        ready = await ima.provider.prepare(order)
        (picture,) = ready.pictures
        cdn = Transport(ima.sandbox.base_url, {})
        reply = await cdn.get(urlsplit(picture.url).path)
        await cdn.close()
    assert (reply.status, reply.body) == (200, png())
    assert replace(ready, pictures=order.pictures) == order
    assert (picture.mime, picture.width, picture.height) == ("image/png", 640, 480)


async def test_the_token_is_asked_for_as_the_service_wants_it(tmp_path: Path) -> None:
    """Eleven fields in their order, a plain SHA-1 over four of them, a nonce of 21 (reference section 1.8)."""
    async with ima_stage(tmp_path) as ima:

        async def refuse(talk: Talk) -> None:
            talk.answer("200 OK", b'{"code":500,"message":"no"}')

        async with serving(refuse) as server:
            provider = create(replace(settings_for(server.url, ima.clock), upload_url=server.url))
            with pytest.raises(ProviderError):
                await provider.prepare(await ima.order(I2V, "wan2.6-i2v"))
            await provider.close()
    target = server.requests[0].split(b" ", 2)[1].decode()
    query = dict(parse_qsl(urlsplit(target).query))
    assert urlsplit(target).path == "/api/rest/oss/getuploadtoken"
    assert b"authorization" not in server.requests[0].lower()
    stamp = str(int(START.timestamp()))
    signed = f"webAgent|{APP_KEY}|{stamp}|{query['nonce']}"
    assert list(query.items()) == [
        ("appUid", KEY),
        ("appId", "webAgent"),
        ("appKey", APP_KEY),
        ("cmimToken", KEY),
        ("sign", hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest().upper()),
        ("timestamp", stamp),
        ("nonce", query["nonce"]),
        ("fService", "privite"),
        ("fType", "picture"),
        ("fSuffix", "png"),
        ("fContentType", "image/png"),
    ]
    assert len(query["nonce"]) == 21


async def test_an_address_is_left_as_it_is(tmp_path: Path) -> None:
    """A result of the provider's own needs no upload."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(I2V, "wan2.6-i2v")
        ours = replace(order, pictures=(Picture("image/png", url="https://cdn.example/1.png"),))
        assert await ima.provider.prepare(ours) == ours
        assert ima.sandbox.gate.requests["ima.token"] == 0


async def test_at_most_three_at_a_time_and_in_their_order(tmp_path: Path) -> None:
    """The service takes no more; the first picture stays the first."""
    now: Counter[str] = Counter()
    seen: list[int] = []
    three = asyncio.Event()

    async def slowly(talk: Talk) -> None:
        if talk.request.startswith(b"PUT"):
            talk.answer("200 OK")
            return
        now["open"] += 1
        seen.append(now["open"])
        if now["open"] == 3:
            three.set()
        await three.wait()
        for _ in range(20):
            await asyncio.sleep(0)  # a fourth one would come now
        now["open"] -= 1
        number = dict(parse_qsl(talk.request.split(b" ", 2)[1].decode()))["nonce"]
        body = f'{{"ful":"{server.url}/put","fdl":"https://cdn.example/{number}"}}'
        talk.answer("200 OK", body.encode())

    async with ima_stage(tmp_path) as ima, serving(slowly) as server:
        provider = create(replace(settings_for(server.url, ima.clock), upload_url=server.url))
        order = await ima.order(I2V, "wan2.6-i2v")
        ready = await provider.prepare(replace(order, pictures=(checked(png()),) * 8))
        await provider.close()
    assert max(seen) == 3
    addresses = [picture.url for picture in ready.pictures]
    assert len(set(addresses)) == 8


@pytest.mark.parametrize(
    "answer,code",
    [
        (b'{"code":401,"message":"unknown app"}', FailureCode.KEY_INVALID),
        (b"<html>", FailureCode.UNREADABLE),
        (b'{"code":0,"data":{"ful":"https://put.example"}}', FailureCode.UNREADABLE),
        (b'{"code":0,"data":{"ful":"https://put.example","fdl":"http://cdn.example/1"}}', FailureCode.UNREADABLE),
        (b'{"code":0,"data":{"ful":"http://put.example","fdl":"https://cdn.example/1"}}', FailureCode.UNREADABLE),
    ],
)
async def test_a_token_that_cannot_be_used(tmp_path: Path, answer: bytes, code: FailureCode) -> None:
    """Nothing was paid, so it is safe to try again."""

    async def say(talk: Talk) -> None:
        talk.answer("200 OK", answer)

    async with ima_stage(tmp_path) as ima, serving(say) as server:
        provider = create(replace(settings_for(server.url, ima.clock), upload_url=server.url))
        with pytest.raises(ProviderError) as caught:
            await provider.prepare(await ima.order(I2V, "wan2.6-i2v"))
        await provider.close()
    assert (caught.value.code, caught.value.sent) == (code, Sent.NO)


async def test_storage_that_refuses_the_picture(tmp_path: Path) -> None:
    """The person hears that it was the picture."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.faults.add("403", "cdn.*", style=Style.HTTP)
        with pytest.raises(ProviderError) as caught:
            await ima.provider.prepare(await ima.order(I2V, "wan2.6-i2v"))
    assert (caught.value.code, caught.value.sent) == (FailureCode.PICTURE_REFUSED, Sent.NO)


async def test_without_the_app_key_setting_the_operator_is_told(tmp_path: Path) -> None:
    """Only orders with pictures need it; nothing is asked of the service without it."""
    async with ima_stage(tmp_path) as ima:
        provider = create(replace(ima.settings, app_key=Secret()))
        order = await ima.order(I2V, "wan2.6-i2v")
        with pytest.raises(ProviderError) as caught:
            await provider.prepare(order)
        await provider.close()
        assert ima.sandbox.gate.requests["ima.token"] == 0
    assert caught.value.code is FailureCode.KEY_INVALID
    assert "app key" in caught.value.detail


async def test_seedance_pictures_are_approved_first(tmp_path: Path) -> None:
    """Every one of them, and only for models that want it."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(REF, "ima-pro-fast")
        ready = await ima.provider.prepare(replace(order, pictures=(checked(png()), checked(png(800, 800)))))
        assert ima.sandbox.gate.requests["ima.verify"] == 2
        await ima.provider.prepare(await ima.order(REF, "kling-video-o1"))
        assert ima.sandbox.gate.requests["ima.verify"] == 2
        quote = await ima.provider.quote(ready)
        await ima.provider.submit(ready, quote, "attempt-1")
        assert len(ima.charges) == 1


@pytest.mark.parametrize("status", ["processing", "failed", ""])
async def test_a_picture_that_is_not_approved_is_refused(tmp_path: Path, status: str) -> None:
    """Also one that is still being looked at: the provider refuses it as well."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.faults.add("asset", "ima.verify", text=status)
        with pytest.raises(ProviderError) as caught:
            await ima.provider.prepare(await ima.order(REF, "ima-pro-fast"))
    assert (caught.value.code, caught.value.sent) == (FailureCode.PICTURE_REFUSED, Sent.NO)


@pytest.mark.parametrize(
    "width,height,fine",
    [(300, 300, True), (6000, 2400, True), (299, 400, False), (6001, 6000, False), (1000, 399, False), (0, 0, True)],
)
def test_sizes_that_are_always_refused_are_not_even_asked(width: int, height: int, *, fine: bool) -> None:
    """300 to 6000 pixels a side, 2:5 to 5:2 (reference section 1.7); an unknown size is the provider's to judge."""
    picture = Picture("image/png", url="https://cdn.example/1.png", width=width, height=height)
    if fine:
        check_size(picture)
        return
    with pytest.raises(ProviderError) as caught:
        check_size(picture)
    assert caught.value.code is FailureCode.PICTURE_REFUSED
