"""How the code says the sentences: with all their values, from one place, and every one of them somewhere."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from bot.core import webpage, wording
from bot.errors import RefusalCode
from bot.text import Phrase
from tests.repository.catalogues import ROOMS, inside, phrases, placeholders

BOT = Path(__file__).parents[2] / "bot"
WEB = BOT / "platforms" / "web"
SAID = {room.__name__.rpartition(".")[2]: room for room in ROOMS}
"""The modules of sentences, by the names they are imported under."""


@cache
def modules() -> Sequence[tuple[str, ast.Module]]:
    """Return the modules of the service that say sentences, with their names."""
    written = {Path(room.__file__ or "").name for room in ROOMS}
    paths = [p for p in sorted(BOT.rglob("*.py")) if p.parent.name != "core" or p.name not in written]
    return [(path.relative_to(BOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """Yield the calls that name their values one by one, with those names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and all(keyword.arg for keyword in node.keywords):
            yield node, frozenset(keyword.arg or "" for keyword in node.keywords)


def codes(node: ast.AST) -> list[RefusalCode]:
    """Return the refusals that a piece of code names, but for those it only compares with."""
    compared = {id(n) for test in ast.walk(node) if isinstance(test, ast.Compare) for n in test.comparators}
    found = [n for n in ast.walk(node) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "RefusalCode"]
    return [RefusalCode[n.attr] for n in found if id(n) not in compared]


def needs(code: RefusalCode) -> frozenset[str]:
    """Return the values that a refusal's sentence names."""
    return placeholders(wording.REFUSALS[code].one)


# --- with all their values ---------------------------------------------------------------------------------------


def test_every_sentence_is_given_its_values_where_it_is_said() -> None:
    """No conversation stops because somewhere a price was not handed to the sentence that tells it."""
    seen, wrong = 0, []
    for where, tree in modules():
        for call, given in calls(tree):
            for phrase, exactly in _spoken(call.func):
                seen += 1
                needed = placeholders(phrase.one)
                if needed - given or (exactly and given - needed):
                    wrong.append(f"{where}:{call.lineno}: “{phrase.one}” is given {sorted(given)}")
    assert seen > len(wording.FAILURES)
    assert not wrong


def _spoken(called: ast.expr) -> Iterator[tuple[Phrase, bool]]:
    """Yield the sentences that a call can say, and whether it is this one sentence for sure.

    A refusal that is looked up by a variable is a matter of where it was raised: see below.
    """
    match called:
        case ast.Attribute(ast.Name(room), name) if room in SAID:
            yield from ((phrase, True) for phrase in inside(getattr(SAID[room], name, None)))
        case ast.Subscript(ast.Attribute(ast.Name("wording"), "REFUSALS"), index):
            yield from ((wording.REFUSALS[code], True) for code in codes(index))
        case ast.Subscript(ast.Attribute(ast.Name(room), name), ast.Constant(key)) if room in SAID:
            yield getattr(SAID[room], name)[key], True
        case ast.Subscript(ast.Attribute(ast.Name(room), name)) if room in SAID:
            yield from ((phrase, False) for phrase in inside(getattr(SAID[room], name)))


def test_every_refusal_is_given_its_values_where_it_is_raised() -> None:
    """What Limner will not do is told with the setting, the model and what is allowed instead."""
    seen, wrong = 0, []
    for where, tree in modules():
        raised = [(call, given) for call, given in calls(tree) if ast.unparse(call.func) == "Refused" and call.args]
        direct = [(code, call, given) for call, given in raised for code in codes(call.args[0])]
        seen += len(direct)
        wrong += [f"{where}:{c.lineno}: {code} is given {sorted(g)}" for code, c, g in direct if needs(code) != g]
        # A code that comes from a table or a function of the module: its values are given at the one raise.
        indirect = [given for call, given in raised if not codes(call.args[0])]
        if indirect:
            left = set(codes(tree)) - {code for code, _, _ in direct}
            wrong += [f"{where}: {code}" for code in left if needs(code) - frozenset().union(*indirect)]
    assert seen > len(RefusalCode) / 2
    assert not wrong


def test_what_the_store_cannot_do_needs_no_values() -> None:
    """The sentences for a full or a busy store are said from wherever it happens, so they stand alone."""
    found = [
        code
        for _, tree in modules()
        for call, _ in calls(tree)
        if ast.unparse(call.func) == "StoreTrouble" and call.args
        for code in codes(call.args[0])
    ]
    assert {RefusalCode.STORE_BUSY, RefusalCode.STORE_FULL} == set(found)
    assert not [code for code in found if needs(code)]


# --- from one place, every one somewhere -------------------------------------------------------------------------


def test_sentences_are_written_in_one_place() -> None:
    """A phrase made elsewhere would be in no catalogue, and be said in English to everybody."""
    makers = {"Phrase", "P", "Text", "wording.P", "text.Phrase", "text.Text"}
    made = [
        f"{where}:{call.lineno}"
        for where, tree in modules()
        for call, _ in calls(tree)
        if where != "text.py" and ast.unparse(call.func) in makers
    ]
    assert not made


def test_no_sentence_is_dead() -> None:
    """Nobody translates what is never said: each constant of ``wording`` is used."""
    used = {ast.unparse(node) for _, tree in modules() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "bot.core.wording"
        for alias in node.names
    }
    own = [ast.parse(Path(room.__file__ or "").read_text(encoding="utf-8")) for room in ROOMS]
    inside_rooms = {n.id for r in own for n in ast.walk(r) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    names = {name for name, _ in phrases()}
    used |= imported | inside_rooms
    rooms = [room.__name__.rpartition(".")[2] for room in ROOMS]
    assert not sorted(n for n in names if not used & {n, *(f"{room}.{n}" for room in rooms)})


def test_every_refusal_can_happen() -> None:
    """The same for the codes: each is named where something is refused."""
    named = {code for where, tree in modules() if where != "errors.py" for code in codes(tree)}
    assert named == set(RefusalCode)


def _web_words() -> set[str]:
    """Return every name of a sentence in the web chat's templates and scripts."""
    drawn = [path.read_text(encoding="utf-8") for path in (*WEB.glob("*.html"), *WEB.glob("*.js"))]
    return {name for text in drawn for name in re.findall(r"\b(?:words|t)\.([a-z_]+)\b", text)}


def test_the_web_page_says_only_what_there_is() -> None:
    """A name without a sentence would be read by people as "undefined"."""
    assert _web_words() <= set(webpage.PAGE) | set(webpage.PAGE_REFUSALS)


def test_no_sentence_of_the_web_page_is_dead() -> None:
    """Each is in a template, in a script, or named by the code that serves them."""
    quoted = {
        node.value
        for where, tree in modules()
        if where.startswith("platforms/web/") or where == "listener.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not (set(webpage.PAGE) | set(webpage.PAGE_REFUSALS)) - _web_words() - quoted
