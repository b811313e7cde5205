"""The ten checks of an honest ImaginePro (reference section 2.8), one or more tests each; details are beside this."""

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from tests.providers.sandbox.imaginepro.client import BANANA, FILM, FRAME, GRID, Inbox, ProClient
from tests.providers.sandbox.katana.client import until

START = 2600
PRICES: list[tuple[str, dict[str, Any], int]] = [
    ("midjourney/imagine", {"prompt": "a fox --ar 16:9"}, 10),
    ("nova/imagine", {"prompt": "a fox --relax --ar 2:3"}, 5),
    ("flux/imagine", {"prompt": "a fox"}, 6),
    ("flux/imagine", {"prompt": "a fox", "n": 4}, 24),
    ("flux/upscale", {"image": FRAME, "scale": 4}, 2),
    ("universal/imagine", BANANA, 6),
    ("universal/zimage", {"prompt": "a fox --ar 3:4"}, 6),
    ("video/mj/generate", FILM, 10),
    ("tools/remove-bg", {"image": FRAME}, 5),
]


async def test_check_1_every_order_is_receipted_and_costs_its_price(pro: ProClient) -> None:
    """At once, with an id and a time, and the account says so; one debit for one order."""
    for number, (path, body, price) in enumerate(PRICES, start=1):
        before = await pro.credits()
        message_id = await pro.submit(path, body)
        assert UUID(message_id).version == 4
        assert (len(pro.charged), pro.charged[-1]) == (number, price), path
        assert await pro.credits() == before - price


async def test_check_1_the_free_and_the_dropped(pro: ProClient) -> None:
    """A longer prompt comes at once and free; who hangs up before the answer has paid all the same."""
    status, body = await pro.post("tools/prompt-extend", {"prompt": "a fox"})
    assert (status, set(body), body["prompt"].startswith("a fox, ")) == (201, {"prompt"}, True)
    pro.clock.advance(3)
    pro.sandbox.faults.add("slow", "imaginepro.create", lasting=30)
    impatient = asyncio.create_task(pro.at_once("midjourney/imagine", {"prompt": "a fox"}))
    await until(lambda: pro.charged)
    impatient.cancel()
    grid = await pro.imagine()
    await pro.ended(grid)
    await pro.click(grid, "V2")
    assert pro.charged == [10, 10, 5]
    assert await pro.credits() == START - 25


async def test_check_2_nothing_is_idempotent(pro: ProClient) -> None:
    """The same order twice is two messages and two debits; a lost answer's job stands in the list."""
    twins = {await pro.imagine("an owl", ref="one") for _ in range(2)}
    assert (len(twins), pro.charged) == (2, [10, 10])
    pro.sandbox.faults.add("lost-answer", "imaginepro.create")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await pro.imagine("a fox --ar 16:9")
    pro.clock.advance(2)
    orphan = (await pro.listed())[0]
    assert (orphan["prompt"], orphan["type"], orphan["createdAt"]) == (
        "a fox --ar 16:9",
        "imagine",
        "2026-03-01T12:00:09+00:00",
    )
    assert set(orphan) == {"id", "type", "button", "prompt", "uri", "createdAt"}
    assert orphan["id"] not in twins
    assert len((await pro.ended(orphan["id"]))["images"]) == 4


@pytest.mark.parametrize("told", ["number", "string", "absent", "zero"])
async def test_check_3_the_walk_of_a_status(pro: ProClient, told: str) -> None:
    """Submitted, in the works, done; how far it is comes in four ways, one of which says nothing until the end."""
    message_id = await pro.submit("flux/imagine", {"prompt": f"a fox [sandbox: progress text={told}]"})
    seen = await pro.walk(message_id)
    statuses = list(dict.fromkeys(message["status"] for message in seen))
    assert statuses in (["SUBMITTED", "PROCESSING", "DONE"], ["PROCESSING", "DONE"])
    progress = [message.get("progress") for message in seen]
    match told:
        case "absent":
            assert set(progress) == {None}
        case "zero":
            assert (set(progress[:-1]), progress[-1]) == ({0}, 100)
        case "string":
            assert (all(isinstance(value, str) for value in progress), progress[-1]) == (True, "100")
        case _:
            assert (len(set(progress)) > 4, progress == sorted(progress), progress[-1]) == (True, True, 100)


