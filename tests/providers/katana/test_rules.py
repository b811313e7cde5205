"""Every custom rule and limit is refused before anything is sent, and what the rule allows is made."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from providers.contract import Clip, Order, Picture, PriceBasis, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.intake import checked
from providers.katana import form
from providers.katana.purchase import Purchase
from providers.models import Task
from providers.outcomes import Done
from tests.providers.ima_stage import png
from tests.providers.katana.shop import catalogue_of, listed, priced, product, total, without_offsets
from tests.providers.katana.stage import KatanaStage

PICTURE = checked(png())
SOUND = Clip("https://sounds.example/voice.mp3?seconds=5", seconds=5)
LONG_SOUND = Clip("https://sounds.example/song.mp3?seconds=12", seconds=12)
UNKNOWN_SOUND = Clip("https://sounds.example/stream.mp3")
VIDEO = Clip("https://videos.example/sea.mp4?seconds=8", seconds=8)
LONG_VIDEO = Clip("https://videos.example/film.mp4?seconds=30", seconds=30)
PART = Clip("https://videos.example/film.mp4?seconds=30", 2, 9)

FIRST, MIDDLE, LAST, REFERENCE = (
    replace(PICTURE, role=role) for role in (Role.FIRST, Role.MIDDLE, Role.LAST, Role.REFERENCE)
)


def order(
    model: str, *pictures: Picture, sounds: tuple[Clip, ...] = (), videos: tuple[Clip, ...] = (), seconds: int = 0
) -> Order:
    """Return an order for a video with these inputs."""
    params = {"duration": seconds} if seconds else {}
    task = Task.REFERENCE_IMAGE_TO_VIDEO if pictures else Task.TEXT_TO_VIDEO
    if any(picture.role is not Role.REFERENCE for picture in pictures):
        task = Task.IMAGE_TO_VIDEO
    return Order(task, model, "a harbour", params, 1, pictures, sounds, videos)


TWELVE = {
    "audio_15s_max": (
        order("seedance-2-0", REFERENCE, sounds=(LONG_SOUND, SOUND)),
        Rule.SOUNDS_TOO_LONG,
        order("seedance-2-0", REFERENCE, sounds=(LONG_SOUND,)),
    ),
    "audio_drives_duration": (
        order("ltx-2-3", FIRST, sounds=(LONG_SOUND,), seconds=5),
        Rule.SOUND_SETS_LENGTH,
        order("ltx-2-3", FIRST, sounds=(LONG_SOUND,), seconds=15),
    ),
    "audio_ff_only": (
        order("ltx-2-3", sounds=(SOUND,)),
        Rule.SOUND_NEEDS_FIRST_FRAME,
        order("ltx-2-3", FIRST, sounds=(SOUND,)),
    ),
    "audio_needs_reference_image": (
        order("seedance-2-0", sounds=(SOUND,)),
        Rule.SOUND_NEEDS_REFERENCE,
        order("seedance-2-0", REFERENCE, sounds=(SOUND,)),
    ),
    "audio_or_fflf_exclusive": (
        order("wan-2-7-720p", FIRST, sounds=(SOUND,)),
        Rule.SOUND_OR_FRAMES,
        order("wan-2-7-720p", sounds=(SOUND,)),
    ),
    "input_video_drives_length": (
        order("gemini-omni-v2v", videos=(LONG_VIDEO,)),
        Rule.VIDEO_SETS_LENGTH,
        order("gemini-omni-v2v", videos=(VIDEO,)),
    ),
    "lf_needs_ff": (
        order("wan-2-7-720p", LAST),
        Rule.LAST_NEEDS_FIRST,
        order("wan-2-7-720p", FIRST, LAST),
    ),
    "reference_ff_only": (
        order("wan-2-7-720p", FIRST, LAST, REFERENCE),
        Rule.REFERENCES_WITH_FIRST_ONLY,
        order("wan-2-7-720p", FIRST, REFERENCE),
    ),
    "reference_is_voice_timbre": (
        order("wan-2-7-720p", REFERENCE, sounds=(SOUND, SOUND)),
        Rule.SOUND_IS_A_VOICE,
        order("wan-2-7-720p", REFERENCE, sounds=(SOUND,)),
    ),
    "reference_no_ff_or_lf": (
        order("seedance-2-0", FIRST, REFERENCE),
        Rule.REFERENCES_WITHOUT_FRAMES,
        order("seedance-2-0", REFERENCE),
    ),
    "video_offset_allowed": (
        order("video-without-offsets", videos=(PART,)),
        Rule.NO_PART_OF_A_VIDEO,
        order("gemini-omni-v2v", videos=(PART,)),
    ),
    "video_required": (
        order("gemini-omni-v2v"),
        Rule.VIDEO_NEEDED,
        order("gemini-omni-v2v", videos=(VIDEO,)),
    ),
}
"""By the provider's name of the rule: what breaks it, what we call it, and its neighbour that is allowed."""

