"""What is offered, at what price, and what each order is sent as (reference sections 1.5 to 1.7)."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from providers.contract import Clip, Order, Picture, PriceBasis, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.ima2.provider import Ima2
from providers.intake import checked
from providers.models import Task
from providers.outcomes import Deed, Done, ExtraKind, FollowUp
from providers.results import Downloads
from providers.sandbox.ima2.catalogue import VERSIONS
from tests.fakes.clock import StoryClock
from tests.providers.ima2.stage import CLIP, NEWER_CLIP, PICTURE, START, Ima2Stage, ima2_stage
from tests.providers.ima_stage import png


async def _ids(adapter: Ima2, task: Task) -> set[str]:
    return {model.id for model in await adapter.models(task)}


def _with(ima2: Ima2Stage, prices: Mapping[str, str]) -> Ima2:
    told = {name: Decimal(price) for name, price in prices.items()}
    ima2.others.append(Ima2(replace(ima2.settings, prices=told)))
    return ima2.others[-1]


async def _rule(ima2: Ima2Stage, order: Order) -> Rule | None:
    with pytest.raises(ProviderError) as failed:
        await ima2.provider.quote(order)
    assert (failed.value.code, failed.value.sent) == (FailureCode.RULE_BROKEN, Sent.NO)
    return failed.value.rule


def _rows(ima2: Ima2Stage) -> list[Mapping[str, object]]:
    made = ima2.sandbox.ima2._shelf._made.values()
    return [one.row for one in made]


async def test_a_plan_covers_pictures_and_clips(ima2: Ima2Stage) -> None:
    """Nothing is paid for a single one: a quote counts uses of the plan."""
    for order in (await ima2.order(number=3), await ima2.order(Task.TEXT_TO_VIDEO, CLIP)):
        quote = await ima2.provider.quote(order)
        assert (quote.unit, quote.basis, quote.total) == ("plan_uses", PriceBasis.PLAN, Decimal(order.count))


@pytest.mark.parametrize(
    "model, tier, price",
    [
        ("nano-banana-2", "512px", "0.001"),
        ("nano-banana-2", "1K", "0.003"),
        ("nano-banana-2", "2K", "0.004"),
        ("nano-banana-2", "4K", "0.006"),
        ("nano-banana-pro", "1K", "0.007"),
        ("nano-banana-pro", "2K", "0.007"),
        ("nano-banana-pro", "4K", "0.013"),
    ],
)
async def test_gemini_costs_its_published_dollars(ima2: Ima2Stage, model: str, tier: str, price: str) -> None:
    """By model and tier, exactly, for each picture; the seed's list."""
    order = await ima2.order(model=f"gemini-api/{model}", params={"resolution": tier}, number=2)
    quote = await ima2.provider.quote(order)
    assert (quote.per_unit, quote.unit, quote.basis) == (Decimal(price), "usd", PriceBasis.EXACT)
    assert quote.total == 2 * Decimal(price)


@pytest.mark.parametrize(
    "tier, ratio, size",
    [
        ("1K", "1:1", "1024x1024"),
        ("512px", "16:9", "512x288"),
        ("2K", "9:16", "1152x2048"),
        ("4K", "21:9", "4096x1755"),
    ],
)
async def test_a_tier_is_sent_as_its_longer_side(ima2: Ima2Stage, tier: str, ratio: str, size: str) -> None:
    """The server takes the tier, and with it the price, from the longer side in pixels."""
    params = {"resolution": tier, "aspect_ratio": ratio}
    await ima2.made(await ima2.order(model="gemini-api/nano-banana-2", params=dict(params)))
    assert _rows(ima2)[-1]["size"] == size


async def test_a_size_without_a_price_is_not_offered(ima2: Ima2Stage) -> None:
    """Gemini chooses its own tier for ``auto``, so nobody could say what it costs."""
    spec = await ima2.spec(Task.TEXT_TO_IMAGE, "gemini-api/nano-banana-pro")
    offered = {choice.value for param in spec.params for choice in param.choices}
    assert "auto" not in offered
    assert "512px" not in offered


