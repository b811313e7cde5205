"""Long connections of the pretend Feishu: discovery, handshakes, frames, acknowledgements and the ladder."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.feishu.receiver import Receiver, accept, receiving
from tests.fakes.feishu.rest import asking, frozen
from tests.fakes.feishu_server import Framing
from tests.fakes.feishu_server.deliveries import LADDER
from tests.fakes.feishu_server.frames import DATA, Frame, encode
from tests.fakes.feishu_server.lines import MOST_LINES, OVER_LIMIT


async def test_the_endpoint_names_an_address_with_its_numbers_and_the_clients_patience() -> None:
    """device_id and service_id in the query, the configuration beside it (reference section 1.1)."""
    async with asking() as rest:
        body = await Receiver(rest).endpoint()
        url, config = body["data"]["URL"], body["data"]["ClientConfig"]
        assert (body["code"], "device_id=" in url, "service_id=33554678" in url) == (0, True, True)
        assert config == {"ReconnectCount": -1, "ReconnectInterval": 120, "ReconnectNonce": 30, "PingInterval": 120}


@pytest.mark.parametrize(
    "app_id, secret, code", [("", "", 1000040344), ("cli_other", "x", 10015), (None, "wrong", 10014), (None, None, 0)]
)
async def test_wrong_credentials_have_codes(app_id: str | None, secret: str | None, code: int) -> None:
    """None, another application's, a wrong secret."""
    async with asking() as rest:
        app = rest.server.app
        form = {
            "AppID": app.app_id if app_id is None else app_id,
            "AppSecret": app.secret if secret is None else secret,
        }
        reply = await rest.call("POST", "/callback/ws/endpoint", form, bearer="")
        assert (reply.status, reply.code) == (200, code)


async def test_any_code_can_be_ordered_for_the_endpoint_and_ends() -> None:
    """For the retry classes of reference section 1.1."""
    async with asking() as rest:
        rest.server.lines.refuse(1000040345, times=2)
        rest.server.lines.refuse(1000040351)
        codes = [(await Receiver(rest).endpoint())["code"] for _ in range(4)]
        assert codes == [1000040345, 1000040345, 1000040351, 0]


async def test_an_address_is_good_once_and_for_a_minute() -> None:
    """Whoever comes again or late is turned down by headers."""
    async with asking(frozen()) as rest:
        receiver = Receiver(rest)
        url = (await receiver.endpoint())["data"]["URL"]
        late = (await receiver.endpoint())["data"]["URL"]
        await receiver.open(url)
        for address, wait in ((url, 0), (late, 61)):
            rest.server.clock.advance(wait)
            with pytest.raises(aiohttp.WSServerHandshakeError) as turned:
                await rest.session.ws_connect(address)
            assert turned.value.headers is not None
            assert turned.value.headers["handshake-status"] == "514"
        await receiver.close()


async def test_handshakes_are_turned_down_by_headers() -> None:
    """403, and 514 with the code of the connection limit."""
    async with asking() as rest:
        rest.server.lines.turn_down(403, "forbidden")
        rest.server.lines.turn_down(514, "limit", code=OVER_LIMIT)
        told = []
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as turned:
                await Receiver(rest).open()
            assert turned.value.headers is not None
            told.append((turned.value.headers["handshake-status"], turned.value.headers.get("handshake-autherrcode")))
        assert told == [("403", None), ("514", "1000040350")]


async def test_the_fifty_first_connection_is_refused() -> None:
    """50 of an application; when one is gone, there is room again."""
    async with asking() as rest:
        receivers = [Receiver(rest) for _ in range(MOST_LINES)]
        for receiver in receivers:
            await receiver.open()
        late = Receiver(rest)
        assert (await late.endpoint())["code"] == OVER_LIMIT
        await receivers[0].close()
        await rest.server.news.until(lambda: len(rest.server.lines.open) < MOST_LINES, lambda: "nobody left")
        await late.open()
        for receiver in (*receivers[1:], late):
            await receiver.close()


async def test_every_event_goes_to_one_connection_and_not_always_the_same() -> None:
    """There is no broadcast (reference section 1.3)."""
    async with receiving() as (rest, one):
        other = Receiver(rest)
        await other.open()
        await rest.server.lines.connected(2)
        ann = rest.server.person("ann")
        for index in range(20):
            await rest.server.deliveries.settled(rest.server.delivery(await ann.say(f"{index}")))
        assert len(one.events) + len(other.events) == 20
        assert min(len(one.events), len(other.events)) > 3
        await other.close()


