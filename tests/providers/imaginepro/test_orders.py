"""What is sent for each kind of order, what it costs by the ledger, and what comes of it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from providers.contract import Clip, Order, Picture, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.imaginepro.paths import FAMILIES
from providers.imaginepro.prices import READ_ON
from providers.models import MediaKind, ParamValue, Task
from providers.outcomes import Done
from tests.providers.imaginepro.shop import body_of, priced
from tests.providers.imaginepro.stage import AT, HOOK, A, B, ProStage
from tests.providers.sandbox.imaginepro.client import Inbox
from tests.providers.sandbox.katana.client import until

OURS = {"ref": "attempt-1", "timeout": 900}
LINK_A, LINK_B = A.link, B.link


@pytest.mark.parametrize(
    "task,model,params,count,pictures,path,body",
    [
        (Task.TEXT_TO_IMAGE, "midjourney", {}, 1, (), "/midjourney/imagine", {"prompt": "a fox"}),
        (
            Task.IMAGE_TO_IMAGE,
            "midjourney",
            {"image_weight": "2"},
            1,
            (A,),
            "/midjourney/imagine",
            {"prompt": f"{LINK_A} a fox --iw 2"},
        ),
        (
            Task.TEXT_TO_IMAGE,
            "flux",
            {"aspect_ratio": "16:9"},
            3,
            (),
            "/flux/imagine",
            {"prompt": "a fox", "n": 3, "aspect_ratio": "16:9", "output_format": "png"},
        ),
        (
            Task.TEXT_TO_IMAGE,
            "lumi-girl",
            {"aspect_ratio": "3:4"},
            1,
            (),
            "/universal/zimage",
            {"prompt": "a fox", "steps": 4, "width": 768, "height": 1024},
        ),
        (
            Task.TEXT_TO_IMAGE,
            "nano-banana-2",
            {},
            1,
            (),
            "/universal/imagine",
            {"contents": [{"type": "text", "text": "Image creation: a fox"}], "model": "nano-banana-2"},
        ),
        (
            Task.IMAGE_TO_IMAGE,
            "nano-banana-2",
            {},
            1,
            (A, B),
            "/universal/imagine",
            {
                "contents": [
                    {"type": "text", "text": "Image creation: a fox"},
                    {"type": "image", "url": LINK_A},
                    {"type": "image", "url": LINK_B},
                ],
                "model": "nano-banana-2",
            },
        ),
        (
            Task.FIRST_LAST_FRAME_TO_VIDEO,
            "mj-video",
            {},
            1,
            (A, B),
            "/video/mj/generate",
            {"prompt": "a fox", "startFrameUrl": LINK_A, "endFrameUrl": LINK_B},
        ),
        (Task.UPSCALE_IMAGE, "flux-upscale", {"scale": 4}, 1, (A,), "/flux/upscale", {"image": LINK_A, "scale": 4}),
        (Task.REMOVE_BACKGROUND, "remove-bg", {}, 1, (A,), "/tools/remove-bg", {"image": LINK_A}),
        (Task.IMAGE_TO_TEXT, "describe", {}, 1, (A,), "/midjourney/describe", {"url": LINK_A}),
    ],
)
def test_an_order_is_sent_as_the_documents_say(
    task: Task,
    model: str,
    params: dict[str, ParamValue],
    count: int,
    pictures: tuple[Picture, ...],
    path: str,
    body: dict[str, object],
) -> None:
    """To its own address, with our name of the attempt and the longest limit of time, and nothing besides."""
    order = Order(task, model, "a fox", params, count, pictures)
    assert body_of(order) == body | OURS
    assert priced(order).path(FAMILIES["midjourney"]) == path


def test_a_button_is_sent_with_its_message_and_nothing_else() -> None:
    """Words beside a button mean something only for accounts that are linked."""
    order = Order(Task.REWORK_IMAGE, "midjourney", "a fox --hd", {}, origin="m-1", step="⬅️")
    assert body_of(order) == {"messageId": "m-1", "button": "⬅️"} | OURS
    assert priced(order).path(FAMILIES["midjourney"]) == "/midjourney/button"


def test_where_hints_go_stands_in_the_order() -> None:
    """Our unguessable address with the attempt's name; without one of ours the account's own default stays."""
    order = Order(Task.TEXT_TO_IMAGE, "midjourney", "a fox", {})
    assert body_of(order, HOOK)["webhookOverride"] == f"{HOOK}attempt-1"
    assert "webhookOverride" not in body_of(order)


@pytest.mark.parametrize(
    "ratio,width,height",
    [("1:1", 1024, 1024), ("16:9", 1024, 576), ("3:4", 768, 1024), ("21:9", 1024, 432), ("2:3", 680, 1024)],
)
def test_sides_of_lumi_girl_are_what_the_documents_reckon(ratio: str, width: int, height: int) -> None:
    """The long side 1024, the other one floored to a multiple of eight."""
    sent = body_of(Order(Task.TEXT_TO_IMAGE, "lumi-girl", "a fox", {"aspect_ratio": ratio}))
    assert (sent["width"], sent["height"]) == (width, height)


def test_frames_go_where_they_belong() -> None:
    """By what each is for, where that is said; a film without words moves in the usual way."""
    last_first = (replace(B, role=Role.LAST), replace(A, role=Role.FIRST))
    sent = body_of(Order(Task.FIRST_LAST_FRAME_TO_VIDEO, "mj-video", " ", {}, pictures=last_first))
    assert (sent["startFrameUrl"], sent["endFrameUrl"]) == (LINK_A, LINK_B)
    assert sent["prompt"] == "smooth motion transition"


@pytest.mark.parametrize(
    "task,model,count,price,results",
    [
        (Task.TEXT_TO_IMAGE, "midjourney", 1, 10, 5),
        (Task.IMAGE_TO_IMAGE, "midjourney", 1, 10, 5),
        (Task.TEXT_TO_IMAGE, "flux", 1, 6, 1),
        (Task.TEXT_TO_IMAGE, "flux", 4, 24, 4),
        (Task.TEXT_TO_IMAGE, "lumi-girl", 1, 6, 1),
        (Task.TEXT_TO_IMAGE, "nano-banana-2", 1, 6, 1),
        (Task.IMAGE_TO_IMAGE, "nano-banana-2", 1, 6, 1),
        (Task.FIRST_LAST_FRAME_TO_VIDEO, "mj-video", 1, 10, 1),
        (Task.UPSCALE_IMAGE, "flux-upscale", 1, 2, 1),
        (Task.REMOVE_BACKGROUND, "remove-bg", 1, 5, 1),
        (Task.IMAGE_TO_TEXT, "describe", 1, 5, 1),
    ],
)
@pytest.mark.parametrize("family", ["midjourney", "nova"])
async def test_every_model_costs_its_published_price_and_is_made(
    pro: ProStage, family: str, task: Task, model: str, count: int, price: int, results: int
) -> None:
    """Charged once, as quoted, in either family of addresses where only that one is open."""
    pro.sandbox.imaginepro.rules.families = frozenset({family})  # type: ignore[arg-type] # one of the two words
    pro.provider = pro.restarted(extra={"paths": family})
    order = await pro.order(task, model, number=count)
    taken = await pro.place(order)
    assert (await pro.provider.quote(order)).total == price
    assert (pro.charges, pro.attempts) == ([Decimal(price)], 1)
    done = await pro.end(taken.ref)
    assert isinstance(done, Done), done
    assert (len(done.assets), done.lost, done.cost) == (results, 0, None)
    spec = await pro.spec(task, model)
    assert {asset.kind for asset in done.assets} == {spec.media}


async def test_a_price_says_of_which_day_it_is(pro: ProStage) -> None:
    """Published ones are those of the document; nobody is told that they were read today."""
    assert (await pro.provider.quote(await pro.imagine())).read_at == READ_ON
    described = await pro.order(Task.IMAGE_TO_TEXT, "describe")
    assert (await pro.provider.quote(described)).read_at == pro.settings.now()


async def test_what_has_no_published_price_is_sold_only_at_the_operators(pro: ProStage) -> None:
    """Without one there is no such task; a price of something else is a mistake that is named."""
    plain = pro.restarted(prices={})
    assert Task.IMAGE_TO_TEXT not in plain.capabilities.tasks
    assert await plain.models(Task.IMAGE_TO_TEXT) == ()
    assert Task.IMAGE_TO_TEXT in pro.provider.capabilities.tasks
    await plain.close()
    for wrong in ({"midjourney": Decimal(1)}, {"extend": Decimal(1)}, {"describe": Decimal(-1)}):
        with pytest.raises(ValueError, match="prices"):
            pro.restarted(prices=wrong)


async def test_a_description_arrives_as_words(pro: ProStage) -> None:
    """All that was seen in a picture, in one text."""
    done = await pro.end((await pro.place(await pro.order(Task.IMAGE_TO_TEXT, "describe"))).ref)
    assert isinstance(done, Done)
    (words,) = done.assets
    assert (words.kind, words.text.count("\n\n"), words.url) == (MediaKind.TEXT, 3, "")


@pytest.mark.parametrize("task", [Task.IMAGE_TO_IMAGE, Task.UPSCALE_IMAGE, Task.REMOVE_BACKGROUND])
async def test_a_picture_without_a_public_address_is_never_ordered(pro: ProStage, task: Task) -> None:
    """Bytes alone cannot be sent, and an address that is not https is none; said before the money."""
    model = next(m for m in await pro.provider.models(task) if m.recommended)
    for picture in (Picture("image/png", b"bytes"), Picture("image/png", link="http://pictures.example/a.png")):
        order = await pro.order(task, model.id, pictures=[picture])
        quote = await pro.provider.quote(order)
        for call in (pro.provider.prepare(order), pro.provider.submit(order, quote, "attempt-1")):
            with pytest.raises(ProviderError) as caught:
                await call
            told = (caught.value.code, caught.value.rule, caught.value.sent)
            assert told == (FailureCode.RULE_BROKEN, Rule.PICTURE_NEEDS_LINK, Sent.NO)
    assert pro.attempts == 0


async def test_an_own_result_is_used_where_it_is(pro: ProStage) -> None:
    """Its address stays; only pictures of people are read from our copy."""
    own = Picture("image/png", url=AT.format("own"), link=AT.format("copy"))
    prepared = await pro.provider.prepare(await pro.order(Task.UPSCALE_IMAGE, "flux-upscale", pictures=[own]))
    assert [picture.url for picture in prepared.pictures] == [AT.format("own")]


async def test_a_picture_in_a_prompt_has_to_end_as_one(pro: ProStage) -> None:
    """Midjourney takes only a direct address; another one fails in a paid run."""
    for link in ("https://pictures.example/a", "https://pictures.example/a.png.html"):
        order = await pro.order(Task.IMAGE_TO_IMAGE, "midjourney", pictures=[Picture("image/png", link=link)])
        with pytest.raises(ProviderError) as caught:
            await pro.place(order)
        assert (caught.value.code, caught.value.sent) == (FailureCode.PICTURE_REFUSED, Sent.NO)
    await pro.place(await pro.order(Task.IMAGE_TO_IMAGE, "nano-banana-2", pictures=[Picture("", link=link)]))
    assert pro.attempts == 1


@pytest.mark.parametrize(
    "changes,rule",
    [
        ({"sounds": (Clip("https://x.example/a.mp3"),)}, Rule.NO_SOUNDS),
        ({"videos": (Clip("https://x.example/a.mp4"),)}, Rule.NO_VIDEOS),
        ({"pictures": (A, replace(B, role=Role.MASK))}, Rule.NO_MASK),
        ({"pictures": (A, replace(B, role=Role.MIDDLE))}, Rule.NO_MIDDLE_FRAME),
        ({"pictures": (A,) * 6}, Rule.TOO_MANY_REFERENCES),
    ],
)
async def test_what_a_model_does_not_take_is_refused_by_its_rule(
    pro: ProStage, changes: dict[str, object], rule: Rule
) -> None:
    """With the price, so that nobody says yes to what cannot be."""
    order = replace(await pro.order(Task.IMAGE_TO_IMAGE, "nano-banana-2"), **changes)  # type: ignore[arg-type] # parts
    with pytest.raises(ProviderError) as caught:
        await pro.provider.quote(order)
    assert (caught.value.rule, caught.value.sent) == (rule, Sent.NO)


async def test_the_balance_is_all_that_can_be_spent(pro: ProStage) -> None:
    """The plan's credits and those bought besides."""
    before = await pro.provider.balance()
    assert (before.amount, before.unit) == (Decimal(2600), "credits")
    await pro.place(await pro.imagine())
    assert (await pro.provider.balance()).amount == 2590


async def test_a_prompt_is_made_richer_for_nothing(pro: ProStage) -> None:
    """At once, without an order."""
    richer = await pro.provider.enhance("a fox")
    assert richer.startswith("a fox")
    assert len(richer) > 20
    assert (pro.charges, pro.attempts) == ([], 0)


async def test_a_hint_names_the_attempt_and_is_only_a_reason_to_look(pro: ProStage) -> None:
    """The service calls our address with the attempt's name; what it says there is read again from the message."""
    inbox = Inbox()
    await inbox.open()
    adapter = pro.restarted(hook=f"{inbox.url}?attempt=")
    order = await pro.imagine("a fox [sandbox: webhook text=twice]")
    taken = await adapter.submit(order, await adapter.quote(order), "attempt-1")
    before = pro.requests("detail")
    pro.clock.advance(900)
    await until(lambda: len(inbox.posts) == 6)
    assert {post["ref"] for post in inbox.posts} == {"attempt-1"}
    assert pro.requests("detail") == before
    hinted = [await adapter.check(taken.ref) for _ in inbox.posts]
    assert all(isinstance(each, Done) for each in hinted)
    assert pro.requests("detail") == before + 1, "however many hints come, the message is read once"
    await adapter.close()
    await inbox.close()
