"""The flags that people know from Midjourney's own chat mean our settings, and only as flags."""

import pytest

from bot.core.options import BEHIND_DASHES, SWITCHES, take_options

ALL = "a fox --ar 16:9 --s 250 --c 20 --w 5 --q .5 --v 6.1 --iw 2 --seed 7 --tile --relax --no plants, tall trees"


def test_a_line_of_midjourneys_is_understood_whole() -> None:
    """Every flag becomes its setting, and the words stay."""
    found = take_options(ALL)
    assert found.rest == "a fox"
    assert found.settings == {
        "aspect_ratio": "16:9",
        "stylize": "250",
        "chaos": "20",
        "weird": "5",
        "quality": ".5",
        "version": "6.1",
        "image_weight": "2",
        "seed": "7",
        "tile": "",
        "mode": "relax",
        "negative_prompt": "plants, tall trees",
    }


@pytest.mark.parametrize("flag,setting", [("relax", "mode"), ("turbo", "mode"), ("raw", "style")])
def test_a_switch_takes_no_word_of_the_prompt(flag: str, setting: str) -> None:
    """It stands alone, wherever it is."""
    found = take_options(f"--{flag} a fox")
    assert (found.rest, found.settings) == ("a fox", {setting: flag})


def test_a_switch_with_a_value_is_not_turned_into_its_opposite() -> None:
    """``--relax=off`` means something that we do not know, so it stays what was typed and is asked about."""
    assert take_options("a fox --relax=off").settings == {"relax": "off"}


@pytest.mark.parametrize(
    "typed,avoided,rest",
    [
        ("a fox --no plants", "plants", "a fox"),
        ("a fox --no plants and people --ar 1:1", "plants and people", "a fox"),
        ("a fox --no plants\nat night", "plants", "a fox at night"),
        ('a fox --no "red plants" at night', "red plants", "a fox at night"),
        ("a fox --no=plants at night", "plants", "a fox at night"),
        ("一只狐狸 --no 植物，人", "植物,人", "一只狐狸"),
    ],
)
def test_what_is_not_wanted_goes_on_to_the_next_flag(typed: str, avoided: str, rest: str) -> None:
    """Or to the end of the line, as those who type it are used to; quotation marks end it sooner."""
    found = take_options(typed)
    assert found.settings["negative_prompt"] == avoided
    assert " ".join(found.rest.split()) == rest


@pytest.mark.parametrize("word", [*BEHIND_DASHES, *SWITCHES])
def test_without_dashes_they_are_words(word: str) -> None:
    """``c:drive`` and ``no: never`` are texts, and so is a dash of a sentence."""
    for text in (f"{word}: a fox", f"a fox {word}=5" if len(word) == 1 else f"a fox {word} 5", f"a fox —{word} now"):
        found = take_options(text, shorthand=False)
        assert (found.rest, found.settings) == (text, {}), text
