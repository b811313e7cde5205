"""What people do and how the bot answers, with unmodified discord.py: commands, buttons, menus, modals, time."""

from typing import Any

import pytest

from tests.fakes.discord.library import discord
from tests.fakes.discord.stage import Bot, Interaction, Stage, connected, connecting
from tests.fakes.discord.views import PICTURE, VIDEO, Again, deliver, gallery, open_form
from tests.fakes.discord_server import Ack, DiscordServer, Flag, Permission, Person, Upload
from tests.fakes.discord_server.verdicts import assert_all_acked, assert_well_behaved

PNG = Upload("boat.png", b"\x89PNG pretend", "image/png")


async def test_commands_are_synced_with_translations_and_come_back_whole() -> None:
    """Check: bulk sync with zh-CN; surprise 4: ids, versions, and a context menu with an empty description."""
    async with connected() as stage:
        make, menu = stage.server.commands.all()
        assert (make["name"], make["name_localizations"]) == ("make", {"zh-CN": "生成"})
        assert make["description_localizations"] == {"zh-CN": "生成图片"}
        assert (menu["name"], menu["type"], menu["description"]) == ("Use image", 3, "")
        fetched = await stage.bot.tree.fetch_commands()
        assert [command.id for command in fetched] == [int(make["id"]), int(menu["id"])]
        again = await stage.bot.tree.sync()
        assert [command.id for command in again] == [int(make["id"]), int(menu["id"])]
        assert stage.server.commands.syncs == {None: 2}


async def test_a_deferred_answer_becomes_a_gallery_in_two_edits() -> None:
    """Check: defer -> V2 MediaGallery edit twice; the fake keeps every version."""
    async with connected() as stage:
        stage.bot.script = deliver
        ann = stage.server.person("ann", locale="zh-CN")
        exchange = await ann.slash("生成", {"prompt": "a boat"})
        assert await exchange.acked() is Ack.THINKING
        message = await exchange.edited(3)
        assert message.history == ("", "half way", "done")
        assert message.versions[1].media == (PICTURE,)
        assert message.now.media == (PICTURE, VIDEO)
        assert Flag.COMPONENTS_V2 in message.flags
        assert message.pinged == ()
        assert exchange.latency is not None
        assert exchange.latency < 1
        assert_well_behaved(stage.server)


async def test_defer_tells_the_message_id_but_not_the_message() -> None:
    """Surprise 12, rule 4: the type-5 answer carries `response_message_id` and no `resource.message`."""
    seen: list[Any] = []

    async def script(interaction: Interaction, **_: object) -> None:
        seen.append(await interaction.response.defer())

    async with connected() as stage:
        stage.bot.script = script
        exchange = await _ann(stage).slash("make", {"prompt": "x"})
        await exchange.acked()
        await stage.until(lambda: bool(seen), "defer returned")
        assert seen[0].message_id == exchange.message.id
        assert seen[0].resource is None
        assert seen[0].is_thinking()


async def test_the_interaction_says_who_where_and_in_which_language() -> None:
    """Locale, guild locale, permissions, size limit and time are as the person has them (surprises 5 and 18)."""
    seen: list[Interaction] = []

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message("hello", ephemeral=True)
        seen.append(interaction)

    async with connected() as stage:
        server = stage.server
        stage.bot.script = script
        server.studio.locale, server.studio.file_limit = "de", 1234
        server.general.deny(server.world.bot, Permission.EMBED_LINKS)
        ann = server.person("ann", locale="ja")
        server.general.deny(ann.user, Permission.ATTACH_FILES)
        exchange = await ann.slash("make", {"prompt": "x"})
        message = await exchange.replied()
        await stage.until(lambda: bool(seen), "the script")
        (interaction,) = seen
        assert (interaction.locale.value, str(interaction.guild_locale)) == ("ja", "de")
        assert interaction.filesize_limit == 1234
        assert not interaction.app_permissions.embed_links
        assert interaction.app_permissions.send_messages
        assert not interaction.permissions.attach_files
        assert interaction.permissions.send_messages
        assert interaction.user.id == ann.user.id
        assert abs(interaction.created_at.timestamp() - server.clock.time()) < 2
        assert message.private_to is ann.user
        assert not server.person("bob").sees(message)