async def test_check_3_statuses_nobody_wrote_down(pro: ProClient) -> None:
    """A middle of the run that is called something else; a crowd that is queued; the recorded fields in the end."""
    named = await pro.imagine("a fox [sandbox: odd-status text=PENDING]")
    odd = await pro.imagine("a fox [sandbox: odd-status]")
    assert {message["status"] for message in await pro.walk(named, 2)} == {
        "SUBMITTED",
        "PROCESSING",
        "PENDING",
        "DONE",
    }
    pro.clock.advance(900)
    flux = await pro.submit("flux/imagine", {"prompt": "a fox [sandbox: odd-status]"})
    seen = await pro.walk(flux)
    assert "MODERATING" in {message["status"] for message in seen}
    assert {"prompt", "status", "images", "uri", "messageId", "createdAt", "updatedAt"} <= set(seen[-1])
    assert {"type", "buttons", "originalUrl", "ref"} & set(seen[-1]) == set()
    assert seen[-1]["updatedAt"] > seen[-1]["createdAt"]
    assert (await pro.message(odd))["status"] == "DONE"


async def test_check_4_a_sheet_its_singles_and_one_of_them(pro: ProClient) -> None:
    """The sheet is ``uri``, the singles are ``images``, the buttons fit; what a button made knows its parent."""
    grid = await pro.ended(await pro.imagine())
    assert (len(set(grid["images"])), grid["uri"] in grid["images"], grid["buttons"]) == (4, False, GRID)
    assert (grid["type"], "originatingMessageId" in grid) == ("imagine", False)
    single = await pro.ended(await pro.click(grid["messageId"], "U1"))
    assert (single["images"], single["type"], single["button"]) == ([single["uri"]], "button", "U1")
    assert single["originatingMessageId"] == grid["messageId"]
    assert {"Upscale (Subtle)", "Vary (Region)", "Zoom Out 1.5x", "⬅️", "➡️", "⬆️", "⬇️"} < set(single["buttons"])
    assert not set(GRID) & set(single["buttons"])


async def test_check_5_a_button_that_is_not_there(pro: ProClient) -> None:
    """Not offered, or written otherwise (here an arrow without its variation selector): refused and free."""
    grid = await pro.imagine()
    await pro.ended(grid)
    for button in ("u1", "U5", "Upscale (Subtle)", "🔁", "Make Square", "", None):
        assert await pro.reason("midjourney/button", {"messageId": grid, "button": button}), button
    single = await pro.ended(await pro.click(grid, "U1"))
    bare = {"messageId": single["messageId"], "button": "\u2b05"}
    assert await pro.reason("midjourney/button", bare)
    assert "\u2b05\ufe0f" in single["buttons"]


async def test_check_5_a_button_too_soon_and_a_region_without_a_mask(pro: ProClient) -> None:
    """Nothing is chosen from what is not done; a region needs a picture of where."""
    grid = await pro.imagine()
    too_soon = {"messageId": grid, "button": "U1"}
    assert await pro.reason("midjourney/button", too_soon) == "Button U1 is not available on this message."
    await pro.ended(grid)
    single = await pro.click(grid, "U1")
    await pro.ended(single)
    region = {"messageId": single, "button": "Vary (Region)", "prompt": "a red scarf"}
    assert await pro.reason("midjourney/button", region) == "Mask is required."
    assert "base64" in await pro.reason("midjourney/button", {**region, "mask": "no picture"})


async def test_check_6_two_reasons_for_one_status(pro: ProClient) -> None:
    """A wrong key and an empty account are both 401 and differ in ``message`` alone."""
    assert await pro.admin("balance", {"provider": "imaginepro", "balance": 9}) == (200, {"balance": "9"})
    status, poor = await pro.post("midjourney/imagine", {"prompt": "a fox"})
    pro.headers["Authorization"] += "x"
    assert (status, poor["message"]) == (401, "Insufficient credits.")
    wrong = await pro.post("midjourney/imagine", {"prompt": "a fox"})
    assert wrong == (401, {**poor, "message": "Invalid API key."})
    del pro.headers["Authorization"]
    assert await pro.get("subscription/account-info") == (401, {**poor, "message": "Missing API key."})
    assert pro.charged == []


