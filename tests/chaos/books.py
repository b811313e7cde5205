"""The books of a run: what every job came to, what was charged, who was told what. What must not be is named."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.core.job import Job, State
from tests.chaos.driver import Driver
from tests.chaos.house import House
from tests.chaos.orders import OWN_WORDS, tag_of
from tests.chaos.vendors import VENDORS
from tests.stories.promises import unfit

TOLD = {
    State.SUCCEEDED: ("result", "answer.0"),
    State.FAILED: ("sorry",),
    State.REFUSED: ("sorry",),
    State.IN_DOUBT: ("doubt",),
}
"""The message that tells of an end; the others are told by a new form of the notice."""

ENDS = {
    State.SUCCEEDED: "delivered",
    State.REFUSED: "refused",
    State.FAILED: "failed, told",
    State.IN_DOUBT: "told in doubt",
    State.CANCELLED: "cancelled",
    State.EXPIRED: "expired",
}


@dataclass(slots=True)
class Books:
    """The figures of one episode, or of several added together. ``wrong`` names everything that must not be."""

    accepted: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    requests: int = 0
    charges: int = 0
    charges_in_doubt: int = 0
    paid_back: int = 0
    charged_twice: int = 0
    lost: int = 0
    untold: int = 0
    twins: int = 0
    secrets: int = 0
    vendor_words: int = 0
    lives: int = 0
    hours: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Books") -> None:
        """Add another episode."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, name, mine + theirs)

    @property
    def told(self) -> int:
        """How many jobs came to an end that its person was told of."""
        return sum(self.ends.values()) - self.untold

    def balance(self) -> None:
        """Note where the sums are not equal."""
        if self.accepted != self.told:
            self.wrong.append(f"{self.accepted} accepted, {self.told} told of their end")
        if self.requests > self.sent:
            self.wrong.append(f"{self.sent} confirmed orders were to be sent, {self.requests} arrived")


async def read(house: House, driver: Driver, log: str) -> Books:
    """Return the books of an episode that has come to rest."""
    books = Books(lives=house.lives, hours=house.hours)
    books.done.update(driver.done)
    jobs = await house.everybody()
    _count_money(books, house, jobs)
    _count_wishes(books, driver, jobs)
    await _count_words(books, house, jobs)
    _count_leaks(books, house, log)
    return books


def _count_money(books: Books, house: House, jobs: list[Job]) -> None:
    """Compare each job with what the provider charged for it."""
    books.accepted = len(jobs)
    attempts = [job for job in jobs if job.token]
    # What a full provider certainly did not take may be sent once more for each time that it was turned away.
    books.sent = len(attempts) + sum(job.turned_away.times for job in jobs if job.turned_away is not None)
    books.requests = sum(house.sandbox.gate.requests[door] for vendor in VENDORS.values() for door in vendor.paid)
    books.charges = len(house.sandbox.ledger.charges)
    per_tag = Counter(found.group() for charge in house.sandbox.ledger.charges if (found := _tag(charge.prompt)))
    tried = Counter(tag_of(job) for job in attempts)
    for tag, count in per_tag.items():
        if count > tried[tag]:
            books.charged_twice += count - tried[tag]
            books.wrong.append(f"{tag}: {count} charges for {tried[tag]} confirmed orders")
    if sum(per_tag.values()) != books.charges:
        books.wrong.append("a charge belongs to nobody")
    _count_lost(books, house, attempts)
    for job in attempts:
        if job.confirmed_at is None:
            books.wrong.append(f"{tag_of(job)}: sent without a yes")


def _count_wishes(books: Books, driver: Driver, jobs: list[Job]) -> None:
    """Find wishes that were taken for two: a message that came again, a press that counted twice."""
    begun = Counter(tag_of(job) for job in jobs if not job.parent)
    for tag, count in begun.items():
        if count > driver.orders[tag].wishes:
            books.wrong.append(f"{tag}: {count} jobs for {driver.orders[tag].wishes} messages")
    children = Counter(job.parent for job in jobs if job.parent)
    for parent, count in children.items():
        if count > driver.pressed[parent]:
            books.wrong.append(f"{parent}: {count} new prices for {driver.pressed[parent]} presses")