LIMITS = {
    Rule.NO_SOUNDS: order("veo3-1", sounds=(SOUND,)),
    Rule.NO_VIDEOS: order("veo3-1", videos=(VIDEO,)),
    Rule.TOO_MANY_SOUNDS: order("ltx-2-3", FIRST, sounds=(SOUND, SOUND)),
    Rule.TOO_MANY_VIDEOS: order("gemini-omni-v2v", videos=(VIDEO, VIDEO)),
    Rule.TOO_MANY_REFERENCES: order("gemini-omni", *(REFERENCE,) * 6),
    Rule.NO_MIDDLE_FRAME: order("seedance-2-0", FIRST, MIDDLE),
    Rule.NO_LAST_FRAME: order("veo3-1", FIRST, LAST),
    Rule.NO_FIRST_FRAME: replace(order("gemini-omni", FIRST), task=Task.REFERENCE_IMAGE_TO_VIDEO),
    Rule.NOT_HTTPS: order("ltx-2-3", FIRST, sounds=(Clip("http://sounds.example/a.mp3"),)),
}


def refused(wanted: Order) -> ProviderError:
    """Return why an order has no price."""
    with pytest.raises(ProviderError) as caught:
        priced(wanted)
    assert (caught.value.code, caught.value.sent) == (FailureCode.RULE_BROKEN, Sent.NO)
    return caught.value


@pytest.mark.parametrize("rule", TWELVE)
def test_a_custom_rule_refuses_by_name(rule: str) -> None:
    """The forbidden combination has no price but the name of its rule; its neighbour has a price."""
    forbidden, name, allowed = TWELVE[rule]
    assert refused(forbidden).rule is name
    assert total(allowed) > 0
    model = product(forbidden.task, forbidden.model)
    assert (rule in model.inputs.rules) is (rule != "video_offset_allowed"), "it is this rule of this model"


@pytest.mark.parametrize("rule", LIMITS)
def test_a_limit_refuses_by_name(rule: Rule) -> None:
    """What a model does not take at all, or not so many of."""
    assert refused(LIMITS[rule]).rule is rule


async def test_nothing_is_sent_for_a_forbidden_order(katana: KatanaStage) -> None:
    """All twelve rules and every limit: refused by the quote, and the provider heard of no order."""
    without_offsets(katana.sandbox.katana.shelf)
    for wanted in (*(forbidden for forbidden, _, _ in TWELVE.values()), *LIMITS.values()):
        with pytest.raises(ProviderError) as caught:
            await katana.provider.quote(wanted)
        assert caught.value.code is FailureCode.RULE_BROKEN
    assert (katana.attempts, katana.charges) == (0, [])


async def test_what_a_rule_allows_is_made(katana: KatanaStage) -> None:
    """The neighbour of each forbidden combination is taken by the provider and charged once, as quoted."""
    without_offsets(katana.sandbox.katana.shelf)
    promised = []
    for _, _, allowed in TWELVE.values():
        promised.append((await katana.provider.quote(allowed)).total)
        assert isinstance(await katana.end((await katana.place(allowed)).ref), Done)
    assert katana.charges == promised


async def test_the_provider_rejects_what_we_refuse(katana: KatanaStage) -> None:
    """Sent all the same, each of the twelve is rejected: no rule of ours is stricter than the provider's."""
    without_offsets(katana.sandbox.katana.shelf)
    for rule, (forbidden, _, _) in TWELVE.items():
        model = product(forbidden.task, forbidden.model)
        values = form.resolved(model.spec.params, forbidden.params)
        unchecked = Purchase(await katana.provider.prepare(forbidden), model, values, Decimal(1))
        reply = await katana.provider._media.pay("/v1/generation-requests?wait=false", unchecked.media("attempt-1"))
        assert json.loads(reply.body)["status"] == "rejected", rule
    assert katana.charges == []