UNFIT: list[tuple[str, dict[str, Any], str]] = [
    ("midjourney/imagine", {}, "Prompt is required."),
    ("midjourney/imagine", {"prompt": 7}, "prompt must be a string."),
    ("midjourney/imagine", {"prompt": "a fox", "timeout": 901}, "timeout must be a whole number from 10 to 900."),
    ("midjourney/imagine", {"prompt": "a fox", "webhookOverride": "here"}, "webhookOverride must be a URL address."),
    ("flux/imagine", {"prompt": "a fox", "n": 5}, "n must be a whole number from 1 to 4."),
    ("flux/imagine", {"prompt": "a fox", "n": "2"}, "n must be a whole number from 1 to 4."),
    ("flux/imagine", {"prompt": "a fox", "width": 1001}, "width must be divisible by 8."),
    ("flux/imagine", {"prompt": "a fox", "aspect_ratio": "wide"}, "aspect_ratio must look like 16:9."),
    ("flux/upscale", {"image": FRAME, "scale": 5}, "scale must be between 2 and 4."),
    ("flux/upscale", {"image": FRAME}, "scale must be between 2 and 4."),
    ("universal/zimage", {"prompt": "a fox", "steps": 8}, "steps must be a whole number from 4 to 4."),
    ("universal/zimage", {"prompt": "a fox", "height": 1032}, "height must be a whole number from 8 to 1024."),
    ("universal/zimage", {"prompt": "a fox", "width": 1020}, "width must be divisible by 8."),
    ("video/mj/generate", {**FILM, "endFrameUrl": None}, "EndFrameUrl is required."),
    ("tools/remove-bg", {"image": "fox.png"}, "image must be a URL address."),
    ("tools/prompt-extend", {}, "Prompt is required."),
    ("universal/imagine", {**BANANA, "model": "banana"}, "model must be one of: "),
    ("universal/imagine", {**BANANA, "contents": []}, "The first item of contents must be a text"),
    ("universal/imagine", {**BANANA, "contents": [{"type": "text", "text": "a fox"}]}, "The first item of contents"),
    ("universal/imagine", {**BANANA, "contents": [BANANA["contents"][0], {"type": "image"}]}, "Every further item"),
    ("universal/imagine", {**BANANA, "contents": BANANA["contents"][::-1]}, "The first item of contents must be"),
]


async def test_check_6_what_does_not_fit_is_refused(pro: ProClient) -> None:
    """With the reason in ``message``: a sentence, or a list where several things are wrong."""
    for path, body, words in UNFIT:
        message = await pro.reason(path, body)
        assert (message if isinstance(message, str) else message[0]).startswith(words), (path, body)


async def test_check_6_several_mistakes_are_a_list(pro: ProClient) -> None:
    """As the framework does it."""
    assert await pro.reason("flux/imagine", {"n": 0}) == [
        "Prompt is required.",
        "n must be a whole number from 1 to 4.",
    ]


async def test_check_7_a_failure_may_say_nothing_else(pro: ProClient) -> None:
    """Only that and why, or the whole message; the credits are gone unless it was ordered that they come back."""
    bare, whole, back = [
        await pro.ended(await pro.imagine(f"a fox [sandbox: failed reason=banned {more}"), 900)
        for more in ("style=bare]", "style=body]", "] [sandbox: paid-back]")
    ]
    assert bare == {"status": "FAIL", "error": "[Banned prompt detected] Please rephrase the prompt"}
    assert {"messageId", "prompt", "createdAt"} <= set(whole)
    good = await pro.ended(await pro.imagine("an owl [sandbox: paid-back]"))
    assert (back["status"], good["status"]) == ("FAIL", "DONE")
    assert (pro.charged, pro.refunded) == ([10, 10, 10, 10], [10])
    assert await pro.credits() == START - 30


async def test_check_8_nobody_finds_it_at_once(pro: ProClient) -> None:
    """A look right after the order is 400, then all is well; an id that never was is 404."""
    usual = await pro.imagine()
    assert await pro.get(f"midjourney/message/{usual}") == (
        400,
        {"message": "Message not found.", "error": "Bad Request", "statusCode": 400},
    )
    assert usual not in {row["id"] for row in await pro.listed()}
    pro.clock.advance(1)
    assert (await pro.message(usual))["status"] == "SUBMITTED"
    late = await pro.imagine("a fox [sandbox: unseen lasting=8]")
    pro.clock.advance(7)
    assert (await pro.get(f"message/fetch/{late}"))[0] == 400
    pro.clock.advance(1)
    assert (await pro.get(f"message/fetch/{late}"))[0] == 200
    assert (await pro.get("message/fetch/2346e0bc-c3c3-48ea-adec-3a21609fd288"))[0] == 404
    assert (await pro.get("message/fetch/nonsense"))[0] == 400


