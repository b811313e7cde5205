"""What makes the platform's own client deaf, and does not make us so (reference section 1.4), over real sockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

import pytest

from bot.clock import WallClock
from bot.errors import RefusalCode, StoreTrouble
from bot.platforms.feishu.client import Application, Client
from bot.platforms.feishu.connection import Connection
from bot.platforms.feishu.receiver import Pulse
from bot.platforms.feishu.wire import Code, Json
from providers.contract import Secret
from tests.fakes.feishu_server import FeishuServer, Framing, Person
from tests.fakes.feishu_server.deliveries import Attempt, Delivery

HURRY = 300.0
"""How much faster than ours the connection's seconds pass here."""

NEVER = 10**7
"""A ping interval that does not matter in a test."""


@dataclass(slots=True)
class Taker:
    """Takes events as a test wants it to."""

    taken: list[Mapping[str, Any]] = field(default_factory=list)
    answer: Json | None = None
    trouble: Exception | None = None
    slow: bool = False
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, event: Mapping[str, object]) -> Json | None:
        """Take an event, or do not."""
        self.began.set()
        if self.slow:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(event)
        return self.answer


class Ear:
    """A connection to a pretend Feishu, and somebody who writes."""

    def __init__(self, feishu: FeishuServer, *, within: float = 2.5, hurry: float = HURRY) -> None:
        self.feishu = feishu
        self.taker = Taker()
        self.ann: Person = feishu.person("ann")
        app = feishu.app
        self.client = Client(Application(app.app_id, Secret(app.secret), feishu.domain), WallClock())
        self.connection = Connection(self.client, self.taker.accept, WallClock(hurry), Random(7), within=within)

    async def __aenter__(self) -> Self:
        self.connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()
        await self.client.close()

    async def push(self, text: str = "hello") -> Delivery:
        """Write something and return how it was told."""
        return self.feishu.delivery(await self.ann.say(text))

    async def pushed(self, text: str = "hello") -> Attempt:
        """Write something and return how the first try to tell it ended."""
        return await self.feishu.deliveries.tried(await self.push(text))

    @property
    def heard(self) -> list[str]:
        """What was taken, in order."""
        return [json.loads(event["event"]["message"]["content"])["text"] for event in self.taker.taken]


@pytest.fixture(name="feishu")
async def a_feishu() -> AsyncIterator[FeishuServer]:
    """A pretend Feishu."""
    async with FeishuServer() as server:
        yield server


@contextlib.asynccontextmanager
async def listening(feishu: FeishuServer, *, within: float = 2.5, hurry: float = HURRY) -> AsyncIterator[Ear]:
    """Return a connection that stands."""
    async with Ear(feishu, within=within, hurry=hurry) as ear:
        await feishu.lines.connected()
        yield ear


# --- events ------------------------------------------------------------------------------------------------------


async def test_an_event_is_acknowledged_once_it_is_taken(feishu: FeishuServer) -> None:
    """With a code and nothing else."""
    async with listening(feishu) as ear:
        attempt = await ear.pushed()
        assert (attempt.code, attempt.answer, attempt.problem) == (200, None, "")
        assert ear.heard == ["hello"]


async def test_a_callback_is_answered_with_what_the_bot_says(feishu: FeishuServer) -> None:
    """In the acknowledgement itself."""
    async with listening(feishu) as ear:
        ear.taker.answer = {"toast": {"content": "好"}}
        assert (await ear.pushed()).answer == {"toast": {"content": "好"}}


@pytest.mark.parametrize(
    "framing",
    [Framing(parts=3), Framing(parts=3, order=(2, 0, 1)), Framing(type="card")],
    ids=["in parts", "in parts out of order", "as a card"],
)
async def test_an_event_is_taken_however_it_is_framed(feishu: FeishuServer, framing: Framing) -> None:
    """The real client acknowledges no frame of the type card at all."""
    feishu.lines.manners.framing = framing
    async with listening(feishu) as ear:
        assert (await ear.pushed()).code == 200
        assert ear.heard == ["hello"]


