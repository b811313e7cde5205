"""The doors beside the ten checks: both path families, the list, the account, films, descriptions."""

from typing import Any

import pytest

from tests.providers.sandbox.imaginepro.client import FILM, FRAME, ProClient


async def test_both_families_of_paths(pro: ProClient) -> None:
    """The older and the newer addresses lead to the same; each can be closed."""
    old, new = await pro.imagine(), await pro.submit("nova/imagine", {"prompt": "a fox"})
    pro.clock.advance(900)
    for path in ("midjourney/message", "message/fetch", "message/trace"):
        for message_id in (old, new):
            assert (await pro.get(f"{path}/{message_id}"))[1]["messageId"] == message_id
    assert (await pro.post("nova/button", {"messageId": old, "button": "U1"}))[0] == 201
    assert (await pro.admin("rules", {"provider": "imaginepro", "rules": {"families": ["nova"]}}))[0] == 200
    status, body = await pro.post("midjourney/imagine", {"prompt": "a fox"})
    assert (status, body["message"]) == (404, "Cannot POST /api/v1/midjourney/imagine")
    assert (await pro.get(f"message/fetch/{old}"))[0] == 200
    assert (await pro.get("nova/images"))[0] == 200


async def test_the_list_has_pages_and_forgets_after_a_day(pro: ProClient) -> None:
    """Newest first, ten at a time, of every kind, with an address as soon as there is one."""
    ids = [await pro.submit("flux/imagine", {"prompt": f"fox {number}"}) for number in range(12)]
    pro.clock.advance(1)
    first, second = await pro.listed(), await pro.listed("?page=2")
    assert [row["id"] for row in first + second] == ids[::-1]
    assert await pro.listed("?page=2&size=5") == (first + second)[5:10]
    assert first[0]["uri"] is None
    assert second[-1]["uri"] == (await pro.message(ids[0]))["uri"]
    assert (await pro.get("nova/images?size=0"))[0] == 400
    pro.clock.advance(86_400 - 20)
    assert [row["id"] for row in await pro.listed("?size=100")] == ids[:4:-1]
    pro.clock.advance(20)
    assert await pro.listed() == []
    assert (await pro.message(ids[0]))["status"] == "DONE"


async def test_a_click_in_the_list_names_its_button(pro: ProClient) -> None:
    """So that a lost click can be found by what was pressed."""
    grid = await pro.imagine()
    await pro.ended(grid)
    await pro.click(grid, "V3")
    pro.clock.advance(1)
    found = [(row["type"], row["button"], row["prompt"]) for row in await pro.listed()]
    assert found == [("button", "V3", "a fox"), ("imagine", None, "a fox")]


async def test_the_account(pro: ProClient) -> None:
    """The plan's credits go first, those that were bought beside it last."""
    status, account = await pro.get("subscription/account-info")
    assert (status, set(account)) == (
        200,
        {"type", "creditsQuota", "credits", "creditsExtra", "expiredAt", "email"},
    )
    for balance, plan, extra in ((2600, 1600, 1000), (1200, 200, 1000), (7, 0, 7)):
        await pro.admin("balance", {"provider": "imaginepro", "balance": balance})
        _, account = await pro.get("subscription/account-info")
        assert (account["credits"], account["creditsExtra"]) == (plan, extra)


@pytest.mark.parametrize("name", ["videoUrl", "results", "uri", "images"])
async def test_a_film_may_be_told_anywhere(pro: ProClient, name: str) -> None:
    """The common address has it in one of four fields, the films' own always in two."""
    film = await pro.submit("video/mj/generate", {**FILM, "prompt": f"a fox [sandbox: film-field text={name}]"})
    message = await pro.ended(film)
    _, own = await pro.get(f"video/mj/fetch/{film}")
    url = own["videoUrl"]
    assert (url.endswith(".mp4"), own["results"]) == (True, [{"url": url, "index": 0}])
    assert message[name] in (url, [url], [{"url": url, "index": 0}])
    assert len({"videoUrl", "results", "uri", "images"} & set(message)) == 1


