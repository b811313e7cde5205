"""The commands as Discord gets them: complete, within its rules in every language, and read back as they were meant."""

from datetime import UTC
from typing import Any

import pytest
from discord.app_commands import TranslationContext, TranslationContextLocation

from bot.core import slash
from bot.core.grammar import Ask, Verb, parse
from bot.core.options import Use
from bot.core.preferences import Wish
from bot.engine.desk import KINDS
from bot.i18n import SHIPPED, Translators
from bot.platforms.discord import modals
from bot.platforms.discord.asking import Form, always, order
from bot.platforms.discord.client import Client, Tree
from bot.platforms.discord.commands import Commands, tasks
from bot.platforms.discord.connection import fingerprint, payload
from bot.platforms.discord.limits import modal_problems
from bot.platforms.discord.translator import CatalogueTranslator, told
from bot.text import Phrase
from providers.models import Task
from tests.fakes.discord_server.command_rules import check_commands
from tests.fakes.discord_server.modals import check_modal

WORDS = Translators(UTC)
CHINESE = ("zh-CN", "zh-TW")


async def listed() -> list[dict[str, Any]]:
    """Return what Discord is told."""
    tree = Tree(Client(None, shards=1, pace=0, ready_timeout=0))  # type: ignore[arg-type] # nobody calls
    Commands(None, None, WORDS).join(tree)  # type: ignore[arg-type] # nobody calls
    await tree.set_translator(CatalogueTranslator(WORDS))
    return list(await payload(tree))


async def named() -> dict[str, dict[str, Any]]:
    """Return the same by name."""
    return {command["name"]: command for command in await listed()}


async def test_discord_takes_every_command_in_every_language() -> None:
    """One name that is too long would cost them all: the pretend Discord checks each by the reference's rules."""
    assert check_commands(await listed())


async def test_every_command_is_there() -> None:
    """What can be typed elsewhere can be picked here; three menus stand on messages."""
    found = await named()
    commands = {name for name, command in found.items() if command["type"] == 1}
    menus = {name for name, command in found.items() if command["type"] == 3}
    assert commands == {verb.value for verb in Verb if verb is not Verb.ALWAYS}
    assert menus == {"Animate this image", "Edit this image", "Use as first frame"}


async def test_every_command_says_where_it_may_be_used() -> None:
    """In servers, in our DMs and in other people's; installed by a server or by a person."""
    for command in await listed():
        assert (sorted(command["contexts"]), sorted(command["integration_types"])) == ([0, 1, 2], [0, 1])


@pytest.mark.parametrize("locale", CHINESE)
async def test_everything_has_its_chinese_name(locale: str) -> None:
    """Names, descriptions, options, and the choices that are words."""
    for command in await listed():
        assert command["name_localizations"][locale]
        if command["type"] != 1:
            continue
        assert command["description_localizations"][locale]
        for option in command["options"]:
            assert option["name_localizations"][locale]
            assert option["description_localizations"][locale]


async def test_a_translated_name_is_one_that_can_be_typed() -> None:
    """Who knows the command by its Chinese name from another chat finds the same one here."""
    for name, command in (await named()).items():
        if command["type"] == 1:
            typed = parse(f"/{command['name_localizations']['zh-CN']} x")
            assert isinstance(typed, Ask), name
            assert typed.verb.value == name


async def test_only_languages_we_speak_are_sent() -> None:
    """Whoever reads another one sees the English names."""
    for command in await listed():
        assert set(command["name_localizations"]) == set(CHINESE)


@pytest.mark.parametrize("said", ["x" * 101, "", "Bad Name!", "UPPER"])
async def test_a_translation_that_does_not_fit_is_left_out(said: str) -> None:
    """It would fail the whole list; the English name is there instead."""
    words = Translators(UTC)

    class Spoiled:
        def say(self, _: object) -> str:
            return said

    words.get = lambda _: Spoiled()  # type: ignore[method-assign, assignment, return-value] # spoils one language
    translator = CatalogueTranslator(words)
    chinese = next(locale for locale in translator._languages if locale.value == "zh-CN")
    phrase = Phrase("video")
    command = type("Described", (), {"description": ""})()
    for location in (TranslationContextLocation.command_name, TranslationContextLocation.parameter_name):
        context: Any = TranslationContext(location, command)
        kept = await translator.translate(told("video", phrase), chinese, context)
        assert kept in {None, said.lower()}
        assert kept is None or said == "UPPER"


async def test_the_list_is_told_apart_from_any_other() -> None:
    """Commands are sent again exactly when something about them changed."""
    first, second = await listed(), await listed()
    assert fingerprint(first) == fingerprint(second)
    second[0]["options"][0]["description_localizations"]["zh-CN"] = "另一个"
    assert fingerprint(first) != fingerprint(second)


def test_kinds_are_those_of_the_typed_command() -> None:
    """A choice that the desk does not know would be a dead end."""
    assert set(slash.SLASH_KINDS) == set(KINDS)
    assert set(slash.SLASH_USES) <= {use.value for use in Use}
    assert set(slash.SLASH) == {verb.value for verb in Verb if verb is not Verb.ALWAYS}