def _count_lost(books: Books, house: House, attempts: list[Job]) -> None:
    """Find what was paid for and never came back while its person believes that nothing was paid."""
    back = {(refund.provider, refund.task) for refund in house.sandbox.ledger.refunds}
    kept = [charge for charge in house.sandbox.ledger.charges if (charge.provider, charge.task) not in back]
    per_tag = Counter(found.group() for charge in kept if (found := _tag(charge.prompt)))
    books.paid_back = books.charges - len(kept)
    known = Counter(tag_of(job) for job in attempts if job.ref)
    doubtful = Counter(tag_of(job) for job in attempts if not job.ref and job.state is not State.REFUSED)
    for tag, count in per_tag.items():
        books.charges_in_doubt += max(0, count - known[tag])
        if count > known[tag] + doubtful[tag]:
            books.lost += count - known[tag] - doubtful[tag]
            books.wrong.append(f"{tag}: paid for {count}; people know of {known[tag]}, {doubtful[tag]} are in doubt")
    gross = Counter(found.group() for charge in house.sandbox.ledger.charges if (found := _tag(charge.prompt)))
    sure = Counter(tag_of(job) for job in attempts if job.ref and VENDORS[job.request.provider].charges_at_once)
    for tag, count in sure.items():
        if gross[tag] < count:
            books.wrong.append(f"{tag}: {count} orders have a name at the provider, {gross[tag]} were charged")


def _tag(prompt: str) -> "re.Match[str] | None":
    return re.search(r"puppy-\d{5}", prompt)


async def _count_words(books: Books, house: House, jobs: list[Job]) -> None:
    """See who was told of the end of his order, by messages that are really there."""
    rows = await house.files.database.fetch("SELECT key, kind, state, message, why FROM line WHERE job <> ''")
    lines = {str(row["key"]): row for row in rows}
    for row in rows:
        if row["state"] == "owed" or (row["kind"] == "say" and row["state"] == "undeliverable"):
            books.wrong.append(f"not said: {row['key']} ({row['state']}: {row['why']})")
    for job in jobs:
        room = house.every_room[job.address.platform]
        books.ends[ENDS.get(job.state, f"left {job.state}")] += 1
        keys = [f"{job.id}.{what}" for what in TOLD.get(job.state, ("notice",))]
        said = [lines[key]["message"] for key in keys if key in lines]
        if job.is_open and job.state is not State.IN_DOUBT:
            books.untold += 1
            books.wrong.append(f"{tag_of(job)}: left {job.state}")
        elif not any(message and room.shows(str(message)) for message in said):
            books.untold += 1
            books.wrong.append(f"{tag_of(job)} in {room.name}: nobody was told that it is {job.state}")
    for room in house.every_room.values():
        twins = room.twins([job for job in jobs if job.address.platform == room.name])
        books.twins += len(twins)
        books.wrong += [f"twice in {room.name}: {twin}" for twin in twins]


def _count_leaks(books: Books, house: House, log: str) -> None:
    """Look for secrets everywhere, and for a vendor's words where people read."""
    secrets = [secret for vendor in VENDORS.values() for secret in vendor.secrets]
    secrets += [secret for room in house.every_room.values() for secret in room.secrets()]
    places = {"the log": log, "the database": _bytes(house.home)}
    screens = [(room.name, locale, text) for room in house.every_room.values() for locale, text in room.texts(house)]
    places["the screens"] = "\n".join(text for _, _, text in screens)
    for name, text in places.items():
        for secret in secrets:
            if secret in text:
                books.secrets += 1
                books.wrong.append(f"a secret in {name}: ...{text[max(0, text.find(secret) - 60) : text.find(secret)]}")
    for room, locale, text in set(screens):
        for line in OWN_WORDS.sub("…", text).splitlines():
            if words := unfit(line):
                books.vendor_words += 1
                books.wrong.append(f"{room}, {locale}: {words} in {line[:200]!r}")


def _bytes(home: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in sorted(home.glob("limner.db*")))
