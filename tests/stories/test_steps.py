"""Going on from a result: buttons that order the next step, results named by their code, richer words, stopping."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core import deeds, listings, wording
from bot.core.actions import Action, Verb
from bot.core.job import Job, State
from bot.core.ledger import EntryKind
from bot.errors import RefusalCode
from bot.text import Amount
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import Task
from providers.outcomes import Phase, Refund
from tests.fakes.door import Door
from tests.fakes.engraver import Atelier, Engraver
from tests.providers.ima_stage import png
from tests.stories.stage import Stage, stage


@contextlib.asynccontextmanager
async def engraving(home: Path, atelier: Atelier, **able: bool) -> AsyncIterator[Stage]:
    """Yield a service with an engraver beside IMA Studio."""
    async with stage(home, guest=lambda clock: Engraver(clock, atelier, **able)) as at:
        yield at


async def a_plate(at: Stage, words: str = "/image model=plate a fox in the snow by night, in fine lines") -> Job:
    """Have a picture made."""
    return await at.make(words)


def label(at: Stage, verb: Verb) -> set[str]:
    """Return what the buttons say that mean this."""
    english = at.translators.get("en")
    return {english.say(button.label) for button in at.chat.buttons() if f"|{verb.value}|" in button.action}


# --- steps -------------------------------------------------------------------------------------------------------


async def test_a_step_is_an_order_of_its_own(tmp_path: Path) -> None:
    """Its own price, its own Confirm, its own charge; it knows what it goes on from, and the provider gets its word."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        grid = await a_plate(at)
        assert label(at, Verb.STEP) == {f"Picture {n} alone" for n in (1, 2, 3, 4)}
        await at.press_action(Action(Verb.STEP, grid.id, "1").encode())
        assert "Picture 2 alone" in at.reads()
        assert "5 credits" in at.reads()
        assert len(atelier.orders) == 1
        await at.press(Verb.CONFIRM)
        await at.finish()
        child = (await at.jobs())[-1]
        order = atelier.orders[child.token]
        assert (order.task, order.origin, order.step, order.piece) == (Task.REWORK_IMAGE, grid.ref, "U2", 2)
        assert (child.parent, child.state, len(order.pictures)) == (grid.id, State.SUCCEEDED, 0)
        assert [entry.kind for entry in await at.entries(child)] == [EntryKind.RESERVED, EntryKind.SETTLED]


async def test_a_step_pressed_twice_makes_two_offers_and_no_order(tmp_path: Path) -> None:
    """A double click costs nothing: each offer wants its own yes."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        grid = await a_plate(at)
        for _ in range(2):
            await at.press_action(Action(Verb.STEP, grid.id, "0").encode())
        await at.finish()
        assert len(atelier.orders) == 1
        assert await at.states() == [State.SUCCEEDED, State.PROPOSED, State.PROPOSED]


async def test_a_step_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A number that nobody offered, and a result that is not there yet."""
    async with engraving(tmp_path, Atelier()) as at:
        grid = await a_plate(at)
        answer = await at.press_action(Action(Verb.STEP, grid.id, "9").encode())
        assert answer.toast == wording.REFUSALS[RefusalCode.NO_SUCH_JOB]()
        await at.order("/image model=plate another one of those foxes, please, and a large one")
        running = (await at.jobs())[-1]
        answer = await at.press_action(Action(Verb.STEP, running.id, "0").encode())
        assert answer.toast == wording.REFUSALS[RefusalCode.ALREADY_STARTED]()


async def test_trying_a_failed_step_again_goes_on_from_the_same_result(tmp_path: Path) -> None:
    """Not from nothing: the child's own failure has no result to go on from."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        grid = await a_plate(at)
        await at.press_action(Action(Verb.STEP, grid.id, "3").encode())
        await at.press(Verb.CONFIRM)
        atelier.stopped.add((await at.jobs())[-1].token)
        await at.finish()
        assert (await at.jobs())[-1].state is State.FAILED
        await at.press(Verb.AGAIN)
        await at.press(Verb.CONFIRM)
        await at.finish()
        order = atelier.orders[(await at.jobs())[-1].token]
        assert (order.origin, order.step, order.task) == (grid.ref, "U4", Task.REWORK_IMAGE)


async def test_nobody_else_is_suggested_for_a_step(tmp_path: Path) -> None:
    """Another service cannot go on from this one's result."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        grid = await a_plate(at)
        await at.press_action(Action(Verb.STEP, grid.id, "3").encode())
        await at.press(Verb.CONFIRM)
        atelier.stopped.add((await at.jobs())[-1].token)
        await at.finish()
        assert not at.offers(Verb.SWITCH)


