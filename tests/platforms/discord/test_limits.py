"""What Discord would refuse is found before it is sent: each figure of the reference's table, on both of its sides."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.platforms.discord import limits
from bot.platforms.discord.limits import modal_problems, problems

V2 = 1 << 15


def v2(*components: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a message of components."""
    return {"flags": V2, "components": list(components), **fields}


def text(size: int, letter: str = "x") -> dict[str, Any]:
    """Return a text of so many characters."""
    return {"type": 10, "content": letter * size}


def button(**fields: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": 2, "style": 2, "label": "Go", "custom_id": "a", **fields}


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    """Return a row of buttons."""
    return {"type": 1, "components": list(buttons)}


def gallery(count: int, url: str = "https://media.example/a.mp4", **item: Any) -> dict[str, Any]:
    """Return a gallery of so many equal items."""
    return {"type": 12, "items": [{"media": {"url": url}, **item} for _ in range(count)]}


def container(*inside: dict[str, Any]) -> dict[str, Any]:
    """Return a container."""
    return {"type": 17, "components": list(inside)}


def long_link(size: int) -> dict[str, Any]:
    """Return a link button whose address has so many characters."""
    return {"type": 2, "style": 5, "label": "Open", "url": "https://a.example/".ljust(size, "x")}


BOUNDARIES: list[tuple[str, Callable[[int], dict[str, Any]], int, int]] = [
    ("components", lambda n: v2(container(*[text(1) for _ in range(n - 1)])), 40, 41),
    ("text in all", lambda n: v2(text(2000), text(n - 2000)), 4000, 4001),
    ("two-part characters", lambda n: v2(text(n // 2, "🐶"), text(n % 2 + 1)), 3998, 4000),
    ("gallery", lambda n: v2(gallery(n)), 10, 11),
    ("an empty gallery", lambda n: v2(gallery(n)), 1, 0),
    ("address", lambda n: v2(gallery(1, "https://a.example/".ljust(n, "x"))), 2048, 2049),
    ("description", lambda n: v2(gallery(1, description="x" * n)), 1024, 1025),
    ("label", lambda n: v2(row(button(label="x" * n))), 80, 81),
    ("no label", lambda n: v2(row(button(label="x" * n))), 1, 0),
    ("custom id", lambda n: v2(row(button(custom_id="x" * n))), 100, 101),
    ("link", lambda n: v2(row(long_link(n))), 512, 513),
    ("buttons in a row", lambda n: v2(row(*[button(custom_id=str(i)) for i in range(n)])), 5, 6),
    ("content", lambda n: {"content": "x" * n}, 2000, 2001),
    ("rows", lambda n: {"content": "x", "components": [row(button(custom_id=str(i))) for i in range(n)]}, 5, 6),
    ("nonce", lambda n: {"content": "x", "nonce": "n" * n}, 25, 26),
]


@pytest.mark.parametrize("what,make,good,bad", BOUNDARIES, ids=[b[0] for b in BOUNDARIES])
def test_the_last_that_fits_fits(what: str, make: Callable[[int], dict[str, Any]], good: int, bad: int) -> None:
    """One more and Discord refuses the message as a whole, so it is never sent."""
    assert problems(make(good)) == []
    assert problems(make(bad)) != []


@pytest.mark.parametrize(
    "message",
    [
        v2(text(1), content="words"),
        v2(text(1), embeds=[{"title": "x"}]),
        v2(),
        v2(gallery(1, "ftp://media.example/a.mp4")),
        v2(row(button(), button())),
        v2(row()),
        {"content": ""},
        {"content": "x", "components": [button()]},
    ],
    ids=["content", "embeds", "nothing", "ftp", "same id twice", "empty row", "no words", "button without a row"],
)
def test_what_discord_never_takes_is_found(message: dict[str, Any]) -> None:
    """Two buttons with one id would even be taken, and one of them would be gone."""
    assert problems(message)


def test_a_file_needs_no_words() -> None:
    """A message may be its attachments alone."""
    assert problems({"content": "", "attachments": [{"id": 0}]}) == []


def _modal(**fields: Any) -> dict[str, Any]:
    label = {"type": 18, "label": "Words", "component": {"type": 4, "custom_id": "a", "style": 1}}
    return {"title": "Form", "custom_id": "m", "components": [label], **fields}


@pytest.mark.parametrize(
    "good,bad",
    [
        (_modal(title="x" * 45), _modal(title="x" * 46)),
        (_modal(), _modal(components=[])),
        (_modal(custom_id="x" * 100), _modal(custom_id="x" * 101)),
        (
            _modal(components=[{"type": 18, "label": "x" * 45, "description": "x" * 100, "component": {}}]),
            _modal(components=[{"type": 18, "label": "x" * 46, "description": "x" * 101, "component": {}}]),
        ),
    ],
    ids=["title", "fields", "id", "label"],
)
def test_a_form_has_its_limits_too(good: dict[str, Any], bad: dict[str, Any]) -> None:
    """The library checks none of them."""
    assert modal_problems(good) == []
    assert modal_problems(bad)


def test_length_counts_as_discords_own_programs_do() -> None:
    """A puppy is two units; half of one, cut by another program, is counted and does not break anything."""
    assert limits.length("🐶") == 2
    assert limits.length("\ud83d") == 1
