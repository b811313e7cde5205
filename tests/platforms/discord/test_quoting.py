"""A person's words come back as they were written, and do nothing."""

import pytest

from bot.platforms.discord.limits import length
from bot.platforms.discord.quoting import MOST_QUOTED, escaped, fenced, harmless, shortened, visible, without_previews

WORDS = [
    "a *bold* _line_ `code` ~~gone~~ ||secret||",
    "```\nend of the block\n``` @everyone",
    "<@123> <@&5> <#1> <t:1:R> </x:1> https://evil.example/a.png",
    "# heading\n- list\n> quote\n1. first\n-# small",
    "[masked](https://evil.example)",
]


@pytest.mark.parametrize("words", WORDS)
def test_words_in_a_block_stay_in_the_block(words: str) -> None:
    """Only one block opens and closes, whatever somebody writes into it."""
    block = fenced(words)
    assert block.startswith("```\n")
    assert block.endswith("\n```")
    assert block.count("```") == 2
    assert "`" not in block[4:-4]


def test_a_block_shows_every_other_sign_as_it_is() -> None:
    """Nothing is escaped inside: people see what they wrote."""
    assert "<@123> <@&5>" in fenced(WORDS[2])


@pytest.mark.parametrize("unseen", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2060", "\x1b", "\x00", "\u2028"])
def test_what_cannot_be_seen_is_gone(unseen: str) -> None:
    """A text cannot turn the reading direction or hide a word."""
    assert visible(f"a{unseen}b") == "ab"
    assert unseen not in fenced(f"a{unseen}b")


def test_emoji_and_joined_letters_stay_whole() -> None:
    """The joiner is part of a family and of many scripts."""
    assert visible("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"


def test_half_a_character_is_not_sent() -> None:
    """Some programs cut texts in the middle of one; nobody could send that on."""
    assert visible("a\ud83d") == "a?"


@pytest.mark.parametrize("size", [299, 300, 301, 5000])
def test_a_long_prompt_is_cut_with_a_sign(size: int) -> None:
    """It says that there was more, and counts as Discord does."""
    shown = fenced("🐶" * (size // 2) + "x" * (size % 2))[4:-4]
    assert length(shown) <= MOST_QUOTED
    assert shown.endswith("…") == (size > MOST_QUOTED)


def test_nothing_to_quote_is_no_block() -> None:
    """An empty block would be drawn as three ticks."""
    assert fenced(" \u200b\n") == ""


@pytest.mark.parametrize(
    "said,shown",
    [
        ("Wan_2.6 *fast*", r"Wan\_2.6 \*fast\*"),
        ("<@123> pings", r"\<@123> pings"),
        ("# not a heading", r"\# not a heading"),
        ("- not a list", r"\- not a list"),
        ("1. not a list", r"1\. not a list"),
        ("16:9, 5.5 and 2-3", "16:9, 5.5 and 2-3"),
        (r"a\b", r"a\\b"),
        ("[a](b)", r"\[a\](b)"),
    ],
)
def test_a_sentence_reads_as_it_is_written(said: str, shown: str) -> None:
    """Names of models and what people typed are no markup."""
    assert escaped(said) == shown


def test_an_address_in_a_sentence_stays_whole() -> None:
    """A backslash inside would become part of it."""
    url = "https://media.example/a_b*c~d/(1).mp4?x=1_2"
    assert escaped(f"ab_c: {url} d_e") == rf"ab\_c: {url} d\_e"
    assert without_previews(f"see {url}") == f"see <{url}>"


def test_cutting_leaves_whole_characters() -> None:
    """Half a puppy is no puppy."""
    assert shortened("🐶🐶🐶", 5) == "🐶🐶…"
    assert shortened("abc", 3) == "abc"


@pytest.mark.parametrize(
    "said,shown",
    [
        ("**bold** and # title", "**bold** and # title"),
        ("ask <@123> or <@&5> in <#1>", r"ask \<@123> or \<@&5> in \<#1>"),
        ("</video:1> <:smile:2> <a:wave:3> <t:1:R>", r"\</video:1> \<:smile:2> \<a:wave:3> \<t:1:R>"),
        ("a < b, see <https://a.example>", "a < b, see <https://a.example>"),
        ("```py\nx: <@1>\n```\n<@1>", "```py\nx: <@1>\n```\n\\<@1>"),
        ("\u202eevil\u202c\ud83d", "evil?"),
    ],
)
def test_a_written_answer_keeps_its_markup_and_calls_nobody(said: str, shown: str) -> None:
    """What a model writes is shown as it meant it; nothing in it looks like a person, a command or a time."""
    assert harmless(said) == shown
