"""The checklist of reference section 3.4: what a pretend Discord gets wrong first.

The numbers that belong to larger stories are elsewhere: 2, 3 and 7 in `test_delivery`, 4 and 12 in
`test_interactions`, 6, 8 and 9 in `test_connection`, 15 in `test_limits`.
"""

from typing import Any

import pytest
from typing_extensions import override

from tests.fakes.discord.library import discord
from tests.fakes.discord.rest import asking
from tests.fakes.discord.stage import Bot, Interaction, connected, connecting
from tests.fakes.discord.views import PICTURE, Again, Form, gallery, open_form
from tests.fakes.discord_server import Ack, DiscordServer
from tests.fakes.discord_server.clock import born
from tests.fakes.discord_server.haste import hasty, hasty_clock


async def test_1_the_content_type_stands_alone() -> None:
    """With a charset behind it discord.py would read every answer as text."""
    async with asking() as rest:
        for reply in (await rest.send({"content": "x"}), await rest.send({}), await rest.call("GET", "/nowhere")):
            assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("key", ["version", "application_id", "attachment_size_limit", "token", "channel.name"])
async def test_5_an_interaction_has_every_field_the_library_needs(key: str) -> None:
    """Each of them ends the whole client when it is missing; the fake leaves one out only on order."""

    def without(event: dict[str, Any]) -> None:
        place = event["channel"] if "." in key else event
        place.pop(key.rpartition(".")[2])

    async with connected() as stage:
        server = stage.server
        stage.bot.script = _hello
        ann = server.person("ann")
        await (await ann.slash("make", {"prompt": "x"})).replied()
        elsewhere = server.world.add_channel(server.world.add_guild("Elsewhere", with_bot=False), "lounge")
        bob = server.person("bob", home=elsewhere, installed=True)
        await bob.slash("make", {"prompt": "x"}, mangle=without)
        assert isinstance(await stage.ended(), KeyError)


@hasty
async def test_10_on_ready_waits_for_the_last_guild() -> None:
    """`guild_ready_timeout` (2 s unless told otherwise) after the last GUILD_CREATE; here by the clock."""
    async with DiscordServer(clock=hasty_clock()) as server:
        for number in range(5):
            server.world.add_guild(f"guild {number}")
        began = server.clock.time()
        async with connecting(server, Bot(guild_ready_timeout=2.0)) as stage:
            await stage.until(lambda: stage.bot.readies == 1, "on_ready")
            assert server.clock.time() - began >= 2
            assert len(stage.bot.guilds) == 6


async def test_11_interaction_tokens_are_the_only_key_of_their_routes() -> None:
    """No Authorization header there, and the webhook adapter has no User-Agent of the library."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="x")

    async with connected() as stage:
        stage.bot.script = script
        exchange = await stage.server.person("ann").slash("make", {"prompt": "x"})
        await exchange.edited(2)
        calls = [*stage.server.calls.to("interactions.callback"), *stage.server.calls.to("webhooks.edit")]
        assert len(calls) == 2
        assert not any(call.as_bot or "DiscordBot" in call.headers.get("User-Agent", "") for call in calls)
        assert all(call.as_bot for call in stage.server.calls.to("commands.*"))
        assert exchange.interaction.token not in str(calls)


async def test_13_every_kind_of_modal_is_read_back() -> None:
    """Labels with and without ids, and the older rows with text inputs."""

    class Old(discord.ui.Modal, title="Old"):
        words: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Words", required=False)

        @override
        async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message(self.words.value or "nothing")

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_modal(Old())

    async with connected() as stage:
        ann = stage.server.person("ann")
        stage.bot.script = script
        for values, words in (({"Words": "hello"}, "hello"), ({}, "nothing")):
            sent = await ann.submit_modal(await ann.slash("make", {"prompt": "x"}), values)
            assert (await sent.replied()).content == words
        stage.bot.script = open_form
        sent = await ann.submit_modal(await ann.slash("make", {"prompt": "x"}), {"prompt": "a", "size": "small"})
        assert (await sent.replied()).content == "a ['small'] []"
        assert Form.title == "Edit"


async def test_14_a_dynamic_button_needs_its_component_in_the_message() -> None:
    """The click is ignored without a word unless the message carries the same custom id."""
    Again.clicked.clear()

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message(view=gallery(PICTURE, buttons=(Again("3"),)))

    async with connected() as stage:
        stage.bot.add_dynamic_items(Again)
        stage.bot.script = script
        ann = stage.server.person("ann")
        message = await (await ann.slash("make", {"prompt": "x"})).replied()
        await ann.click(message, "Again", mangle=lambda event: event["message"].update(components=[]))
        click = await ann.click(message, "Again")
        assert await click.acked() is Ack.UPDATE
        assert Again.clicked == ["3"]


async def test_16_an_error_in_setup_hook_ends_the_start() -> None:
    """A refused sync comes out of `start()`, with the place of the mistake in its words."""
    async with DiscordServer() as server:
        server.faults.status("commands.sync", 400, code=50035)
        async with connecting(server) as stage:
            error = await stage.ended()
            assert isinstance(error, discord.HTTPException)
            assert error.code == 50035


async def test_17_a_closed_client_leaves_nothing_behind() -> None:
    """The connection is gone, the session is dead, and nothing is queued for it."""
    async with connected() as stage:
        gateway = stage.server.gateway
        (session,) = gateway.live
        await stage.bot.close()
        await gateway.gone()
        assert gateway.closed_with == [1000]
        kept = len(session.buffer)
        stage.server.world.add_guild("Annex")
        assert (session.alive, len(session.buffer)) == (False, kept)


async def test_18_ids_carry_the_time_of_the_clock() -> None:
    """`created_at` and `expires_at` derive from the id; moving the clock moves them."""
    seen: list[Interaction] = []

    async def script(interaction: Interaction, **_: object) -> None:
        seen.append(interaction)
        await interaction.response.send_message("hello")

    async with connected() as stage:
        clock = stage.server.clock
        stage.bot.script = script
        clock.advance(86_400)
        clock.freeze()
        exchange = await stage.server.person("ann").slash("make", {"prompt": "x"})
        await exchange.replied()
        assert exchange.latency == pytest.approx(0, abs=0.002)
        assert born(exchange.interaction.id) == pytest.approx(clock.time(), abs=0.002)
        assert seen[0].created_at.timestamp() == pytest.approx(clock.time(), abs=0.002)
        assert seen[0].expires_at.timestamp() == pytest.approx(clock.time() + 900, abs=0.002)
        assert stage.server.ids.new() < stage.server.ids.new()


async def _hello(interaction: Interaction, **_: object) -> None:
    await interaction.response.send_message("hello")
