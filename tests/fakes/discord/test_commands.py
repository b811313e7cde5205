"""What Discord accepts as commands, in every language (reference section 1.8), by bare HTTP."""

import pytest

from tests.fakes.discord.rest import Json, Rest, asking
from tests.fakes.discord_server.command_rules import LOCALES, good_name


def command(**more: object) -> Json:
    """Return a slash command."""
    return {"name": "make", "description": "Make a picture", "type": 1} | more


def option(number: int = 0, **more: object) -> Json:
    """Return a text option."""
    return {"type": 3, "name": f"o{number}", "description": "d"} | more


def choices(count: int, length: int = 1) -> list[Json]:
    """Return choices whose values have this length."""
    return [{"name": f"n{n}", "value": f"{n:02}" + "v" * (length - 2)} for n in range(count)]


async def sync(rest: Rest, *commands: Json, guild: int | None = None) -> tuple[int, set[str]]:
    """Sync commands; return the status and the mistakes."""
    scope = f"/guilds/{guild}" if guild else ""
    reply = await rest.call("PUT", f"/applications/{rest.server.application}{scope}/commands", list(commands))
    return reply.status, reply.wrong if reply.status == 400 else set()


GOOD_AND_BAD: tuple[tuple[str, Json, Json, str], ...] = (
    ("name length", command(name="x" * 32), command(name="x" * 33), "0.name"),
    ("description length", command(description="x" * 100), command(description="x" * 101), "0.description"),
    ("name case", command(name="画图"), command(name="Make"), "0.name=APPLICATION_COMMAND_INVALID_NAME"),
    ("name letters", command(name="make-it_2"), command(name="make it"), "0.name=APPLICATION_COMMAND_INVALID_NAME"),
    (
        "a translated name",
        command(name_localizations={"zh-CN": "画图"}),
        command(name_localizations={"de": "Malen"}),
        "0.name_localizations.de=APPLICATION_COMMAND_INVALID_NAME",
    ),
    (
        "a translated description",
        command(description_localizations={"ja": "x" * 100}),
        command(description_localizations={"ja": "x" * 101}),
        "0.description_localizations.ja",
    ),
    (
        "a language",
        command(name_localizations={"sv-SE": "x"}),
        command(name_localizations={"sv": "x"}),
        "0.name_localizations.sv=APPLICATION_COMMAND_LOCALE_INVALID",
    ),
    (
        "options",
        command(options=[option(n) for n in range(25)]),
        command(options=[option(n) for n in range(26)]),
        "0.options",
    ),
    (
        "required first",
        command(options=[option(1, required=True), option(2)]),
        command(options=[option(1), option(2, required=True)]),
        "0.options.1.required=APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    (
        "option names",
        command(options=[option(1), option(2)]),
        command(options=[option(1), option(1)]),
        "0.options.0.name=APPLICATION_COMMAND_OPTIONS_NAME_NON_UNIQUE",
    ),
    (
        "choices",
        command(options=[option(choices=choices(25))]),
        command(options=[option(choices=choices(26))]),
        "0.options.0",
    ),
    (
        "choice values",
        command(options=[option(choices=choices(1, 100))]),
        command(options=[option(choices=choices(1, 101))]),
        "0.options.0.choices.0.value",
    ),
    (
        "choices beside autocomplete",
        command(options=[option(autocomplete=True)]),
        command(options=[option(autocomplete=True, choices=choices(1))]),
        "0.options.0.autocomplete=APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES",
    ),
    (
        "text length",
        command(options=[option(max_length=6000)]),
        command(options=[option(max_length=6001)]),
        "0.options.0",
    ),
    ("contexts", command(contexts=[0, 1, 2]), command(contexts=[3]), "0.contexts=BASE_TYPE_CHOICES"),
    ("installs", command(integration_types=[0, 1]), command(integration_types=[]), "0.integration_types"),
    ("a menu's name", {"type": 3, "name": "Use Image"}, {"type": 3, "name": "x" * 33}, "0.name"),
    ("a menu", {"type": 3, "name": "Use"}, {"type": 3, "name": "Use", "description": "x"}, "0.description"),
    (
        "the whole command",
        command(options=[option(n, choices=choices(25, 100)) for n in range(2)]),
        command(options=[option(n, choices=choices(25, 100)) for n in range(4)]),
        "0=APPLICATION_COMMAND_TOO_LARGE",
    ),
)


@pytest.mark.parametrize("good, bad, place", [g[1:] for g in GOOD_AND_BAD], ids=[g[0] for g in GOOD_AND_BAD])
async def test_a_bad_command_fails_the_whole_sync(good: Json, bad: Json, place: str) -> None:
    """50035 names the place; what was registered before stays as it was."""
    async with asking() as rest:
        assert await sync(rest, good) == (200, set())
        before = rest.server.commands.all()
        status, wrong = await sync(rest, bad)
        assert status == 400
        assert any(found.startswith(place) for found in wrong), wrong
        assert rest.server.commands.all() == before


