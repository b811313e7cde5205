"""What the shipped catalogues promise: complete, current and well-formed. What is said is tested elsewhere."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from bot.core import wording
from bot.i18n import SHIPPED
from bot.text import Phrase
from tests.repository import catalogues
from tests.repository.catalogues import SOURCE, forms, phrases, placeholders, sentences

HAN = re.compile(r"[\u4e00-\u9fff]")

in_every_language = pytest.mark.parametrize("locale", SHIPPED)


def breaking(locale: str, is_broken: Callable[[str], object]) -> list[str]:
    """Return the sentences of a language that break a rule, in any of their forms."""
    every = [form for message in sentences(catalogues.read(locale)) for form in forms(message.string)]
    assert len(every) > len(wording.REFUSALS), "there is hardly anything to check"
    return [sentence for sentence in every if is_broken(sentence)]


# --- complete and current ----------------------------------------------------------------------------------------


def test_the_template_holds_the_sentences_of_today() -> None:
    """Translators start from ``limner.pot``: it is what ``make catalogues`` would write now."""
    assert catalogues.TEMPLATE.read_bytes() == catalogues.written(catalogues.template()), "run `make catalogues`"


@in_every_language
def test_a_catalogue_holds_the_sentences_of_today(locale: str) -> None:
    """No sentence is missing, none is left over, and the file is as ``make catalogues`` writes it."""
    fresh = catalogues.written(catalogues.renewed(locale))
    assert catalogues.path_of(locale).read_bytes() == fresh, "run `make catalogues`"


@in_every_language
def test_every_sentence_is_translated(locale: str) -> None:
    """Whatever the code says, it is there in this language, in all its forms, and somebody has looked at it."""
    catalogue = catalogues.read(locale)
    told = {forms(m.id) for m in sentences(catalogue) if not m.fuzzy and all(forms(m.string))}
    assert not [(name, phrase.one) for name, phrase in phrases() if _id(phrase) not in told]
    assert not [message.id for message in catalogues.open_ends(catalogue)]
    assert not list(catalogue.obsolete)


def _id(phrase: Phrase) -> tuple[str, ...]:
    return (phrase.one, phrase.many) if phrase.many else (phrase.one,)


@in_every_language
def test_each_sentence_has_the_plural_forms_of_its_language(locale: str) -> None:
    """English tells one point from two, Chinese does not: the file says so and has so many forms of each."""
    with catalogues.path_of(locale).open("rb") as stream:
        header = read_po(stream)
    expected = get_plural(locale)
    assert (header.num_plurals, header.plural_expr) == (expected.num_plurals, expected.plural_expr)
    assert not [m.id for m in sentences(catalogues.read(locale)) if not _has_its_forms(m, expected.num_plurals)]


def _has_its_forms(message: Message, plurals: int) -> bool:
    if isinstance(message.id, list | tuple):
        return isinstance(message.string, list | tuple) and len(message.string) == plurals
    return isinstance(message.string, str)


@pytest.mark.parametrize("locale", [locale for locale in SHIPPED if locale.startswith("zh")])
def test_nothing_is_left_in_english(locale: str) -> None:
    """In a Chinese conversation everything that has words in English has Chinese words."""
    left = [
        message.id
        for message in sentences(catalogues.read(locale))
        if re.search(r"[A-Za-z]", re.sub(r"\{\w+\}", "", forms(message.id)[0]))
        and not all(HAN.search(form) for form in forms(message.string))
    ]
    assert not left


# --- well-formed -------------------------------------------------------------------------------------------------


@in_every_language
def test_a_translation_names_the_same_facts(locale: str) -> None:
    """A form without its placeholder would hide a price; one with another would be silence instead of a sentence."""
    different = [
        (message.id, form)
        for message in sentences(catalogues.read(locale))
        for form in (*forms(message.id), *forms(message.string))
        if placeholders(form) != placeholders(forms(message.id)[0])
    ]
    assert not different


@in_every_language
def test_placeholders_are_plain_names(locale: str) -> None:
    """The language's own rules say the values, so no sentence counts, digs into or formats them."""
    assert not breaking(locale, lambda s: [name for name in placeholders(s) if not re.fullmatch(r"[a-z]+", name)])


