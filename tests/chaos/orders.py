"""What people of the suite want: an order with its mishap, and how its person behaves. Chance decides it all."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from bot.core.job import Job
from tests.chaos.vendors import VENDORS, Ask

CALM = 0.35
"""The share of orders with which nothing is made to go wrong at the provider; the platforms do as they like."""

TAG = re.compile(r"puppy-\d{5}")
OWN_WORDS = re.compile(r"(?:a )?puppy-\d{5}|\[sandbox:[^\]]*\]?|\\?\[sandbox.*")
"""What is on the screen because its person wrote it."""


class Habit(StrEnum):
    """What a person does with a price."""

    CONFIRMS = "confirms"
    TWICE = "twice"  # two presses at the same time
    REPEATED = "repeated"  # the chat delivers the press a second time
    CANCELS = "cancels"
    IGNORES = "ignores"
    REGRETS = "regrets"  # confirms and wants to cancel at once


_HABITS = (
    *(Habit.CONFIRMS,) * 14,
    *(Habit.TWICE, Habit.TWICE, Habit.REPEATED, Habit.REPEATED),
    *(Habit.CANCELS, Habit.IGNORES, Habit.REGRETS),
)


@dataclass(slots=True)
class Order:
    """One wish. ``person`` is a number; ``wordy`` people press what they are offered after an unhappy end, once.

    ``wishes`` counts the messages it was asked with; the same one delivered again is the same wish.
    """

    number: int
    room: str
    person: int
    vendor: str
    ask: Ask
    mishap: str
    habit: Habit
    wordy: bool
    wishes: int = 0
    pressed: set[str] = field(default_factory=set)

    @property
    def tag(self) -> str:
        """The word that finds it everywhere."""
        return f"puppy-{self.number:05d}"

    @property
    def prompt(self) -> str:
        """What is asked for."""
        return f"a {self.tag} [sandbox: {self.mishap}]" if self.mishap else f"a {self.tag}"

    @property
    def text(self) -> str:
        """The same as somebody types it."""
        model = f"model={self.ask.model} " if self.ask.model else ""
        return f"/{self.ask.command} {model}{self.prompt}"


def make(number: int, chance: Random, rooms: list[str], people: int) -> Order:
    """Return the order with this number."""
    vendor = chance.choice(list(VENDORS))
    one = VENDORS[vendor]
    return Order(
        number,
        chance.choice(rooms),
        chance.randrange(people),
        vendor,
        chance.choice(one.asks),
        "" if chance.random() < CALM else chance.choice(one.mishaps),
        chance.choice(_HABITS),
        chance.random() < 0.4,
    )


def tag_of(job: Job) -> str:
    """Return the tag of the order that a job belongs to."""
    found = TAG.search(job.request.prompt)
    assert found is not None, f"whose is {job.id}?"
    return found.group()
