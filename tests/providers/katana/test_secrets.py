"""Key and secret: read from one setting in either form, shown to the provider alone and to nobody else."""

import io
import json
import logging
from pathlib import Path

import pytest

from providers.contract import Order, Secret
from providers.errors import FailureCode, ProviderError
from providers.katana.credentials import Pair
from providers.katana.provider import create
from providers.models import Task
from providers.sandbox.clock import HandClock
from tests.providers.katana.shop import listed
from tests.providers.katana.stage import START, KatanaStage, at, settings_for
from tests.providers.raw_server import Talk, serving

KEY, SECRET = "kat_live_alpha", "s3cret:with:colons"


def settings(key: str = f"{KEY}:{SECRET}", base_url: str = "https://kat.example") -> object:
    """Return an adapter with that key."""
    return create(at(settings_for("", HandClock(START), key), base_url))


@pytest.mark.parametrize(
    "written",
    [
        f"{KEY}:{SECRET}",
        f"  {KEY}:{SECRET}\n",
        f"KATANA_API_KEY={KEY}\nKATANA_API_SECRET={SECRET}",
        f"# from the page\r\nexport KATANA_API_SECRET=\"{SECRET}\"\r\n\r\nexport KATANA_API_KEY='{KEY}'\r\n",
    ],
)
def test_a_pair_is_read_in_either_form(written: str) -> None:
    """``key:secret`` is split at the first colon; the other form is the file of the provider's own client."""
    pair = Pair.read(Secret(written))
    assert (pair.key.reveal(), pair.secret.reveal()) == (KEY, SECRET)
    assert pair.headers() == {"X-API-Key": KEY, "X-API-Secret": SECRET}
    assert pair.bearer() == {"Authorization": f"Bearer {KEY}:{SECRET}"}


@pytest.mark.parametrize(
    "written",
    [
        "",
        KEY,
        f"{KEY}:",
        f":{SECRET}",
        f"KATANA_API_KEY={KEY}",
        f"{KEY}\n{SECRET}",
        f"{KEY} {SECRET}",
        f"{KEY}:two words",
        "kéy:sécret",
    ],
)
def test_half_a_pair_is_refused_without_being_shown(written: str) -> None:
    """The operator reads how it is written, and never what was found."""
    with pytest.raises(ValueError, match="key:secret") as caught:
        settings(written)
    assert KEY not in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_nothing_is_sent_in_the_clear() -> None:
    """An http address becomes https, but for this very machine, and so does none of another scheme."""
    for written, used in (
        ("http://kat.example", "https://kat.example"),
        ("HTTP://kat.example/x/", "https://kat.example/x"),
        ("https://kat.example", "https://kat.example"),
        ("http://127.0.0.1:8766/katana", "http://127.0.0.1:8766/katana"),
        ("", "https://kat.imgnai.com"),
    ):
        adapter = create(at(settings_for("", HandClock(START)), written))
        assert {t._base for t in (adapter._open, adapter._media, adapter._text)} == {used}
        await adapter.close()
    with pytest.raises(ValueError, match="https"):
        settings(base_url="ftp://kat.example")


async def test_the_pair_is_shown_only_where_it_is_asked_for() -> None:
    """The model list and the page are read without it; media calls show two fields, text and account calls one."""

    async def script(talk: Talk) -> None:
        talk.answer("200 OK", json.dumps(listed()).encode(), "Content-Type: application/json")

    async with serving(script) as server:
        adapter = create(at(settings_for("", HandClock(START), f"{KEY}:{SECRET}"), server.url))
        await adapter.models(Task.TEXT_TO_IMAGE)
        await adapter.survey()
        picture, question = (
            Order(Task.TEXT_TO_IMAGE, "gen", "a cat", {}),
            Order(Task.TEXT_TO_TEXT, "grok-4-3", "why", {}),
        )
        with pytest.raises(ProviderError):  # a list of models is no answer to an order
            await adapter.submit(picture, await adapter.quote(picture), "attempt-1")
        await adapter.submit(question, await adapter.quote(question), "attempt-2")
        await adapter.close()
    shown = {}
    for request in server.requests:
        line, _, rest = request.decode().partition("\r\n")
        headers = rest.partition("\r\n\r\n")[0].lower().split("\r\n")
        shown[line] = {header.partition(":")[0] for header in headers} & {"authorization", "x-api-key", "x-api-secret"}
        assert KEY not in line
    assert shown == {
        "GET /v1/models HTTP/1.1": set(),
        "GET /llms.txt HTTP/1.1": set(),
        "POST /v1/generation-requests?wait=false HTTP/1.1": {"x-api-key", "x-api-secret"},
        "POST /v1/chat/completions HTTP/1.1": {"authorization"},
    }


async def test_neither_part_is_ever_heard(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in a log at any level, on the terminal, in an error or a description, whatever a server echoes."""
    caplog.set_level(logging.DEBUG)
    heard = io.StringIO()

    async def script(talk: Talk) -> None:
        if talk.request.startswith(b"GET /v1/models"):
            talk.answer("200 OK", json.dumps(listed()).encode())
        elif b"chat" in talk.request.partition(b"\r\n")[0]:
            echo = {"error": {"code": "x", "message": f"bad pair {KEY}:{SECRET}"}}
            talk.answer("200 OK", f"data: {json.dumps(echo)}\n\n".encode(), "Content-Type: text/event-stream")
        else:
            talk.answer("401 No", json.dumps({"detail": f"{KEY} with {SECRET}: Bearer {KEY}:{SECRET}"}).encode())

    async with serving(script) as server:
        adapter = create(at(settings_for("", HandClock(START), f"{KEY}:{SECRET}"), server.url))
        order = Order(Task.TEXT_TO_IMAGE, "gen", "a cat", {})
        for call in (adapter.submit(order, await adapter.quote(order), "a"), adapter.balance(), adapter.check("r-1")):
            with pytest.raises(ProviderError) as caught:
                await call
            assert caught.value.code is FailureCode.KEY_INVALID
            heard.write(f"{caught.value} {caught.value.detail} {caught.value.data} {caught.value!r}")
        question = Order(Task.TEXT_TO_TEXT, "grok-4-3", "why", {})
        taken = await adapter.submit(question, await adapter.quote(question), "b")
        await adapter.close()
        heard.write(f"{taken} {await adapter.check(taken.ref)} {adapter!r} {vars(adapter)} {Pair.read(Secret('a:b'))}")
    printed = capsys.readouterr()
    said = heard.getvalue() + caplog.text + printed.out + printed.err
    assert "***" in said
    assert KEY not in said
    assert SECRET not in said


async def test_nothing_on_disk_holds_it(katana: KatanaStage, tmp_path: Path) -> None:
    """Not in the terms that are stored with an order, nor in the provider's name for it."""
    order = await katana.order(Task.TEXT_TO_IMAGE, "gen")
    quote = await katana.provider.quote(order)
    taken = await katana.place(order)
    for part in katana.settings.key.reveal().split(":", 1):
        assert part not in f"{quote} {taken} {await katana.end(taken.ref)}"
