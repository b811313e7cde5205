"""Webhooks beside the tenth check: lost ones, dead addresses, a clock that goes by itself."""

from pathlib import Path

import aiohttp

from providers.sandbox.clock import HandClock, ScaledClock
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.imaginepro.client import Inbox, ProClient
from tests.providers.sandbox.katana.client import until


async def test_webhooks_that_are_lost_or_cannot_arrive(pro: ProClient, inbox: Inbox) -> None:
    """Nothing comes, nobody is harmed, and the next one arrives."""
    for address, marker in ((inbox.url, "[sandbox: webhook text=lost]"), ("http://127.0.0.1:9/hook", "")):
        message_id = await pro.imagine(f"a fox {marker}", webhookOverride=address)
        assert (await pro.ended(message_id))["status"] == "DONE"
    await pro.imagine("an owl", webhookOverride=inbox.url)
    pro.clock.advance(900)
    await until(lambda: len(inbox.posts) == 3)
    assert {post["prompt"] for post in inbox.posts} == {"an owl"}


async def test_nobody_outside_this_machine_is_posted_to(pro: ProClient, inbox: Inbox) -> None:
    """A pretend service must not call real ones, whatever address it is given."""
    watchers = pro.sandbox.imaginepro._hooks._watchers
    for address in ("https://example.com/hook", "http://127.0.0.1.example.com/hook", "http://127.0.0.1@10.0.0.1/"):
        await pro.imagine(webhookOverride=address)
        assert watchers == {}
    assert await pro.imagine(webhookOverride=inbox.url) in watchers


async def test_a_cancelled_job_is_told(pro: ProClient, inbox: Inbox) -> None:
    """Its end comes when it was cancelled, and not when it would have been done."""
    message_id = await pro.imagine("a fox [sandbox: stuck]", webhookOverride=inbox.url)
    pro.clock.advance(20)
    await until(lambda: inbox.posts)
    await pro.click(message_id, "Cancel Job")
    await until(lambda: len(inbox.posts) == 3)
    assert [post["status"] for post in inbox.posts] == ["PROCESSING", "PROCESSING", "FAIL"]
    assert inbox.posts[-1]["error"] == "Job cancelled"


async def test_a_clock_that_goes_by_itself_posts_by_itself(
    tmp_path: Path, session: aiohttp.ClientSession, clock: HandClock, inbox: Inbox
) -> None:
    """As in the demo: nobody has to ask for anything."""
    sandbox = Sandbox(home=tmp_path / "fast", clock=ScaledClock(10_000.0))
    await sandbox.start()
    try:
        await ProClient(sandbox, session, clock).imagine(webhookOverride=inbox.url)
        await until(lambda: len(inbox.posts) == 3)
    finally:
        await sandbox.close()
    assert [post["status"] for post in inbox.posts] == ["PROCESSING", "PROCESSING", "DONE"]