async def test_a_key_without_a_price_is_not_offered(ima2: Ima2Stage) -> None:
    """The operator says what a picture by an own key costs; till then it is left out."""
    setup = ima2.sandbox.ima2.setup
    setup.api_key = setup.xai_key = True
    assert not {i for i in await _ids(ima2.provider, Task.TEXT_TO_IMAGE) if i.startswith(("api/", "grok-api/"))}
    priced = _with(ima2, {"api/gpt-5.4": "0.05", "grok-api/grok-imagine-video": "0.4"})
    assert "api/gpt-5.4" in await _ids(priced, Task.TEXT_TO_IMAGE)
    assert "grok-api/grok-imagine-video" in await _ids(priced, Task.TEXT_TO_VIDEO)
    quote = await priced.quote(await ima2.order(model=PICTURE))
    assert quote.unit == "plan_uses"
    order = replace(await ima2.order(), model="api/gpt-5.4", count=2)
    quote = await priced.quote(order)
    assert (quote.total, quote.unit, quote.basis) == (Decimal("0.10"), "usd", PriceBasis.FLAT)


async def test_a_price_without_a_key_sells_nothing(ima2: Ima2Stage) -> None:
    """Without its key the server would let another account pay, and say nothing."""
    priced = _with(ima2, {"api/gpt-5.4": "0.05", "grok-api/grok-imagine-image": "0.07"})
    assert not {i for i in await _ids(priced, Task.TEXT_TO_IMAGE) if i.startswith(("api/", "grok-api/"))}


@pytest.mark.parametrize(
    "switch, value, lane, task",
    [
        ("oauth", "auth_required", "oauth/", Task.TEXT_TO_IMAGE),
        ("oauth", "offline", "oauth/", Task.TEXT_TO_IMAGE),
        ("grok", "no_image_model", "grok/", Task.TEXT_TO_IMAGE),
        ("grok", "offline", "grok/", Task.TEXT_TO_VIDEO),
        ("grok", "error", "grok/", Task.VIDEO_TO_TEXT),
        ("gemini_key", False, "gemini-api/", Task.TEXT_TO_IMAGE),
    ],
)
async def test_what_is_not_set_up_is_not_offered(
    ima2: Ima2Stage, switch: str, value: object, lane: str, task: Task
) -> None:
    """A lane that certainly cannot make anything is left out, and comes back when it can."""
    assert any(name.startswith(lane) for name in await _ids(ima2.provider, task))
    setattr(ima2.sandbox.ima2.setup, switch, value)
    assert not any(name.startswith(lane) for name in await _ids(ima2.provider, task))


async def test_antigravity_is_offered_where_it_is_installed(ima2: Ima2Stage) -> None:
    """One model, no settings, one picture at a time."""
    assert "agy/nano-banana-2" not in await _ids(ima2.provider, Task.TEXT_TO_IMAGE)
    ima2.sandbox.ima2.setup.agy = True
    spec = await ima2.spec(Task.TEXT_TO_IMAGE, "agy/nano-banana-2")
    assert (spec.params, spec.max_count, spec.unit) == ((), 1, "plan_uses")
    await ima2.made(await ima2.order(model="agy/nano-banana-2"))


@pytest.mark.parametrize("version", ["2.0.2", "2.0.20"])
async def test_both_versions(ima2: Ima2Stage, version: str) -> None:
    """The seed's and the one after: their own models, and orders that end."""
    ima2.sandbox.ima2.setup.version = VERSIONS[version]
    clips = await _ids(ima2.provider, Task.TEXT_TO_VIDEO)
    assert clips == {f"grok/{name}" for name in VERSIONS[version].videos}
    await ima2.made(await ima2.order(number=2))
    await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, f"grok/{VERSIONS[version].videos[1]}"))


async def test_people_know_the_names(ima2: Ima2Stage) -> None:
    """Models are called as their makers call them, and a bare name leads to one of them."""
    models = await ima2.provider.models(Task.TEXT_TO_IMAGE)
    names = {model.id: model.name for model in models}
    assert names["oauth/gpt-5.4-mini"] == "GPT-5.4 mini"
    assert names["grok/grok-imagine-image"] == "Grok Imagine"
    assert names["gemini-api/nano-banana-pro"] == "Nano Banana Pro"
    aliases = [alias for model in models for alias in model.aliases]
    assert len(aliases) == len(set(aliases))


