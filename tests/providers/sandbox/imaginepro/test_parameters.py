"""Midjourney reads its parameters in the run: what is wrong fails there, and costs."""

import pytest

from providers.sandbox.imaginepro.parameters import aspect, read
from tests.providers.sandbox.imaginepro.client import ProClient

GOOD = [
    "a fox",
    "a fox --ar 16:9 --style raw --chaos 20 --no red paint, blue --seed 7 --q .5",
    "a fox --relax --v 5.2 --s 750 --w 3000 --tile",
    "a fox --niji 6 --sref https://example.com/a.png https://example.com/b.png --sw 100",
    "https://example.com/fox.PNG?size=2 a fox on a hill --iw 1.5",
    "a well-known fox - or two",
]
WRONG = {
    "a fox --ar 0:5": "--ar: 0:5",
    "a fox --ar 16x9": "--ar: 16x9",
    "a fox --ar 15:1": "--ar: 15:1",
    "a fox --chaos 101": "--chaos: 101",
    "a fox --seed fox": "--seed: fox",
    "a fox --q 3": "--q: 3",
    "a fox --no": "--no: ",
    "a fox --relax on a hill": "--relax: on a hill",
    "a fox --arr 16:9": "Unrecognized parameter: --arr",
    "a fox --ar=16:9": "Unrecognized parameter: --ar=16:9",
    "a fox --iw much": "--iw: much",
    "a fox that would kill": "[Banned prompt detected] kill",
    "a fox like https://example.com/fox.png": "[Invalid link]",
    "https://example.com/fox a fox": "[Invalid link]",
    "https://example.com/a.png https://example.com/b.png a fox": "[Invalid link]",
}


@pytest.mark.parametrize("prompt", GOOD)
def test_a_good_prompt_is_taken(prompt: str) -> None:
    """With every parameter that the seed names, and a picture in front."""
    assert read(prompt).doom == ""


@pytest.mark.parametrize("prompt, words", WRONG.items())
def test_a_wrong_one_is_turned_down(prompt: str, words: str) -> None:
    """By the name of what is wrong."""
    assert words in read(prompt).doom


def test_what_a_prompt_asks_for() -> None:
    """Proportions, the slow mode, a picture to start from, the older names of buttons."""
    wish = read("https://example.com/fox.png a fox --ar 21:9 --relax --v 5.2")
    assert (wish.aspect, wish.relaxed, wish.old_upscales) == ((21, 9), True, True)
    assert wish.picture == "https://example.com/fox.png"
    plain = read("a fox")
    assert (plain.aspect, plain.relaxed, plain.old_upscales, plain.picture) == ((1, 1), False, False, "")
    assert aspect("a fox --aspect 2:3") == (2, 3)
    assert aspect("a fox --ar wide") is None


async def test_it_fails_in_the_run_and_costs(pro: ProClient) -> None:
    """Taken, charged, and turned down before any other job would be done."""
    message_id = await pro.imagine("a fox --ar 0:5 [sandbox: failed on=button style=body]")
    seen = await pro.walk(message_id)
    assert (seen[-1]["status"], seen[-1]["error"]) == ("FAIL", "[Invalid parameter] Invalid value for --ar: 0:5")
    assert len(seen) < 30
    assert (pro.charged, pro.refunded) == ([10], [])
