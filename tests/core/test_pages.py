"""A long answer arrives whole: in parts that a chat takes, cut where a reader would turn the page."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.pages import split_answer
from tests.core.reading import unhurried

CODE = "```python\n" + "\n".join(f"print({n})" for n in range(60)) + "\n```"


def squeezed(text: str) -> str:
    """Return a text without white space: what a cut may take away."""
    return re.sub(r"\s", "", text)


@given(st.text(max_size=900), st.integers(80, 300))
@example("a" * 500, 100)
@example("\n" * 300, 100)
@unhurried
def test_nothing_is_lost_and_no_part_is_too_long(text: str, longest: int) -> None:
    """Whatever was written; what fences a cut adds is for code alone."""
    parts = split_answer(text, longest)
    assert all(0 < len(part) <= longest for part in parts)
    if "```" not in text and "~~~" not in text:
        assert squeezed("".join(parts)) == squeezed(text)


def test_a_short_answer_stays_as_it_is() -> None:
    """Word for word."""
    assert split_answer("Because *light* scatters.\n\n- blue\n- most", 100) == [
        "Because *light* scatters.\n\n- blue\n- most"
    ]


def test_it_is_cut_between_paragraphs_then_lines_then_sentences() -> None:
    """As late as a part allows, and never so early that there are many small ones."""
    first, second = "One. " * 12, "Two. " * 12
    assert split_answer(f"{first.strip()}\n\n{second.strip()}", 90) == [first.strip(), second.strip()]
    assert split_answer("头一句话。" * 30, 80)[0].endswith("。")
    assert all(len(part) >= 45 for part in split_answer(f"Hi.\n\n{'word ' * 100}", 90)[:-1])


def test_code_that_is_cut_stays_code() -> None:
    """Each part is a block of its own in the same language; joined again they are the whole program."""
    parts = split_answer(f"Here:\n\n{CODE}\n\nDone.", 200)
    assert len(parts) > 3
    assert all(part.count("```") % 2 == 0 for part in parts)
    assert [line for part in parts for line in re.findall(r"print\(\d+\)", part)] == [f"print({n})" for n in range(60)]
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    assert parts[-1].endswith("Done.")