async def test_an_event_nobody_takes_climbs_the_ladder_and_is_given_up() -> None:
    """15 s, 5 min, 1 h and 6 h after the attempt before; five in all."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        receiver.script = lambda _: {"code": 500}
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        began = clock.time()
        for times, wait in enumerate(LADDER, 1):
            assert (await rest.server.deliveries.tried(delivery, times)).code == 500
            clock.advance(wait)
        await rest.server.deliveries.settled(delivery)
        assert [round(one.at - began) for one in delivery.attempts] == [0, 15, 315, 3915, 25515]
        assert (delivery.state, len(receiver.events)) == ("given up", 5)
        assert len({event["header"]["event_id"] for event in receiver.events}) == 1


async def test_three_seconds_without_an_acknowledgement_are_a_failure_and_a_late_one_is_ignored() -> None:
    """Measured on the fake's clock."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        receiver.script = lambda _: None
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        await rest.server.news.until(lambda: bool(receiver.events), lambda: "no event")
        clock.advance(2.9)
        await asyncio.sleep(0)
        assert delivery.attempts[0].took is None
        clock.advance(0.2)
        first = await rest.server.deliveries.tried(delivery)
        assert (first.code, first.problem) == (0, "no acknowledgement in time")
        receiver.script = accept
        clock.advance(15)
        await rest.server.deliveries.settled(delivery)
        assert (delivery.state, len(delivery.attempts)) == ("accepted", 2)


async def test_with_nobody_connected_events_wait_on_the_ladder() -> None:
    """After an outage they come late, with the time they were written at."""
    clock = frozen()
    async with asking(clock) as rest:
        sent = await rest.server.person("ann").say("before the outage")
        delivery = rest.server.delivery(sent)
        assert (await rest.server.deliveries.tried(delivery)).problem == "nobody is connected"
        clock.advance(15)
        await rest.server.deliveries.tried(delivery, 2)
        receiver = Receiver(rest)
        await receiver.open()
        clock.advance(300)
        await rest.server.deliveries.settled(delivery)
        created = int(receiver.events[0]["event"]["message"]["create_time"])
        assert round(clock.time() - created / 1000) == 315
        await receiver.close()


async def test_an_accepted_event_may_come_again() -> None:
    """At least once, not exactly once."""
    async with receiving() as (rest, receiver):
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        await rest.server.deliveries.settled(delivery)
        for _ in range(4):
            rest.server.deliveries.again(delivery)
        await rest.server.deliveries.tried(delivery, 5)
        assert len(receiver.events) == 5


async def test_parts_come_in_the_ordered_order() -> None:
    """They share an id and carry their number; the acknowledgement echoes the last."""
    async with receiving() as (rest, receiver):
        rest.server.lines.manners.framing = Framing(parts=4, order=(3, 1, 0, 2))
        sent = await rest.server.person("ann").say("一段很长的话" * 50)
        delivery = await rest.server.deliveries.settled(rest.server.delivery(sent))
        assert (delivery.accepted, rest.server.lines.violations) == (True, [])
        assert json.loads(receiver.events[0]["event"]["message"]["content"])["text"] == "一段很长的话" * 50


def strip_headers(frame: Frame) -> Frame:
    """Leave the headers away."""
    frame.headers = [("message_id", frame.header("message_id") or "")]
    return frame


def other_service(frame: Frame) -> Frame:
    """Answer for somebody else."""
    frame.service += 1
    return frame


def no_code(frame: Frame) -> Frame:
    """Answer without a code."""
    frame.payload = b"{}"
    return frame


def no_json(frame: Frame) -> Frame:
    """Answer with something else."""
    frame.payload = b"ok"
    return frame


def no_method(frame: Frame) -> Frame:
    """Answer with a method that nobody knows."""
    frame.method = 7
    return frame


