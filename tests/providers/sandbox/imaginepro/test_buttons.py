"""Every button that a finished message offers can be pressed, costs five, and leads to a message with its own."""

from tests.providers.sandbox.imaginepro.client import FILM, GRID, ProClient

WIDE_GRID = [*GRID, "Zoom Out 2x", "Zoom Out 1.5x", "Vary (Strong)", "Vary (Subtle)"]
CHANGES = ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)", "Zoom Out 2x", "Zoom Out 1.5x", "⬅️", "➡️", "⬆️", "⬇️"]
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="


async def test_every_offered_button_makes_something(pro: ProClient) -> None:
    """Sheets lead to singles and sheets, singles to sheets and larger singles; no click is free."""
    grid = await pro.ended(await pro.imagine("a fox --ar 16:9"))
    single = await pro.ended(await pro.click(grid["messageId"], "U4"))
    assert single["buttons"] == ["Upscale (Subtle)", "Upscale (Creative)", *CHANGES, "Make Square"]
    for parent in (grid, single):
        for button in parent["buttons"]:
            child = await pro.ended(await pro.click(parent["messageId"], button, mask=DOT, prompt="a scarf"))
            alone = button.startswith("U")
            assert len(child["images"]) == (1 if alone else 4), button
            assert (child["uri"] in child["images"]) is alone, button
            assert (child["button"], child["originatingMessageId"]) == (button, parent["messageId"])
            assert child["prompt"] == ("a scarf" if button == "Vary (Region)" else "a fox --ar 16:9")
            if not alone:
                assert child["buttons"] == (GRID if button in GRID else WIDE_GRID), button
    clicks = 1 + len(grid["buttons"]) + len(single["buttons"])
    assert pro.charged == [10] + [5] * clicks


async def test_older_versions_call_their_upscales_otherwise(pro: ProClient) -> None:
    """By 2x and 4x, and once more; a square is not made square again."""
    grid = await pro.imagine("a fox --v 5.2")
    await pro.ended(grid)
    single = await pro.ended(await pro.click(grid, "U1"))
    assert single["buttons"] == ["Upscale (2x)", "Upscale (4x)", *CHANGES]
    larger = await pro.ended(await pro.click(single["messageId"], "Upscale (4x)"))
    assert larger["buttons"] == ["Redo Upscale (2x)", "Redo Upscale (4x)", *CHANGES]


async def test_a_running_job_can_be_cancelled(pro: ProClient) -> None:
    """It has failed at once, those behind it move up, and nothing is paid back."""
    ids = [await pro.imagine() for _ in range(4)]
    pro.clock.advance(4)
    first = await pro.message(ids[0])
    assert (first["status"], first["buttons"]) == ("PROCESSING", ["Cancel Job"])
    assert (await pro.message(ids[3]))["status"] == "QUEUED"
    assert await pro.reason("midjourney/button", {"messageId": ids[3], "button": "Cancel Job"})
    click = await pro.click(ids[0], "Cancel Job")
    pro.clock.advance(1)
    assert (await pro.message(ids[0]))["error"] == "Job cancelled"
    assert (await pro.message(ids[3]))["status"] == "PROCESSING"
    assert (await pro.message(click))["status"] == "DONE"
    assert (pro.charged, pro.refunded) == ([10, 10, 10, 10, 5], [])


async def test_a_click_that_is_refused_cancels_nothing(pro: ProClient) -> None:
    """``success`` is false, and the job goes on."""
    message_id = await pro.imagine("a fox [sandbox: rejected on=button]")
    pro.clock.advance(20)
    status, body = await pro.post("nova/button", {"messageId": message_id, "button": "Cancel Job"})
    assert (status, body["success"]) == (201, False)
    assert (await pro.message(message_id))["status"] == "PROCESSING"
    assert pro.charged == [10]


async def test_only_midjourney_has_buttons(pro: ProClient) -> None:
    """Others offer none and take none; a message that was told without them still takes them."""
    flux = await pro.submit("flux/imagine", {"prompt": "a fox"})
    assert "buttons" not in await pro.ended(flux)
    assert await pro.reason("nova/button", {"messageId": flux, "button": "U1"})
    silent = await pro.imagine("a fox [sandbox: no-buttons]")
    assert "buttons" not in await pro.ended(silent)
    assert await pro.click(silent, "U1")
    assert (await pro.post("nova/button", {"messageId": "x", "button": "U1"}))[0] == 400


async def test_a_click_may_go_wrong_by_the_prompt_of_its_parent(pro: ProClient) -> None:
    """Faults for ``button`` stand in the first prompt; those without a door are spent on the first order."""
    grid = await pro.imagine("a fox [sandbox: failed on=button style=body text=tired] [sandbox: 402 on=button times=1]")
    assert (await pro.ended(grid))["status"] == "DONE"
    assert (await pro.post("midjourney/button", {"messageId": grid, "button": "U1"}))[0] == 402
    child = await pro.ended(await pro.click(grid, "U1"))
    assert (child["status"], child["error"]) == ("FAIL", "tired")


async def test_a_film_goes_on(pro: ProClient) -> None:
    """From its first and only clip, once it is done; the new one knows where it came from."""
    film = await pro.submit("video/mj/generate", FILM)
    pro.clock.advance(2)
    more = {"messageId": film, "index": 0, "animateMode": "manual"}
    assert await pro.reason("video/mj/extend", more) == "The video cannot be extended."
    await pro.ended(film)
    assert await pro.reason("video/mj/extend", {**more, "index": 1})
    longer = await pro.ended(await pro.submit("video/mj/extend", more))
    assert (longer["status"], longer["originatingMessageId"]) == ("DONE", film)
    assert pro.charged == [10, 10]
