"""The web chat in a real browser: what people see of the conversation and of its cards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.core import webpage, wording
from bot.core.cards import Bar, Button, Card, Fact, Medium, Style, Tone
from bot.engine.ports import Answer, Pressed
from bot.text import Lapse, Phrase
from providers.models import MediaKind
from tests.browser.conftest import Pages
from tests.browser.steps import PNG, ready, send, serving, working
from tests.fakes.web_chat import Chat, open_chat

NASTY = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>&amp;{{7*7}}'


@pytest_asyncio.fixture(loop_scope="session")
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A running web chat."""
    async with open_chat(tmp_path) as running:
        yield running


async def test_everything_typed_is_shown_as_it_was_typed(chat: Chat, browser_page: Pages) -> None:
    """Markup in a message, a name, a card or an address is text, to its author and to everybody else."""
    ana, ben = await ready(await browser_page(chat.url)), await ready(await browser_page(chat.url))
    await ana.click("#self")
    await ana.fill("#name", NASTY[:40])
    await ana.press("#name", "Enter")
    await expect(ana.locator("#self-name")).to_have_text(NASTY[:40])
    await expect(ana.locator("#profile")).to_be_hidden()
    await send(ana, NASTY)
    await expect(ben.locator(".bubble")).to_have_text(NASTY)
    said = Phrase("{said}")(said=NASTY)
    nasty = Card(title=said, quote=NASTY, lines=(said,), facts=(Fact(said, NASTY),), copy=f"javascript:{NASTY}")
    await chat.say("card", nasty)
    for page in (ana, ben):
        await expect(page.locator(".bubble")).to_have_text(NASTY)
        for part in (".title", ".quote", ".lines p", ".facts dt", ".facts dd"):
            await expect(page.locator(part)).to_have_text(NASTY)
        await expect(page.locator(".address")).to_contain_text("javascript:<img")
        assert await page.locator("#log img:not([src='/static/mark.svg']), #log script, #log a").count() == 0
        assert await page.evaluate("window.hacked") is None
    await expect(ben.locator(".heading b").first).to_have_text(NASTY[:40])


async def test_addresses_can_be_followed(chat: Chat, browser_page: Pages) -> None:
    """A web address in a message is a link that tells the other site nothing; the punctuation after it is not part."""
    page = await ready(await browser_page(chat.url))
    await send(page, "see https://x.example/a?b=1, and（https://y.example/图）javascript:alert(1)")
    links = page.locator(".bubble a")
    await expect(links).to_have_count(2)
    assert [await link.get_attribute("href") for link in await links.all()] == [
        "https://x.example/a?b=1",
        "https://y.example/图",
    ]
    await expect(links.first).to_have_attribute("rel", "noopener noreferrer")


async def test_the_bar_moves_and_is_read_out(chat: Chat, browser_page: Pages) -> None:
    """Progress changes in place, for eyes and for screen readers, and a page loaded in between shows it too."""
    page = await ready(await browser_page(chat.url))
    await chat.say("job", working(0))
    bar = page.get_by_role("progressbar")
    await expect(bar).to_have_attribute("aria-valuenow", "0")
    await page.evaluate("document.querySelector('.bar').dataset.same = 'yes'")
    await chat.show("job", working(42))
    await expect(bar).to_have_attribute("aria-valuenow", "42")
    await expect(page.locator(".title")).to_have_text("⏳ Making your video… 42%")
    assert await page.evaluate("document.querySelector('.fill').style.width") == "42%"
    assert await page.evaluate("document.querySelector('.bar').dataset.same") == "yes"
    await page.reload()
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "42")
    await chat.edit("job", Card(title=wording.FINISHED()))
    await expect(page.get_by_role("progressbar")).to_have_count(0)
    await expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


def asking() -> Card:
    """A card with two buttons."""
    buttons = (
        Button(wording.BUTTON_CONFIRM(), "lm1|confirm|a|1", Style.PRIMARY),
        Button(wording.BUTTON_CANCEL(), "lm1|cancel|a"),
    )
    return Card(title=wording.NOTICE[MediaKind.VIDEO](), quote="a puppy", buttons=buttons, tone=Tone.ASKING)


async def test_buttons_work_by_keyboard_and_answer_at_once(chat: Chat, browser_page: Pages) -> None:
    """Tab reaches a button, Enter presses it once, it waits for the answer, and the answer is shown."""
    page = await ready(await browser_page(chat.url))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(_pressed: Pressed) -> None:
        begun.set()
        await go_on.wait()

    chat.studio.on_press, chat.studio.answer = slowly, Answer(wording.CONFIRMED_TOAST())
    await chat.say("job", asking())
    confirm = page.get_by_role("button", name="Confirm")
    await expect(confirm).to_be_visible()
    await page.focus("#scroll")
    await page.keyboard.press("Tab")
    await expect(confirm).to_be_focused()
    await page.keyboard.press("Enter")
    await begun.wait()
    await expect(confirm).to_be_disabled()
    await expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    go_on.set()
    await expect(page.locator("#toast")).to_have_text("On it!")
    await expect(confirm).to_be_enabled()
    await expect(confirm).to_be_focused()
    assert [pressed.action for pressed in chat.studio.pressed] == ["lm1|confirm|a|1"]