async def test_check_8_nobody_comes_too_often(pro: ProClient) -> None:
    """One order in three seconds, ten looks in one; patience is enough, and both rules can be switched off."""
    first = await pro.imagine()
    pro.clock.advance(2.9)
    assert await pro.at_once("flux/imagine", {"prompt": "a fox"}) == (
        429,
        {"message": "Too many requests.", "error": "Too Many Requests", "statusCode": 429},
    )
    pro.clock.advance(0.1)
    assert (await pro.at_once("flux/imagine", {"prompt": "a fox"}))[0] == 201
    found = [(await pro.get(f"midjourney/message/{first}"))[0] for _ in range(12)]
    assert found == [200] * 10 + [429] * 2
    pro.clock.advance(1)
    assert (await pro.get(f"midjourney/message/{first}"))[0] == 200
    rules = {"submit_every": 0, "polls_per_second": 0, "unseen": 0}
    assert (await pro.admin("rules", {"provider": "imaginepro", "rules": rules}))[0] == 200
    ids = [(await pro.at_once("flux/imagine", {"prompt": "a fox"}))[1]["messageId"] for _ in range(2)]
    assert {(await pro.get(f"midjourney/message/{ids[1]}"))[0] for _ in range(20)} == {200}
    assert pro.charged == [10, 6, 6, 6]


async def test_check_9_a_plan_has_so_many_places(pro: ProClient) -> None:
    """Three jobs run, the others are queued and come in their order."""
    ids = [await pro.imagine() for _ in range(6)]
    pro.clock.advance(5)
    assert [(await pro.message(message_id))["status"] for message_id in ids[3:]] == ["QUEUED"] * 3
    began: list[str] = []
    statuses = dict.fromkeys(ids, "")
    while set(statuses.values()) != {"DONE"}:
        pro.clock.advance(3)
        statuses = {message_id: (await pro.message(message_id))["status"] for message_id in ids}
        began += [key for key in ids if statuses[key] in {"PROCESSING", "DONE"} and key not in began]
        assert list(statuses.values()).count("PROCESSING") <= 3
    assert began == ids


async def test_check_9_a_stuck_job_is_given_up(pro: ProClient) -> None:
    """After ``timeout`` seconds it has failed; a film takes longer than any patience and is done all the same."""
    stuck = await pro.submit("flux/imagine", {"prompt": "a fox [sandbox: stuck]", "timeout": 100})
    pro.clock.advance(99)
    assert (await pro.message(stuck))["status"] == "PROCESSING"
    pro.clock.advance(1)
    assert (await pro.message(stuck))["status"] == "FAIL"
    film = await pro.submit("video/mj/generate", FILM)
    seen = await pro.walk(film, 5)
    assert (len(seen) * 5 > 300, seen[-1]["status"]) == (True, "DONE")
    slow = await pro.submit("flux/imagine", {"prompt": "a fox [sandbox: stuck lasting=400]"})
    pro.clock.advance(400)
    assert (await pro.message(slow))["status"] == "PROCESSING"
    assert (await pro.ended(slow, 30))["status"] == "DONE"


async def test_check_10_webhooks_tell_the_whole_message(pro: ProClient, inbox: Inbox) -> None:
    """With ``ref``, to the order's own address, else to the account's; unsigned; asking still works."""
    await pro.admin("rules", {"provider": "imaginepro", "rules": {"webhook": inbox.url + "?whose=account"}})
    message_id = await pro.imagine("a fox [sandbox: progress text=number]", ref="job-1", webhookOverride=inbox.url)
    pro.clock.advance(900)
    await until(lambda: len(inbox.posts) == 3)
    assert [post["status"] for post in inbox.posts] == ["PROCESSING", "PROCESSING", "DONE"]
    assert {post["ref"] for post in inbox.posts} == {"job-1"}
    assert inbox.posts[-1] == await pro.message(message_id)
    names = {name.lower() for headers in inbox.headers for name in headers}
    assert not [name for name in names if "sign" in name or "secret" in name or "auth" in name]
    await pro.imagine("an owl")
    pro.clock.advance(900)
    await until(lambda: len(inbox.posts) == 6)


async def test_check_10_webhooks_come_twice_late_or_backwards(pro: ProClient, inbox: Inbox) -> None:
    """In every way that is ordered; who only listens is wrong, who asks is right."""
    ways = {
        "twice": ["PROCESSING", "PROCESSING", "PROCESSING", "PROCESSING", "DONE", "DONE"],
        "backwards": ["DONE", "PROCESSING", "PROCESSING"],
        "late lasting=5000": ["PROCESSING", "PROCESSING", "DONE"],
    }
    for way, statuses in ways.items():
        inbox.posts.clear()
        message_id = await pro.imagine(f"a fox [sandbox: webhook text={way}]", webhookOverride=inbox.url)
        pro.clock.advance(900)
        assert (await pro.message(message_id))["status"] == "DONE"
        pro.clock.advance(5000)
        await until(lambda: len(inbox.posts) == len(statuses))  # noqa: B023 - awaited within the same turn
        assert [post["status"] for post in inbox.posts] == statuses, way
