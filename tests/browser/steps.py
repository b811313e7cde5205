"""What a person does on the page, said once for all browser tests."""

import contextlib
from collections.abc import AsyncIterator

from aiohttp import web
from playwright.async_api import Page, expect

from bot.core import wording
from bot.core.cards import Bar, Card, Tone
from providers.models import MediaKind

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def working(percent: int) -> Card:
    """A progress card."""
    return Card(title=wording.WORKING[MediaKind.VIDEO](percent=percent), bar=Bar(percent), tone=Tone.WORKING)


@contextlib.asynccontextmanager
async def serving(path: str, body: bytes, kind: str) -> AsyncIterator[int]:
    """Serve one file on a port of its own."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind)

    app = web.Application()
    app.router.add_get(path, answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def ready(page: Page) -> Page:
    """Wait until the page has its conversation."""
    await expect(page.locator("body[data-connected]")).to_be_attached()
    return page


async def send(page: Page, text: str) -> None:
    """Type a message and press Enter."""
    await page.fill("#text", text)
    await page.press("#text", "Enter")


async def heard(page: Page) -> None:
    """Wait until everything sent was heard."""
    await expect(page.locator("#working")).to_be_hidden()