# --- what was filled in ------------------------------------------------------------------------------------------


def test_an_order_is_what_was_filled_in() -> None:
    """Each field arrives, the rest is left to the model."""
    form = Form("a puppy", "wan", 10, "1080p", "16:9", 2, "frames")
    ask = order(Verb.VIDEO, form)
    settings = {"duration": "10", "resolution": "1080p", "aspect_ratio": "16:9"}
    assert ask == Ask(Verb.VIDEO, rest="a puppy", settings=settings, model="wan", count=2, use=Use.FRAMES)
    assert order(Verb.VIDEO, Form("a puppy")) == Ask(Verb.VIDEO, rest="a puppy")


def test_what_stands_in_the_words_counts_too() -> None:
    """The help shows how to type settings; it is true here as well, and what was filled in wins."""
    ask = order(Verb.VIDEO, Form("5s 720p cheapest a puppy https://a.example/p.png", resolution="1080p"))
    assert (ask.rest, ask.wish) == ("a puppy", Wish.CHEAPEST)
    assert ask.settings == {"duration": "5", "resolution": "1080p"}
    assert ask.links == ("https://a.example/p.png",)
    assert order(Verb.VIDEO, Form("cheapest a puppy", model="wan")).wish is None


def test_what_is_read_aloud_is_taken_word_for_word() -> None:
    """Five seconds at the start of a sentence are words."""
    assert order(Verb.SPEAK, Form("5s to go, see https://a.example")).rest == "5s to go, see https://a.example"


def test_half_a_character_can_be_written_down() -> None:
    """A long prompt may be cut by the program it was written in."""
    assert order(Verb.VIDEO, Form("a\ud83d")).rest == "a?"


def test_the_model_to_always_use_is_asked_as_it_is_typed() -> None:
    """So that the desk understands it."""
    assert always("video", "wan2.6-t2v") == parse("/model video wan2.6-t2v")


@pytest.mark.parametrize(
    "command,filled,expected",
    [
        ("video", {}, (Task.TEXT_TO_VIDEO,)),
        ("video", {"has_picture": True}, (Task.IMAGE_TO_VIDEO,)),
        ("video", {"use": "frames"}, (Task.FIRST_LAST_FRAME_TO_VIDEO,)),
        ("animate", {"use": "reference"}, (Task.REFERENCE_IMAGE_TO_VIDEO,)),
        ("animate", {"has_picture": True}, (Task.IMAGE_TO_VIDEO,)),
        ("image", {"has_picture": True}, (Task.IMAGE_TO_IMAGE,)),
        ("model", {"kind": "music"}, (Task.TEXT_TO_MUSIC,)),
        ("model", {}, tuple(Task)),
    ],
)
def test_models_are_offered_for_what_will_be_made(command: str, filled: dict[str, Any], expected: Any) -> None:
    """Who has added a picture is not offered a model that takes none."""
    assert tasks(command, **filled) == expected


# --- forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", SHIPPED)
@pytest.mark.parametrize("menu", slash.MENUS)
def test_every_form_is_within_the_limits(menu: str, locale: str) -> None:
    """For our own check and for the pretend Discord's."""
    form = modals.form(menu, "9" * 20, WORDS.get(locale))
    assert modal_problems(form) == []
    check_modal(form)


def _sent(custom_id: str, *files: str, prompt: str = "it runs") -> dict[str, Any]:
    known = {"1": {"url": "https://a.example/1.png", "size": 7}}
    fields = [
        {"type": 18, "component": {"type": 4, "custom_id": "prompt", "value": prompt}},
        {"type": 18, "component": {"type": 19, "custom_id": "last", "values": list(files)}},
    ]
    return {"custom_id": custom_id, "components": fields, "resolved": {"attachments": known}}


@pytest.mark.parametrize(
    "menu,files,verb,use",
    [
        ("animate", (), Verb.ANIMATE, None),
        ("edit", (), Verb.EDIT, None),
        ("frame", (), Verb.ANIMATE, None),
        ("frame", ("1",), Verb.ANIMATE, Use.FRAMES),
        ("frame", ("2",), Verb.ANIMATE, None),
    ],
)
def test_a_form_is_read_as_an_order(menu: str, files: tuple[str, ...], verb: Verb, use: Use | None) -> None:
    """With a last frame it is a film between two; a file that did not come is no file."""
    sent = modals.read(_sent(f"lmm1|{menu}|77", *files))
    assert sent is not None
    assert (sent.event, sent.ask.verb, sent.ask.use, sent.ask.rest) == ("77", verb, use, "it runs")
    assert len(sent.files) == (1 if use else 0)


@pytest.mark.parametrize(
    "data", [None, {}, {"custom_id": "lmm1|animate|x"}, _sent("other|animate|1"), _sent("lmm1|no|1")]
)
def test_other_forms_are_left_alone(data: object) -> None:
    """Also those that cannot be read: nothing breaks."""
    assert modals.read(data) is None
