"""What Discord accepts as application commands (reference section 1.8). Where they are kept is not here."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping

from tests.fakes.discord_server.refusals import Form, Json, Path, refuse

LOCALES = frozenset(
    (
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    )
)
"""The languages Discord's client speaks (reference section 1.8)."""
CHAT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MOST: Mapping[int, int] = {CHAT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MOST_CHARACTERS = 8000
_STRING, _INTEGER, _NUMBER = 3, 4, 10
_SUB, _GROUP = 1, 2
_MARKED_SCRIPTS = re.compile(r"[\u0900-\u097f\u0e00-\u0e7f]")


_Check = Callable[[Path, object], None]


def good_name(name: str) -> bool:
    """Tell whether a slash command or option may be called that: 1-32 letters, digits, ``-_'``, all lower case."""
    if not 1 <= len(name) <= 32 or name != name.lower():
        return False
    return all(c in "-_'" or unicodedata.category(c)[0] in "LN" or _MARKED_SCRIPTS.match(c) for c in name)


def check_commands(commands: object) -> list[Json]:
    """Return the commands of a bulk sync, or refuse all of them."""
    form = Form()
    if not isinstance(commands, list):
        form.wrong((), "BASE_TYPE_LIST", "Only a list is a list.")
        form.close()
        return []
    kinds = Counter(command.get("type", CHAT) for command in commands)
    if any(count > MOST.get(kind, 0) for kind, count in kinds.items()):
        refuse(30032)
    seen: set[tuple[int, str, str]] = set()
    for index, command in enumerate(commands):
        check_command(form, command, (index,))
        for locale, name in {"": command.get("name"), **(command.get("name_localizations") or {})}.items():
            key = (command.get("type", CHAT), locale, str(name))
            if key in seen:
                form.wrong((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique.")
            seen.add(key)
    form.close()
    return commands


def check_command(form: Form, command: Json, path: Path) -> None:
    """Note every mistake of one command."""
    kind = command.get("type", CHAT)
    _each_language(form, command, "name", path, lambda place, text: _check_name(form, place, text, kind))
    if kind == CHAT:
        _describe(form, command, path)
        _check_options(form, command.get("options") or [], (*path, "options"), depth=0)
        if (size := _size(command)) > MOST_CHARACTERS:
            form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", f"{size} characters, the most is {MOST_CHARACTERS}.")
    elif command.get("description"):
        form.wrong((*path, "description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION", "A menu has none.")
    for key, allowed in (("contexts", {0, 1, 2}), ("integration_types", {0, 1})):
        values = command.get(key)
        if values is not None and (not values or not set(values) <= allowed):
            form.wrong((*path, key), "BASE_TYPE_CHOICES", f"Needs some of {sorted(allowed)}.")


def _each_language(form: Form, thing: Json, key: str, path: Path, check: _Check) -> None:
    check((*path, key), thing.get(key))
    for locale, text in (thing.get(f"{key}_localizations") or {}).items():
        place = (*path, f"{key}_localizations", locale)
        if locale not in LOCALES:
            form.wrong(place, "APPLICATION_COMMAND_LOCALE_INVALID", f"There is no locale {locale}.")
        check(place, text)


def _describe(form: Form, thing: Json, path: Path) -> None:
    _each_language(form, thing, "description", path, lambda place, text: form.length(place, text, 100, 1))


def _check_name(form: Form, path: Path, name: object, kind: int) -> None:
    form.length(path, name, 32, 1)
    if kind == CHAT and isinstance(name, str) and not good_name(name):
        form.wrong(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_options(form: Form, options: list[Json], path: Path, *, depth: int) -> None:
    form.count(path, options, 25)
    names = Counter(option.get("name") for option in options)
    optional = False
    for index, option in enumerate(options):
        place = (*path, index)
        _each_language(form, option, "name", place, lambda where, text: _check_name(form, where, text, CHAT))
        _describe(form, option, place)
        if names[option.get("name")] > 1:
            form.wrong((*place, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_NON_UNIQUE", "Names must be unique.")
        if option.get("required") and optional:
            form.wrong(
                (*place, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required ones come first."
            )
        optional = optional or not option.get("required")
        _check_option(form, option, place, depth)


def _check_option(form: Form, option: Json, path: Path, depth: int) -> None:
    kind = option.get("type")
    if kind not in range(1, 12):
        form.wrong((*path, "type"), "BASE_TYPE_CHOICES", "Must be one of (1 .. 11).")
    elif kind in {_SUB, _GROUP}:
        if kind == _GROUP and depth:
            form.wrong((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Groups do not nest.")
        _check_options(form, option.get("options") or [], (*path, "options"), depth=depth + 1)
    else:
        _check_choices(form, option, path)
        _check_bounds(form, option, path)


def _check_choices(form: Form, option: Json, path: Path) -> None:
    choices = option.get("choices") or []
    if choices and option.get("autocomplete"):
        form.wrong((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", "One or the other.")
    if choices and option.get("type") not in {_STRING, _INTEGER, _NUMBER}:
        form.wrong((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "This kind has no choices.")
    check_choices(form, choices, (*path, "choices"), text=option.get("type") == _STRING)


def check_choices(form: Form, choices: object, path: Path, *, text: bool) -> None:
    """Note the mistakes of choices, of a command or of an autocomplete answer."""
    form.count(path, choices, 25)
    for index, choice in enumerate(choices if isinstance(choices, list) else ()):
        place = (*path, index)
        _each_language(form, choice, "name", place, lambda where, words: form.length(where, words, 100, 1))
        if text:
            form.length((*place, "value"), choice.get("value"), 100, 1)
        elif isinstance(choice.get("value"), str | None):
            form.wrong((*place, "value"), "NUMBER_TYPE_COERCE", "Only a number is a number.")


def _check_bounds(form: Form, option: Json, path: Path) -> None:
    low, high = option.get("min_length"), option.get("max_length")
    if low is not None and not 0 <= low <= 6000:
        form.wrong((*path, "min_length"), "NUMBER_TYPE_MAX", "Must be between 0 and 6000.")
    if high is not None and not 1 <= high <= 6000:
        form.wrong((*path, "max_length"), "NUMBER_TYPE_MAX", "Must be between 1 and 6000.")


def _size(thing: Json) -> int:
    """Count the characters of a command as Discord does: of each text its longest language."""
    own = sum(
        max(len(str(text)) for text in (thing.get(key) or "", *(thing.get(f"{key}_localizations") or {}).values()))
        for key in ("name", "description")
    )
    values = sum(len(str(choice.get("value"))) for choice in thing.get("choices") or ())
    return own + values + sum(_size(part) for key in ("options", "choices") for part in thing.get(key) or ())
