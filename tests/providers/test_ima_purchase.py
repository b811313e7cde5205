"""What the paid call says, and what its answer means for the money."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue, TypeAdapter

from providers.contract import Order, Picture
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.provider import create
from providers.ima_studio.purchase import accepted
from providers.models import Task
from providers.outcomes import Accepted
from providers.transport import Reply
from tests.providers.ima_stage import ImaStage, ima_stage, settings_for
from tests.providers.raw_server import Talk, serving

_JSON: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


async def _sent(ima: ImaStage, order: Order) -> dict[str, JsonValue]:
    """Return the body of the paid call, as a server that keeps it sees it."""
    product_list = json.dumps({"code": 0, "data": await _tree(ima, order.task)}).encode()

    async def answer(talk: Talk) -> None:
        create_call = b"/tasks/create" in talk.request
        talk.answer("200 OK", b'{"code":0,"data":{"id":"task_1"}}' if create_call else product_list)

    async with serving(answer) as server:
        provider = create(settings_for(server.url, ima.clock))
        quote = await provider.quote(order)
        assert await provider.submit(order, quote, "attempt-1") == Accepted("task_1")
        await provider.close()
    return _JSON.validate_json(server.requests[-1].partition(b"\r\n\r\n")[2])


async def _tree(ima: ImaStage, task: Task) -> JsonValue:
    reply = await ima.provider._api.get(
        "/open/v1/product/list", {"app": "ima", "platform": "web", "category": task.value}
    )
    return _JSON.validate_json(reply.body)["data"]


async def test_the_body_of_a_text_order(tmp_path: Path) -> None:
    """Every field the provider needs and nothing else (reference section 1.5)."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(Task.TEXT_TO_VIDEO, "wan2.6-t2v", {"duration": "10"}, count=2, prompt='灯塔, "dusk"')
        body = await _sent(ima, order)
    assert body == {
        "task_type": "text_to_video",
        "enable_multi_model": False,
        "src_img_url": [],
        "parameters": [
            {
                "attribute_id": 2060,
                "model_id": "wan2.6-t2v",
                "model_name": "Wan 2.6",
                "model_version": "wan2.6-t2v",
                "app": "ima",
                "platform": "web",
                "category": "text_to_video",
                "credit": 80,
                "parameters": {
                    "duration": 10,
                    "resolution": "1080P",
                    "aspect_ratio": "16:9",
                    "shot_type": "single",
                    "prompt_extend": False,
                    "negative_prompt": "",
                    "prompt": '灯塔, "dusk"',
                    "n": 2,
                    "input_images": [],
                    "cast": {"points": 80, "attribute_id": 2060},
                },
            }
        ],
    }


async def test_pictures_are_named_twice_and_measured_for_seedance(tmp_path: Path) -> None:
    """Both lists are the same; Seedance wants the size besides."""
    pictures = tuple(Picture("image/png", url=f"https://cdn.example/{n}.png", width=640, height=480) for n in (1, 2))
    async with ima_stage(tmp_path) as ima:
        kling = await ima.order(Task.FIRST_LAST_FRAME_TO_VIDEO, "kling-video-o1")
        seedance = await ima.order(Task.REFERENCE_IMAGE_TO_VIDEO, "ima-pro-fast")
        plain = await _sent(ima, replace(kling, pictures=pictures))
        unknown = replace(pictures[1], width=0, height=0)
        measured = await _sent(ima, replace(seedance, pictures=(pictures[0], unknown)))
    urls = [picture.url for picture in pictures]
    assert plain["src_img_url"] == urls
    assert _inner(plain)["input_images"] == urls
    assert "src_image" not in plain
    assert measured["src_image"] == [{"url": urls[0], "width": 640, "height": 480}, {"url": urls[1]}]


