"""What was taken and charged is still known after the sandbox was started again."""

from pathlib import Path

from providers.sandbox.server import Sandbox
from tests.providers.sandbox.imaginepro.client import Inbox, ProClient
from tests.providers.sandbox.katana.client import until


async def restarted(pro: ProClient, tmp_path: Path) -> None:
    """Close the sandbox and open another one on the same folder."""
    await pro.sandbox.close()
    pro.sandbox = Sandbox(home=tmp_path / "home", clock=pro.clock)
    await pro.sandbox.start()


async def test_jobs_and_money_go_on(pro: ProClient, tmp_path: Path) -> None:
    """Done when they would have been, whatever was restarted when; buttons, line and list included."""
    ids = [await pro.imagine(f"fox {number}") for number in range(4)]
    failed = await pro.imagine("an owl [sandbox: failed style=bare] [sandbox: paid-back]")
    pro.clock.advance(2)
    before = [await pro.message(message_id) for message_id in ids]
    try:
        await restarted(pro, tmp_path)
        assert pro.charged == [10] * 5
        assert [await pro.message(message_id) for message_id in ids] == before
        assert await pro.ended(failed) == {"status": "FAIL", "error": "The generation failed"}
        await restarted(pro, tmp_path)
        assert (await pro.credits(), pro.refunded) == (2560, [10])
        single = await pro.ended(await pro.click(ids[3], "U2"))
        assert single["messageId"] not in ids
        assert [row["id"] for row in await pro.listed()] == [single["messageId"], failed, *ids[::-1]]
    finally:
        await pro.sandbox.close()


async def test_webhooks_go_on_from_where_they_are(pro: ProClient, inbox: Inbox, tmp_path: Path) -> None:
    """What changed before the restart is not told again, what changes after it is."""
    message_id = await pro.imagine("a fox", webhookOverride=inbox.url)
    seen: list[str] = []
    while "PROCESSING" not in seen:
        pro.clock.advance(1)
        seen.append((await pro.message(message_id))["status"])
    await until(lambda: inbox.posts)
    try:
        await restarted(pro, tmp_path)
        pro.clock.advance(900)
        await until(lambda: len(inbox.posts) == 3)
        assert [post["status"] for post in inbox.posts] == ["PROCESSING", "PROCESSING", "DONE"]
    finally:
        await pro.sandbox.close()
