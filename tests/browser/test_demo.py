"""The demo as a newcomer sees it: `limner demo` in a process of its own, a browser, and a SIGKILL in the middle."""

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.conftest import Pages

SPEED = "60"
ARRIVAL = 45_000
"""Milliseconds in which a video of 420 pretend seconds has arrived at that speed, on a busy machine too."""


class Demo:
    """`limner demo` on free ports and a home of its own."""

    def __init__(self, home: Path) -> None:
        self.port, self.sandbox_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._home = home
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        options = ("--speed", SPEED, "--home", str(self._home))
        ports = ("--port", str(self.port), "--sandbox-port", str(self.sandbox_port))
        command = (sys.executable, "-c", "from bot.cli import main; main()", "demo", *options, *ports)
        self._process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
        async with aiohttp.ClientSession() as session:
            while True:
                assert self._process.returncode is None, "the demo did not start"
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def charges(self) -> int:
        """How often the pretend provider charged."""
        address = f"http://127.0.0.1:{self.sandbox_port}/sandbox/ledger"
        async with aiohttp.ClientSession() as session, session.get(address) as answer:
            return len((await answer.json())["charges"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest_asyncio.fixture(loop_scope="session")
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    """A running demo."""
    running = Demo(tmp_path)
    await running.start()
    yield running
    await running.kill()


async def ask(page: Page) -> None:
    """Type the README's message, read the price, press Confirm."""
    await page.get_by_role("textbox").first.fill("/video a puppy runs across a meadow")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("40 points").first).to_be_visible()
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("progressbar")).to_be_visible()


async def plays(page: Page) -> None:
    """The video is on the page and the browser can play it."""
    await expect(page.locator("video")).to_have_count(1, timeout=ARRIVAL)
    played = """async () => {
        const video = document.querySelector('video');
        video.muted = true;
        await video.play();
        await new Promise(done => video.addEventListener('timeupdate', () => video.currentTime > 0 && done()));
        return video.videoWidth > 0 && video.error === null;
    }"""
    assert await page.evaluate(played)


@pytest.mark.xdist_group("demo")
async def test_a_message_becomes_a_video_that_plays_and_stays(demo: Demo, browser_page: Pages) -> None:
    """Price, yes, progress, a playing video, the link; and after a reload it is all still there."""
    page = await browser_page(demo.url)
    assert await demo.charges() == 0
    await ask(page)
    await plays(page)
    link = page.get_by_role("link", name=".mp4").last
    await expect(link).to_be_visible()
    assert await link.get_attribute("href") == await page.locator("video").first.evaluate("video => video.currentSrc")
    assert await demo.charges() == 1
    await page.reload()
    await expect(page.get_by_text("/video a puppy runs across a meadow")).to_be_visible()
    await plays(page)


@pytest.mark.xdist_group("demo")
async def test_a_kill_in_the_middle_goes_on_in_the_same_message(demo: Demo, browser_page: Pages) -> None:
    """SIGKILL while the bar moves, start again: the same message goes on, the video comes, one charge."""
    page = await browser_page(demo.url)
    await ask(page)
    card = page.get_by_role("progressbar")
    await expect(page.get_by_text("Making your video")).to_be_visible()
    await demo.kill()
    await demo.start()
    await expect(card).to_have_count(1)
    await plays(page)
    await expect(page.get_by_text("/video a puppy runs across a meadow")).to_have_count(1)
    assert await demo.charges() == 1
    # While the demo was away the page tried to reach it, and said so in the console.
    browser_page.complaints.clear()
