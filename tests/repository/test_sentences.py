"""What the sentences promise: plain words, examples that work, one for every case. Who says them is elsewhere."""

import ast
import inspect
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from enum import Enum
from typing import Any

import pytest

from bot.core import grammar, listings, wording
from bot.core.grammar import Ask, Unknown, Verb
from bot.core.job import Reason, State
from bot.engine import desk
from bot.errors import RefusalCode
from bot.i18n import SHIPPED, Translators, negotiate
from bot.text import Phrase
from providers.errors import FailureCode
from providers.models import MediaKind, Task, Trait
from providers.outcomes import Refund
from tests.repository import catalogues
from tests.repository.catalogues import forms, placeholders, sentences
from tests.repository.plain_words import technical

WORDS = Translators(UTC)
_TYPED = re.compile(r"(?<![\w/:}])/(?P<command>[^\W\d_]+)(?: (?P<word>[^\s，。；;,.（）()]+))?|\b(?P<option>use=\w+)")


in_every_language = pytest.mark.parametrize("locale", SHIPPED)


def said(locale: str) -> list[str]:
    """Return everything that a language's catalogue can say."""
    return [form for message in sentences(catalogues.read(locale)) for form in forms(message.string)]


# --- plain words -------------------------------------------------------------------------------------------------


@in_every_language
def test_no_sentence_holds_a_word_that_only_builders_know(locale: str) -> None:
    """People read about models, times, points and what to do next, and about nothing behind that."""
    assert not [(sentence, words) for sentence in said(locale) if (words := list(technical(sentence)))]


@pytest.mark.parametrize(
    "sentence",
    [
        "Error 6010: Attribute ID does not match the calculated rule",
        "Polling the task…",
        "The server timed out.",
        "Your request id is 7f3a.",
        "HTTPS only, please.",
        "Set attribute_id first.",
        "The taskId is wrong.",
        "It answered 429.",
        "Please check the parameters.",
        "正在轮询任务状态",
        "调用接口时出了问题",
        "参数不匹配",
        "请检查API后再试",
        "出现401了",
    ],
)
def test_the_list_of_words_knows_how_builders_talk(sentence: str) -> None:
    """Each of these would be found in a catalogue."""
    assert list(technical(sentence))


# --- examples that work ------------------------------------------------------------------------------------------


@in_every_language
def test_what_people_are_told_to_type_is_understood(locale: str) -> None:
    """Every command, option and kind of thing in a sentence is one that the service knows."""
    typed = [found for sentence in said(locale) for found in _TYPED.finditer(sentence)]
    assert typed
    assert not [found[0] for found in typed if not _understood(found)]


def _in_help() -> set[str]:
    return {command for command, _ in listings.HELP}


def _understood(found: re.Match[str]) -> bool:
    if found["option"]:
        ask = grammar.parse(f"/video {found['option']} x")
        return isinstance(ask, Ask) and (ask.use is not None or ask.roles != ())
    ask = grammar.parse(f"/{found['command']} {found['word'] or ''}")
    if isinstance(ask, Unknown):
        return False
    match ask.verb:
        case Verb.MODELS | Verb.MODEL if found["word"]:
            return desk._kind(found["word"]) in desk.KINDS
        case Verb.LANG if found["word"] and not found["word"].startswith("{"):
            return bool(negotiate(found["word"]))
        case _:
            return True


@in_every_language
def test_the_examples_of_the_help_do_what_they_say(locale: str) -> None:
    """The line about settings sets them all, and what is to be said to always use a model is remembered."""
    words = WORDS.get(locale)
    example = re.search(r"/video .+?(?=。|\. )", words.say(listings.HELP_SETTINGS()))
    always = re.search(r"“(.+)”", words.say(listings.HELP_ALWAYS()))
    assert example is not None
    assert always is not None
    ask = grammar.parse(example[0])
    assert isinstance(ask, Ask)
    assert ask.settings == {"duration": "5", "resolution": "1080p", "aspect_ratio": "16:9"}
    assert (ask.count, ask.model, bool(ask.rest)) == (2, "wan", True)
    assert grammar.parse(always[1]) == Ask(Verb.ALWAYS, rest="Kling O1")


@in_every_language
def test_what_is_said_about_a_button_is_on_the_button(locale: str) -> None:
    """Nothing is spent until Confirm is pressed: the sentence and the button use one word."""
    words = WORDS.get(locale)
    assert words.say(wording.BUTTON_CONFIRM()) in words.say(wording.NOTHING_SPENT_YET())


# --- one for every case ------------------------------------------------------------------------------------------

CLOSED: Sequence[tuple[Mapping[Any, Phrase], type[Enum]]] = [
    (wording.FAILURES, FailureCode),
    (wording.REFUSALS, RefusalCode),
    (wording.WHY, Reason),
    (wording.MONEY, Refund),
    (wording.TRAITS, Trait),
    *(
        (by_kind, MediaKind)
        for by_kind in (
            wording.NOTICE,
            wording.STARTING,
            wording.WORKING,
            wording.READY,
            wording.FAILED_TITLE,
            wording.NOT_STARTED_TITLE,
        )
    ),
]


@pytest.mark.parametrize("by_code,codes", CLOSED, ids=lambda value: getattr(value, "__name__", ""))
def test_each_code_has_its_sentence(by_code: Mapping[Any, Phrase], codes: type[Enum]) -> None:
    """Whatever happens, something can be said about it."""
    assert set(by_code) == set(codes)


def test_each_state_task_and_command_has_its_words() -> None:
    """The same for the sets that are looked up by the value of a code."""
    assert set(listings.STATES) == {state.value for state in State} | {"undelivered"}
    assert set(listings.TASK_NAMES) == {task.value for task in Task}
    assert _in_help() == {f"/{names[0]}" for names in grammar.NAMES.values()}


def test_no_code_is_given_two_sentences() -> None:
    """In a table written twice for one code the first sentence would silently be lost."""
    source = ast.parse(inspect.getsource(wording))
    tables = [node for node in ast.walk(source) if isinstance(node, ast.Dict)]
    keys = [[ast.unparse(key) for key in table.keys if key is not None] for table in tables]
    assert len(keys) > len(CLOSED)
    assert [table for table in keys if len(table) != len(set(table))] == []


def test_a_failure_names_nothing_that_a_provider_may_leave_out() -> None:
    """What a provider says about its failure is optional, so no sentence depends on it."""
    assert not [phrase.one for phrase in wording.FAILURES.values() if placeholders(phrase.one)]