async def test_there_is_room_for_100_commands_and_15_menus_of_each_kind() -> None:
    """30032 beyond that; two commands of one name, in any language, are refused."""
    async with asking() as rest:
        many = [command(name=f"c{n}") for n in range(100)]
        menus = [{"type": kind, "name": f"m{n}"} for kind in (2, 3) for n in range(15)]
        assert await sync(rest, *many, *menus) == (200, set())
        for extra in (command(name="one-more"), {"type": 3, "name": "one more"}):
            assert (await sync(rest, *many, *menus, extra))[0] == 400
        twins = command(name="a", name_localizations={"de": "x"}), command(name="b", name_localizations={"de": "x"})
        assert (await sync(rest, *twins))[1] == {"1.name=APPLICATION_COMMANDS_DUPLICATE_NAME"}


async def test_ids_stay_versions_change_and_translations_come_only_when_asked_for() -> None:
    """A second sync keeps the ids; a list has translations only with `with_localizations`."""
    async with asking() as rest:
        path = f"/applications/{rest.server.application}/commands"
        body = [command(name_localizations={"de": "malen"}), {"type": 3, "name": "Use"}]
        first = (await rest.call("PUT", path, body)).body
        second = (await rest.call("PUT", path, body)).body
        assert [c["id"] for c in first] == [c["id"] for c in second]
        assert first[0]["version"] != second[0]["version"]
        assert second[1]["description"] == ""
        assert second[0]["default_member_permissions"] is None
        assert second[0]["contexts"] is None
        assert "name_localizations" not in (await rest.call("GET", path)).body[0]
        full = (await rest.call("GET", f"{path}?with_localizations=true")).body
        assert full[0]["name_localizations"] == {"de": "malen"}


async def test_single_commands_can_be_added_changed_and_deleted_also_in_one_guild() -> None:
    """The other routes; a guild's commands are offered in that guild only."""
    async with asking() as rest:
        guild = rest.server.studio
        path = f"/applications/{rest.server.application}/guilds/{guild.id}/commands"
        added = await rest.call("POST", path, command(name="here"))
        assert (added.status, added.body["guild_id"]) == (201, str(guild.id))
        one = f"{path}/{added.body['id']}"
        assert (await rest.call("PATCH", one, {"description": "Better"})).body["description"] == "Better"
        assert (await rest.call("PATCH", one, {"name": "Bad Name"})).status == 400
        assert (await rest.call("GET", one)).body["name"] == "here"
        ann = rest.server.person("ann")
        await ann.slash("here")
        other = rest.server.world.add_channel(rest.server.world.add_guild("Other"), "lobby")
        with pytest.raises(AssertionError, match="not offered"):
            await rest.server.person("bob", home=other).slash("here")
        assert (await rest.call("DELETE", one)).status == 204
        assert (await rest.call("GET", one)).code == 10063


@pytest.mark.parametrize(
    "settings, guild, dm, foreign",
    [
        ({}, True, True, False),
        ({"contexts": [0]}, True, False, False),
        ({"integration_types": [1]}, True, True, True),
        ({"integration_types": [0, 1], "contexts": [1]}, False, True, False),
    ],
)
async def test_contexts_and_installs_decide_who_is_offered_a_command(
    settings: Json, *, guild: bool, dm: bool, foreign: bool
) -> None:
    """Rule: set both explicitly; without a word a command exists only where a server has installed the app."""
    async with asking() as rest:
        await sync(rest, command(**settings))
        ann = rest.server.person("ann", installed=True)
        elsewhere = rest.server.world.add_channel(rest.server.world.add_guild("Elsewhere", with_bot=False), "lounge")
        assert elsewhere.guild is not None
        rest.server.world.join(ann.user, elsewhere.guild)
        for place, offered in ((rest.server.general, guild), (ann.dm, dm), (elsewhere, foreign)):
            if offered:
                await ann.slash("make", where=place)
            else:
                with pytest.raises(AssertionError, match="not offered"):
                    await ann.slash("make", where=place)


async def test_200_new_commands_a_day_are_enough() -> None:
    """30034 beyond that; renamed commands count as new, unchanged ones do not."""
    async with asking() as rest:
        for day in range(2):
            for half in range(2):
                assert (await sync(rest, *(command(name=f"c{day}{half}{n}") for n in range(100))))[0] == 200
            assert (await sync(rest, command(name="one-more")))[0] == 429
            rest.server.clock.advance(86_401)


def test_names_in_every_script_are_judged_as_discord_does() -> None:
    """Letters and digits of any script, `-_'`, lower case where there is case; 32 languages."""
    assert all(map(good_name, ["video", "画图", "ビデオ", "рисунок", "ไทย", "चित्र", "l'image", "a-b_c9"]))
    assert not any(map(good_name, ["", "Video", "РИСУНОК", "two words", "emoji🎨", "a.b", "x" * 33]))
    assert len(LOCALES) == 32
