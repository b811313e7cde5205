"""Comings and goings: who is greeted, how often, and what becomes of a chat we are thrown out of."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.storage.shipments import Shipments
from tests.fakes.feishu_server import FeishuServer
from tests.fakes.feishu_server.deliveries import Delivery
from tests.platforms.feishu.stage import FeishuStage, stage


async def told(at: FeishuStage, delivery: Delivery | None) -> None:
    """Wait until the bot was told of something and everybody has reacted."""
    assert delivery is not None, "the application does not hear of this"
    assert (await at.feishu.deliveries.settled(delivery)).accepted
    await at.settle()


async def test_a_new_group_is_greeted_with_what_we_can_do(tmp_path: Path) -> None:
    """Once, also where the event comes twice."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        group = at.feishu.world.add_group("New", [ann.user], with_bot=False)
        added = await ann.add_bot(group)
        await told(at, added)
        assert added is not None
        at.feishu.deliveries.again(added)
        await at.feishu.deliveries.tried(added, 2)
        await at.settle()
        (card,) = ann.cards(group)
        assert "mention me first" in ann.view(card).text


async def test_whoever_opens_the_chat_is_greeted_once_in_their_life(tmp_path: Path) -> None:
    """Feishu tells it every time; also weeks and a restart later nobody is greeted again."""
    async with stage(tmp_path) as at:
        ann, bob = at.feishu.person("ann"), at.feishu.person("bob")
        for _ in range(3):
            await told(at, await ann.enter())
        await at.restart(after=40 * 24 * 3600)
        await at.files.prune(at.clock.now())
        await told(at, await bob.enter())
        assert len(bob.cards()) == 1
        await told(at, await ann.enter())
        assert len(ann.cards()) == 1


@pytest.mark.parametrize("key, words", [("help", "What I can do"), ("models", "Wan 2.6"), ("status", "under way")])
async def test_the_menu_is_answered_where_it_was_opened(tmp_path: Path, key: str, words: str) -> None:
    """The event says who, and not where."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await told(at, await ann.menu(key))
        assert any(words in line for line in ann.transcript())


async def test_an_entry_of_the_menu_that_is_not_ours_is_acknowledged(tmp_path: Path) -> None:
    """The operator may have entries that open an address."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await told(at, await ann.menu("our-website"))
        assert not ann.reads()


@pytest.mark.parametrize("how", ["remove_bot", "disband"])
async def test_what_is_owed_to_a_chat_that_is_gone_reaches_its_person(tmp_path: Path, how: str) -> None:
    """A paid result is never lost because somebody threw us out; and coming back, we speak there again."""
    async with stage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.write(ann, "/image a lighthouse", where=group)
        await at.click(ann, ann.cards(group)[0], "Confirm")
        await told(at, await getattr(ann, how)(group))
        chat = await Shipments(at.files).chat(group.id)
        assert chat is not None
        assert chat.closed
        await at.finish()
        await at.seconds(60)
        assert any("Your picture is ready" in line for line in ann.transcript())
        if how == "remove_bot":
            await told(at, await ann.add_bot(group))
            chat = await Shipments(at.files).chat(group.id)
            assert chat is not None
            assert not chat.closed


KINDS = ("im.message.message_read_v1", "im.chat.updated_v1", "im.message.reaction.created_v1", "a.new_one_v9")
"""Events that nothing is done about."""

HALVES: Sequence[dict[str, object]] = (
    {"schema": "2.0", "header": {"event_type": "im.message.receive_v1"}, "event": {}},
    {"schema": "2.0", "header": {"event_type": "im.message.receive_v1"}, "event": {"message": None}},
    {"schema": "2.0", "header": {"event_type": "im.chat.member.bot.added_v1", "event_id": "e"}, "event": {}},
    {"schema": "2.0", "header": {"event_type": "application.bot.menu_v6", "event_id": "f"}, "event": {}},
    {"schema": "2.0", "header": {"event_type": "card.action.trigger", "event_id": "g"}, "event": {}},
    {"schema": "2.0", "header": {}},
    {"type": "message", "uuid": "an event of version 1.0"},
    {},
)
"""Events that lack what they are about."""


async def test_what_we_know_nothing_about_is_acknowledged(tmp_path: Path) -> None:
    """Refused, it would come four times more."""
    async with stage(tmp_path) as at:
        for kind in KINDS:
            delivery = at.feishu.deliveries.send(at.feishu.events.wrap(kind, {"chat_id": "x"}))
            await told(at, delivery)
            assert len(delivery.attempts) == 1


async def test_half_an_event_is_acknowledged_and_does_nothing(tmp_path: Path) -> None:
    """Whatever is missing in it."""
    async with stage(tmp_path) as at:
        for event in HALVES:
            await told(at, at.feishu.deliveries.send(event))
        assert not at.feishu.board.by_bot()
        assert not await at.files.database.fetch("SELECT * FROM line")


async def test_an_event_of_another_application_is_not_ours(tmp_path: Path) -> None:
    """A webhook's address may stand in two consoles."""
    async with stage(tmp_path) as at, FeishuServer(app_id="cli_other") as other:
        event = other.events.entered(other.world.dm(other.person("eve").user), other.world.users[0], None)
        await told(at, at.feishu.deliveries.send(event))
        assert not await at.files.database.fetch("SELECT * FROM feishu_inbox")
