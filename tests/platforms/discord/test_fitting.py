"""Sentences that Discord would cut off or refuse are found in every language, before a person meets them."""

from datetime import UTC

import pytest
from typing_extensions import override

from bot.core import listings, slash, wording
from bot.findings import Level
from bot.i18n import Translator, Translators
from bot.platforms.discord.fitting import misfits
from bot.text import Phrase, Value
from tests.fakes.discord_server import DiscordServer
from tests.platforms.discord.looking import look


class Misspoken(Translators):
    """Says one phrase in another way in one language."""

    def __init__(self, language: str, phrase: Phrase, said: str) -> None:
        super().__init__(UTC)
        self.language, self.phrase, self.said = language, phrase, said

    @override
    def get(self, locale: str) -> Translator:
        right = super().get(locale)
        return _Wrong(right, self.phrase, self.said) if right.locale == self.language else right


class _Wrong(Translator):
    def __init__(self, right: Translator, phrase: Phrase, said: str) -> None:
        super().__init__(right.locale, UTC)
        self._phrase, self._said = phrase, said

    @override
    def say(self, value: Value) -> str:
        return self._said if getattr(value, "phrase", "") == self._phrase.one else super().say(value)


MISSPOKEN = (
    ("zh_Hans", slash.SLASH["video"][1], "很" * 101, "101 characters"),
    ("zh_Hans", slash.SLASH["animate"][0], "视" * 33, "33 characters"),
    ("zh_Hans", slash.SLASH["animate"][0], "视频！", "only letters"),
    ("zh_Hans", slash.SLASH_OPTIONS["second"][0], "第 二+", "only letters"),
    ("zh_Hans", slash.SLASH_KINDS["frames"], "很" * 101, "101 characters"),
    ("zh_Hans", slash.MENUS["frame"], "很" * 46, "46 characters"),
    ("zh_Hans", slash.MENU_PROMPT, "很" * 46, "46 characters"),
    ("zh_Hans", wording.BUTTON_CONFIRM, "很" * 81, "81 characters"),
    ("en", wording.BUTTON_MAY_CHARGE, "w" * 81, "81 characters"),
    ("en", wording.IN_DOUBT_TITLE, "w" * 251, "251 characters"),
    ("zh_Hans", listings.HELP_INTRO, "很" * 3300, "too long together"),
    ("zh_Hans", wording.BUTTON_CANCEL, "", "0 characters"),
)


@pytest.mark.parametrize("language,phrase,said,why", MISSPOKEN, ids=[str(n) for n in range(len(MISSPOKEN))])
async def test_a_sentence_that_does_not_fit(language: str, phrase: Phrase, said: str, why: str) -> None:
    """It is named with its language and its length, before a person sees it cut off."""
    async with DiscordServer() as server:
        found = await look(server, words=Misspoken(language, phrase, said))
        problems = [finding for finding in found if finding.part == "texts"]
        assert problems
        for problem in problems:
            assert problem.level is Level.PROBLEM
            assert problem.said.startswith(f"{language}: ")
            assert f"locales/{language}/" in problem.step
        assert [problem for problem in problems if why in problem.said]


@pytest.mark.parametrize(
    "phrase,most", [(wording.BUTTON_CONFIRM, 80), (slash.MENU_PROMPT, 45), (wording.IN_DOUBT_TITLE, 250)]
)
def test_a_sentence_that_just_fits(phrase: Phrase, most: int) -> None:
    """The limit itself is still within it."""
    assert misfits(Misspoken("zh_Hans", phrase, "很" * most)) == []