async def test_a_step_is_no_habit(tmp_path: Path) -> None:
    """What a button chose says nothing about the model somebody likes."""
    async with engraving(tmp_path, Atelier()) as at:
        grid = await a_plate(at)
        await at.press_action(Action(Verb.STEP, grid.id, "1").encode())
        await at.press(Verb.CONFIRM)
        await at.finish()
        known = await at.files.preferences("stage", "house", "ann")
        assert set(known) == {Task.TEXT_TO_IMAGE}


# --- earlier results by their code -------------------------------------------------------------------------------


async def test_a_result_is_named_by_its_code(tmp_path: Path) -> None:
    """The code stands under the result; with it an order starts from that picture."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        plate = await a_plate(at)
        assert f"Code: {plate.code}" in at.screen()
        await at.order(f"/upscale of={plate.code}")
        await at.finish()
        order = atelier.orders[(await at.jobs())[-1].token]
        assert (order.task, [p.url for p in order.pictures]) == (Task.UPSCALE_IMAGE, [plate.assets[0].url])


async def test_a_video_is_made_longer_with_new_words(tmp_path: Path) -> None:
    """``/extend`` goes on from the whole video; without words the old ones count."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        video = await at.make("/video model=plate a fox runs through the snow under the moon, slowly")
        await at.order(f"/extend of={video.code} it stops and looks back")
        order = list(atelier.orders.values())[-1]
        assert (order.task, order.origin, order.step) == (Task.EXTEND_VIDEO, video.ref, "extend")
        assert order.prompt == "it stops and looks back"
        await at.finish()
        await at.order(f"/extend of={video.code}")
        assert list(atelier.orders.values())[-1].prompt == video.request.prompt


@pytest.mark.parametrize(
    "said,refused",
    [
        ("/extend it flies away", RefusalCode.RESULT_NEEDED),
        ("/upscale of=abcdef", RefusalCode.NO_SUCH_RESULT),
        ("/upscale of={code}.7", RefusalCode.NO_SUCH_RESULT),
        ("/extend of={code}", RefusalCode.RESULT_UNFIT),
        ("/upscale", RefusalCode.PICTURE_NEEDED),
    ],
)
async def test_what_cannot_be_gone_on_from_is_said(tmp_path: Path, said: str, refused: RefusalCode) -> None:
    """By what is missing, and nothing is offered."""
    async with engraving(tmp_path, Atelier()) as at:
        plate = await a_plate(at)
        await at.say(said.format(code=plate.code))
        assert at.card.title is not None
        assert at.card.title.phrase == wording.REFUSALS[refused].one
        assert len(await at.jobs()) == 1


async def test_results_of_others_cannot_be_named(tmp_path: Path) -> None:
    """Their codes are no secret; their pictures are theirs."""
    async with engraving(tmp_path, Atelier()) as at:
        plate = await a_plate(at)
        await at.say(f"/upscale of={plate.code}", who="bob")
        assert at.card.title is not None
        assert at.card.title.phrase == wording.REFUSALS[RefusalCode.NO_SUCH_RESULT].one


async def test_a_picture_is_described(tmp_path: Path) -> None:
    """The button under it offers that at its price; what comes is text."""
    async with engraving(tmp_path, Atelier()) as at:
        plate = await a_plate(at)
        await at.press_action(Action(Verb.DESCRIBE, plate.id, "0").encode())
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert "A fox in the snow." in [card.text for card in at.chat.cards()]


# --- what comes out ----------------------------------------------------------------------------------------------


async def test_a_held_result_comes_without_a_link(tmp_path: Path) -> None:
    """Its address works nowhere but where Limner runs: it is never given to anybody."""
    async with engraving(tmp_path, Atelier()) as at:
        await a_plate(at)
        assert [medium.held for card in at.chat.cards() for medium in card.media] == [True]
        assert "127.0.0.1:3333" not in at.screen()
        assert wording.NO_LINK.one in at.screen()


async def test_what_came_out_otherwise_is_said(tmp_path: Path) -> None:
    """A silent change of the service is not silent here."""
    async with engraving(tmp_path, Atelier()) as at:
        await a_plate(at, "/image model=plate a clamped fox in the snow, drawn with very fine lines")
        assert "It lasts 10 sec, not as long as ordered." in at.screen()


