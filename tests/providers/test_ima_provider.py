"""IMA Studio from the price to the result, over real HTTP."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.models import PACES
from providers.ima_studio.provider import create
from providers.models import Task
from providers.outcomes import Done, Failed, Running
from providers.sandbox.faults import Style
from tests.providers.ima_stage import ImaStage, ima_stage, settings_for
from tests.providers.raw_server import Talk, serving

T2V, T2I = Task.TEXT_TO_VIDEO, Task.TEXT_TO_IMAGE
WAN, BANANA = "wan2.6-t2v", "gemini-3.1-flash-image-preview"


@pytest.mark.parametrize("task", list(PACES))
async def test_every_model_can_be_ordered(tmp_path: Path, task: Task) -> None:
    """Each is charged once, exactly as quoted, and every result that was paid for arrives."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.ledger.set_subscribed("ima", subscribed=True)
        for model in await ima.provider.models(task):
            order = await ima.order(task, model.id, count=min(2, model.max_count))
            quote = await ima.provider.quote(order)
            before = len(ima.charges)
            end = await ima.end(await ima.place(order))
            assert list(ima.charges[before:]) == [quote.total], model.id
            assert isinstance(end, Done), (model.id, end)
            assert len(end.assets) == order.count * model.outputs_per_unit, model.id
            assert len({asset.url for asset in end.assets}) == len(end.assets), model.id
            assert end.lost == 0


@pytest.mark.parametrize("model,count,results", [("midjourney", 1, 4), (BANANA, 2, 2), (BANANA, 1, 1)])
async def test_all_results_of_one_order(tmp_path: Path, model: str, count: int, results: int) -> None:
    """Midjourney makes four pictures for the price of one; other clients give away one and lose three."""
    async with ima_stage(tmp_path) as ima:
        end = await ima.end(await ima.place(await ima.order(T2I, model, count=count)))
    assert isinstance(end, Done)
    assert len(end.assets) == results
    assert all(asset.cover and asset.width and asset.height for asset in end.assets)


async def test_done_without_an_address_is_not_done(tmp_path: Path) -> None:
    """The provider says "ready" before the address is there; nobody is told that it is finished."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.faults.add("no-url", "ima.create", lasting=500)
        ref = await ima.place(await ima.order(T2V, WAN))
        ima.clock.advance(450)
        assert await ima.provider.check(ref) == Running()
        ima.clock.advance(500)
        assert isinstance(await ima.provider.check(ref), Done)


async def test_a_lost_answer_is_one_charge_and_one_attempt(tmp_path: Path) -> None:
    """The provider charged and the answer never came: nobody knows, and nothing is tried again."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(T2V, WAN)
        quote = await ima.provider.quote(order)
        ima.sandbox.faults.add("lost-answer", "ima.create")
        with pytest.raises(ProviderError) as caught:
            await ima.provider.submit(order, quote, "attempt-1")
        assert (caught.value.sent, caught.value.code) == (Sent.MAYBE, FailureCode.UNREACHABLE)
        assert (list(ima.charges), ima.attempts) == ([quote.total], 1)


REFUSALS = [
    ("401", None, FailureCode.KEY_INVALID, Sent.YES),
    ("4008", None, FailureCode.NO_POINTS, Sent.YES),
    ("4014", None, FailureCode.SUBSCRIPTION_NEEDED, Sent.YES),
    ("4014", Style.HTTP, FailureCode.SUBSCRIPTION_NEEDED, Sent.YES),
    ("6006", None, FailureCode.PRICE_MISMATCH, Sent.YES),
    ("6009", None, FailureCode.NO_SUCH_COMBINATION, Sent.YES),
    ("6010", Style.HTTP, FailureCode.MODEL_MISMATCH, Sent.YES),
    ("500", Style.BODY, FailureCode.UNAVAILABLE, Sent.YES),
    ("500", Style.BARE, FailureCode.UNAVAILABLE, Sent.MAYBE),
    ("503", Style.BARE, FailureCode.UNAVAILABLE, Sent.MAYBE),
    ("429", Style.BARE, FailureCode.BUSY, Sent.YES),
    ("429", Style.BODY, FailureCode.BUSY, Sent.YES),
    ("html", None, FailureCode.UNAVAILABLE, Sent.MAYBE),
    ("truncated", None, FailureCode.UNREADABLE, Sent.MAYBE),
    ("lost-request", None, FailureCode.UNREACHABLE, Sent.MAYBE),
]