@pytest.mark.parametrize(
    "wanted,most",
    [
        (LIMITS[Rule.TOO_MANY_SOUNDS], 1),
        (LIMITS[Rule.TOO_MANY_REFERENCES], 5),
        (order("seedance-2-0", REFERENCE, sounds=(LONG_SOUND, SOUND)), 15),
    ],
)
def test_a_refusal_says_how_many(wanted: Order, most: int) -> None:
    """So that the sentence can."""
    assert refused(wanted).data == {"most": most}


async def test_a_sound_of_unknown_length_costs_at_most_the_longest_video(katana: KatanaStage) -> None:
    """Where it sets the length: no length is sent, and what it really cost is less."""
    wanted = order("ltx-2-3", FIRST, sounds=(replace(UNKNOWN_SOUND, url=LONG_SOUND.url),))
    quote = await katana.provider.quote(wanted)
    assert (quote.total, quote.basis) == (Decimal(80), PriceBasis.AT_MOST)
    done = await katana.end((await katana.place(wanted)).ref)
    assert isinstance(done, Done)
    assert (done.cost, katana.charges) == (Decimal(60), [Decimal(60)])


def test_where_a_sound_sets_the_length_no_other_is_sold() -> None:
    """Of unknown length, none but the usual one can be meant; of a known one, the one that fits is named."""
    unknown = refused(order("ltx-2-3", FIRST, sounds=(UNKNOWN_SOUND,), seconds=10))
    assert (unknown.rule, unknown.data) == (Rule.SOUND_SETS_LENGTH, {})
    known = refused(order("ltx-2-3", FIRST, sounds=(LONG_SOUND,), seconds=20))
    assert (known.rule, known.data) == (Rule.SOUND_SETS_LENGTH, {"seconds": 15})


def test_four_sounds_are_the_most_whatever_the_list_says() -> None:
    """The provider's limit over all models."""
    sections = listed()
    model = next(m for m in sections["videos"] if m["model_key"] == "wan-2-7-720p")
    model["maximum_reference_audio_files"] = 9
    assert catalogue_of(sections).product(Task.TEXT_TO_VIDEO, "wan-2-7-720p").spec.max_sounds == 4


@pytest.mark.parametrize("task,model", [(Task.TEXT_TO_IMAGE, "gen"), (Task.TEXT_TO_TEXT, "grok-4-3")])
def test_only_videos_take_sounds_and_videos(task: Task, model: str) -> None:
    """A picture or an answer with one is refused, not made without it."""
    assert refused(Order(task, model, "a cat", {}, sounds=(SOUND,))).rule is Rule.NO_SOUNDS
    assert refused(Order(task, model, "a cat", {}, videos=(VIDEO,))).rule is Rule.NO_VIDEOS


async def test_the_rules_hold_again_when_the_order_is_placed(katana: KatanaStage) -> None:
    """An order that was changed after it had its price is refused before anything is sent."""
    fine = order("seedance-2-0", REFERENCE)
    quote = await katana.provider.quote(fine)
    broken = await katana.provider.prepare(replace(fine, pictures=(REFERENCE, FIRST)))
    with pytest.raises(ProviderError) as caught:
        await katana.provider.submit(broken, quote, "attempt-1")
    assert (caught.value.rule, caught.value.sent) == (Rule.REFERENCES_WITHOUT_FRAMES, Sent.NO)
    assert katana.attempts == 0


@pytest.mark.parametrize(
    "wrong",
    [
        order("seedance-2-0", FIRST, FIRST),
        order("gemini-omni-v2v", videos=(Clip("https://videos.example/a.mp4", 9, 2),)),
        order("wan-2-7-720p", sounds=(Clip("https://sounds.example/a.mp3", 1, 2),)),
    ],
    ids=["two first frames", "a part that ends before it starts", "a part of a sound"],
)
def test_what_makes_no_sense_has_no_price(wrong: Order) -> None:
    """It is refused as a setting."""
    with pytest.raises(ProviderError) as caught:
        priced(wrong)
    assert (caught.value.code, caught.value.sent) == (FailureCode.SETTINGS_REFUSED, Sent.NO)