async def test_what_the_service_does_is_shown_while_it_does_it(tmp_path: Path) -> None:
    """Its phase in words, its unfinished picture as it is; neither is kept."""
    async with engraving(tmp_path, Atelier()) as at:
        job = await a_plate(at)
        forms = at.chat.messages[f"{job.id}.notice"].forms
        assert any(deeds.PHASES[Phase.PLANNING]() in card.lines for card in forms)
        assert [card.preview.data for card in forms if card.preview is not None]
        assert forms[-1].preview is None


# --- richer words ------------------------------------------------------------------------------------------------


async def test_a_short_prompt_can_be_made_richer_before_it_is_paid(tmp_path: Path) -> None:
    """The old offer closes, the new one has the richer words; nothing was spent, and nothing costs more."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        await at.say("/image model=plate a fox")
        await at.press(Verb.ENHANCE)
        assert await at.states() == [State.CANCELLED, State.PROPOSED]
        assert (await at.jobs())[-1].request.prompt.startswith("a fox, fine copperplate lines")
        assert not at.offers(Verb.ENHANCE)
        assert atelier.orders == {}
        await at.press(Verb.CONFIRM)
        await at.finish()
        assert "copperplate" in next(iter(atelier.orders.values())).prompt


async def test_a_long_prompt_is_left_alone(tmp_path: Path) -> None:
    """Who said much meant it."""
    async with engraving(tmp_path, Atelier()) as at:
        await at.say("/image model=plate a fox in the snow by night, drawn in fine lines by an old master")
        assert not at.offers(Verb.ENHANCE)


async def test_words_are_made_richer_on_their_own(tmp_path: Path) -> None:
    """To be copied; free, and there is no order."""
    async with engraving(tmp_path, Atelier()) as at:
        await at.say("/enhance a cat")
        assert at.card.copy.startswith("a cat, fine copperplate")
        assert await at.jobs() == []


async def test_words_that_cannot_be_made_richer_stay(tmp_path: Path) -> None:
    """The service is away: the offer is still there, and it says why nothing changed."""
    atelier = Atelier(richer=ProviderError(FailureCode.UNREACHABLE, "no route", sent=Sent.NO))
    async with engraving(tmp_path, atelier) as at:
        await at.say("/image model=plate a fox")
        answer = await at.press(Verb.ENHANCE)
        assert answer.toast == wording.FAILURES[FailureCode.UNREACHABLE]()
        assert await at.states() == [State.PROPOSED]
        await at.say("/enhance a cat")
        assert at.card.title == wording.FAILURES[FailureCode.UNREACHABLE]()


# --- stopping ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "refund,books",
    [
        (Refund.NOT_CHARGED, EntryKind.RELEASED),
        (Refund.KEPT, EntryKind.SETTLED),
        (Refund.UNKNOWN, EntryKind.UNKNOWN),
    ],
)
@pytest.mark.parametrize("how", ["word", "button"])
async def test_a_running_order_is_stopped_and_its_money_is_said(
    tmp_path: Path, refund: Refund, books: EntryKind, how: str
) -> None:
    """Not charged, charged all the same, or nobody knows: one of them, and the books say the same."""
    atelier = Atelier(refund=refund)
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        await at.clock.run(lambda: at.offers(Verb.STOP))
        await (at.say("/cancel") if how == "word" else at.press(Verb.STOP))
        [job] = await at.jobs()
        assert (job.state, job.trouble and job.trouble.refund) == (State.CANCELLED, refund)
        assert at.translators.get("en").say(deeds.STOPPED[refund](cost=_amount(job))) in at.screen()
        assert [entry.kind for entry in await at.entries(job)] == [EntryKind.RESERVED, books]
        await at.finish()
        assert await at.states() == [State.CANCELLED]


async def test_an_order_that_cannot_be_stopped_goes_on(tmp_path: Path) -> None:
    """It is over at the provider while the person presses: the result comes, and that is said."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        await at.clock.run(lambda: at.offers(Verb.STOP))
        atelier.seconds = 0.0
        answer = await at.press(Verb.STOP)
        assert answer.toast == wording.CANNOT_CANCEL()
        await at.finish()
        assert await at.states() == [State.SUCCEEDED]


