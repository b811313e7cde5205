"""Collects the sentences of ``bot.core.wording`` into ``locales/limner.pot`` and brings the ``.po`` files up to date.

Run by ``make catalogues``. English is filled in by itself. A new sentence is left empty and a changed one keeps its old
translation, marked fuzzy: neither is said to people and both fail the tests until somebody has translated them.
"""

import io
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.core import deeds, held, lark, listings, privacy, rules, slash, treasury, waiting, webpage, wording
from bot.i18n import SHIPPED
from bot.text import Phrase

LOCALES = Path(__file__).parents[2] / "locales"
TEMPLATE = LOCALES / "limner.pot"
ROOMS = (wording, listings, rules, deeds, held, treasury, privacy, waiting, slash, lark, webpage)
"""The modules that hold sentences."""

SOURCE = SHIPPED[0]
"""The language the sentences are written in."""


def phrases() -> Iterator[tuple[str, Phrase]]:
    """Yield every phrase with the name of the constant that holds it."""
    for name, value in (item for room in ROOMS for item in vars(room).items()):
        if not name.startswith("_"):
            for phrase in inside(value):
                yield name, phrase


def inside(value: object) -> Iterator[Phrase]:
    """Yield the phrases of a constant: one, or those of a mapping or a tuple."""
    if isinstance(value, Phrase):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from inside(item)
    elif isinstance(value, tuple):
        for item in value:
            yield from inside(item)


def template() -> Catalog:
    """Return the catalogue of all sentences, without a language."""
    catalog = Catalog(fuzzy=False)
    for name, phrase in phrases():
        catalog.add((phrase.one, phrase.many) if phrase.many else phrase.one, auto_comments=[name])
    return catalog


def path_of(locale: str) -> Path:
    """Return where a language's catalogue is."""
    return LOCALES / locale / "LC_MESSAGES" / "limner.po"


def read(locale: str) -> Catalog:
    """Return a language's catalogue, empty if there is none."""
    if not path_of(locale).exists():
        return Catalog(locale=locale)
    with path_of(locale).open("rb") as stream:
        return read_po(stream, locale=locale)


def sentences(catalog: Catalog) -> Iterator[Message]:
    """Yield the entries of a catalogue without its header."""
    return (message for message in catalog if message.id)


def forms(text: object) -> tuple[str, ...]:
    """Return the singular and plural forms of an id or of a translation."""
    return tuple(str(form) for form in text) if isinstance(text, list | tuple) else (str(text or ""),)


def placeholders(sentence: str) -> frozenset[str]:
    """Return what stands between the braces of a sentence, whole."""
    return frozenset(
        "".join((name, "!" if conversion else "", conversion or "", ":" if spec else "", spec or ""))
        for _, name, spec, conversion in string.Formatter().parse(sentence)
        if name is not None
    )


def renewed(locale: str) -> Catalog:
    """Return a language's catalogue with every sentence there is and no other."""
    catalog = read(locale)
    catalog.update(template(), no_fuzzy_matching=locale == SOURCE, update_header_comment=False)
    catalog.obsolete.clear()
    if locale == SOURCE:
        for message in sentences(catalog):
            message.string = message.id
    return catalog


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as the bytes of its file: no dates, so that the same sentences make the same file."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, omit_header=True, sort_output=False)
    return (
        f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n{_plural(catalog)}\n'.encode()
        + out.getvalue()
    )


def _plural(catalog: Catalog) -> str:
    if catalog.locale is None:
        return ""
    return f'"Language: {catalog.locale}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n'


def open_ends(catalog: Catalog) -> list[Message]:
    """Return the sentences that somebody still has to translate."""
    return [m for m in sentences(catalog) if m.fuzzy or not all(forms(m.string))]


def main() -> None:
    """Write the template and every language, and say what is left to translate."""
    TEMPLATE.write_bytes(written(template()))
    for locale in SHIPPED:
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        catalog = renewed(locale)
        path_of(locale).write_bytes(written(catalog))
        left = open_ends(catalog)
        lines = [f"{locale}: {len(catalog)} sentences, {len(left)} to translate"]
        lines += [f"  {', '.join(m.auto_comments)}: {forms(m.id)[0]}" for m in left]
        print("\n".join(lines))  # noqa: T201 - a tool's output


if __name__ == "__main__":
    main()
