"""The web chat in a real browser: typing, pictures, and sending once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import FilePayload, expect

from bot.core import webpage
from bot.engine.ports import Heard
from bot.errors import RefusalCode, StoreTrouble
from tests.browser.conftest import Pages
from tests.browser.steps import PNG, heard, ready, send
from tests.fakes.web_chat import Chat, open_chat


@pytest_asyncio.fixture(loop_scope="session")
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat."""
    async with open_chat(tmp_path) as running:
        yield running


async def test_enter_sends_and_shift_enter_does_not(chat: Chat, browser_page: Pages) -> None:
    """A message may have several lines, and Enter in an input method only chooses a word."""
    page = await ready(await browser_page(chat.url))
    await page.focus("#text")
    await page.keyboard.type("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    await page.evaluate(f"document.getElementById('text').dispatchEvent({composing})")
    await expect(page.locator("#text")).to_have_value("one\ntwo")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bubble")).to_have_text("one\ntwo")
    await expect(page.locator("#text")).to_have_value("")
    await page.keyboard.press("Enter")
    await heard(page)
    assert [said.text for said in chat.studio.heard] == ["one\ntwo"]


async def test_an_example_is_one_press_away(chat: Chat, browser_page: Pages) -> None:
    """An empty conversation offers something to try, which is filled in and not yet sent."""
    page = await ready(await browser_page(chat.url))
    await page.get_by_role("button", name="/video a puppy").click()
    await expect(page.locator("#text")).to_have_value(webpage.PAGE["example_video"].one)
    await expect(page.locator("#text")).to_be_focused()
    assert chat.studio.heard == []


async def test_pictures_are_seen_before_they_are_sent(chat: Chat, browser_page: Pages) -> None:
    """Chosen and pasted pictures have thumbnails, can be taken back, and arrive byte for byte."""
    page = await ready(await browser_page(chat.url))
    chosen = [FilePayload(name=f"{name}.png", mimeType="image/png", buffer=PNG) for name in "ab"]
    await page.set_input_files("#files", chosen)
    await expect(page.locator("#thumbs img")).to_have_count(2)
    await page.get_by_role("button", name="Remove this picture").first.click()
    await expect(page.locator("#thumbs img")).to_have_count(1)
    await page.evaluate(_PASTE, [list(PNG), "image/png"])
    await expect(page.locator("#thumbs img")).to_have_count(2)
    await page.evaluate(_PASTE, [[1, 2, 3], "application/pdf"])
    await expect(page.locator("#complaint")).to_have_text(webpage.PAGE_REFUSALS["not_a_picture"].one)
    await send(page, "/animate")
    await expect(page.locator(".message.mine .lines")).to_have_text("📎 2 pictures")
    await expect(page.locator("#thumbs img")).to_have_count(0)
    await heard(page)
    (said,) = chat.studio.heard
    assert (said.text, [a.data for a in said.attachments]) == ("/animate", [PNG, PNG])


_PASTE = """([bytes, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "pasted", {type}));
  document.getElementById("text").dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true}));
}"""


async def test_pictures_can_be_dropped(chat: Chat, browser_page: Pages) -> None:
    """Dragging shows where to drop, and dropping attaches instead of leaving the page."""
    page = await ready(await browser_page(chat.url))
    drag = """([kind, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"}));
      const event = new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
      document.body.dispatchEvent(event);
      return event.defaultPrevented;
    }"""
    await page.evaluate(drag, ["dragenter", list(PNG)])
    await expect(page.locator("#drop")).to_be_visible()
    assert await page.evaluate(drag, ["drop", list(PNG)])
    await expect(page.locator("#drop")).to_be_hidden()
    await expect(page.locator("#thumbs img")).to_have_count(1)


async def test_a_message_that_failed_can_be_sent_again_once(chat: Chat, browser_page: Pages) -> None:
    """The person keeps what they typed, reads why it did not work, and one press sends the very same message."""

    async def fail(_heard: Heard) -> None:
        raise StoreTrouble(RefusalCode.STORE_BUSY, "busy")

    page = await ready(await browser_page(chat.url))
    working_well, chat.studio.on_hear = chat.studio.on_hear, fail
    await send(page, "/video a puppy")
    await expect(page.locator(".unsent")).to_contain_text(webpage.PAGE_REFUSALS["trouble"].one)
    chat.studio.on_hear = working_well
    await page.get_by_role("button", name="Send again").click()
    await heard(page)
    await expect(page.locator(".unsent")).to_have_count(0)
    await expect(page.locator(".bubble")).to_have_count(1)
    first, second = chat.studio.heard
    assert first.event == second.event
    browser_page.complaints.clear()  # the answer 503


async def test_the_page_says_that_limner_is_working(chat: Chat, browser_page: Pages) -> None:
    """From the moment a message is sent until it is heard there is a sign of life."""
    go_on = asyncio.Event()

    async def slowly(_heard: Heard) -> None:
        await go_on.wait()

    chat.studio.on_hear = slowly
    page = await ready(await browser_page(chat.url))
    await send(page, "/models video")
    await expect(page.locator("#working")).to_have_text("Limner is working…")
    go_on.set()
    await expect(page.locator("#working")).to_be_hidden()
