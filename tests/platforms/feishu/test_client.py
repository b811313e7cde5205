"""The client against the pretend Feishu: tokens, refusals, lost answers, files. Nothing is asked twice unasked."""

import asyncio
import io
import json
from collections.abc import AsyncIterator

import pytest

from bot.platforms.feishu import wire
from bot.platforms.feishu.client import Application, Call, Client, NotTaken
from bot.platforms.feishu.wire import BotInfo, Code, Read
from providers.contract import Secret
from tests.fakes.clock import StoryClock
from tests.fakes.feishu_server import Clock, FeishuServer, Message
from tests.platforms.feishu.films import png

PICTURE = png()
WHO = Call("GET", wire.BOT)


class Sent(Read):
    """What Feishu says of a message that it took."""

    message_id: str


class Uploaded(Read):
    """What Feishu says of a picture that it took."""

    image_key: str


@pytest.fixture(name="clock")
def a_clock() -> StoryClock:
    """Time that only passes when a test says so."""
    return StoryClock()


@pytest.fixture(name="feishu")
async def a_feishu(clock: StoryClock) -> AsyncIterator[FeishuServer]:
    """A pretend Feishu."""
    async with FeishuServer(clock=Clock(lambda: clock.now().timestamp())) as server:
        yield server


@pytest.fixture(name="client")
async def a_client(feishu: FeishuServer, clock: StoryClock) -> AsyncIterator[Client]:
    """A client of its application."""
    client = Client(Application(feishu.app.app_id, Secret(feishu.app.secret), feishu.domain), clock)
    yield client
    await client.close()


def send(feishu: FeishuServer, text: str = "hello", uuid: str = "u1") -> Call:
    """Return a message to the group."""
    body = {"receive_id": feishu.studio.id, "msg_type": "text", "content": f'{{"text": "{text}"}}', "uuid": uuid}
    return Call("POST", wire.MESSAGES, {"receive_id_type": "chat_id"}, body)


async def refused(client: Client, call: Call) -> NotTaken:
    """Return why a call was not taken."""
    with pytest.raises(NotTaken) as caught:
        await client.ask(call, Read)
    return caught.value


# --- tokens ------------------------------------------------------------------------------------------------------


async def test_thirty_calls_at_once_ask_for_one_token(feishu: FeishuServer, client: Client) -> None:
    """Everybody waits for the same one."""
    await asyncio.gather(*(client.ask(WHO, BotInfo) for _ in range(30)))
    assert feishu.tokens.asked == 1


async def test_a_token_is_renewed_before_its_end(feishu: FeishuServer, client: Client, clock: StoryClock) -> None:
    """Nobody ever meets a dead one where it can be helped: both are good for the last half hour."""
    await client.bot()
    clock.skip(7200 - 26 * 60)
    await client.bot()
    assert feishu.tokens.asked == 1
    clock.skip(120)
    await client.bot()
    assert feishu.tokens.given == 2


async def test_an_old_token_serves_while_no_new_one_can_be_had(
    feishu: FeishuServer, client: Client, clock: StoryClock
) -> None:
    """A bad minute of the token's server is nobody's business."""
    await client.bot()
    clock.skip(7200 - 20 * 60)
    feishu.faults.html("auth.token", 502)
    assert (await client.bot()).open_id == feishu.app.bot_open_id


async def test_a_revoked_token_is_replaced_within_the_call(feishu: FeishuServer, client: Client) -> None:
    """The caller does not notice: it was refused before anything was done."""
    await client.bot()
    feishu.faults.revoke_token("messages.create")
    await client.ask(send(feishu), Sent)
    assert len(feishu.board.by_bot()) == 1
    assert feishu.tokens.given == 2


async def test_a_token_that_is_refused_again_is_not_tried_for_ever(feishu: FeishuServer, client: Client) -> None:
    """Once is healing, twice is a fault of somebody's."""
    feishu.faults.code("bot.info", Code.TOKEN_INVALID, times=None)
    no = await refused(client, WHO)
    assert no.code == Code.TOKEN_INVALID
    assert feishu.faults.ordered[0].happened == 2


async def test_a_wrong_secret_is_told_to_everybody_who_waits(feishu: FeishuServer, client: Client) -> None:
    """By its code, so that an operator is told what to repair."""
    feishu.app.secret = "another"
    told = await asyncio.gather(*(client.bot() for _ in range(5)), return_exceptions=True)
    assert [no.code for no in told if isinstance(no, NotTaken)] == [Code.BAD_SECRET] * 5
    assert feishu.tokens.asked == 1


async def test_who_stops_waiting_for_a_token_does_not_take_it_from_others(feishu: FeishuServer, client: Client) -> None:
    """One call was given up; the other one goes through."""
    with feishu.faults.hold("auth.token") as hold:
        first, second = asyncio.create_task(client.bot()), asyncio.create_task(client.bot())
        await hold.reached()
        first.cancel()
    assert (await second).open_id == feishu.app.bot_open_id
    assert feishu.tokens.asked == 1


# --- refusals and lost answers -----------------------------------------------------------------------------------


async def test_a_refusal_says_which_and_under_which_number(feishu: FeishuServer, client: Client) -> None:
    """The number is what Feishu's support asks for."""
    feishu.studio.muted = True
    no = await refused(client, send(feishu))
    assert (no.code, no.status, no.unclear, no.retry_after) == (Code.CHAT_FORBIDS, 400, False, None)
    assert no.log_id
    assert no.log_id in str(no)


