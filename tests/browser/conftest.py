"""A real browser for the tests that look at the page. What is looked at is in the tests."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

ARGUMENTS = (
    "--headless",
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 15_000
"""Milliseconds after which something that never shows fails a test."""


def chromium() -> str:
    """Return the browser's path; without one the test is skipped, or fails where browsers are required."""
    usual = Path("/usr/bin/chromium")
    found = str(usual) if usual.exists() else shutil.which("chromium")
    if found is None:
        missing = "no chromium on this machine (Debian: apt install chromium)"
        if os.environ.get("CI") or os.environ.get("LIMNER_REQUIRE_BROWSER"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


class Pages:
    """Opens pages, each by default as a new person.

    ``complaints`` holds every error of a page's scripts or console; a test ends with none, or clears those it made.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    async def __call__(
        self,
        url: str,
        *,
        locale: str = "en-US",
        width: int = 1180,
        height: int = 860,
        dark: bool = False,
        permissions: tuple[str, ...] = (),
    ) -> Page:
        """Open an address as somebody new, in a window of this size."""
        context = await self._browser.new_context(
            locale=locale,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            permissions=list(permissions),
        )
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        await page.goto(url)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests of a process on one event loop, because the browser lives on it."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a process: starting it takes a second."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser_page(browser: Browser) -> AsyncIterator[Pages]:
    """Pages of the browser; whatever a script complained about fails the test.

    A fixture that is used beside it and holds connections needs ``loop_scope="session"`` too.
    """
    pages = Pages(browser)
    yield pages
    for context in browser.contexts:
        await context.close()
    assert pages.complaints == []
