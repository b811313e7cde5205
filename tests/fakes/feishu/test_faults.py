"""What can be made to go wrong with a request of the pretend Feishu, and that nothing else does."""

import asyncio

import aiohttp
import pytest

from tests.fakes.feishu.rest import IM, asking, frozen
from tests.fakes.feishu.samples import card
from tests.fakes.feishu_server.calls import Call

BOT = "/open-apis/bot/v3/info"
TEXT = {"text": "hello"}


async def test_a_code_happens_once_or_as_often_as_ordered() -> None:
    """With the usual status of that code, and nothing is done."""
    async with asking() as rest:
        rest.server.faults.code("messages.create", 230020, times=2)
        replies = [await rest.create("text", TEXT) for _ in range(3)]
        assert [(reply.status, reply.code) for reply in replies] == [(400, 230020), (400, 230020), (200, 0)]
        assert len(rest.server.board.all) == 1


async def test_a_fault_may_look_at_the_request() -> None:
    """Only cards; only the second message to somebody."""

    def cards(call: Call) -> bool:
        return bool(call.payload["msg_type"] == "interactive")

    async with asking() as rest:
        rest.server.faults.code("messages.*", 230099, "ErrCode: 11310; ", where=cards)
        assert (await rest.create("text", TEXT)).code == 0
        assert (await rest.create("interactive", card())).code == 230099
        assert (await rest.create("interactive", card())).code == 0


async def test_proxies_answer_with_pages_and_with_nothing() -> None:
    """An HTML 502 and an empty 200 are no JSON (reference section 8)."""
    async with asking() as rest:
        rest.server.faults.html("bot.info", 502)
        rest.server.faults.empty("bot.info")
        page, nothing = await rest.call("GET", BOT), await rest.call("GET", BOT)
        assert (page.status, page.body, page.raw) == (502, None, b"<html><h1>502</h1></html>")
        assert (nothing.status, nothing.raw) == (200, b"")


async def test_a_rate_limit_says_how_long() -> None:
    """429, or 400 as on older APIs."""
    async with asking() as rest:
        rest.server.faults.rate_limit("messages.patch", 7)
        rest.server.faults.rate_limit("messages.patch", 7, status=400)
        notice = await rest.sent("interactive", card())
        for status in (429, 400):
            reply = await rest.patch(notice, card())
            assert (reply.status, reply.code) == (status, 99991400)
            assert reply.headers["x-ogw-ratelimit-reset"] == "7"


@pytest.mark.parametrize("reset", [False, True])
async def test_a_lost_answer_after_the_work_is_repeated_with_the_same_uuid(*, reset: bool) -> None:
    """One message in the chat, whatever the connection did (reference section 0)."""
    async with asking() as rest:
        rest.server.faults.drop("messages.create", after=True, reset=reset)
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await rest.create("text", TEXT, uuid="once")
        again = await rest.create("text", TEXT, uuid="once")
        assert list(rest.server.board.all) == [again.data["message_id"]]
        assert [call.status for call in rest.server.calls.to("messages.create")] == [0, 200]


async def test_a_dropped_connection_before_the_work_leaves_nothing() -> None:
    """The request is noted, the message is not written."""
    async with asking() as rest:
        rest.server.faults.drop("messages.create")
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await rest.create("text", TEXT)
        assert rest.server.board.all == {}


async def test_a_token_dies_in_flight() -> None:
    """The next one is another, and everything is as before."""
    async with asking() as rest:
        first = rest.token
        rest.server.faults.revoke_token("messages.create")
        assert (await rest.create("text", TEXT)).code == 99991663
        await rest.login()
        assert rest.token != first
        assert (await rest.create("text", TEXT)).code == 0


async def test_slow_answers_pass_on_the_fakes_clock() -> None:
    """Nothing sleeps really."""
    clock = frozen()
    async with asking(clock) as rest:
        rest.server.faults.delay("bot.info", 30)
        asked = asyncio.create_task(rest.call("GET", BOT))
        await rest.server.calls.came("bot.info")
        clock.advance(29)
        await asyncio.sleep(0)
        assert not asked.done()
        clock.advance(2)
        assert (await asked).code == 0
        with pytest.raises(ValueError, match="real delays"):
            rest.server.faults.delay("bot.info", real=2)
        rest.server.faults.delay("bot.info", real=0.01)
        assert (await rest.call("GET", BOT)).code == 0


@pytest.mark.parametrize("after", [False, True])
async def test_requests_are_held_before_or_after_the_work(*, after: bool) -> None:
    """For clicks that race with patches."""
    async with asking() as rest:
        with rest.server.faults.hold("messages.create", after=after) as hold:
            asked = asyncio.create_task(rest.create("text", TEXT))
            await hold.reached()
            assert (len(rest.server.board.all) == 1) is after
        assert (await asked).code == 0


async def test_handshakes_and_endpoints_meet_faults_too() -> None:
    """They are requests like others, with names."""
    async with asking() as rest:
        app = rest.server.app
        form = {"AppID": app.app_id, "AppSecret": app.secret}
        rest.server.faults.html("ws.endpoint", 503)
        assert (await rest.call("POST", "/callback/ws/endpoint", form, bearer="")).status == 503
        url = (await rest.call("POST", "/callback/ws/endpoint", form, bearer="")).body["data"]["URL"]
        rest.server.faults.html("ws.handshake", 502)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await rest.session.ws_connect(url)
        assert refused.value.status == 502
        # The client repeats a request by itself when a connection that was open is gone.
        rest.server.faults.drop("ws.handshake", times=2)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await rest.session.ws_connect(url)


async def test_what_was_ordered_is_forgotten() -> None:
    """And a hold lets go."""
    async with asking() as rest:
        rest.server.faults.code("*", 2200, times=None)
        assert (await rest.call("GET", f"{IM}/chats")).status == 500
        rest.server.faults.clear()
        assert (await rest.call("GET", f"{IM}/chats")).code == 0