@in_every_language
def test_nothing_sticks_to_a_value_or_an_address(locale: str) -> None:
    """Units are words with a space; an address ends where the space begins, or people copy the full stop with it."""
    stuck = re.compile(r"[A-Za-z0-9}]\{|\}[A-Za-z0-9{]")
    address = re.compile(r"(?:\{url\}|https?://)(?!\s|$)|[\w}](?:\{url\}|https?://)")
    assert not breaking(locale, lambda s: stuck.search(s) or address.search(s))


@in_every_language
def test_sentences_are_tidy(locale: str) -> None:
    """No space at the ends, none doubled, no line break, a real ellipsis and real quotation marks."""
    assert not breaking(locale, lambda s: s != s.strip() or re.search(r"\s\s|[\n\t\r\"`]|\.\.", s))


def test_chinese_is_set_as_chinese() -> None:
    """Full-width punctuation without spaces around it, and one friendly way to address people."""
    western = re.compile(
        r"[\u4e00-\u9fff”）}][,;:?!()]|[\u4e00-\u9fff”）][.]|[（，。：；？！]\s|\s[）（，。：；？！]|您"
    )
    assert not breaking("zh_Hans", western.search)


# --- the tool ----------------------------------------------------------------------------------------------------


@pytest.fixture
def chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the Chinese file of a copy of the catalogues, up to date, that the tool works on."""
    shutil.copytree(catalogues.LOCALES, tmp_path / "locales")
    monkeypatch.setattr(catalogues, "LOCALES", tmp_path / "locales")
    monkeypatch.setattr(catalogues, "TEMPLATE", tmp_path / "locales" / "limner.pot")
    catalogues.main()
    return catalogues.path_of("zh_Hans")


def test_a_new_sentence_waits_for_its_translation(
    chinese: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tool puts it into the file, empty, and says which one it is."""
    new = Phrase("Quartz jumps over {count} lazy dwarf.", "Quartz jumps over {count} lazy dwarves.")
    monkeypatch.setattr(wording, "BRAND_NEW", new, raising=False)
    catalogues.main()
    [left] = [m for m in catalogues.open_ends(catalogues.read("zh_Hans")) if forms(m.id)[0] == new.one]
    assert forms(left.id) == (new.one, new.many)
    assert forms(left.string) == ("",)
    assert f"BRAND_NEW: {new.one}" in capsys.readouterr().out
    assert chinese.read_bytes() == catalogues.written(catalogues.renewed("zh_Hans"))


def test_a_reworded_sentence_keeps_its_translation_to_be_looked_at(
    chinese: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rewording does not throw a translator's work away, and does not let it be said unseen either."""
    known = catalogues.read("zh_Hans").get(wording.CANNOT_CANCEL.one)
    assert known is not None
    monkeypatch.setattr(wording, "CANNOT_CANCEL", Phrase(f"{wording.CANNOT_CANCEL.one} Sorry."))
    catalogues.main()
    reworded = catalogues.read("zh_Hans").get(wording.CANNOT_CANCEL.one)
    assert reworded is not None
    assert (reworded.string, reworded.fuzzy) == (known.string, True)
    assert chinese.read_bytes() == catalogues.written(catalogues.renewed("zh_Hans"))


def test_a_sentence_that_is_gone_leaves_the_catalogues(chinese: Path) -> None:
    """Nobody translates what is not said any more, and the English file can always be made again."""
    good, english = chinese.read_bytes(), catalogues.path_of(SOURCE)
    english_good = english.read_bytes()
    chinese.write_bytes(good + '\nmsgid "Something we said last year, and never again."\nmsgstr "旧"\n'.encode())
    english.unlink()
    catalogues.main()
    assert chinese.read_bytes() == good
    assert english.read_bytes() == english_good
