"""What gets lost, repeated, limited or forbidden on the way, with unmodified discord.py and with bare HTTP."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.fakes.discord.library import discord
from tests.fakes.discord.rest import asking
from tests.fakes.discord.stage import Bot, Interaction, Stage, connected
from tests.fakes.discord_server import Ack, Clock, Limit, Message, Permission
from tests.fakes.discord_server.haste import hasty, hasty_clock
from tests.fakes.discord_server.interactions import Terms
from tests.fakes.discord_server.verdicts import assert_not_limited


def general(stage: Stage) -> discord.PartialMessageable:
    """Return the channel as the bot has it."""
    return stage.bot.get_partial_messageable(stage.server.general.id)


def posted(stage: Stage) -> list[Message]:
    """Return what everybody sees in the channel."""
    return list(stage.server.board.inside(stage.server.general))


@hasty
async def test_a_send_whose_answer_was_lost_is_not_doubled_thanks_to_its_nonce() -> None:
    """Check: 502 after success on a send; rule 10: the retry with the nonce returns the first message."""
    async with connected(clock=hasty_clock()) as stage:
        stage.server.faults.status("channels.send", 502, after=True)
        sent = await general(stage).send("done", nonce="job-17-done")
        assert [message.id for message in posted(stage)] == [sent.id]
        assert [call.status for call in stage.server.calls.to("channels.send")] == [502, 200]
        # Without one the library makes up a nonce per call: it helps its own retry, and not the caller's.
        stage.server.faults.status("channels.send", 502, after=True)
        for _ in range(2):
            await general(stage).send("again")
        assert [message.content for message in posted(stage)] == ["done", "again", "again"]


async def test_a_nonce_is_remembered_for_a_few_minutes_and_per_channel() -> None:
    """Only with `enforce_nonce`; after five minutes, or in another channel, the same nonce is a new message."""
    async with asking() as rest:
        payload = {"content": "x", "nonce": "n1", "enforce_nonce": True}
        first, again = await rest.send(payload), await rest.send(payload | {"content": "other words"})
        assert first.body["id"] == again.body["id"]
        assert again.body["content"] == "x"
        other = rest.server.world.add_channel(rest.server.studio, "other")
        elsewhere = await rest.call("POST", f"/channels/{other.id}/messages", payload)
        plain = await rest.send({"content": "x", "nonce": "n1"})
        rest.server.clock.advance(Terms().nonce_seconds + 1)
        later = await rest.send(payload)
        ids = {reply.body["id"] for reply in (first, again, elsewhere, plain, later)}
        assert len(ids) == 4


@hasty
async def test_a_followup_whose_answer_was_lost_is_doubled() -> None:
    """Check: 502 after success on a followup; rule 10: followups have no nonce, so an edit is the better way."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message("first")
        stage.server.faults.status("webhooks.send", 502, after=True)
        await interaction.followup.send("second", wait=True)
        stage.server.faults.status("webhooks.edit", 502, after=True)
        await interaction.edit_original_response(content="first, edited")

    async with connected(clock=hasty_clock()) as stage:
        stage.bot.script = script
        exchange = await stage.server.person("ann").slash("make", {"prompt": "x"})
        await exchange.shows("edited")
        await stage.server.calls.until("webhooks.edit", 2)
        assert [message.content for message in exchange.messages] == ["first, edited", "second", "second"]


@hasty
async def test_an_ack_whose_answer_was_lost_looks_like_somebody_elses() -> None:
    """Check: 502 after success on the ack; rule 2: the library retries, gets 40060 and thinks it has not answered."""
    seen: list[bool] = []

    async def script(interaction: Interaction, **_: object) -> None:
        try:
            await interaction.response.defer()
        finally:
            seen.append(interaction.response.is_done())

    async with connected(clock=hasty_clock()) as stage:
        stage.bot.script = script
        stage.server.faults.status("interactions.callback", 502, after=True)
        exchange = await stage.server.person("ann").slash("make", {"prompt": "x"})
        assert await exchange.acked() is Ack.THINKING
        await stage.until(lambda: bool(stage.bot.errors), "the error")
        (error,) = stage.bot.errors
        assert isinstance(error, discord.HTTPException)
        assert error.code == 40060
        assert seen == [False]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("reset", [False, True])