@pytest.mark.parametrize("fault,style,code,sent", REFUSALS)
async def test_refusals_of_the_paid_call(
    tmp_path: Path, fault: str, style: Style | None, code: FailureCode, sent: Sent
) -> None:
    """Each is told for what it is, after one attempt, with an honest word about the money."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(T2I, BANANA)
        quote = await ima.provider.quote(order)
        ima.sandbox.faults.add(fault, "ima.create", style=style)
        with pytest.raises(ProviderError) as caught:
            await ima.provider.submit(order, quote, "attempt-1")
        assert (caught.value.code, caught.value.sent, ima.attempts) == (code, sent, 1)
        assert sent is Sent.MAYBE or ima.charges == []
        if code is FailureCode.BUSY:
            assert caught.value.data == {"retry_after": 5}


async def test_a_model_beyond_the_subscription_is_not_charged(tmp_path: Path) -> None:
    """The provider says so itself, and other models go on working."""
    async with ima_stage(tmp_path) as ima:
        with pytest.raises(ProviderError) as caught:
            await ima.place(await ima.order(T2V, "ima-pro"))
        assert (caught.value.code, ima.charges) == (FailureCode.SUBSCRIPTION_NEEDED, [])
        await ima.place(await ima.order(T2V, "ima-pro-fast"))
        assert list(ima.charges) == [Decimal(65)]


async def test_an_answer_of_the_wrong_type_is_still_an_answer(tmp_path: Path) -> None:
    """A charged order that is named in a plain-text answer is not lost."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.faults.add("wrong-type", "ima.create")
        assert isinstance(await ima.end(await ima.place(await ima.order(T2I, BANANA))), Done)


@pytest.mark.parametrize(
    "fault,reason,code",
    [
        ("failed", "", FailureCode.GENERATION_FAILED),
        ("failed-quietly", "", FailureCode.GENERATION_FAILED),
        ("deleted", "", FailureCode.RESULT_DELETED),
        ("failed", "policy", FailureCode.CONTENT_REFUSED),
        ("failed", "pixels", FailureCode.SIZE_TOO_SMALL),
        ("failed", "pixverse", FailureCode.MODEL_MISMATCH),
        ("failed", "fusion", FailureCode.MODEL_MISMATCH),
    ],
)
async def test_runs_that_fail(tmp_path: Path, fault: str, reason: str, code: FailureCode) -> None:
    """The reason is known without showing the vendor's words."""
    async with ima_stage(tmp_path) as ima:
        prompt = f"a lighthouse [sandbox: {fault}{f' reason={reason}' if reason else ''}]"
        end = await ima.end(await ima.place(await ima.order(T2I, BANANA, prompt=prompt)))
    assert isinstance(end, Failed)
    assert end.code is code
    assert (end.data == {"pixels": 3686400}) is (code is FailureCode.SIZE_TOO_SMALL)


async def test_one_of_two_fails_and_the_other_arrives(tmp_path: Path) -> None:
    """What was made is given, and the person is told that one is missing."""
    async with ima_stage(tmp_path) as ima:
        ima.sandbox.faults.add("one-fails", "ima.create")
        end = await ima.end(await ima.place(await ima.order(T2I, BANANA, count=2)))
    assert isinstance(end, Done)
    assert (len(end.assets), end.lost) == (1, 1)


async def test_a_poll_that_fails_changes_nothing(tmp_path: Path) -> None:
    """The next one gets the result."""
    async with ima_stage(tmp_path) as ima:
        ref = await ima.place(await ima.order(T2I, BANANA))
        ima.clock.advance(1000)
        for fault in ("lost-answer", "429", "500", "html", "truncated", "401"):
            ima.sandbox.faults.add(fault, "ima.detail")
            with pytest.raises(ProviderError) as caught:
                await ima.provider.check(ref)
            assert caught.value.sent is Sent.NO
        assert isinstance(await ima.provider.check(ref), Done)


async def test_an_unknown_order_is_an_error_and_not_a_failed_run(tmp_path: Path) -> None:
    """Nobody is told that their video failed because the provider did not find it at that moment."""
    async with ima_stage(tmp_path) as ima:
        with pytest.raises(ProviderError):
            await ima.provider.check("task_nobody")