def _inner(body: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    items = body["parameters"]
    assert isinstance(items, list)
    assert isinstance(items[0], dict)
    inner = items[0]["parameters"]
    assert isinstance(inner, dict)
    return inner


@pytest.mark.parametrize(
    "task,model,expected",
    [
        (Task.TEXT_TO_VIDEO, "kling-video-o1", {"mode": "std", "duration": "5"}),
        (Task.TEXT_TO_VIDEO, "Pixverse V5.5", {"model": "v5.5", "duration": 5}),
        (Task.TEXT_TO_VIDEO, "veo-3.1-generate-preview", {"generate_audio": False}),
        (Task.TEXT_TO_IMAGE, "doubao-seedream-4-5-251128", {"size": "4k"}),
        (Task.TEXT_TO_MUSIC, "sonic", {"model_version": "sonic-v4", "n": 1}),
        (Task.TEXT_TO_SPEECH, "seed-tts-2.0", {"model": "seed-tts-2.0-expressive"}),
    ],
)
async def test_the_wire_has_the_providers_own_words(
    tmp_path: Path, task: Task, model: str, expected: dict[str, JsonValue]
) -> None:
    """Computed fields are sent as what they mean, the flat row's marker and what is shown in the form are not."""
    async with ima_stage(tmp_path) as ima:
        inner = _inner(await _sent(ima, await ima.order(task, model)))
    assert {name: inner[name] for name in expected} == expected
    assert inner.keys().isdisjoint({"default", "quality", "sound"})


CHARGED_OR_NOT = [
    (200, b'{"code":0,"data":{"id":"task_1","biz_id":"biz_1"}}', "task_1"),
    (200, b'{"code":200,"data":{"id":77}}', "77"),
    (200, b'{"id":"task_1","medias":[]}', "task_1"),
    (502, b'{"code":0,"data":{"id":"task_1"}}', "task_1"),
]


@pytest.mark.parametrize("status,body,ref", CHARGED_OR_NOT)
def test_an_order_that_was_taken_is_never_lost(status: int, body: bytes, ref: str) -> None:
    """Where the answer names an order it is ours, whatever else is odd about it."""
    assert accepted(Reply(status, {}, body), str) == Accepted(ref)


@pytest.mark.parametrize(
    "status,body,sent,code",
    [
        (200, b'{"code":4008,"message":"Insufficient points"}', Sent.YES, FailureCode.NO_POINTS),
        (500, b'{"code":6010,"message":"x"}', Sent.YES, FailureCode.MODEL_MISMATCH),
        (200, b'{"code":500,"message":"x"}', Sent.YES, FailureCode.UNAVAILABLE),
        (401, b"", Sent.YES, FailureCode.KEY_INVALID),
        (401, b'{"detail":"no"}', Sent.YES, FailureCode.KEY_INVALID),
        (429, b"<html>slow down</html>", Sent.YES, FailureCode.BUSY),
        (404, b"<html>", Sent.YES, FailureCode.UNKNOWN),
        (500, b"", Sent.MAYBE, FailureCode.UNAVAILABLE),
        (502, b"<html>Bad Gateway</html>", Sent.MAYBE, FailureCode.UNAVAILABLE),
        (504, b'{"message":"upstream timed out"}', Sent.MAYBE, FailureCode.TIMED_OUT),
        (200, b"<html>hello</html>", Sent.MAYBE, FailureCode.UNREADABLE),
        (200, b'{"code":0,"message":"success","data":{"i', Sent.MAYBE, FailureCode.UNREADABLE),
        (200, b'{"code":0,"data":null}', Sent.MAYBE, FailureCode.UNREADABLE),
        (200, b'{"code":0,"data":{"id":""}}', Sent.MAYBE, FailureCode.UNREADABLE),
        (200, b"", Sent.MAYBE, FailureCode.UNREADABLE),
        (302, b"", Sent.MAYBE, FailureCode.UNREADABLE),
        (408, b"", Sent.MAYBE, FailureCode.UNREADABLE),
    ],
)
def test_what_an_answer_says_about_the_money(status: int, body: bytes, sent: Sent, code: FailureCode) -> None:
    """A code of the provider's is a clear no; an answer that says nothing leaves it open."""
    with pytest.raises(ProviderError) as caught:
        accepted(Reply(status, {}, body), str)
    assert (caught.value.sent, caught.value.code) == (sent, code)


async def test_terms_of_something_else_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """What was promised and what would be paid have to be the same thing."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(Task.TEXT_TO_VIDEO, "wan2.6-t2v")
        quote = await ima.provider.quote(order)
        other = await ima.provider.quote(await ima.order(Task.TEXT_TO_VIDEO, "viduq2"))
        cheaper = await ima.provider.quote(replace(order, params={**order.params, "resolution": "720P"}))
        terms = _JSON.validate_json(quote.terms)
        wrong = {
            FailureCode.MODEL_MISMATCH: replace(quote, terms=other.terms),
            FailureCode.PRICE_MISMATCH: cheaper,
            FailureCode.CATALOGUE_STALE: replace(quote, terms=json.dumps({**terms, "attribute_id": 4838})),
        }
        for code, told in wrong.items():
            with pytest.raises(ProviderError) as caught:
                await ima.provider.submit(order, told, "attempt-1")
            assert (caught.value.code, caught.value.sent) == (code, Sent.NO)
        for told in (replace(quote, terms="?"), replace(quote, total=Decimal(39))):
            with pytest.raises(ProviderError) as caught:
                await ima.provider.submit(order, told, "attempt-1")
            assert caught.value.sent is Sent.NO
        assert ima.attempts == 0


@pytest.mark.parametrize("pictures", [0, 1, 3])
async def test_two_frames_are_two(tmp_path: Path, pictures: int) -> None:
    """A wrong number of pictures is refused before anything is sent."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(Task.FIRST_LAST_FRAME_TO_VIDEO, "kling-video-o1")
        quote = await ima.provider.quote(order)
        given = (Picture("image/png", url="https://cdn.example/1.png"),) * pictures
        with pytest.raises(ProviderError) as caught:
            await ima.provider.submit(replace(order, pictures=given), quote, "attempt-1")
        assert (caught.value.code, caught.value.sent, ima.attempts) == (FailureCode.SETTINGS_REFUSED, Sent.NO, 0)


async def test_a_picture_that_was_not_brought_there_is_refused(tmp_path: Path) -> None:
    """An order is prepared before it is placed; bytes and addresses in the clear never go into the paid call."""
    async with ima_stage(tmp_path) as ima:
        order = await ima.order(Task.IMAGE_TO_VIDEO, "wan2.6-i2v")
        quote = await ima.provider.quote(order)
        for picture in (order.pictures[0], Picture("image/png", url="http://cdn.example/1.png")):
            with pytest.raises(ProviderError) as caught:
                await ima.provider.submit(replace(order, pictures=(picture,)), quote, "attempt-1")
            assert (caught.value.code, caught.value.sent) == (FailureCode.PICTURE_REFUSED, Sent.NO)
        assert ima.attempts == 0