@pytest.mark.parametrize("trouble", [StoreTrouble(RefusalCode.STORE_BUSY, "locked"), RuntimeError("a bug")])
async def test_what_cannot_be_taken_comes_again(feishu: FeishuServer, trouble: Exception) -> None:
    """It is refused, and the next try is taken."""
    async with listening(feishu) as ear:
        ear.taker.trouble = trouble
        delivery = await ear.push()
        assert (await feishu.deliveries.tried(delivery)).code == 500
        ear.taker.trouble = None
        feishu.clock.advance(15)
        assert (await feishu.deliveries.settled(delivery)).accepted
        assert ear.heard == ["hello"]


async def test_a_slow_event_is_refused_in_time_and_holds_nobody_up(feishu: FeishuServer) -> None:
    """While one waits, the next one is taken."""
    async with listening(feishu, within=0.3) as ear:
        ear.taker.slow = True
        slow = await ear.push("slow")
        await ear.taker.began.wait()
        ear.taker.slow = False
        assert (await ear.pushed("fast")).code == 200
        assert not slow.attempts[0].code
        assert (await feishu.deliveries.tried(slow)).code == 500


async def test_five_hundred_events_at_once_are_all_taken(feishu: FeishuServer) -> None:
    """In the three seconds that the platform waits."""
    async with listening(feishu) as ear:
        deliveries = [await ear.push(f"n{n}") for n in range(500)]
        for delivery in deliveries:
            await feishu.deliveries.settled(delivery)
        assert all(len(d.attempts) == 1 and d.accepted for d in deliveries)
        assert len(ear.heard) == 500


async def test_noise_is_passed_over(feishu: FeishuServer) -> None:
    """One malformed frame does not end a connection."""
    async with listening(feishu) as ear:
        feishu.lines.send_raw(b"\xff\xff no frame")
        assert (await ear.pushed()).code == 200
        assert feishu.lines.opened == 1


# --- the zombie table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        Code.BUSY,
        Code.CONNECTION_INTERNAL,
        Code.SYSTEM_BUSY,
        Code.TOO_MANY_CONNECTIONS,
        Code.WRONG_DOMAIN,
        Code.NO_CREDENTIAL,
        Code.BAD_SECRET,
        Code.UNKNOWN_APP,
        Code.CONNECTION_REFUSED,
    ],
)
async def test_no_answer_of_the_endpoint_makes_us_deaf(feishu: FeishuServer, code: int) -> None:
    """Not while reconnecting either: the real client gives up for ever after most of them."""
    feishu.lines.config.ping_interval = NEVER
    async with listening(feishu, hurry=10_000) as ear:
        feishu.lines.refuse(code, times=2)
        feishu.lines.drop()
        await feishu.lines.reopened(2)
        assert (await ear.pushed()).code == 200
        assert feishu.lines.discovered == 4


@pytest.mark.parametrize("status, code", [(514, None), (514, Code.TOO_MANY_CONNECTIONS), (403, None), (500, None)])
async def test_no_handshake_makes_us_deaf(feishu: FeishuServer, status: int, code: int | None) -> None:
    """Each new try begins with a new address."""
    feishu.lines.turn_down(status, code=code)
    async with listening(feishu) as ear:
        assert (await ear.pushed()).code == 200
        assert feishu.lines.discovered == 2


@pytest.mark.parametrize("fault", ["html", "empty", "drop"])
async def test_an_endpoint_that_is_out_of_order_is_asked_again(feishu: FeishuServer, fault: str) -> None:
    """Whatever comes back from it."""
    getattr(feishu.faults, fault)("ws.endpoint")
    async with listening(feishu) as ear:
        assert (await ear.pushed()).code == 200


@pytest.mark.parametrize("how", ["drop", "close"])
async def test_a_connection_that_ends_is_made_again(feishu: FeishuServer, how: str) -> None:
    """With or without a word."""
    async with listening(feishu) as ear:
        getattr(feishu.lines, how)()
        await feishu.lines.reopened(2)
        assert (await ear.pushed()).code == 200
        assert ear.connection.health.reconnects == 1


async def test_a_half_open_connection_is_noticed(feishu: FeishuServer) -> None:
    """No FIN, no RST, no pong: nothing was heard for two and a half intervals, so there is nobody."""
    feishu.lines.config.ping_interval = 30
    async with listening(feishu) as ear:
        feishu.lines.go_silent()
        await feishu.lines.reopened(2)
        assert (await ear.pushed()).code == 200