async def test_a_sequence_is_one_story(ima2: Ima2Stage) -> None:
    """With the switch on, several pictures are ordered as one sequence, and else side by side."""
    await ima2.made(await ima2.order(number=2, params={"sequence": True}))
    await ima2.made(await ima2.order(number=2))
    assert [row["kind"] for row in _rows(ima2)] == ["multimode-image"] * 2 + ["classic"] * 2


@pytest.mark.parametrize(
    "number, kind, mode",
    [(1, Task.IMAGE_TO_VIDEO, "image-to-video"), (3, Task.REFERENCE_IMAGE_TO_VIDEO, "reference-to-video")],
)
async def test_pictures_decide_how_a_clip_is_made(ima2: Ima2Stage, number: int, kind: Task, mode: str) -> None:
    """One picture is where it begins, several are what it looks like."""
    pictures = [checked(png(64 + n, 64)) for n in range(number)]
    await ima2.made(await ima2.order(kind, CLIP, pictures=pictures))
    video = _rows(ima2)[-1]["video"]
    assert isinstance(video, dict)
    assert video["mode"] == mode


async def test_references_allow_ten_seconds_and_no_1080p(ima2: Ima2Stage) -> None:
    """What the server would change without a word is not offered."""
    several = await ima2.spec(Task.REFERENCE_IMAGE_TO_VIDEO, NEWER_CLIP)
    one = await ima2.spec(Task.IMAGE_TO_VIDEO, NEWER_CLIP)
    older = await ima2.spec(Task.IMAGE_TO_VIDEO, CLIP)
    offered = [{p.name: [c.value for c in p.choices] for p in spec.params} for spec in (several, one, older)]
    assert [max(map(int, each["duration"])) for each in offered] == [10, 15, 15]
    assert ["1080p" in each["resolution"] for each in offered] == [False, True, False]


async def test_a_clip_goes_on_from_the_last_frame_of_another(ima2: Ima2Stage) -> None:
    """The address of a last frame as first picture continues that clip, by its name and not by its picture."""
    _, first = await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
    [frame] = [extra.url for extra in first.assets[0].extras if extra.kind is ExtraKind.FINAL_FRAME]
    await ima2.made(await ima2.order(Task.IMAGE_TO_VIDEO, CLIP, pictures=[Picture("", url=frame)]))
    lineage = _rows(ima2)[-1]["videoContinuity"]
    assert isinstance(lineage, dict)
    assert lineage["parentFilename"] == first.assets[0].url.rpartition("/")[2]


async def test_a_picture_of_ours_begins_a_clip(ima2: Ima2Stage) -> None:
    """A result is named to the server; nothing is sent back to where it is."""
    _, drawn = await ima2.made(await ima2.order())
    url = drawn.assets[0].url
    await ima2.made(await ima2.order(Task.IMAGE_TO_VIDEO, CLIP, pictures=[Picture("", url=url)]))
    video = _rows(ima2)[-1]["video"]
    assert isinstance(video, dict)
    assert video["sourceImageFilename"] == url.rpartition("/")[2]


async def test_a_picture_of_ours_as_reference_is_fetched(ima2: Ima2Stage) -> None:
    """Where only bytes are taken, a result is read from the server first."""
    _, drawn = await ima2.made(await ima2.order())
    order = await ima2.order(Task.IMAGE_TO_IMAGE, pictures=[Picture("", url=drawn.assets[0].url)])
    prepared = await ima2.provider.prepare(order)
    assert prepared.pictures[0].url.startswith("data:image/png;base64,")
    await ima2.made(order)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/generated/a.png", "https://example.com/a.png", "/etc/passwd", "{base}/generated/../x"]
)
async def test_no_address_of_somebody_else_is_fetched(ima2: Ima2Stage, url: str) -> None:
    """An order names results of this server and nothing else."""
    order = await ima2.order(Task.IMAGE_TO_IMAGE, pictures=[Picture("", url=url.format(base=ima2.base))])
    with pytest.raises(ProviderError) as failed:
        await ima2.provider.prepare(order)
    assert (failed.value.code, failed.value.sent) == (FailureCode.PICTURE_REFUSED, Sent.NO)


