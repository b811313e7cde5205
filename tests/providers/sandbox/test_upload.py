"""Upload tokens and the one PUT they allow (reference section 1.8, check 7)."""

import pytest

from providers.sandbox.server import KEY
from tests.providers.sandbox.ima_client import ImaClient


async def test_an_upload_is_served_and_can_be_used(ima: ImaClient) -> None:
    """A token, one PUT, and the picture is there for everybody and good as an input."""
    address = await ima.uploaded(b"a picture")
    async with ima.session.get(address) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", b"a picture")
    assert (await ima.begin("image_to_video", "wan2.6-i2v", images=[address])).startswith("task_")


@pytest.mark.parametrize(
    "changes",
    [
        {"sign": "0" * 40},
        {"sign": "ä"},
        {"appKey": "another"},
        {"appId": "web"},
        {"appUid": "ima_wrong"},
        {"cmimToken": "ima_wrong"},
        {"timestamp": "1"},
        {"timestamp": "soon"},
        {"nonce": "short"},
        {"fService": "private"},
        {"fType": "document"},
        {"fSuffix": "../png"},
        {"fContentType": ""},
    ],
)
async def test_a_wrong_token_request_is_refused(ima: ImaClient, changes: dict[str, str]) -> None:
    """A bad signature, a stale time, an unknown app or key: no token."""
    assert (await ima.token(ima.token_query(**changes)))["code"] in {400, 401}


async def test_a_lower_case_signature_is_refused(ima: ImaClient) -> None:
    """The signature is upper case."""
    query = ima.token_query()
    assert (await ima.token({**query, "sign": query["sign"].lower()}))["code"] == 401


@pytest.mark.parametrize("seconds", [-301, 301])
async def test_a_time_five_minutes_off_is_stale(ima: ImaClient, seconds: int) -> None:
    """The timestamp is held against the sandbox's clock, in both directions."""
    stamp = int(ima.clock.now().timestamp()) + seconds
    assert (await ima.token(ima.token_query(timestamp=str(stamp))))["message"] == "timestamp expired"


async def test_a_nonce_works_once(ima: ImaClient) -> None:
    """A token request that is repeated word for word is refused."""
    query = ima.token_query()
    assert (await ima.token(query))["code"] in {0, 200}
    assert (await ima.token(query))["message"] == "nonce already used"


async def test_the_address_takes_one_put_of_the_signed_type(ima: ImaClient) -> None:
    """Another type is refused, the right one is taken once, and the first picture stays."""
    room = (await ima.token(ima.token_query()))["data"]
    assert await ima.put(room["ful"], b"x", "image/jpeg") == 403
    assert await ima.put(room["ful"], b"first") == 200
    assert await ima.put(room["ful"], b"second") == 403
    async with ima.session.get(room["fdl"]) as answer:
        assert await answer.read() == b"first"


async def test_an_unsigned_or_late_put_is_refused(ima: ImaClient) -> None:
    """The address works with its signature only, and for seven days."""
    room = (await ima.token(ima.token_query()))["data"]
    assert await ima.put(room["ful"] + "0", b"x") == 403
    ima.clock.advance(room["ful_expire"] - ima.clock.now().timestamp() + 1)
    assert await ima.put(room["ful"], b"x") == 403
    async with ima.session.get(room["fdl"]) as answer:
        assert answer.status == 404


async def test_an_upload_that_never_came_is_no_asset(ima: ImaClient) -> None:
    """An address on our own CDN is only approved when there is something behind it."""
    room = (await ima.token(ima.token_query()))["data"]
    assert (await ima.verify(room["fdl"]))["status"] == "failed"
    await ima.put(room["ful"], b"x")
    assert (await ima.verify(room["fdl"]))["status"] == "Active"


async def test_the_key_is_in_no_address_that_is_given_out(ima: ImaClient) -> None:
    """Presigned addresses can be passed on: they do not name the key."""
    room = (await ima.token(ima.token_query()))["data"]
    assert KEY not in f"{room['ful']}{room['fdl']}"