async def test_autocomplete_offers_up_to_25_choices() -> None:
    """Check: autocomplete with 25 choices; a 26th is refused."""
    async with connected() as stage:
        stage.bot.suggest = lambda text: [f"{text}-{n}" for n in range(25)]
        ann = _ann(stage)
        exchange = await ann.autocomplete("make", "model", "kli", options={"prompt": "x"})
        assert [choice["name"] for choice in await exchange.choices()][:2] == ["kli-0", "kli-1"]
        assert await exchange.acked() is Ack.CHOICES
        stage.bot.suggest = lambda _: [str(n) for n in range(26)]
        await ann.autocomplete("make", "model", "x")
        call = await stage.server.calls.until("interactions.callback", 2)
        assert (call.status, call.code) == (400, 50035)


async def test_a_dynamic_button_answers_clicks_after_a_restart() -> None:
    """Check: DynamicItem click; rule 14: a new process with the class registered serves an old message."""
    Again.clicked.clear()

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message(view=gallery(PICTURE, buttons=(Again("17"),)))

    async with connected() as stage:
        server = stage.server
        stage.bot.script = script
        ann = _ann(stage)
        message = await (await ann.slash("make", {"prompt": "x"})).replied()
        await stage.bot.close()
        server.clock.advance(3600)
        fresh = Bot()
        fresh.add_dynamic_items(Again)
        async with connecting(server, fresh) as after:
            await after.until(lambda: fresh.readies == 1, "on_ready")
            click = await ann.click(message, "Again")
            assert await click.acked() is Ack.UPDATE
            assert message.text == "again 17"
            assert Again.clicked == ["17"]
            with pytest.raises(AssertionError, match="no button 'Again'"):
                await ann.click(message, "Again")


async def test_a_modal_is_opened_filled_in_and_submitted() -> None:
    """Check: modal with text, select and file; surprise 13: the shape of the submitted components."""
    async with connected() as stage:
        stage.bot.script = open_form
        ann = _ann(stage)
        opened = await ann.slash("make", {"prompt": "x"})
        assert (await opened.opened())["title"] == "Edit"
        assert opened.ack is Ack.MODAL
        sent = await ann.submit_modal(opened, {"Prompt": "a boat", "size": ["large"], "Pictures": [PNG]})
        label = sent.interaction.payload["data"]["components"][1]
        assert (label["type"], label["component"]["type"], label["component"]["values"]) == (18, 3, ["large"])
        message = await sent.replied()
        assert message.content == "a boat ['large'] ['boat.png']"
        assert message.private_to is ann.user
        for wrong in ({"Prompt": "x" * 21, "Size": "large"}, {"Prompt": "x"}, {"Prompt": "x", "Size": "huge"}):
            with pytest.raises(AssertionError):
                await ann.submit_modal(opened, wrong)


async def test_an_attachment_option_can_be_downloaded_until_its_address_expires() -> None:
    """Check: attachment option; the signed address works for a day (reference section 1.6)."""
    seen: list[discord.Attachment] = []

    async def script(interaction: Interaction, image: discord.Attachment, **_: object) -> None:
        await interaction.response.defer()
        seen.append(image)
        await interaction.edit_original_response(content=f"{image.filename} {len(await image.read())}")

    async with connected() as stage:
        stage.bot.script = script
        ann = _ann(stage)
        exchange = await ann.slash("make", {"prompt": "x", "image": PNG})
        await exchange.shows("boat.png 12")
        assert (seen[0].content_type, seen[0].size) == ("image/png", 12)
        stage.server.clock.advance(86_401)
        with pytest.raises(discord.NotFound):
            await seen[0].read()
        renewed = stage.server.cdn.refreshed([seen[0].url])["refreshed_urls"][0]["refreshed"]
        assert await stage.bot.http.get_from_cdn(renewed) == PNG.data


async def test_a_message_menu_delivers_the_whole_message() -> None:
    """Check: message context menu; content and attachments come without the message content intent."""
    seen: list[discord.Message] = []

    async def script(interaction: Interaction, message: discord.Message) -> None:
        seen.append(message)
        await interaction.response.send_message("thanks", ephemeral=True)

    async with connected() as stage:
        stage.bot.script = script
        ann = _ann(stage)
        posted = await ann.upload(PNG, text="look at this")
        exchange = await ann.context_menu("Use image", posted)
        await exchange.replied()
        assert (seen[0].content, [a.filename for a in seen[0].attachments]) == ("look at this", ["boat.png"])
        assert await seen[0].attachments[0].read() == PNG.data