@pytest.mark.parametrize("bend", [strip_headers, other_service, no_code, no_json, no_method])
async def test_an_acknowledgement_that_is_none_is_noticed(bend: Any) -> None:
    """All headers are echoed, and the payload has a code."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        receiver.bend = bend
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        await rest.server.news.until(lambda: bool(rest.server.lines.violations), lambda: "nothing was noticed")
        clock.advance(3)
        assert (await rest.server.deliveries.tried(delivery)).code == 0


async def test_what_is_no_frame_ends_the_connection() -> None:
    """And is kept for the verdict."""
    async with receiving() as (rest, receiver):
        await receiver.send(b"\x40\x05")
        await rest.server.lines.gone()
        assert "malformed frame" in rest.server.lines.violations[0]


async def test_a_text_is_no_frame_and_a_ping_of_the_socket_is_answered() -> None:
    """Only binary messages, one frame in each; the WebSocket's own pings are a matter of the connection."""
    async with receiving() as (rest, receiver):
        raw = await rest.session.ws_connect((await receiver.endpoint())["data"]["URL"], autoping=False)
        await raw.ping(b"alive")
        assert (await raw.receive()).data == b"alive"
        await raw.send_str("hello")
        assert (await raw.receive()).type is aiohttp.WSMsgType.CLOSE
        assert rest.server.lines.violations == ["a message of type TEXT"]
        await raw.close()


async def test_pings_are_answered_perhaps_with_a_new_configuration() -> None:
    """A pong may bring only a part of it, and may be switched off while the socket is fine."""
    async with receiving() as (rest, receiver):
        manners = rest.server.lines.manners
        await receiver.ping()
        await rest.server.news.until(lambda: bool(receiver.pongs), lambda: "no pong")
        manners.pong_config = {"PingInterval": 5}
        await receiver.ping()
        await rest.server.news.until(lambda: len(receiver.pongs) == 2, lambda: "no pong")
        assert receiver.pongs == [b"", b'{"PingInterval": 5}']
        manners.pongs = False
        await receiver.ping()
        await rest.server.lines.pinged(3)
        assert receiver.socket is not None
        assert (len(receiver.pongs), receiver.socket.closed) == (2, False)
        await receiver.ping(service=1)
        await rest.server.news.until(
            lambda: bool(rest.server.lines.violations), lambda: "a foreign ping went unnoticed"
        )


async def test_a_half_open_connection_says_nothing_any_more() -> None:
    """No pong of either kind, no event, no good-bye; and no FIN."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        rest.server.lines.go_silent()
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        assert receiver.socket is not None
        await receiver.socket.ping()
        await receiver.ping()
        # What was sent before a fresh connection's handshake has been read by the end of it.
        other = Receiver(rest)
        await other.open()
        clock.advance(3)
        assert (await rest.server.deliveries.tried(delivery)).problem == "no acknowledgement in time"
        silent = rest.server.lines.open[0]
        assert (receiver.events, receiver.pongs, receiver.socket.closed, silent.pings) == ([], [], False, 0)
        await other.close()
        rest.server.lines.drop()


async def test_a_dropped_and_a_closed_connection_end_differently() -> None:
    """Cut without a word, or with a code; a push that waits fails at once."""
    async with receiving() as (rest, receiver):
        receiver.script = lambda _: None
        delivery = rest.server.delivery(await rest.server.person("ann").say("x"))
        await rest.server.news.until(lambda: bool(receiver.events), lambda: "no event")
        rest.server.lines.drop()
        assert (await rest.server.deliveries.tried(delivery)).problem == "the connection was lost"
        await rest.server.lines.gone()
        again = Receiver(rest)
        await again.open()
        await rest.server.lines.reopened(2)
        rest.server.lines.close(1001)
        await rest.server.lines.gone()
        assert again.socket is not None
        assert (receiver.socket and receiver.socket.close_code, again.socket.close_code) == (1006, 1001)


async def test_card_frames_and_unknown_types_can_be_pushed() -> None:
    """A receiver must acknowledge both."""
    async with receiving() as (rest, receiver):
        rest.server.lines.manners.framing = Framing(type="card")
        event = rest.server.events.wrap("im.chat.something_new_v9", {"a": 1})
        delivery = await rest.server.deliveries.settled(rest.server.deliveries.send(event))
        assert (delivery.accepted, receiver.events[0]["event"]) == (True, {"a": 1})


async def test_bytes_can_be_sent_that_are_no_event() -> None:
    """For a client that must survive them."""
    async with receiving() as (rest, receiver):
        rest.server.lines.send_raw(
            encode(Frame(DATA, headers=[("message_id", "m"), ("sum", "1"), ("seq", "0")], payload=b"{}"))
        )
        await rest.server.news.until(lambda: bool(receiver.events), lambda: "nothing came")
        assert receiver.events == [{}]