@pytest.mark.parametrize("clipboard", ["there", "missing"])
async def test_the_link_can_be_copied(chat: Chat, browser_page: Pages, clipboard: str) -> None:
    """One press copies the bare address and says so, also where the page is not served over https."""
    address = "https://cdn.example/results/clip.mp4?x=1&y=2"
    page = await ready(await browser_page(chat.url, permissions=("clipboard-read", "clipboard-write")))
    if clipboard == "missing":
        await page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    await chat.say("link", Card(title=wording.LINK(), copy=address))
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    await page.focus("#text")
    await page.keyboard.press("Control+V")
    await expect(page.locator("#text")).to_have_value(address)


async def test_a_narrow_screen_never_scrolls_sideways(chat: Chat, browser_page: Pages) -> None:
    """At 360 pixels long words, addresses, buttons and figures wrap or shorten instead of widening the page."""
    page = await ready(await browser_page(chat.url, width=360, height=740))
    endless = "Donaudampfschifffahrtsgesellschaftskapitän" * 5
    words = Phrase("{said}")(said=endless)
    buttons = tuple(Button(words, f"lm1|wait|{n}") for n in range(3))
    card = Card(
        title=words, quote=endless, lines=(words,), facts=(Fact(words, endless),), bar=Bar(50), buttons=buttons,
        copy=f"https://x.example/{endless}",
    )  # fmt: skip
    await chat.say("wide", card)
    await send(page, f"https://x.example/{endless} {endless}")
    await expect(page.locator(".bubble")).to_be_visible()
    widest = """Math.max(...[...document.querySelectorAll('#log *, body')].map(e => e.getBoundingClientRect().right))"""
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await page.evaluate("document.querySelector('#scroll').scrollWidth") <= 360
    assert await page.evaluate(widest) <= 360


async def test_media_are_shown_in_place_or_linked(tmp_path: Path, browser_page: Pages) -> None:
    """A picture is seen; what cannot be loaded becomes a sentence with the link, never a broken player."""
    async with (
        serving("/a.png", PNG, "image/png") as port,
        open_chat(tmp_path, media=(f"http://127.0.0.1:{port}",)) as chat,
    ):
        base = f"http://127.0.0.1:{port}"
        page = await ready(await browser_page(chat.url))
        media = (
            Medium(MediaKind.IMAGE, f"{base}/a.png", "", 640, 360),
            Medium(MediaKind.VIDEO, f"{base}/gone.mp4"),
            Medium(MediaKind.AUDIO, f"{base}/gone.mp3"),
            Medium(MediaKind.IMAGE, "javascript:alert(1)"),
        )
        await chat.say("result", Card(title=wording.READY[MediaKind.IMAGE](), media=media))
        picture = page.locator(".frame img")
        await expect(picture).to_be_visible()
        await expect(page.locator(".not-shown")).to_have_count(3)
        await expect(page.locator(".not-shown a").first).to_have_attribute("href", f"{base}/gone.mp4")
        box = await picture.bounding_box()
        assert box is not None
        assert abs(box["width"] / box["height"] - 640 / 360) < 0.02
    browser_page.complaints.clear()  # the two that are gone


async def test_a_reload_keeps_the_conversation_and_the_draft(chat: Chat, browser_page: Pages) -> None:
    """Nothing that was said or half typed is lost, and others who come see what was said."""
    page = await ready(await browser_page(chat.url))
    await expect(page.locator("#empty")).to_be_visible()
    await send(page, "first")
    await chat.say("answer", Card(title=wording.CANCELLED()))
    await expect(page.locator(".title")).to_have_text("Cancelled. Nothing was spent.")
    await page.fill("#text", "half a thou")
    await page.reload()
    await expect(page.locator(".message")).to_have_count(2)
    await expect(page.locator(".message.mine .bubble")).to_have_text("first")
    await expect(page.locator("#text")).to_have_value("half a thou")
    await expect(page.locator("#empty")).to_be_hidden()
    other = await ready(await browser_page(chat.url))
    await expect(other.locator(".message")).to_have_count(2)
    await expect(other.locator(".message.mine")).to_have_count(0)
    await send(other, "hello there")
    await expect(page.locator(".bubble").last).to_have_text("hello there")
    await expect(page.locator("#people li")).to_have_count(1)


async def test_the_page_speaks_chinese(chat: Chat, browser_page: Pages) -> None:
    """A Chinese browser gets a Chinese page and Chinese cards beside an English reader of the same card."""
    chinese = await ready(await browser_page(chat.url, locale="zh-CN"))
    english = await ready(await browser_page(chat.url))
    await expect(chinese.locator("html")).to_have_attribute("lang", "zh-Hans")
    await chat.say("card", Card(title=Phrase("{time}")(time=Lapse(75))))
    await expect(chinese.locator(".title")).to_have_text("1分钟15秒")
    await expect(english.locator(".title")).to_have_text("1 min, 15 sec")
    placeholder = await chinese.get_attribute("#text", "placeholder")
    assert placeholder != webpage.PAGE["placeholder"].one
    await expect(chinese.locator("#send")).not_to_have_attribute("aria-label", "Send")