async def test_only_films_are_found_under_their_own_address(pro: ProClient) -> None:
    """And a film without words says what it was given instead."""
    picture = await pro.imagine()
    film = await pro.submit("video/mj/generate", {"startFrameUrl": FRAME, "endFrameUrl": FRAME})
    pro.clock.advance(1)
    assert (await pro.get(f"video/mj/fetch/{picture}"))[0] == 404
    assert (await pro.get(f"video/mj/fetch/{film}"))[1]["prompt"] == "smooth motion transition"


async def test_a_picture_is_described(pro: ProClient) -> None:
    """In four prompts; a face is put on another picture."""
    words = (await pro.ended(await pro.submit("nova/describe", {"url": FRAME})))["content"]
    assert (len(set(words)), all("--ar" in prompt for prompt in words)) == (4, True)
    swapped = await pro.ended(await pro.submit("midjourney/faceswap", {"source": FRAME, "target": FRAME}))
    assert swapped["images"] == [swapped["uri"]]
    assert await pro.reason("midjourney/faceswap", {"source": FRAME}) == "Target is required."


@pytest.mark.parametrize(
    "body, size",
    [
        ({"prompt": "a fox --ar 16:9"}, (1024, 576)),
        ({"prompt": "a fox --ar 3:4", "width": 64, "height": 64}, (768, 1024)),
        ({"prompt": "a fox --ar 21:9 [sandbox: progress text=zero]"}, (1024, 432)),
        ({"prompt": "a fox", "width": 768, "height": 512, "steps": 4}, (768, 512)),
        ({"prompt": "a fox"}, (1024, 1024)),
    ],
)
async def test_lumi_girl_has_the_size_that_was_asked(
    pro: ProClient, body: dict[str, Any], size: tuple[int, int]
) -> None:
    """Proportions in the prompt win; the long side is 1024, the other floored to a multiple of 8."""
    message = await pro.ended(await pro.submit("universal/zimage", body))
    scene = pro.sandbox._cdn.scene_at(message["uri"])
    assert scene is not None
    assert (scene.width, scene.height) == size


async def test_a_get_that_says_what_it_sends_is_refused(pro: ProClient) -> None:
    """There is nothing to read, and some way upstream minds."""
    status, _ = await pro.get("subscription/account-info", **{"Content-Type": "application/json"})
    assert status == 400


async def test_a_body_that_is_no_json(pro: ProClient) -> None:
    """Refused as it stands; under another name it counts as empty. Neither costs."""
    for data, kind, words in (
        ("{", "application/json", "Unexpected token in JSON"),
        ('{"prompt": "a fox"}', "text/plain", "Prompt is required."),
        ("[1]", "application/json", "Prompt is required."),
    ):
        pro.clock.advance(3)
        headers = {**pro.headers, "Content-Type": kind}
        async with pro.session.post(pro.url("nova/imagine"), data=data, headers=headers) as answer:
            assert (answer.status, (await answer.json())["message"]) == (400, words)
    assert pro.charged == []


async def test_reads_may_be_paced_like_orders(pro: ProClient) -> None:
    """Where "general endpoints" means all of them."""
    await pro.admin("rules", {"provider": "imaginepro", "rules": {"paced_reads": True}})
    await pro.imagine()
    assert (await pro.get("nova/images"))[0] == 429
    pro.clock.advance(3)
    found = [(await pro.get(path))[0] for path in ("subscription/account-info", "nova/images")]
    assert found == [200, 429]


@pytest.mark.parametrize("rules", [{"submit_evry": 1}, {"concurrency": 0}, {"families": ["jupiter"]}])
async def test_rules_that_are_none_change_nothing(pro: ProClient, rules: dict[str, Any]) -> None:
    """Typing mistakes are named, and nothing is changed in part."""
    before = pro.sandbox.imaginepro.rules.model_copy()
    status, body = await pro.admin("rules", {"provider": "imaginepro", "rules": {"unseen": 9, **rules}})
    assert (status, bool(body["error"]), pro.sandbox.imaginepro.rules) == (400, True, before)
    assert (await pro.admin("rules", {"provider": "ima", "rules": {}}))[0] == 400