@pytest.mark.parametrize(
    "fault,code",
    [
        ("401", FailureCode.KEY_INVALID),
        ("html", FailureCode.UNAVAILABLE),
        ("truncated", FailureCode.UNREADABLE),
        ("lost-answer", FailureCode.UNREACHABLE),
    ],
)
async def test_a_catalogue_that_cannot_be_read(tmp_path: Path, fault: str, code: FailureCode) -> None:
    """Neither listing nor ordering works then, and nothing was sent."""
    async with ima_stage(tmp_path) as ima:
        order = Order(T2V, WAN, "a lighthouse", {})
        quote = await ima.provider.quote(order)
        # aiohttp asks a lost GET a second time by itself, so the fault has to happen twice.
        ima.sandbox.faults.add(fault, "ima.products", times=2)
        fresh = create(ima.settings)
        with pytest.raises(ProviderError) as caught:
            await fresh.submit(order, quote, "attempt-1")
        assert (caught.value.code, caught.value.sent, ima.attempts) == (code, Sent.NO, 0)
        await fresh.close()


async def test_a_wrong_key_is_told_as_such(tmp_path: Path) -> None:
    """By every call that shows it."""
    async with ima_stage(tmp_path) as ima:
        stranger = create(settings_for(ima.sandbox.base_url, ima.clock, key="ima_wrong_key"))
        with pytest.raises(ProviderError) as caught:
            await stranger.models(T2V)
        await stranger.close()
    assert caught.value.code is FailureCode.KEY_INVALID


async def test_the_catalogue_is_read_once_for_many_quotes(tmp_path: Path) -> None:
    """A restart with a thousand jobs reads it once, and a price says when it was read."""
    async with ima_stage(tmp_path) as ima:
        order = Order(T2V, WAN, "a lighthouse", {})
        quotes = await asyncio.gather(*(ima.provider.quote(order) for _ in range(50)))
        assert ima.sandbox.gate.requests["ima.products"] == 1
        assert {quote.read_at for quote in quotes} == {ima.clock.now()}
        ima.clock.advance(60)
        await ima.provider.models(T2V)
        assert (await ima.provider.quote(order)).read_at == ima.clock.now()


async def test_a_refused_price_makes_the_catalogue_old(tmp_path: Path) -> None:
    """The next quote comes from a catalogue that was read after the refusal."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(T2V, WAN)
        quote = await ima.provider.quote(order)
        ima.sandbox.faults.add("6006", "ima.create")
        with pytest.raises(ProviderError):
            await ima.provider.submit(order, quote, "attempt-1")
        before = ima.sandbox.gate.requests["ima.products"]
        await ima.provider.quote(order)
        assert ima.sandbox.gate.requests["ima.products"] == before + 1


async def test_the_language_of_the_labels(tmp_path: Path) -> None:
    """People read the catalogue's labels in the language of the deployment; ids and prices are the same."""
    async with ima_stage(tmp_path) as ima:
        chinese = create(replace(ima.settings, language="zh-Hans"))
        ours, theirs = await ima.spec(T2V, WAN), {m.id: m for m in await chinese.models(T2V)}[WAN]
        await chinese.close()
    assert [p.label for p in ours.params] != [p.label for p in theirs.params]
    assert [(p.name, p.default) for p in ours.params] == [(p.name, p.default) for p in theirs.params]
    assert ours.price == theirs.price


async def test_the_key_goes_to_the_provider_only_over_https(tmp_path: Path) -> None:
    """A setting that would send it in the clear is refused at start."""
    async with ima_stage(tmp_path) as ima:
        plain = "http://api.example"
        for wrong in (replace(ima.settings, base_url=plain), replace(ima.settings, upload_url=plain)):
            with pytest.raises(ValueError, match="https"):
                create(wrong)


async def test_settings_never_show_the_key(tmp_path: Path) -> None:
    """Not when they are printed, and not the adapter either."""
    async with ima_stage(tmp_path) as ima:
        shown = f"{ima.settings!r} {ima.settings} {ima.provider!r} {ima.settings.key}"
        assert ima.settings.key.reveal() not in shown
        assert ima.settings.app_key.reveal() not in shown


async def _head_of_a_request(ima: ImaStage) -> str:
    async def say(talk: Talk) -> None:
        talk.answer("200 OK", b'{"code":0,"data":[]}')

    async with serving(say) as server:
        provider = create(settings_for(server.url, ima.clock))
        await provider.models(T2V)
        await provider.close()
    return server.requests[0].decode().lower()


async def test_every_call_has_the_headers_the_provider_wants(tmp_path: Path) -> None:
    """Reference section 1.1; one of them is written with underscores."""
    async with ima_stage(tmp_path) as ima:
        head = await _head_of_a_request(ima)
    assert head.startswith("get /ima/open/v1/product/list?app=ima&platform=web&category=text_to_video http/1.1\r\n")
    for line in (
        "authorization: bearer ima_",
        "content-type: application/json",
        "x-app-source: ima_skills",
        "x_app_language: en",
    ):
        assert f"\r\n{line}" in head
