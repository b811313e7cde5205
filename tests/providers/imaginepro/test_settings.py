"""What an operator sets: the key, the addresses, prices; what is wrong is said at once, and no secret ever."""

import io
import json
import logging
from dataclasses import replace

import pytest

from providers.contract import Order, ProviderSettings, Secret
from providers.errors import FailureCode, ProviderError
from providers.imaginepro.provider import create
from providers.models import Task
from providers.sandbox.clock import HandClock
from tests.providers.imaginepro.stage import HOOK, START, ProStage, settings_for
from tests.providers.raw_server import Talk, serving

KEY = "ip_live_s3cret"


def settings(key: str = KEY, base_url: str = "") -> ProviderSettings:
    """Return settings with that key."""
    return settings_for(base_url, HandClock(START), key)


@pytest.mark.parametrize("key", ["", "  \n", "two words", "schlüssel"])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    """Where it is to be had is said instead."""
    with pytest.raises(ValueError, match="dashboard/setup") as caught:
        create(settings(key))
    assert not key.strip() or key not in str(caught.value)


def test_the_addresses_are_a_setting_with_two_values() -> None:
    """Another one is refused, and both are named."""
    create(replace(settings(), extra={"paths": "nova"}))
    with pytest.raises(ValueError, match="midjourney or nova"):
        create(replace(settings(), extra={"paths": "v2"}))
    with pytest.raises(ValueError, match="https"):
        create(settings(base_url="http://api.example/v1"))


async def test_each_family_has_its_addresses() -> None:
    """The seed's without a word, the newer one where it is set."""
    wanted = {
        "": ["/midjourney/imagine", "/midjourney/message/m-1", "/midjourney/images"],
        "nova": ["/nova/imagine", "/message/fetch/m-1", "/nova/images"],
    }

    async def script(talk: Talk) -> None:
        body = {"messageId": "m-1", "status": "PROCESSING", "images": []}
        talk.answer("200 OK", json.dumps(body).encode())

    for word, paths in wanted.items():
        async with serving(script) as server:
            adapter = create(replace(settings(base_url=server.url), extra={"paths": word}))
            order = Order(Task.TEXT_TO_IMAGE, "midjourney", "a cat", {})
            taken = await adapter.submit(order, await adapter.quote(order), "attempt-1")
            await adapter.check(taken.ref)
            await adapter.find("attempt-2", order, START)
            await adapter.close()
        assert [request.split(b" ")[1].decode().partition("?")[0] for request in server.requests] == paths


async def test_a_read_names_no_type_of_a_body() -> None:
    """Some doors in between refuse it; a write does name it, and the key goes along with both in a header."""

    async def script(talk: Talk) -> None:
        talk.answer("200 OK", json.dumps({"credits": 5, "creditsExtra": None, "prompt": "a big cat"}).encode())

    async with serving(script) as server:
        adapter = create(settings(base_url=server.url))
        assert (await adapter.balance()).amount == 5
        assert await adapter.enhance("a cat") == "a big cat"
        await adapter.close()
    read, write = (request.lower() for request in server.requests)
    assert b"content-type" not in read
    assert b"content-type: application/json" in write
    assert all(f"authorization: bearer {KEY}".encode() in request for request in (read, write))


def test_what_it_can_do_is_said(pro: ProStage) -> None:
    """It finds, tells its balance, enriches prompts and gives hints; pictures need a link, nothing can be stopped."""
    able = pro.provider.capabilities
    assert (able.can_find, able.tells_balance, able.enhances, able.takes_hints, able.needs_links) == (True,) * 5
    assert (able.can_cancel, able.tells_history, able.must_ask) == (False,) * 3
    assert (pro.provider.name, pro.provider.title) == ("imaginepro", "ImaginePro")


async def test_one_model_of_each_kind_is_recommended(pro: ProStage) -> None:
    """Midjourney for words, Nano Banana for pictures; the names people type lead to them."""
    recommended = {
        task: next(m.id for m in await pro.provider.models(task) if m.recommended)
        for task in pro.provider.capabilities.tasks
    }
    assert recommended == {
        Task.TEXT_TO_IMAGE: "midjourney",
        Task.IMAGE_TO_IMAGE: "nano-banana-2",
        Task.FIRST_LAST_FRAME_TO_VIDEO: "mj-video",
        Task.UPSCALE_IMAGE: "flux-upscale",
        Task.REMOVE_BACKGROUND: "remove-bg",
        Task.IMAGE_TO_TEXT: "describe",
        Task.REWORK_IMAGE: "midjourney",
    }


async def test_no_secret_is_ever_heard(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither the key nor the address for hints, whatever a server echoes: not logged, printed, told or stored."""
    caplog.set_level(logging.DEBUG)
    heard = io.StringIO()

    async def script(talk: Talk) -> None:
        echo = f"bad key {KEY} (Bearer {KEY}) for {HOOK}attempt-1"
        talk.answer("401 No", json.dumps({"message": echo, "error": echo}).encode())

    async with serving(script) as server:
        adapter = create(replace(settings(base_url=server.url), hook=HOOK))
        order = Order(Task.TEXT_TO_IMAGE, "midjourney", "a cat", {})
        quote = await adapter.quote(order)
        for call in (
            adapter.submit(order, quote, "attempt-1"),
            adapter.check("m-1"),
            adapter.find("attempt-1", order, START),
            adapter.balance(),
            adapter.enhance("a cat"),
        ):
            with pytest.raises(ProviderError) as caught:
                await call
            assert caught.value.code is FailureCode.KEY_INVALID
            heard.write(f"{caught.value} {caught.value.detail} {caught.value.data} {caught.value!r}")
        heard.write(f"{adapter!r} {quote}")
        await adapter.close()
    printed = capsys.readouterr()
    said = heard.getvalue() + caplog.text + printed.out + printed.err
    assert "***" in said
    assert KEY not in said
    assert HOOK not in said
    assert all(KEY.encode() not in request.split(b"\r\n")[0] for request in server.requests)


def test_a_secret_setting_shows_nothing() -> None:
    """Not in the description of the settings either."""
    assert KEY not in repr(replace(settings(), key=Secret(KEY)))