async def test_who_cannot_stop_offers_no_button(tmp_path: Path) -> None:
    """And says honestly that it is too late."""
    async with engraving(tmp_path, Atelier(), can_cancel=False) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        await at.clock.run(lambda: bool(at.service.runner._waiting))
        await at.say("/cancel")
        assert not at.offers(Verb.STOP)
        assert wording.CANNOT_CANCEL() == at.card.title
        await at.finish()


async def test_only_its_person_stops_an_order(tmp_path: Path) -> None:
    """A button under somebody's order is theirs."""
    async with engraving(tmp_path, Atelier()) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        await at.clock.run(lambda: at.offers(Verb.STOP))
        await at.press(Verb.STOP, who="bob")
        assert await at.states() == [State.RUNNING]
        await at.finish()


# --- hints -------------------------------------------------------------------------------------------------------


async def test_a_hint_makes_limner_look_at_once(tmp_path: Path) -> None:
    """Not after the usual ten seconds; what is true comes from looking, never from the hint."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        [job] = await at.jobs()
        looks = len(atelier.checks)
        assert at.service.runner.hint(job.token)
        for _ in range(10):
            await asyncio.sleep(0)  # time stands still: whoever was woken gets its turn
        assert [at.clock.elapsed(when) for _, when in atelier.checks[looks:]] == [0.0]
        assert await at.states() == [State.RUNNING]
        await at.finish()


@pytest.mark.parametrize("token", ["", "f" * 32, "../../etc/passwd"])
async def test_a_forged_hint_changes_nothing(tmp_path: Path, token: str) -> None:
    """Nobody is looked at and nothing is written down."""
    atelier = Atelier()
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        looks = len(atelier.checks)
        assert not at.service.runner.hint(token)
        await at.clock.settle()
        assert len(atelier.checks) == looks
        await at.finish()


# --- what the service lists --------------------------------------------------------------------------------------


async def test_a_lost_result_is_found_in_the_history(tmp_path: Path) -> None:
    """The answer to the order was lost and nobody knew; the service lists it under our own name for it."""
    atelier = Atelier(loses=1)
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        assert await at.states() == [State.IN_DOUBT]
        await at.say("/history")
        assert "Engraver has it" not in at.reads()
        at.clock.skip(60)
        await at.say("/history")
        assert f"{(await at.jobs())[0].code}: Engraver has it after all" in at.reads()


async def test_what_others_had_made_is_not_shown(tmp_path: Path) -> None:
    """Their prompts are theirs, unless the operator says otherwise."""
    atelier = Atelier(loses=2)
    async with engraving(tmp_path, atelier) as at:
        await at.order("/image model=plate a secret fox in the snow by night, in fine lines", who="bob")
        await at.order("/image model=plate a fox in the snow by night, drawn in very fine lines")
        at.clock.skip(60)
        await at.say("/history")
        assert "secret" not in at.reads()


async def test_models_stand_together_and_can_be_sorted(tmp_path: Path) -> None:
    """Of all services, the cheapest first, or only those of one service."""
    async with engraving(tmp_path, Atelier()) as at:
        await at.say("/models image")
        assert "Plate: 10 credits" in at.reads()
        assert "SeeDream 4.5" in at.reads()
        await at.say("/models image engraver")
        assert at.reads().splitlines()[1:] == ["Plate: 10 credits, 20–40 s"]
        await at.say("/models image zeppelin")
        assert at.card.title == listings.MODELS_NONE()


def _amount(job: Job) -> Amount:
    return Amount(job.quote.total, job.quote.unit)


# --- pictures that a service reads at their address --------------------------------------------------------------


async def test_a_file_is_not_sold_to_who_reads_only_addresses(tmp_path: Path) -> None:
    """It is said before there is a price; the address of the same picture would do."""
    async with engraving(tmp_path, Atelier(), needs_links=True) as at:
        await at.say("/upscale", pictures=(png(),))
        assert "reads pictures only from a public https:// address" in at.reads()
        assert await at.jobs() == []


async def test_a_picture_by_its_address_goes_as_its_address(tmp_path: Path) -> None:
    """It is looked at first, as every picture is."""
    atelier, door = Atelier(), Door()
    guest = lambda clock: Engraver(clock, atelier, needs_links=True)  # noqa: E731 - one line is enough
    async with stage(tmp_path, intake=door, guest=guest) as at:
        await at.order("/upscale https://example.com/fox.png")
        [order] = atelier.orders.values()
        assert [picture.link for picture in order.pictures] == ["https://example.com/fox.png"]
        assert door.fetched == ["https://example.com/fox.png"]
        await at.finish()
