"""From neutral text to a person's language: catalogues, plurals, numbers, times. The sentences are not here."""

import gettext
import io
from collections.abc import Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import cache, cached_property, lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.units import format_unit

from bot.core import listings, wording
from bot.text import Amount, Lapse, Listing, Moment, Span, Text, Value

SHIPPED = ("en", "zh_Hans")
"""The languages with a complete catalogue; the first is the fallback."""

BETWEEN = " · "
"""What stands between the values of a bare list: some languages' own pattern for it is nothing at all."""

DAY = 86_400
DAYS_FROM = 2 * DAY
"""From so many seconds on a time is said in days; a day and a half is 36 hours to people."""

MINUTES_FROM = 120
"""From this many seconds on, minutes are said too."""


@lru_cache(maxsize=256)
def negotiate(code: str) -> str:
    """Return the shipped locale for any code a chat or a person gives (``zh-CN``, ``zh_TW``, ``en-GB``, ``中文``).

    Likely subtags decide the script. Traditional Chinese reads Simplified rather than English.
    """
    folded = code.strip().replace("-", "_")
    if folded in SHIPPED:
        return folded
    named = _NAMES.get(folded.casefold())
    if named is not None:
        return named
    language = folded.partition("_")[0].lower()
    try:
        likely = str(get_global("likely_subtags").get(folded) or get_global("likely_subtags").get(language) or folded)
        locale = Locale.parse(likely)
    except (ValueError, UnknownLocaleError):
        return ""
    tagged = f"{locale.language}_{locale.script}" if locale.script else locale.language
    if tagged in SHIPPED:
        return tagged
    return next((s for s in SHIPPED if s.partition("_")[0] == locale.language), "")


_NAMES: Mapping[str, str] = {
    "中文": "zh_Hans",
    "简体中文": "zh_Hans",
    "汉语": "zh_Hans",
    "chinese": "zh_Hans",
    "english": "en",
    "英文": "en",
    "英语": "en",
}


class Translator:
    """Says neutral text in one language and time zone."""

    def __init__(self, locale: str, zone: tzinfo) -> None:
        self.locale = locale
        self._zone = zone

    @cached_property
    def _babel(self) -> Locale:
        return Locale.parse(self.locale)

    @cached_property
    def _catalogue(self) -> gettext.NullTranslations:
        return catalogue(self.locale)

    def say(self, value: Value) -> str:
        """Return a value in words."""
        said: str
        match value:
            case str():
                said = value
            case int():
                said = format_decimal(value, locale=self._babel)
            case Text():
                said = self._sentence(value)
            case Amount():
                said = self._amount(value)
            case Span():
                said = self._span(value)
            case Lapse():
                said = self._lapse(value.seconds)
            case Moment():
                said = self._moment(value)
            case Listing():
                said = self._listing(value)
        return said

    def _moment(self, value: Moment) -> str:
        """Return a date and a time with the zone as everybody can reckon with it; its name is not known everywhere."""
        said = format_datetime(value.at, "medium", tzinfo=self._zone, locale=self._babel)
        minutes = round((value.at.astimezone(self._zone).utcoffset() or timedelta()).total_seconds() / 60)
        hours, rest = divmod(abs(minutes), 60)
        sign = "-" if minutes < 0 else "+"
        offset = f"{sign}{hours}" + (f":{rest:02d}" if rest else "") if minutes else ""
        return f"{said} UTC{offset}"

    def _listing(self, value: Listing) -> str:
        items = [self.say(item) for item in value.items]
        if value.bare:
            return BETWEEN.join(items)
        return format_list(items, style="or" if value.either else "standard", locale=self._babel)

    def _sentence(self, text: Text) -> str:
        if text.plural:
            count = text.values.get("count", 1)
            template = self._catalogue.ngettext(text.phrase, text.plural, count if isinstance(count, int) else 2)
        else:
            template = self._catalogue.gettext(text.phrase)
        return template.format_map({name: self.say(value) for name, value in text.values.items()})

    def _amount(self, value: Amount) -> str:
        phrase = wording.UNITS.get(value.unit)
        shown = format_decimal(value.amount, locale=self._babel, decimal_quantization=False)
        if phrase is None:
            return f"{shown} {value.unit}"
        whole = int(value.amount) if value.amount == value.amount.to_integral_value() else 2
        return self._catalogue.ngettext(phrase.one, phrase.many, whole).format(count=shown)

    def _span(self, value: Span) -> str:
        low, high = self.say(value.low), self.say(value.high)
        if value.high < MINUTES_FROM:
            return self.say(wording.SPAN_SECONDS(low=low, high=high))
        fewest, most = max(1, value.low // 60), -(-value.high // 60)
        return self.say(wording.SPAN_MINUTES(low=low, high=high, fewest=fewest, most=most))

    def _lapse(self, seconds: int) -> str:
        parts = []
        for unit, size in (("day", DAY), ("hour", 3600), ("minute", 60)):
            if unit == "day" and seconds < DAYS_FROM:
                continue
            amount, seconds = divmod(seconds, size)
            if amount:
                parts.append(format_unit(amount, unit, length="short", locale=self._babel))
        if seconds or not parts:
            parts.append(format_unit(seconds, "second", length="short", locale=self._babel))
        return format_list(parts[:2], style="unit-short", locale=self._babel)


class Translators:
    """One translator per language, made at first use."""

    def __init__(self, zone: tzinfo, default: str = "en") -> None:
        self._zone = zone
        self._default = negotiate(default) or SHIPPED[0]
        self._made: dict[str, Translator] = {}

    def get(self, locale: str) -> Translator:
        """Return the translator for a locale code; an unknown one gets the default language."""
        code = negotiate(locale) or self._default
        if code not in self._made:
            self._made[code] = Translator(code, self._zone)
        return self._made[code]

    def choices(self) -> Sequence[tuple[str, str]]:
        """Return the shipped languages as (code, the language's own name)."""
        return [(code, self.get(code).say(listings.LANGUAGE_NAME())) for code in SHIPPED]


@cache
def catalogue(locale: str) -> gettext.NullTranslations:
    """Return the catalogue of a shipped locale, compiled in memory from its ``.po``."""
    source = resources.files("locales").joinpath(locale, "LC_MESSAGES", "limner.po")
    with source.open("rb") as stream:
        parsed = read_po(stream, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
