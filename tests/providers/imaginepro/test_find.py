"""Looking for a lost order: certain by our own name of the attempt, else only where nothing else can be meant."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError
from providers.imaginepro.provider import ImaginePro, create
from providers.models import Task
from providers.sandbox.clock import HandClock
from tests.providers.imaginepro.stage import START, A, ProStage, settings_for
from tests.providers.raw_server import Talk, serving

FOX = Order(Task.TEXT_TO_IMAGE, "midjourney", "a  fox", {"chaos": 5})
ROW = {"prompt": "a fox --chaos 5", "type": "imagine", "button": None, "uri": None}


@dataclass
class Shelf:
    """A list and its messages, told as a test says. ``pages`` counts how often the list was read."""

    adapter: ImaginePro
    rows: list[dict[str, object]] = field(default_factory=list)
    messages: dict[str, object] = field(default_factory=dict)
    pages: int = 0

    def add(self, name: str, message: Mapping[str, object] | None, *, at: float = 5, **row: object) -> None:
        """List a job so many seconds after the start; without a message nobody can read it."""
        created = (START + timedelta(seconds=at)).isoformat()
        self.rows.insert(0, {**ROW, "id": name, "createdAt": created, **row})
        if message is not None:
            self.messages[name] = {"status": "DONE", **message}

    async def find(self, order: Order = FOX) -> str | None:
        """Return the name of what was found."""
        found = await self.adapter.find("attempt-1", order, START)
        return found.ref if found else None

    async def answer(self, talk: Talk) -> None:
        """Answer one request."""
        path = talk.request.split(b" ")[1].decode()
        if "/images" in path:
            self.pages += 1
            first = 100 * (int(path.partition("page=")[2].partition("&")[0]) - 1)
            talk.answer("200 OK", json.dumps({"images": self.rows[first : first + 100]}).encode())
        elif (name := path.rpartition("/")[2]) in self.messages:
            talk.answer("200 OK", json.dumps(self.messages[name]).encode())
        else:
            talk.answer("500 No")


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    """Yield a shelf with nothing on it."""
    made: list[Shelf] = []

    async def script(talk: Talk) -> None:
        await made[0].answer(talk)

    async with serving(script) as server:
        made.append(Shelf(create(settings_for(server.url, HandClock(START)))))
        yield made[0]
        await made[0].adapter.close()


async def test_the_message_with_our_name_is_ours(shelf: Shelf) -> None:
    """Whatever else has the same words."""
    shelf.add("m-1", {"ref": "attempt-0"})
    shelf.add("m-2", {"ref": "attempt-1"})
    shelf.add("m-3", {})
    assert await shelf.find() == "m-2"


async def test_another_name_is_another_order(shelf: Shelf) -> None:
    """Even if it is the only one with these words: it belongs to somebody else, or to an attempt of later."""
    shelf.add("m-1", {"ref": "attempt-2"})
    assert await shelf.find() is None


async def test_one_without_a_name_is_ours_where_it_is_the_only_one(shelf: Shelf) -> None:
    """A failed message may hold nothing but its end."""
    shelf.add("m-1", {"status": "FAIL", "error": "x"})
    shelf.add("m-2", {"ref": "attempt-2"})
    shelf.add("m-3", {}, prompt="a bear --chaos 5")
    shelf.add("m-4", {}, prompt="a fox")
    assert await shelf.find() == "m-1"


async def test_of_two_without_a_name_none_is_chosen(shelf: Shelf) -> None:
    """Nobody can say which, so nobody does."""
    shelf.add("m-1", {})
    shelf.add("m-2", {})
    assert await shelf.find() is None


async def test_while_one_cannot_be_read_none_is_chosen(shelf: Shelf) -> None:
    """It could be ours."""
    shelf.add("m-1", {})
    shelf.add("m-2", None)
    assert await shelf.find() is None
    shelf.add("m-3", {"ref": "attempt-1"})
    assert await shelf.find() == "m-3"


@pytest.mark.parametrize("at,found", [(-119, "m-1"), (-121, None), (600, "m-1"), (601, None)])
async def test_one_without_a_name_has_to_be_of_the_time(shelf: Shelf, at: float, found: str | None) -> None:
    """Clocks may differ by two minutes, and an order may wait for its turn; what is older or newer is another one."""
    shelf.add("m-1", {}, at=at)
    assert await shelf.find() == found


async def test_words_are_compared_as_words(shelf: Shelf) -> None:
    """The address in front and blanks do not count: the service may tell them otherwise."""
    shelf.add("m-1", {"ref": "attempt-1"}, prompt="https://other.example/x.png  a fox   --chaos 5 ")
    assert await shelf.find() == "m-1"
    picture = Order(Task.IMAGE_TO_IMAGE, "midjourney", "a fox", {"chaos": 5}, pictures=(A,))
    shelf.adapter._messages._seen.clear()
    assert await shelf.find(picture) == "m-1"


async def test_a_press_is_found_by_its_button(shelf: Shelf) -> None:
    """Its words are those of the order it goes on from."""
    press = Order(Task.REWORK_IMAGE, "midjourney", "", {}, origin="parent", step="U2")
    shelf.add("m-2", {"ref": "attempt-1"}, button="U2")
    shelf.add("m-1", {"ref": "attempt-1"}, button="U1")
    assert await shelf.find(press) == "m-2"
    assert await shelf.find() is None, "and an order without a button is no press"


async def test_all_pages_of_the_time_are_read(shelf: Shelf) -> None:
    """And none that is older; each waits for its turn."""
    for number in range(150):
        shelf.add(f"old-{number}", {}, at=-4000, prompt="a bear")
    shelf.add("m-1", {"ref": "attempt-1"})
    for number in range(120):
        shelf.add(f"new-{number}", {}, prompt="a bear")
    assert await shelf.find() == "m-1"
    assert shelf.pages == 2
    assert await shelf.find(Order(Task.TEXT_TO_IMAGE, "midjourney", "an owl", {})) is None
    assert shelf.pages == 4, "two more, although there is a third"


async def test_a_key_that_fails_meanwhile_is_no_answer(pro: ProStage) -> None:
    """An error and not a no: the order may well be there."""
    await pro.place(await pro.imagine())
    pro.clock.advance(5)
    for door in ("detail", "list"):
        pro.sandbox.faults.add("401", f"imaginepro.{door}")
        with pytest.raises(ProviderError) as caught:
            await pro.provider.find("attempt-1", await pro.imagine(), START)
        assert caught.value.code is FailureCode.KEY_INVALID


async def test_an_order_of_another_attempt_of_ours_is_never_taken_for_a_lost_one(shelf: Shelf) -> None:
    """What this process was told for another attempt is that one's, name or not."""
    shelf.add("m-1", {})
    shelf.adapter._messages.expect("m-1", "attempt-2")
    assert await shelf.find() is None


async def test_looking_places_nothing(pro: ProStage) -> None:
    """However often: it is free, and the ledger stays as it is."""
    order = await pro.imagine()
    for _ in range(3):
        assert await pro.provider.find("attempt-1", order, START) is None
    assert (pro.attempts, pro.charges) == (0, [])
