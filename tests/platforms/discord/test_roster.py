"""Whether Discord lists our commands: what counts as a difference, what does not, and that a start mends it."""

from pathlib import Path

import pytest

from tests.fakes.discord_server import DiscordServer
from tests.platforms.discord.looking import about, look, our_commands, told, wrong
from tests.platforms.discord.stage import stage


async def test_commands_that_were_never_told() -> None:
    """Before the first start that is the one thing left to do."""
    async with DiscordServer() as server:
        found = await look(server)
        assert wrong(found) == ["commands"]
        assert "limner run" in about(found, "commands")[0]


async def test_commands_of_another_program() -> None:
    """The token is used elsewhere too, or was: that is more than "not told yet"."""
    async with DiscordServer() as server:
        server.commands.replace_all(None, [{"name": "imagine", "description": "from another program"}])
        [said] = about(await look(server), "commands")
        assert "not ours: imagine" in said


async def test_commands_that_are_not_ours_any_more() -> None:
    """Each is named by what is the matter with it."""
    async with DiscordServer() as server:
        commands = await our_commands()
        by_name = {command["name"]: command for command in commands}
        del by_name["help"]
        by_name["video"]["description"] = "something else"
        by_name["imagine"] = {"name": "imagine", "description": "from another program"}
        server.commands.replace_all(None, list(by_name.values()))
        [said] = about(await look(server), "commands")
        assert "not listed: help; listed in another form: video; not ours: imagine" in said


@pytest.mark.parametrize("where", ["name_localizations", "description_localizations"])
async def test_a_changed_translation_is_a_changed_command(where: str) -> None:
    """Whoever uses Discord in Chinese would look at old words."""
    async with DiscordServer() as server:
        commands = await our_commands()
        commands[0] |= {where: {"zh-CN": "旧的"}}
        server.commands.replace_all(None, commands)
        assert wrong(await look(server)) == ["commands"]


async def test_an_option_that_has_changed_is_a_changed_command() -> None:
    """What can be chosen and how much may be typed belong to it."""
    async with DiscordServer() as server:
        for field in ("max_length", "choices", "required"):
            commands = await our_commands()
            options = [dict(option) for option in commands[0]["options"]]
            changed = next(option for option in options if option.get(field))
            changed[field] = 7 if field == "max_length" else [] if field == "choices" else False
            commands[0] |= {"options": sorted(options, key=lambda option: not option.get("required"))}
            server.commands.replace_all(None, commands)
            assert wrong(await look(server)) == ["commands"], field


async def test_what_discord_leaves_out_and_adds_is_no_difference() -> None:
    """It answers without what says nothing, in its own order, and with fields of its own."""
    async with DiscordServer() as server:
        await told(server)
        for command in server.commands.all():
            command |= {"contexts": [2, 1, 0], "dm_permission": True, "name_localized": "x", "brand_new": {"a": 1}}
            for option in command.get("options", ()):
                for field in [name for name, value in option.items() if value is False or value is None]:
                    del option[field]
            if not command.get("options"):
                command.pop("options", None)
        assert wrong(await look(server)) == []


async def test_a_start_mends_the_commands(tmp_path: Path) -> None:
    """The step that the doctor names works also where our own notes say that Discord was told."""
    async with stage(tmp_path) as at:
        commands = at.discord.commands
        commands.replace_all(None, [{"name": "imagine", "description": "from another program"}])
        await at.restart(after=60)
        await at.discord.gateway.ready()
        assert {command["name"] for command in commands.all()} == {command["name"] for command in await our_commands()}


async def test_a_start_goes_on_where_the_commands_cannot_be_read(tmp_path: Path) -> None:
    """What Discord was told last is in our notes, and people are waiting."""
    async with stage(tmp_path) as at:
        at.discord.faults.status("commands.list", 500)
        await at.restart(after=60)
        await at.discord.gateway.ready()
        assert at.discord.commands.syncs == {None: 1}


async def test_a_games_own_command_is_not_counted() -> None:
    """Discord adds one to applications that have an activity."""
    async with DiscordServer() as server:
        await told(server)
        server.commands._kept[None][1] = {"id": "1", "type": 4, "name": "launch", "description": ""}
        assert wrong(await look(server)) == []