async def test_one_step_on_from_each_result(ima2: Ima2Stage) -> None:
    """A picture can be varied, each on its own; the step makes one of that very picture."""
    taken, two = await ima2.made(await ima2.order(number=2))
    assert [(step.deed, step.number) for step in two.follow_ups] == [(Deed.VARY, 1), (Deed.VARY, 2)]
    await ima2.made(await _step(ima2, two.follow_ups[1], taken.ref))
    made = list(ima2.sandbox.ima2._shelf._made.values())[-1]
    assert (made.row["kind"], made.picture["backdrop"]) == ("generate", two.assets[1].url.rpartition("/")[2])


async def test_a_step_without_its_word_is_found_in_the_history(ima2: Ima2Stage) -> None:
    """The order before it and the number of the result are enough."""
    taken, two = await ima2.made(await ima2.order(number=2))
    order = replace(await _step(ima2, two.follow_ups[0], taken.ref), step="", piece=2)
    await ima2.made(order)
    made = list(ima2.sandbox.ima2._shelf._made.values())[-1]
    assert made.picture["backdrop"] == sorted(a.url.rpartition("/")[2] for a in two.assets)[1]


async def test_a_clip_is_lengthened_changed_and_described(ima2: Ima2Stage) -> None:
    """Longer by what was ordered; the result of a change can be gone on from, too."""
    taken, clip = await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, CLIP))
    steps = {step.deed: step for step in clip.follow_ups}
    _, longer = await ima2.made(await _step(ima2, steps[Deed.LONGER], taken.ref, {"duration": 4}))
    assert longer.assets[0].duration == 9
    assert longer.notes == ()
    changed, other = await ima2.made(await ima2.edit(url=longer.assets[0].url))
    describe = next(step for step in other.follow_ups if step.deed is Deed.DESCRIBE)
    _, said = await ima2.made(await _step(ima2, describe, changed.ref))
    assert "at dusk" in said.assets[0].text


async def _step(
    ima2: Ima2Stage, step: FollowUp, origin: str, params: dict[str, int | str | bool] | None = None
) -> Order:
    order = await ima2.order(step.task, step.model, params)
    return replace(order, origin=origin, step=step.word, piece=step.number)


def _mask(width: int, height: int) -> Picture:
    """Return a transparent PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0" * 4 * width) * height)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return replace(checked(data), role=Role.MASK)


async def test_a_mask_says_what_is_to_change(ima2: Ima2Stage) -> None:
    """It goes along with its one picture, and is found again by its id if the answer is lost."""
    order = await ima2.order(Task.IMAGE_TO_IMAGE, pictures=[checked(png(64, 48)), _mask(64, 48)])
    ima2.sandbox.faults.add("lost-answer", "ima2.create")
    quote = await ima2.provider.quote(order)
    with pytest.raises(ProviderError) as failed:
        await ima2.provider.submit(await ima2.provider.prepare(order), quote, "masked")
    assert failed.value.sent is Sent.MAYBE
    found = await ima2.provider.find("masked", order, START)
    assert found is not None
    assert isinstance(await ima2.end(found.ref), Done)
    assert [row["kind"] for row in _rows(ima2)] == ["edit"]


async def test_what_does_not_go_together_is_refused_before(ima2: Ima2Stage) -> None:
    """Each with its rule, and nothing was sent."""
    plain, clip = checked(png(64, 48)), Clip("https://example.com/a.mp4")
    change = await ima2.order(Task.IMAGE_TO_IMAGE)
    edit = await ima2.edit()
    words = await ima2.order(Task.VIDEO_TO_TEXT, "grok/grok-4.3")
    film = await ima2.order(Task.IMAGE_TO_VIDEO, CLIP)
    grok = await ima2.order(Task.IMAGE_TO_IMAGE, "grok/grok-imagine-image")
    wrong: list[tuple[Order, Rule]] = [
        (replace(change, pictures=(_mask(64, 48),)), Rule.MASK_ALONE),
        (replace(change, pictures=(plain, plain, _mask(64, 48))), Rule.MASK_ALONE),
        (replace(change, pictures=(plain, _mask(32, 32))), Rule.MASK_UNFIT),
        (replace(change, pictures=(plain, replace(plain, role=Role.MASK))), Rule.MASK_UNFIT),
        (replace(grok, pictures=(plain, _mask(64, 48))), Rule.NO_MASK),
        (replace(grok, pictures=(plain,) * 4), Rule.TOO_MANY_REFERENCES),
        (replace(change, pictures=(plain,) * 6), Rule.TOO_MANY_REFERENCES),
        (replace(change, videos=(clip,)), Rule.NO_VIDEOS),
        (replace(change, sounds=(clip,)), Rule.NO_SOUNDS),
        (replace(film, pictures=(replace(plain, role=Role.LAST),)), Rule.NO_LAST_FRAME),
        (replace(film, pictures=(replace(plain, role=Role.MIDDLE),)), Rule.NO_MIDDLE_FRAME),
        (replace(edit, videos=()), Rule.VIDEO_NEEDED),
        (replace(edit, videos=(clip, clip)), Rule.TOO_MANY_VIDEOS),
        (replace(edit, videos=(Clip("http://example.com/a.mp4"),)), Rule.NOT_HTTPS),
        (replace(edit, videos=(replace(clip, start=1.0),)), Rule.NO_PART_OF_A_VIDEO),
        (replace(words, videos=(clip,)), Rule.OWN_VIDEO_ONLY),
    ]
    assert [await _rule(ima2, order) for order, _ in wrong] == [rule for _, rule in wrong]
    assert ima2.attempts == 0


async def test_a_result_is_fetched_whole(ima2: Ima2Stage, tmp_path: Path) -> None:
    """Held results come over the guarded door, with the server's origin allowed."""
    _, drawn = await ima2.made(await ima2.order())
    assert drawn.assets[0].held
    downloads = Downloads(StoryClock().sleep, [ima2.provider.capabilities.keeps_at])
    got = await downloads.fetch(drawn.assets[0].url, tmp_path / "a")
    assert (got.kind, got.size > 1000) == ("image/png", True)


