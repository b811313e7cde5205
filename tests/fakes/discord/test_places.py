"""Where people use the bot, and what they read there, with unmodified discord.py: installs, DMs, media, pings."""

import pytest

from tests.fakes.discord.library import discord
from tests.fakes.discord.stage import Interaction, connected
from tests.fakes.discord.views import PICTURE, VIDEO, deliver, gallery
from tests.fakes.discord_server import Loading, Permission


async def test_a_user_install_in_an_unknown_guild_works_through_the_token_only() -> None:
    """Checks: user install in an unknown guild; the bot token is refused there with 403/50001."""
    seen: list[Interaction] = []

    async def script(interaction: Interaction, **_: object) -> None:
        await deliver(interaction)
        seen.append(interaction)

    async with connected() as stage:
        server = stage.server
        stage.bot.script = script
        elsewhere = server.world.add_channel(server.world.add_guild("Elsewhere", with_bot=False), "lounge")
        ann = server.person("ann", home=elsewhere, installed=True)
        exchange = await ann.slash("make", {"prompt": "x"})
        message = await exchange.edited(3)
        assert message.now.media == (PICTURE, VIDEO)
        assert message.private_to is None
        await stage.until(lambda: bool(seen), "the script")
        (interaction,) = seen
        assert (interaction.is_user_integration(), interaction.is_guild_integration()) == (True, False)
        assert interaction.guild is not None
        assert interaction.guild.name == ""
        assert (interaction.app_permissions.embed_links, interaction.app_permissions.send_messages) == (True, False)
        with pytest.raises(discord.Forbidden) as refused:
            await stage.bot.get_partial_messageable(elsewhere.id).send("hello")
        assert refused.value.code == 50001


async def test_a_user_install_has_five_followups_and_may_be_forced_to_whisper() -> None:
    """Reference sections 1.2 and 1.3: five followups; without USE_EXTERNAL_APPS everything is ephemeral."""

    async def script(interaction: Interaction, **_: object) -> None:
        await interaction.response.send_message("0")
        for number in range(1, 7):
            await interaction.followup.send(str(number), wait=True)

    async with connected() as stage:
        server = stage.server
        server.buckets.off()
        stage.bot.script = script
        elsewhere = server.world.add_channel(server.world.add_guild("Elsewhere", with_bot=False), "lounge")
        ann = server.person("ann", home=elsewhere, installed=True)
        elsewhere.deny(ann.user, Permission.USE_EXTERNAL_APPS)
        exchange = await ann.slash("make", {"prompt": "x"})
        await exchange.replied(6)
        assert (await server.calls.until("webhooks.send", 6)).code == 40094
        assert {message.private_to for message in exchange.messages} == {ann.user}
        assert not server.buckets.exceeded


async def test_a_dm_works_and_so_does_a_dm_between_two_people() -> None:
    """Check: DM; in the DM of two others only the person's installation counts, and the bot token has no access."""
    async with connected() as stage:
        server = stage.server
        stage.bot.script = deliver
        ann = server.person("ann", installed=True)
        bob = server.person("bob")
        for place, context in ((bob.dm, 1), (ann.dm, 1), (server.world.dm(ann.user, bob.user), 2)):
            person = bob if place is bob.dm else ann
            exchange = await person.slash("make", {"prompt": "x"}, where=place)
            await exchange.edited(3)
            assert exchange.interaction.payload["context"] == context
        user = await stage.bot.fetch_user(bob.user.id)
        await user.send("a line by the bot token")
        await bob.finds("a line by the bot token", where=bob.dm)
        with pytest.raises(discord.Forbidden):
            await stage.bot.get_partial_messageable(server.world.dm(ann.user, bob.user).id).send("x")


async def test_media_are_loading_at_first_and_then_loaded_or_not() -> None:
    """Reference section 1.5: the answer to a write says *loading*, a later GET what became of it."""
    async with connected() as stage:
        server = stage.server
        server.cdn.outcomes[VIDEO] = Loading.NOT_FOUND
        channel = stage.bot.get_partial_messageable(server.general.id)
        sent = await channel.send(view=gallery(PICTURE, VIDEO))
        assert [item.loading_state.name for item in _media(sent) if item.loading_state] == ["loading", "loading"]
        fetched = await channel.fetch_message(sent.id)
        picture, video = _media(fetched)
        assert (picture.loading_state, picture.width, picture.content_type) == (
            discord.MediaItemLoadingState.loaded,
            1280,
            "image/png",
        )
        assert (video.loading_state, video.width) == (discord.MediaItemLoadingState.not_found, None)


async def test_bare_links_are_previewed_and_other_links_are_not() -> None:
    """What unfurls: bare addresses; not those in <>, in code, or in a suppressed message. `Message.edit` unhides."""
    async with connected() as stage:
        channel = stage.bot.get_partial_messageable(stage.server.general.id)
        sent = await channel.send(f"{VIDEO} <{PICTURE}> `https://code.example/` ```\nhttps://block.example/\n```")
        kept = stage.server.board.all[sent.id]
        assert kept.now.unfurls == (VIDEO,)
        assert [embed.type for embed in (await channel.fetch_message(sent.id)).embeds] == ["video"]
        hidden = await channel.send(VIDEO, suppress_embeds=True)
        await channel.get_partial_message(hidden.id).edit(content=f"{VIDEO} ")
        await hidden.edit(content=VIDEO)
        versions = stage.server.board.all[hidden.id].versions
        assert [version.unfurls for version in versions] == [(), (), (VIDEO,)]


async def test_only_new_messages_ring_and_only_for_those_who_are_allowed() -> None:
    """Rule 9 and 15: edits do not notify; the allowed mentions decide; code does not ring."""
    async with connected() as stage:
        server = stage.server
        ann, bob = server.person("ann"), server.person("bob")
        channel = stage.bot.get_partial_messageable(server.general.id)
        both = f"<@{ann.user.id}> <@{bob.user.id}> @everyone"
        await channel.send(both)
        assert ann.user.pings == bob.user.pings == []
        await channel.send(both, allowed_mentions=discord.AllowedMentions(users=[discord.Object(bob.user.id)]))
        assert (len(ann.user.pings), len(bob.user.pings)) == (0, 1)
        loud = await channel.send(f"`<@{ann.user.id}>`", allowed_mentions=discord.AllowedMentions.all())
        await loud.edit(content=both, allowed_mentions=discord.AllowedMentions.all())
        assert (len(ann.user.pings), len(bob.user.pings)) == (0, 1)
        posted = await ann.say("hello")
        reply = discord.MessageReference(message_id=posted.id, channel_id=posted.channel.id)
        await channel.send("here", reference=reply, mention_author=True)
        assert len(ann.user.pings) == 1


def _media(message: discord.Message) -> list[discord.UnfurledMediaItem]:
    container = message.components[0]
    assert isinstance(container, discord.components.Container)
    assert container.id is not None
    shown = container.children[1]
    assert isinstance(shown, discord.components.MediaGalleryComponent)
    return [item.media for item in shown.items]
