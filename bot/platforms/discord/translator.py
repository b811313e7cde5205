"""The names and descriptions of commands in every language that Discord and our catalogues share (section 1.8)."""

import re

import structlog
from discord import Locale
from discord.app_commands import TranslationContextLocation, TranslationContextTypes, Translator, locale_str
from typing_extensions import override

from bot.i18n import SHIPPED, Translators, negotiate
from bot.platforms.discord.limits import MOST_DESCRIPTION_OF_COMMAND, MOST_NAME, length
from bot.platforms.discord.wire import COMMAND_NAME
from bot.text import Phrase

log = structlog.get_logger(__name__)

_TYPED = frozenset({TranslationContextLocation.command_name, TranslationContextLocation.parameter_name})


def told(name: str, phrase: Phrase) -> locale_str:
    """Return a string that is ``name`` in English and the phrase in every other language."""
    return locale_str(name, phrase=phrase)


class CatalogueTranslator(Translator):
    """Translates from our catalogues. One bad translation would fail them all, so it is left out instead."""

    def __init__(self, translators: Translators) -> None:
        super().__init__()
        self._translators = translators
        # Found once: it is asked for every string of every command in each of Discord's languages.
        self._languages = {locale: negotiate(locale.value) for locale in Locale}

    @override
    async def translate(self, string: locale_str, locale: Locale, context: TranslationContextTypes) -> str | None:
        phrase = string.extras.get("phrase")
        language = self._languages.get(locale, "")
        if not isinstance(phrase, Phrase) or language in {"", SHIPPED[0]}:
            return None
        said = written(self._translators.get(language).say(phrase()), context)
        if fits(said, context):
            return said
        log.error("translation_does_not_fit", language=language, phrase=phrase.one)
        return None


def written(said: str, context: TranslationContextTypes) -> str:
    """Return a translation as Discord lists it: a word to type has neither blanks nor capitals."""
    return said.replace(" ", "_").lower() if context.location in _TYPED and not _is_menu(context) else said


def fits(text: str, context: TranslationContextTypes) -> bool:
    """Return whether Discord takes a text there: words to type follow a pattern, a menu's name is any short text."""
    if context.location not in _TYPED:
        return 1 <= length(text) <= MOST_DESCRIPTION_OF_COMMAND
    if _is_menu(context):
        return 1 <= length(text) <= MOST_NAME
    return re.fullmatch(COMMAND_NAME, text) is not None and text == text.lower()


def _is_menu(context: TranslationContextTypes) -> bool:
    is_name = context.location is TranslationContextLocation.command_name
    return is_name and not hasattr(context.data, "description")