@pytest.mark.parametrize("status", [429, 400])
async def test_a_limit_says_when_to_come_again(feishu: FeishuServer, client: Client, status: int) -> None:
    """By a header, with either status (section 5)."""
    feishu.faults.rate_limit("bot.info", 3, status=status)
    no = await refused(client, WHO)
    assert (no.code, no.retry_after) == (Code.LIMITED, 3.0)


async def test_a_lost_answer_is_unclear(feishu: FeishuServer, client: Client) -> None:
    """The message may be there: here it is."""
    await client.bot()
    feishu.faults.drop("messages.create", after=True)
    no = await refused(client, send(feishu))
    assert (no.unclear, no.status) == (True, 0)
    assert len(feishu.board.by_bot()) == 1
    await client.ask(send(feishu), Sent)
    assert len(feishu.board.by_bot()) == 1


@pytest.mark.parametrize("page", ["html", "empty"])
async def test_an_answer_that_is_no_json_is_unclear(feishu: FeishuServer, client: Client, page: str) -> None:
    """A proxy in front said something of its own, or nothing."""
    if page == "html":
        feishu.faults.html("bot.info", 502)
    else:
        feishu.faults.empty("bot.info")
    no = await refused(client, WHO)
    assert no.unclear
    assert "unreadable" in no.detail


async def test_a_page_of_a_wall_in_front_is_a_clear_no(feishu: FeishuServer, client: Client) -> None:
    """A status below 500 says that nothing was done, whoever says it."""
    feishu.faults.html("bot.info", 403)
    no = await refused(client, WHO)
    assert (no.unclear, no.status) == (False, 403)


async def test_nobody_there_means_that_nothing_was_sent(feishu: FeishuServer, client: Client) -> None:
    """So it is clear."""
    await feishu.close()
    no = await refused(client, WHO)
    assert (no.unclear, no.status) == (False, 0)


async def test_a_call_ends_even_if_the_other_side_never_does(feishu: FeishuServer, clock: StoryClock) -> None:
    """A connection without an answer would otherwise hold its caller for ever."""
    client = Client(Application(feishu.app.app_id, Secret(feishu.app.secret), feishu.domain), clock, seconds=0.05)
    with feishu.faults.hold("auth.token"):
        no = await refused(client, WHO)
    assert no.unclear
    assert "TimeoutError" in no.detail
    await client.close()


async def test_nothing_is_asked_after_the_end(feishu: FeishuServer, client: Client) -> None:
    """A stopping service does not open connections."""
    await client.close()
    assert not (await refused(client, WHO)).unclear
    assert not len(feishu.calls)


def test_a_secret_is_never_sent_in_the_clear(clock: StoryClock) -> None:
    """Only https, or this very machine."""
    with pytest.raises(ValueError, match="https"):
        Client(Application("cli_x", Secret("s"), "http://open.feishu.cn"), clock)


async def test_no_error_tells_a_secret(feishu: FeishuServer, client: Client) -> None:
    """Not even one in which the other side repeats what it was told."""
    await client.bot()
    feishu.faults.code("messages.create", 230001, f"Bearer {feishu.tokens.all[0]} is not welcome")
    no = await refused(client, send(feishu))
    assert not [secret for secret in feishu.secrets if secret in f"{no!r} {no} {client!r}"]


# --- files -------------------------------------------------------------------------------------------------------


async def test_a_file_arrives_as_it_is_even_if_the_token_dies(feishu: FeishuServer, client: Client) -> None:
    """The second try sends it from its beginning."""
    await client.bot()
    feishu.faults.revoke_token("images.upload")
    file = io.BytesIO(PICTURE)
    key = (await client.upload(wire.IMAGES, {"image_type": "message"}, "image", "图片.png", file, Uploaded)).image_key
    assert feishu.media.all[key].data == PICTURE
    assert [upload.filename for call in feishu.calls for upload in call.uploads.values()][-1] == "图片.png"


async def received(feishu: FeishuServer) -> tuple[Message, str]:
    """Return a picture that somebody has sent, and its key."""
    message = await feishu.person("ann").send_image(PICTURE)
    return message, str(message.content["image_key"])


async def test_a_picture_of_somebodys_is_read(feishu: FeishuServer, client: Client) -> None:
    """By the message that holds it."""
    message, key = await received(feishu)
    assert await client.resource(message.id, key, "image", 1 << 20) == PICTURE


async def test_a_picture_is_not_read_beyond_the_limit(feishu: FeishuServer, client: Client) -> None:
    """A hundred megabytes of somebody's are not taken into memory."""
    message, key = await received(feishu)
    with pytest.raises(NotTaken) as caught:
        await client.resource(message.id, key, "image", len(PICTURE) - 1)
    assert caught.value.status == 413


async def test_a_picture_that_is_not_there_says_so(feishu: FeishuServer, client: Client) -> None:
    """By the code, not by bytes that are an error in JSON."""
    message, _ = await received(feishu)
    with pytest.raises(NotTaken) as caught:
        await client.resource(message.id, "img_v3_other", "image", 1 << 20)
    assert caught.value.code == Code.NOT_IN_MESSAGE


async def test_chinese_is_sent_as_it_is(feishu: FeishuServer, client: Client) -> None:
    """Escapes would be twice as long, and the limits count bytes (section 5)."""
    call = send(feishu, "小狗")
    await client.ask(call, Sent)
    assert feishu.calls.to("messages.create")[0].size == len(json.dumps(call.body, ensure_ascii=False).encode())