async def test_an_answer_after_three_seconds_is_unknown() -> None:
    """Check: 3 s -> 404/10062, by the fake's clock; the person reads that nobody responded."""
    async with connected() as stage:
        server = stage.server
        stage.bot.script = deliver
        ann = _ann(stage)
        with server.faults.hold("interactions.callback") as hold:
            exchange = await ann.slash("make", {"prompt": "x"})
            await hold.reached()
            server.clock.advance(3.1)
            assert exchange.failed
        call = await server.calls.until("interactions.callback")
        assert (call.status, call.code) == (404, 10062)
        await stage.until(lambda: bool(stage.bot.errors), "the error")
        assert isinstance(stage.bot.errors[0], discord.NotFound)
        with pytest.raises(AssertionError, match="not answered in time"):
            assert_all_acked(server)


async def test_the_token_dies_after_15_minutes_and_the_bot_token_goes_on() -> None:
    """Checks: 15 min -> 401/50027; then the same message is edited over the channel route (rules 4 and 5)."""
    seen: list[Interaction] = []

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer()
        seen.append(interaction)

    async with connected() as stage:
        server = stage.server
        stage.bot.script = script
        exchange = await _ann(stage).slash("make", {"prompt": "x"})
        await exchange.acked()
        await stage.until(lambda: bool(seen), "the script")
        server.clock.advance(899)
        await seen[0].edit_original_response(content="still working")
        server.clock.advance(1)
        assert exchange.token_expired
        with pytest.raises(discord.HTTPException) as refused:
            await seen[0].edit_original_response(content="too late")
        assert (refused.value.status, refused.value.code) == (401, 50027)
        channel = stage.bot.get_channel(server.general.id)
        assert isinstance(channel, discord.TextChannel)
        await channel.get_partial_message(exchange.message.id).edit(view=gallery(VIDEO), content=None)
        assert exchange.message.now.media == (VIDEO,)


async def test_an_ephemeral_message_does_not_exist_for_the_bot_token() -> None:
    """Rule 7: after 15 minutes nobody can edit an ephemeral message any more (404/10008)."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer(ephemeral=True)

    async with connected() as stage:
        stage.bot.script = script
        exchange = await _ann(stage).slash("make", {"prompt": "x"})
        await exchange.acked()
        partial = stage.bot.get_partial_messageable(stage.server.general.id).get_partial_message(exchange.message.id)
        with pytest.raises(discord.NotFound) as refused:
            await partial.edit(content="hello")
        assert refused.value.code == 10008


async def test_a_second_answer_is_refused_and_a_redelivery_is_seen_as_one() -> None:
    """40060: Discord may deliver an event twice (rule 3); the second answer does not count."""
    async with connected() as stage:
        stage.bot.script = deliver
        exchange = await _ann(stage).slash("make", {"prompt": "x"})
        await exchange.acked()
        assert exchange.redeliver() == 1
        call = await stage.server.calls.until("interactions.callback", 2)
        assert (call.status, call.code) == (400, 40060)
        assert exchange.interaction.delivered == 2


async def test_a_followup_takes_the_place_of_thinking_and_keeps_its_privacy() -> None:
    """Reference section 1.2: the first followup edits the thinking message; the next one is a message of its own."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send("first", wait=True)
        await interaction.followup.send("second", wait=True)

    async with connected() as stage:
        stage.bot.script = script
        ann = _ann(stage)
        exchange = await ann.slash("make", {"prompt": "x"})
        await exchange.replied(2)
        assert [message.history for message in exchange.messages] == [("", "first"), ("second",)]
        assert [message.private_to for message in exchange.messages] == [ann.user, None]


async def test_what_no_client_would_let_a_person_do_fails_the_test() -> None:
    """The driver is as strict as Discord's own client, so that no test passes by doing the impossible."""
    async with connected() as stage:
        server: DiscordServer = stage.server
        ann = server.person("ann")
        wrong: tuple[tuple[str, dict[str, Any], str], ...] = (
            ("nothing", {}, "not offered 'nothing'"),
            ("make", {}, "asks for"),
            ("make", {"prompt": 5}, "needs"),
            ("make", {"prompt": "x", "what": "y"}, "no option 'what'"),
        )
        for name, options, words in wrong:
            with pytest.raises(AssertionError, match=words):
                await ann.slash(name, options)
        stranger = server.person("bob", member=False)
        with pytest.raises(AssertionError, match="do not see this channel"):
            await stranger.slash("make", {"prompt": "x"})
        whisper = server.person("cy")
        stage.bot.script = _whisper
        private = await (await whisper.slash("make", {"prompt": "x"})).replied()
        with pytest.raises(AssertionError, match="not there for them"):
            await ann.click(private, "anything")


async def _whisper(interaction: Interaction, **_: object) -> None:
    await interaction.response.send_message("psst", ephemeral=True)


def _ann(stage: Stage) -> Person:
    return stage.server.person("ann")
