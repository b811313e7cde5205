"""People in a pretend Feishu who all write to Limner in the same moment, and how long Feishu waits for each "received".

The pretend Feishu and its people are this process; Limner (``resident``) is another, and so is its floor. Time is
measured here: from the moment an event is pushed down the long connection to the arrival of its acknowledgement, and
of the words that answer.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator

from providers.sandbox.server import APP_KEY, KEY
from tests.benchmarks.case import Case, Reading
from tests.benchmarks.gauge import CLIENT_CORE, SERVER_CORE, pin, resident_bytes
from tests.fakes.feishu_server import FeishuServer, Message, Person

PEOPLE = 50
WARM_UP = 50
"""Messages before the measured ones: first connections, everybody's first row."""

QUIET = 2.0
"""Seconds of silence before memory is read."""

PATIENCE = 60.0
SENDERS = 30
TURNS = 10


async def bursting(case: Case) -> Reading:
    """Measure ``case.presses`` messages that come at once, in the chats of 50 people with the bot."""
    pin(0, SERVER_CORE)
    async with FeishuServer() as feishu, _limner(case, feishu) as limner:
        feishu.quotas.off()
        await feishu.lines.connected()
        people = [feishu.person(f"person-{number}") for number in range(PEOPLE)]
        await asyncio.sleep(QUIET)
        reading = Reading(resident=resident_bytes(limner))
        await _answered(feishu, await _written(people, WARM_UP))
        burst = await _written(people, case.presses)
        await _answered(feishu, burst)
        _read(feishu, burst, reading)
        await asyncio.sleep(QUIET)
        reading.resident_after = resident_bytes(limner)
    return reading


async def taking(case: Case) -> Reading:
    """Measure the same burst with a receiver that writes nothing down."""
    pin(0, SERVER_CORE)
    async with FeishuServer() as feishu:
        feishu.quotas.off()
        order = {"domain": feishu.domain, "id": feishu.app.app_id, "secret": feishu.app.secret}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.receiver"), stdin=asyncio.subprocess.PIPE
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await feishu.news.until(lambda: bool(feishu.lines.open), lambda: "nobody connects")
        people = [feishu.person(f"person-{number}") for number in range(PEOPLE)]
        await _settled(feishu, await _written(people, WARM_UP))
        burst = await _written(people, case.presses)
        await _settled(feishu, burst)
        process.stdin.close()
        await process.wait()
    first = (feishu.delivery(message).attempts[0] for message in burst)
    return Reading(bare_acks=[attempt.took for attempt in first if attempt.accepted and attempt.took is not None])


async def sending(case: Case) -> Reading:
    """Measure 30 messages sent at once, in turns: over a bare httpx client, and over ours."""
    pin(0, SERVER_CORE)
    async with FeishuServer() as feishu:
        feishu.quotas.off()
        chats = [feishu.person(f"person-{number}").dm.id for number in range(SENDERS)]
        app = feishu.app
        order = {"domain": feishu.domain, "id": app.app_id, "secret": app.secret, "chats": chats, "turns": TURNS}
        command = (sys.executable, "-m", "tests.benchmarks.sender")
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        pin(process.pid, CLIENT_CORE)
        said, _ = await process.communicate(json.dumps(order).encode())
        taken = json.loads(said)
        assert len(list(feishu.board)) == 2 * SENDERS * (TURNS + 1), "not everything has arrived"
    return Reading(sends=taken["limner"], bare_sends=taken["httpx"])


async def _written(people: list[Person], count: int) -> list[Message]:
    return [await people[number % len(people)].say("/prefs") for number in range(count)]


async def _settled(feishu: FeishuServer, messages: list[Message]) -> None:
    for delivery in feishu.deliveries.all[-len(messages) :]:  # the newest: looking for each would take Feishu's time
        await feishu.deliveries.settled(delivery)


async def _answered(feishu: FeishuServer, messages: list[Message]) -> None:
    """Wait until everybody has an answer, or nothing more comes."""
    await _settled(feishu, messages)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while len(_answers(feishu, messages)) < len(messages):
                await feishu.news.next()


def _answers(feishu: FeishuServer, messages: list[Message]) -> dict[str, float]:
    """Return when each message was answered."""
    asked = {message.id for message in messages}
    found = [message for message in feishu.board if message.by_bot and message.parent is not None]
    return {answer.parent.id: answer.created for answer in found if answer.parent and answer.parent.id in asked}


def _read(feishu: FeishuServer, burst: list[Message], reading: Reading) -> None:
    answers = _answers(feishu, burst)
    for delivery, message in ((feishu.delivery(message), message) for message in burst):
        first = delivery.attempts[0]
        if not first.accepted or first.took is None or message.id not in answers:
            reading.lost += 1
            continue
        reading.acks.append(first.took)
        reading.answers.append(answers[message.id] - first.at)


@contextlib.asynccontextmanager
async def _limner(case: Case, feishu: FeishuServer) -> AsyncIterator[int]:
    """Start Limner, give its process id once it has started, and end it. It never opens the platform's library."""
    config = case.home / "limner.toml"
    config.write_text(_settings(case, feishu), encoding="utf-8")
    command = (sys.executable, "-m", "tests.benchmarks.resident", str(config), "lark_oapi")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"started\n", "Limner did not start"
        yield process.pid
    finally:
        process.stdin.close()
        assert await process.wait() == 0, "Limner did not end well, or it has imported lark_oapi"


def _settings(case: Case, feishu: FeishuServer) -> str:
    return f"""
[store]
path = "{case.home / "limner.db"}"
[web]
enabled = false
[feishu]
app_id = "{feishu.app.app_id}"
app_secret = "{feishu.app.secret}"
base_url = "{feishu.domain}"
[providers.ima_studio]
key = "{KEY}"
app_key = "{APP_KEY}"
base_url = "{case.provider}/ima"
upload_url = "{case.provider}/ima-upload"
"""