async def test_pongs_that_stop_are_noticed(feishu: FeishuServer) -> None:
    """The socket is fine and nobody is behind it; the real client never notices."""
    feishu.lines.config.ping_interval = 30
    feishu.lines.manners.pongs = False
    async with listening(feishu):
        await feishu.lines.reopened(2)


async def test_pongs_keep_a_quiet_connection(feishu: FeishuServer) -> None:
    """Nobody writes for a while; that is no reason to leave."""
    feishu.lines.config.ping_interval = 60
    async with listening(feishu):
        await feishu.lines.pinged(2)
        assert feishu.lines.opened == 1


@pytest.mark.parametrize("config", [{"PingInterval": 60}, {"ReconnectCount": 3}, {}, {"PingInterval": "soon"}])
async def test_a_pong_may_bring_any_part_of_the_settings(feishu: FeishuServer, config: dict[str, object]) -> None:
    """What is missing stays as it was; the real client's ping task dies of it."""
    feishu.lines.config.ping_interval = 30
    feishu.lines.manners.pong_config = config
    async with listening(feishu) as ear:
        await feishu.lines.pinged(2)
        pulse = ear.connection.health.pulse
        assert pulse is not None
        assert pulse.interval == (60 if config == {"PingInterval": 60} else 30)
        assert (await ear.pushed()).code == 200


async def test_a_slow_endpoint_stops_nobody(feishu: FeishuServer) -> None:
    """The loop goes on while it is waited for."""
    with feishu.faults.hold("ws.endpoint") as hold:
        async with Ear(feishu) as ear:
            await hold.reached()
            assert (await ear.client.bot()).open_id == feishu.app.bot_open_id


# --- stopping, and how it is told --------------------------------------------------------------------------------


async def test_a_stop_acknowledges_what_was_received(feishu: FeishuServer) -> None:
    """And says good-bye: the platform does not have to send it again."""
    going = asyncio.Event()
    async with listening(feishu) as ear:
        inner = ear.taker.accept

        async def slowly(event: Mapping[str, object]) -> Json | None:
            going.set()
            await asyncio.sleep(0.02)
            return await inner(event)

        ear.connection._accept = slowly
        feishu.lines.drop()
        await feishu.lines.reopened(2)
        line = feishu.lines.live[0]
        delivery = await ear.push()
        await going.wait()
    assert (await feishu.deliveries.settled(delivery)).accepted
    await feishu.lines.gone()
    assert line.close_code == 1000


async def test_nothing_is_left_behind(feishu: FeishuServer) -> None:
    """No task, no open connection."""
    before = asyncio.all_tasks()
    async with listening(feishu):
        pass
    await feishu.lines.gone()
    assert not [task for task in asyncio.all_tasks() - before if "feishu" in task.get_name() or "Session" in repr(task)]


async def test_health_says_how_it_is(feishu: FeishuServer) -> None:
    """Well while connected, and for a moment after; ill when nobody can be heard."""
    async with listening(feishu) as ear:
        connection = ear.connection
        await ear.pushed()
        assert connection.is_well()
        assert connection.details()["connected"] is True
        pulse = connection.health.pulse
        assert isinstance(pulse, Pulse)
        pulse.heard = pulse.heard.replace(year=2020)
        assert not connection.is_well()


async def test_health_tells_an_operator_what_to_repair(
    feishu: FeishuServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the log, with no secret in it, and not in words of a task group."""
    feishu.app.secret = "changed in the console"
    async with Ear(feishu) as ear:
        ear.client._app = Application(feishu.app.app_id, Secret("the old one"), feishu.domain)
        await feishu.calls.came("ws.endpoint", 2)
        assert not ear.connection.health.connected
    log = capsys.readouterr().out
    assert "feishu_turned_down" in log
    assert "Credentials" in log
    assert "TaskGroup" not in log
    assert "the old one" not in log


async def test_the_log_holds_no_ticket(feishu: FeishuServer, capsys: pytest.CaptureFixture[str]) -> None:
    """The address of a connection is worth one connection; and a lost one is told as what it is."""
    async with listening(feishu) as ear:
        await ear.pushed()
        feishu.lines.drop()
        await feishu.lines.reopened(2)
    log = capsys.readouterr().out
    assert "ticket" not in log
    assert "feishu_disconnected" in log
    assert "feishu_connection_broke" not in log
    assert feishu.app.secret not in log
