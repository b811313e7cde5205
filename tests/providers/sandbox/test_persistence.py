"""What was taken and charged is still known after the sandbox was killed or started again."""

import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from providers.sandbox.clock import HandClock
from providers.sandbox.records import HomeInUseError
from providers.sandbox.server import Sandbox
from tests.providers.sandbox.ima_client import ImaClient

WAN = ("text_to_video", "wan2.6-t2v")

_SERVE = """
import asyncio, pathlib, sys
from providers.sandbox.server import serve
asyncio.run(serve(home=pathlib.Path(sys.argv[1]), started=lambda url: print(url, flush=True)))
"""


async def test_a_task_goes_on_after_a_restart(ima: ImaClient, tmp_path: Path) -> None:
    """Closed in the middle and opened again: the task is finished when it would have been, the charge is there."""
    task = await ima.begin(*WAN, prompt="a fox [sandbox: no-url lasting=60]")
    address = await ima.uploaded(b"a picture")
    query = ima.token_query()
    await ima.token(query)
    runs = ima.sandbox.ima.tasks[task].runs
    await ima.sandbox.close()
    ima.clock.advance(runs)
    ima.sandbox = Sandbox(home=tmp_path / "home", clock=ima.clock)
    await ima.sandbox.start()
    try:
        media = (await ima.detail(task))["medias"][0]
        assert (media["resource_status"], media["url"]) == (1, "")
        assert (await ima.ended(task))["medias"][0]["url"].startswith(ima.sandbox.base_url)
        assert [(charge.task, charge.amount) for charge in ima.sandbox.ledger.charges] == [(task, Decimal(40))]
        assert ima.sandbox.ledger.account("ima").balance == Decimal(1_000_000 - 40)
        ima.clock.advance(-800 - runs)
        assert (await ima.token(query))["message"] == "nonce already used"
        # The address was given out under the old port and still names the same upload.
        assert await ima.begin("image_to_video", "wan2.6-i2v", images=[address]) != task
    finally:
        await ima.sandbox.close()


async def test_the_account_and_the_assets_are_kept(ima: ImaClient, tmp_path: Path) -> None:
    """Balance, subscription and approved assets survive a restart."""
    ima.sandbox.ledger.set_balance("ima", Decimal("12.5"))
    ima.sandbox.ledger.set_subscribed("ima", subscribed=True)
    await ima.verify("https://example.com/fox.png")
    await ima.sandbox.close()
    ima.sandbox = Sandbox(home=tmp_path / "home", clock=ima.clock)
    await ima.sandbox.start()
    try:
        account = ima.sandbox.ledger.account("ima")
        assert (account.balance, account.subscribed) == (Decimal("12.5"), True)
        body = await ima.order("image_to_video", "ima-pro", images=["https://example.com/fox.png"])
        assert (await ima.create(body))["code"] == 4008
    finally:
        await ima.sandbox.close()


async def test_a_folder_belongs_to_one_sandbox(sandbox: Sandbox, tmp_path: Path, clock: HandClock) -> None:
    """A second sandbox on the same folder says so at once and leaves the first one working."""
    second = Sandbox(home=tmp_path / "home", clock=clock)
    with pytest.raises(HomeInUseError):
        await second.start()
    sandbox.ledger.set_balance("ima", Decimal(5))
    assert sandbox.ledger.account("ima").balance == 5


async def test_a_killed_sandbox_forgets_no_answered_order(
    session: aiohttp.ClientSession, sandbox: Sandbox, clock: HandClock, tmp_path: Path
) -> None:
    """SIGKILL right after the answers: every order that was answered is in the ledger of the next start."""
    home = tmp_path / "killed"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SERVE, str(home), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert child.stdout is not None
    base_url = ""
    while not base_url.startswith("http"):  # the log comes first
        base_url = (await child.stdout.readline()).decode().strip()
    body = await ImaClient(sandbox, session, clock).order(*WAN)
    headers = ImaClient(sandbox, session, clock).headers
    tasks = []
    for _ in range(20):
        async with session.post(f"{base_url}/ima/open/v1/tasks/create", json=body, headers=headers) as answer:
            tasks.append((await answer.json())["data"]["id"])
    child.send_signal(signal.SIGKILL)
    await child.wait()
    assert await charged_tasks(home, clock) == tasks


async def charged_tasks(home: Path, clock: HandClock) -> Sequence[str]:
    """Start a sandbox on a folder and read its ledger over HTTP."""
    again = Sandbox(home=home, clock=clock)
    await again.start()
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{again.base_url}/sandbox/ledger") as answer:
            ledger = json.loads(await answer.text())
            return [charge["task"] for charge in ledger["charges"]]
    finally:
        await again.close()
