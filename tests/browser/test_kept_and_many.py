"""In a real browser: a preview while something is made, a kept result, and a result with many buttons."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.core import deeds, wording
from bot.core.cards import Bar, Button, Card, Medium, Tone
from bot.text import Phrase
from providers.models import MediaKind
from providers.outcomes import Deed, Preview
from tests.browser.conftest import Pages
from tests.browser.steps import ready, serving
from tests.fakes.web_chat import open_chat
from tests.providers.ima_stage import png

LONG = Phrase("{words}")


def _buttons() -> tuple[Button, ...]:
    """Return what a grid of four pictures offers, and one label that is far too long."""
    grid = [deeds.DEEDS[deed](number=str(n)) for deed in (Deed.PICK, Deed.VARY) for n in range(1, 5)]
    more = [deeds.DEEDS[deed]() for deed in (Deed.AGAIN, Deed.SQUARE, Deed.PAN_LEFT, Deed.PAN_RIGHT, Deed.DESCRIBE)]
    labels = [*grid, *more, wording.BUTTON_ANIMATE(), LONG(words="endless" * 40)]
    return tuple(Button(label, f"lm1|again|{n:032x}") for n, label in enumerate(labels))


async def test_a_kept_picture_is_seen_and_can_be_saved(tmp_path: Path, browser_page: Pages) -> None:
    """Through us: nothing on the page leads to where it is kept."""
    async with serving("/a.png", png(640, 360), "image/png") as port:
        base = f"http://127.0.0.1:{port}"
        async with open_chat(tmp_path, origins=(base,)) as chat:
            page = await ready(await browser_page(chat.url))
            media = (Medium(MediaKind.IMAGE, f"{base}/a.png", "", 640, 360, held=True),)
            await chat.say("result", Card(title=wording.READY[MediaKind.IMAGE](), media=media, buttons=_buttons()))
            await expect(page.locator(".held img")).to_be_visible()
            await expect(page.locator(".held img")).not_to_have_js_property("naturalWidth", 0)
            assert str(port) not in await page.locator("#log").inner_html()
            async with page.expect_download() as saved:
                await page.click(".save")
            assert (await saved.value).suggested_filename == "limner-1.png"


async def test_a_kept_picture_that_is_gone_is_a_sentence(tmp_path: Path, browser_page: Pages) -> None:
    """Never a broken picture, and never the address."""
    async with open_chat(tmp_path, origins=("http://127.0.0.1:9",)) as chat:
        page = await ready(await browser_page(chat.url))
        media = (Medium(MediaKind.IMAGE, "http://127.0.0.1:9/a.png", held=True),)
        await chat.say("result", Card(title=wording.READY[MediaKind.IMAGE](), media=media))
        await expect(page.locator(".not-shown")).to_contain_text("Perhaps it can still be saved")
        assert "127.0.0.1:9" not in await page.locator("#log").inner_html()
    browser_page.complaints.clear()


async def test_a_preview_is_seen_and_goes(tmp_path: Path, browser_page: Pages) -> None:
    """It stays where it is while the percentage moves, and is gone when the work is done."""
    async with open_chat(tmp_path) as chat:
        page = await ready(await browser_page(chat.url))
        await chat.say("job", Card(title=wording.CANCELLED()))
        title = wording.WORKING[MediaKind.IMAGE](percent=30)
        shown = Card(title=title, bar=Bar(30), tone=Tone.WORKING, preview=Preview("image/png", png(512, 512), 2))
        await chat.show("job", shown)
        await expect(page.locator(".preview img")).not_to_have_js_property("naturalWidth", 0)
        await page.evaluate("document.querySelector('.preview img').dataset.same = 'yes'")
        await chat.show("job", Card(title=title, bar=Bar(60), tone=Tone.WORKING))
        await expect(page.locator("[role=progressbar]")).to_have_attribute("aria-valuenow", "60")
        assert await page.locator(".preview img").get_attribute("data-same") == "yes"
        await chat.edit("job", Card(title=wording.FINISHED()))
        await expect(page.locator(".preview")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1180])
async def test_many_buttons_wrap(tmp_path: Path, browser_page: Pages, width: int) -> None:
    """On a phone and on a screen: all of them are seen whole, none beside the card, and nothing scrolls sideways."""
    async with open_chat(tmp_path) as chat:
        page = await ready(await browser_page(chat.url, width=width))
        await chat.say("result", Card(title=wording.READY[MediaKind.IMAGE](), buttons=_buttons()))
        buttons = page.locator(".buttons button")
        await expect(buttons).to_have_count(len(_buttons()))
        card = await page.locator(".card").bounding_box()
        boxes = [await button.bounding_box() for button in await buttons.all()]
        assert card is not None
        for box in boxes:
            assert box is not None
            assert card["x"] <= box["x"]
            assert box["x"] + box["width"] <= card["x"] + card["width"]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