async def test_the_plans_are_told(ima2: Ima2Stage) -> None:
    """Whose, how long, how much of it; money where it is counted in money."""
    balance = await ima2.provider.balance()
    assert (balance.amount, balance.unit) == (None, "plan_uses")
    plans = [(quota.service, quota.hours) for quota in balance.quotas]
    assert plans == [("ChatGPT", 5), ("ChatGPT", 168), ("Grok", 720)]
    assert (balance.quotas[2].limit, balance.quotas[2].currency) == (Decimal("150.0"), "USD")
    ima2.sandbox.ima2.setup.signed_in = False
    assert (await ima2.provider.balance()).quotas == ()


async def test_the_history_is_the_servers(ima2: Ima2Stage) -> None:
    """Newest first, with our own names of attempts and where each result is."""
    await ima2.made(await ima2.order(prompt="one"))
    await ima2.made(await ima2.order(Task.TEXT_TO_VIDEO, CLIP, prompt="two"))
    works = await ima2.provider.history(10)
    assert [(work.prompt, work.token) for work in works] == [("two", "attempt-2"), ("one", "attempt-1")]
    assert works[0].model == CLIP
    assert works[0].asset is not None
    assert works[0].asset.held


async def test_the_token_of_the_network_is_shown_in_a_header_alone(tmp_path: Path) -> None:
    """It opens the server, and stands in no address and no name of an order; a wrong one is the operator's matter."""
    async with ima2_stage(tmp_path, token="secret-lan-token") as ima2:
        taken, done = await ima2.made(await ima2.order())
        assert "secret-lan-token" not in f"{taken} {done} {ima2.provider!r} {ima2.settings!r}"
        ima2.sandbox.ima2.setup.lan_token = "another"
        with pytest.raises(ProviderError) as failed:
            await ima2.provider.models(Task.TEXT_TO_IMAGE)
    assert failed.value.code is FailureCode.KEY_INVALID
    assert "secret-lan-token" not in str(failed.value)


async def test_a_price_of_what_has_one_is_a_mistake(ima2: Ima2Stage) -> None:
    """A plan has no price and Google's is published: another one is refused when Limner starts."""
    with pytest.raises(ValueError, match="gemini-api/nano-banana-2"):
        _with(ima2, {"gemini-api/nano-banana-2": "1"})


async def test_a_token_is_not_sent_in_the_clear(ima2: Ima2Stage) -> None:
    """An address in the network has to be https, or this very machine."""
    with pytest.raises(ValueError, match="https"):
        Ima2(replace(ima2.settings, base_url="http://192.168.0.7:3333"))
