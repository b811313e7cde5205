"""Buttons of a finished message: each is offered as what it is, goes back letter for letter, and costs its own five."""

from dataclasses import replace
from decimal import Decimal

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.buttons import follow_ups
from providers.models import Task
from providers.outcomes import Deed, Done, FollowUp
from tests.providers.imaginepro.stage import ProStage

OFFERED = {
    "U1": (Deed.PICK, 1, ""),
    "U4": (Deed.PICK, 4, ""),
    "V2": (Deed.VARY, 2, ""),
    "🔄": (Deed.AGAIN, 0, ""),
    "Zoom Out 2x": (Deed.ZOOM_OUT, 0, "2x"),
    "Zoom Out 1.5x": (Deed.ZOOM_OUT, 0, "1.5x"),
    "⬅️": (Deed.PAN_LEFT, 0, ""),
    "⬅": (Deed.PAN_LEFT, 0, ""),
    "➡️": (Deed.PAN_RIGHT, 0, ""),
    "➡": (Deed.PAN_RIGHT, 0, ""),
    "⬆️": (Deed.PAN_UP, 0, ""),
    "⬇️": (Deed.PAN_DOWN, 0, ""),
    "⬇": (Deed.PAN_DOWN, 0, ""),
    "Make Square": (Deed.SQUARE, 0, ""),
    "Upscale (Subtle)": (Deed.LARGER_SUBTLE, 0, ""),
    "Upscale (Creative)": (Deed.LARGER_CREATIVE, 0, ""),
    "Upscale (2x)": (Deed.LARGER, 0, "2x"),
    "Upscale (4x)": (Deed.LARGER, 0, "4x"),
    "Redo Upscale (4x)": (Deed.LARGER, 0, "4x"),
    "Vary (Subtle)": (Deed.SUBTLE, 0, ""),
    "Vary (Strong)": (Deed.STRONG, 0, ""),
    "Animate (High motion)": (Deed.OTHER, 0, "Animate (High motion)"),
    "U5": (Deed.OTHER, 0, "U5"),
}


@pytest.mark.parametrize("word", OFFERED)
def test_a_button_is_offered_as_what_it_does(word: str) -> None:
    """With and without the mark that colours an arrow; one that nobody knows by its own name."""
    deed, number, name = OFFERED[word]
    assert follow_ups([word]) == (FollowUp(deed, Task.REWORK_IMAGE, "midjourney", word, number, name),)


def test_every_button_is_offered_once_in_the_services_order() -> None:
    """But for the two that are never: a mask has to be drawn by hand, and nobody says what stopping costs."""
    words = ["V1", "Vary (Region)", "U1", "Cancel Job", "V1", "", "  ", "x" * 81]
    assert [follow.word for follow in follow_ups(words)] == ["V1", "U1"]


async def test_a_grid_goes_on_to_one_picture_and_further(pro: ProStage) -> None:
    """Each press is an order of its own at five credits; its result is one picture with its own buttons."""
    grid, done = await pro.made()
    assert [f.word for f in done.follow_ups] == ["U1", "U2", "U3", "U4", "🔄", "V1", "V2", "V3", "V4"]
    taken = await pro.press(grid, done.follow_ups[1])
    single = await pro.end(taken.ref)
    assert isinstance(single, Done)
    assert len(single.assets) == 1
    assert {Deed.ZOOM_OUT, Deed.PAN_LEFT, Deed.LARGER_SUBTLE, Deed.STRONG} <= {f.deed for f in single.follow_ups}
    assert "Vary (Region)" not in {f.word for f in single.follow_ups}
    left = next(f for f in single.follow_ups if f.deed is Deed.PAN_LEFT)
    wider = await pro.end((await pro.press(taken.ref, left, "attempt-3")).ref)
    assert isinstance(wider, Done)
    assert len(wider.assets) == 5
    assert pro.charges == [Decimal(10), Decimal(5), Decimal(5)]
    works = [pro.sandbox.imaginepro._desk.find(charge.task) for charge in pro.sandbox.ledger.charges]
    assert [work.order.parent for work in works if work] == ["", grid, taken.ref], "children keep their parent"


@pytest.mark.parametrize("step", ["Vary (Region)", "Cancel Job", "cancel job", "", " "])
async def test_a_button_that_is_never_offered_is_never_pressed(pro: ProStage, step: str) -> None:
    """Not by a forged press either."""
    grid, _ = await pro.made()
    order = Order(Task.REWORK_IMAGE, "midjourney", "", {}, origin=grid, step=step)
    with pytest.raises(ProviderError) as caught:
        await pro.provider.quote(order)
    assert caught.value.sent is Sent.NO
    with pytest.raises(ProviderError):
        await pro.provider.quote(replace(order, origin="", step="U1"))


async def test_a_price_of_one_button_does_not_pay_for_another(pro: ProStage) -> None:
    """What was confirmed is what is pressed."""
    grid, done = await pro.made()
    order = Order(Task.REWORK_IMAGE, "midjourney", "", {}, origin=grid, step="U1")
    quote = await pro.provider.quote(order)
    with pytest.raises(ProviderError) as caught:
        await pro.provider.submit(replace(order, step="U2"), quote, "attempt-2")
    assert (caught.value.code, caught.value.sent) == (FailureCode.MODEL_MISMATCH, Sent.NO)
    assert pro.charges == [Decimal(10)], done


async def test_a_button_that_the_message_does_not_have_costs_nothing(pro: ProStage) -> None:
    """The service refuses it, and that is a certain no."""
    grid, _ = await pro.made()
    order = Order(Task.REWORK_IMAGE, "midjourney", "", {}, origin=grid, step="Zoom Out 2x")
    with pytest.raises(ProviderError) as caught:
        await pro.place(order)
    assert (caught.value.code, caught.value.sent) == (FailureCode.SETTINGS_REFUSED, Sent.YES)
    assert pro.charges == [Decimal(10)]


async def test_a_grid_that_forgets_its_buttons_still_has_the_eight(pro: ProStage) -> None:
    """Of one picture nothing is made up."""
    grid, done = await pro.made("a fox [sandbox: no-buttons] [sandbox: no-buttons on=button]")
    assert [f.word for f in done.follow_ups] == ["U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4"]
    single = await pro.end((await pro.press(grid, done.follow_ups[0])).ref)
    assert isinstance(single, Done)
    assert single.follow_ups == ()


@pytest.mark.parametrize("model", ["flux", "lumi-girl", "nano-banana-2"])
async def test_other_models_have_no_buttons(pro: ProStage, model: str) -> None:
    """They are Midjourney's."""
    done = await pro.end((await pro.place(await pro.order(Task.TEXT_TO_IMAGE, model))).ref)
    assert isinstance(done, Done)
    assert done.follow_ups == ()