async def test_a_dropped_connection_is_not_retried_by_the_library(*, after: bool, reset: bool) -> None:
    """Reference section 2: FIN or RST, before or after the work: the caller gets the error, once."""
    async with connected() as stage:
        stage.server.faults.drop("channels.send", after=after, reset=reset)
        with pytest.raises((aiohttp.ClientError, OSError)):
            await general(stage).send("hello", nonce="n1")
        assert len(posted(stage)) == (1 if after else 0)
        assert [call.status for call in stage.server.calls.to("channels.send")] == [0]
        await general(stage).send("hello", nonce="n1")
        assert len(posted(stage)) == 1


@hasty
async def test_five_sends_per_five_seconds_are_kept_by_the_library_without_a_429() -> None:
    """Check: bucket pre-emption at the real figures: 12 sends take ten seconds of the clock and hit nothing."""
    async with connected(clock=hasty_clock()) as stage:
        began = stage.server.clock.time()
        for number in range(12):
            await general(stage).send(str(number))
        assert 10 <= stage.server.clock.time() - began < 16
        assert_not_limited(stage.server)


@hasty
async def test_an_interactions_token_has_a_bucket_of_its_own() -> None:
    """Five per two seconds per interaction; two interactions do not share, and the library waits between the fives."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer()
        for number in range(11):
            await interaction.edit_original_response(content=str(number))

    async with connected(clock=hasty_clock()) as stage:
        stage.bot.script = script
        ann = stage.server.person("ann")
        began = stage.server.clock.time()
        both = [await ann.slash("make", {"prompt": "x"}) for _ in range(2)]
        for exchange in both:
            await exchange.edited(12)
        assert 4 <= stage.server.clock.time() - began < 8
        assert_not_limited(stage.server)


@hasty
async def test_a_429_with_via_is_obeyed() -> None:
    """Check: 429 retry; surprise 2: with `Via` and a `retry_after` in JSON the library waits and tries again."""
    async with connected(clock=hasty_clock()) as stage:
        stage.server.faults.rate_limit("channels.send", 7.5)
        began = stage.server.clock.time()
        await general(stage).send("hello")
        assert stage.server.clock.time() - began >= 7.5
        assert [call.status for call in stage.server.calls.to("channels.send")] == [429, 200]


async def test_a_429_without_via_is_raised_at_once() -> None:
    """Check: the ban of the wall in front of Discord; nobody waits for it."""
    async with connected() as stage:
        stage.server.faults.rate_limit("channels.send", via=False)
        with pytest.raises(discord.HTTPException) as refused:
            await general(stage).send("hello")
        assert refused.value.status == 429
        assert len(stage.server.calls.to("channels.send")) == 1


async def test_buckets_are_counted_on_the_fakes_clock_and_tell_what_is_left() -> None:
    """Surprise 3: limit, remaining, reset-after (a float), bucket; 429 with scope and `retry_after`."""
    async with asking(limited=True) as rest:
        rest.server.clock.freeze()
        replies = [await rest.send({"content": str(n)}) for n in range(6)]
        assert [reply.headers["X-RateLimit-Remaining"] for reply in replies[:5]] == ["4", "3", "2", "1", "0"]
        assert replies[0].headers["X-RateLimit-Reset-After"] == "5.000"
        over = replies[5]
        assert (over.status, over.body["retry_after"], over.body["global"]) == (429, 5.0, False)
        assert (over.headers["Via"], over.headers["X-RateLimit-Scope"]) == ("1.1 google", "user")
        assert rest.server.buckets.exceeded == ["channels.send"]
        rest.server.clock.advance(5)
        assert (await rest.send({"content": "later"})).status == 200


async def test_a_limit_can_be_set_or_taken_away_and_the_global_one_spares_interactions() -> None:
    """Reference section 1.2: interaction endpoints do not count towards the 50 per second."""
    async with asking(limited=True) as rest:
        buckets = rest.server.buckets
        buckets.limits["channels.send"] = None
        buckets.everything = Limit(3, 1.0)
        rest.server.clock.freeze()
        exchange = await rest.ask()
        assert (await rest.answer(exchange, 5)).status == 200
        assert (await rest.hook(exchange, "PATCH", {"content": "x"})).status == 200
        statuses = [(await rest.send({"content": "x"})).status for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        refused = await rest.call("GET", "/users/@me")
        assert (refused.body["global"], refused.headers["X-RateLimit-Scope"]) == (True, "global")


@hasty
async def test_old_messages_can_be_edited_only_a_few_times_an_hour() -> None:
    """Rule 9: 429/30046 for messages older than an hour; `max_ratelimit_timeout` turns it into an error."""
    async with connected(Bot(max_ratelimit_timeout=30), clock=hasty_clock()) as stage:
        sent = await general(stage).send("0")
        partial = general(stage).get_partial_message(sent.id)
        stage.server.clock.advance(3590)
        for number in range(4):
            await partial.edit(content=f"young {number}")
        stage.server.clock.advance(60)
        for number in range(3):
            await partial.edit(content=f"old {number}")
        with pytest.raises(discord.RateLimited):
            await partial.edit(content="one too many")
        assert (await stage.server.calls.until("channels.edit", 8)).code == 30046
        assert posted(stage)[0].content == "old 2"


async def test_bad_requests_are_counted_and_end_in_a_ban() -> None:
    """Reference section 2: 401, 403 and 429 count; at the limit everything is answered by the wall, without `Via`."""
    async with asking() as rest:
        buckets = rest.server.buckets
        buckets.invalid = Limit(3, 600.0)
        rest.server.general.deny(rest.server.world.bot, Permission.SEND_MESSAGES)
        assert (await rest.send({"content": "x"})).status == 403
        assert (await rest.call("GET", "/users/@me", token="wrong")).status == 401
        assert buckets.invalid_count == 2
        assert (await rest.send({"content": "x"})).status == 403
        banned = await rest.call("GET", "/users/@me")
        assert (banned.status, "Via" in banned.headers, isinstance(banned.body, str)) == (429, False, True)
        rest.server.clock.advance(601)
        assert (await rest.call("GET", "/users/@me")).status == 200


def _no_access(stage: Stage) -> None:
    stage.server.general.deny(stage.server.world.bot, Permission.VIEW_CHANNEL)


def _no_words(stage: Stage) -> None:
    stage.server.general.deny(stage.server.world.bot, Permission.SEND_MESSAGES)


def _kicked(stage: Stage) -> None:
    stage.server.world.kick_bot(stage.server.studio)


def _deleted(stage: Stage) -> None:
    stage.server.world.delete_channel(stage.server.general)


def _automod(stage: Stage) -> None:
    stage.server.studio.blocked.add("hello")


@pytest.mark.parametrize(
    "deny, status, code",
    [
        (_no_access, 403, 50001),
        (_no_words, 403, 50013),
        (_kicked, 403, 50001),
        (_deleted, 404, 10003),
        (_automod, 400, 200000),
    ],
)
async def test_a_channel_says_why_it_is_closed(deny: Any, status: int, code: int) -> None:
    """Check: 403 on a bot send; and each other reason of reference section 1.10."""
    async with connected() as stage:
        deny(stage)
        with pytest.raises(discord.HTTPException) as refused:
            await general(stage).send("hello")
        assert (refused.value.status, refused.value.code) == (status, code)
        assert posted(stage) == []


async def test_threads_files_and_replies_need_their_own_permissions() -> None:
    """SEND_MESSAGES_IN_THREADS, ATTACH_FILES and READ_MESSAGE_HISTORY decide (reference section 1.3)."""
    async with connected() as stage:
        server, bot = stage.server, stage.server.world.bot
        server.buckets.off()
        thread = server.world.add_thread(server.general, "side talk")
        inside = stage.bot.get_partial_messageable(thread.id)
        first = await inside.send("hello")
        server.general.deny(bot, Permission.SEND_MESSAGES | Permission.ATTACH_FILES | Permission.READ_MESSAGE_HISTORY)
        await inside.send("threads have a permission of their own")
        wrong: dict[int, Callable[[], Awaitable[object]]] = {
            50013: lambda: inside.send(file=discord.File(io.BytesIO(b"x"), "a.bin")),
            160002: lambda: inside.send(
                "x", reference=discord.MessageReference(message_id=first.id, channel_id=thread.id)
            ),
        }
        for code, ask in wrong.items():
            with pytest.raises(discord.HTTPException) as refused:
                await ask()
            assert refused.value.code == code
        server.general.allow(bot)
        server.general.deny(bot, Permission.SEND_MESSAGES_IN_THREADS)
        with pytest.raises(discord.Forbidden):
            await inside.send("hello")


async def test_deleted_messages_and_closed_dms_are_told() -> None:
    """10008 for a message that is gone, 50007 for a person who takes no DMs; surprise 7: the id comes as a number."""
    async with connected() as stage:
        ann = stage.server.person("ann")
        sent = await general(stage).send("hello")
        await sent.delete()
        theirs = await ann.say("mine")
        with pytest.raises(discord.Forbidden) as foreign:
            await general(stage).get_partial_message(theirs.id).edit(content="yours")
        assert foreign.value.code == 50005
        with pytest.raises(discord.NotFound) as gone:
            await general(stage).get_partial_message(sent.id).edit(content="x")
        assert gone.value.code == 10008
        user = await stage.bot.fetch_user(ann.user.id)
        await user.send("hello")
        (opened,) = stage.server.calls.to("dms.open")
        assert opened.payload == {"recipient_id": ann.user.id}
        ann.user.dms_open = False
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("hello again")
        assert closed.value.code == 50007


async def test_automod_hides_new_answers_and_refuses_edits() -> None:
    """Reference section 1.3: a slash reply becomes ephemeral, an edit fails with 200000."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer()
        with pytest.raises(discord.HTTPException) as refused:
            await interaction.edit_original_response(content="a rude boat")
        codes.append(refused.value.code)
        await interaction.edit_original_response(content="a boat")
        await interaction.followup.send("a rude boat", wait=True)

    codes: list[int] = []
    async with connected() as stage:
        stage.server.studio.blocked.add("rude")
        stage.bot.script = script
        ann = stage.server.person("ann")
        exchange = await ann.slash("make", {"prompt": "x"})
        await exchange.replied(2)
        assert codes == [200000]
        assert [message.private_to for message in exchange.messages] == [None, ann.user]


async def test_typing_and_held_requests_can_be_watched() -> None:
    """A hold keeps requests from their work (or only from their answer), and tells when they have come."""
    async with connected() as stage:
        await general(stage).typing()
        assert len(stage.server.general.typing) == 1
        with stage.server.faults.hold("channels.send", after=True) as hold:
            sending = asyncio.create_task(general(stage).send("hello"))
            await hold.reached()
            assert [message.content for message in posted(stage)] == ["hello"]
            assert not sending.done()
        await sending


async def test_a_delay_passes_on_the_clock() -> None:
    """No test waits for a slow answer: the clock is moved on instead."""
    clock = Clock()
    async with connected(clock=clock) as stage:
        clock.freeze()
        stage.server.faults.delay("channels.send", 30)
        sending = asyncio.create_task(general(stage).send("hello"))
        await stage.server.calls.came("channels.send")
        clock.advance(29)
        assert posted(stage) == []
        clock.advance(1)
        await sending
        with pytest.raises(ValueError, match="real delays are short"):
            stage.server.faults.delay("channels.send", real=2.0)
