"""The web chat in a real browser: coming, coming back, looking back, and who one is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import expect

from bot.core import webpage
from bot.core.cards import Card
from bot.listener import ListenerSettings
from bot.text import Lapse, Phrase
from providers.contract import Secret
from tests.browser.conftest import Pages
from tests.browser.steps import ready, send, serving
from tests.fakes.web_chat import Chat, open_chat

CODE = "correct horse battery"


@pytest_asyncio.fixture(loop_scope="session")
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat."""
    async with open_chat(tmp_path) as running:
        yield running


async def test_a_restart_is_announced_and_bridged(tmp_path: Path, browser_page: Pages) -> None:
    """While Limner is away the page says so; when it is back the page has everything, each message once."""
    async with open_chat(tmp_path) as chat:
        page = await ready(await browser_page(chat.url))
        await chat.say("before", Card(title=Phrase("before")()))
        await expect(page.locator(".title")).to_have_text("before")
        port = chat.listener.port
    await expect(page.locator("#trouble")).to_have_text("Connection lost. Reconnecting…")
    async with open_chat(tmp_path, settings=ListenerSettings(port=port), epoch="fedcba98") as chat:
        await chat.say("while away", Card(title=Phrase("while away")()))
        await expect(page.locator(".title")).to_have_text(["before", "while away"])
        await expect(page.locator("#trouble")).to_be_hidden()
        await send(page, "still me")
        await expect(page.locator(".message.mine .bubble")).to_have_text("still me")
    browser_page.complaints.clear()  # the connections that were refused meanwhile


async def test_a_reader_who_looks_back_is_left_in_peace(chat: Chat, browser_page: Pages) -> None:
    """New messages scroll into view, except for somebody reading further up, who gets a button instead."""
    page = await ready(await browser_page(chat.url, height=500))
    for number in range(20):
        await chat.say(str(number), Card(title=Phrase("{n}")(n=number)))
    await expect(page.locator(".title").last).to_be_in_viewport()
    await page.hover("#log")
    await page.mouse.wheel(0, -3000)
    await expect(page.locator(".title").first).to_be_in_viewport()
    await chat.say("more", Card(title=Phrase("more")()))
    newest = page.get_by_role("button", name="New messages")
    await expect(newest).to_be_visible()
    await expect(page.locator(".title").first).to_be_in_viewport()
    await newest.click()
    await expect(page.locator(".title").last).to_be_in_viewport()
    await expect(newest).to_be_hidden()


async def test_a_long_conversation_is_looked_back_on(tmp_path: Path, browser_page: Pages) -> None:
    """The page starts with the newest messages and brings the earlier ones when asked."""
    async with open_chat(tmp_path, history=5) as chat:
        for number in range(12):
            await chat.say(str(number), Card(title=Phrase("{n}")(n=str(number))))
        page = await ready(await browser_page(chat.url))
        titles = page.locator(".title")
        await expect(titles).to_have_text([str(n) for n in range(7, 12)])
        earlier = page.get_by_role("button", name="Earlier messages")
        await earlier.click()
        await expect(titles).to_have_text([str(n) for n in range(2, 12)])
        await earlier.click()
        await expect(titles).to_have_text([str(n) for n in range(12)])
        await expect(earlier).to_be_hidden()


async def test_a_person_can_change_the_language(chat: Chat, browser_page: Pages) -> None:
    """The page and what was said before are in the new language at once, in every tab of that person."""
    page = await ready(await browser_page(chat.url))
    tab = await page.context.new_page()
    await tab.goto(chat.url)
    await ready(tab)
    await chat.say("card", Card(title=Phrase("{time}")(time=Lapse(75))))
    await page.click("#self")
    await page.select_option("#language", "zh_Hans")
    await page.locator("#profile-form [type=submit]").click()
    for one in (page, tab):
        await expect(one.locator("html")).to_have_attribute("lang", "zh-Hans")
        await expect(one.locator(".title")).to_have_text("1分钟15秒")


async def test_a_link_from_another_site_leads_to_the_same_person(chat: Chat, browser_page: Pages) -> None:
    """Whoever follows a link to their conversation is not made somebody new."""
    page = await ready(await browser_page(chat.url))
    await send(page, "it is me")
    await expect(page.locator(".message.mine")).to_have_count(1)
    async with serving("/", f'<a href="{chat.url}/c/studio">there</a>'.encode(), "text/html") as port:
        await page.goto(f"http://localhost:{port}/")
        await page.click("a")
        await expect(page.locator(".message.mine")).to_have_count(1)
    browser_page.complaints.clear()  # the other site has no icon


async def test_the_door_opens_with_the_code(tmp_path: Path, browser_page: Pages) -> None:
    """A wrong code is said to be wrong, the right one leads straight to the conversation."""
    settings = ListenerSettings(port=0, token=Secret(CODE))
    async with open_chat(tmp_path, settings=settings) as chat:
        page = await browser_page(chat.url)
        await page.fill("#token", "not the code")
        await page.press("#token", "Enter")
        await expect(page.locator("#complaint")).to_have_text(webpage.PAGE_REFUSALS["access_wrong"].one)
        await page.fill("#token", CODE)
        await page.press("#token", "Enter")
        await ready(page)
    browser_page.complaints.clear()  # the answers 401 and 403, and the stream that ended
