"""Puts the Discord platform together and opens and closes its parts in order. No rule lives here."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from discord import VoiceClient

from bot.engine.catalog import Catalog
from bot.engine.ports import Clock
from bot.i18n import Translators
from bot.platforms.discord.commands import Commands
from bot.platforms.discord.connection import Connection, Endpoints, Patience
from bot.platforms.discord.delivery import Delivery
from bot.platforms.discord.gallery import Gallery, public
from bot.platforms.discord.inbound import WITHIN, Inbound, Studio
from bot.platforms.discord.menu import Menu
from bot.platforms.discord.platform import DiscordPlatform, Means, MediaMode
from bot.platforms.discord.transport import Transport
from bot.storage.passes import Passes
from bot.storage.sqlite import SqliteStore
from providers.contract import Secret
from providers.results import Downloads


@dataclass(frozen=True, slots=True)
class Terms:
    """An operator's settings for Discord, and how long to wait for what (seconds).

    ``origins`` are addresses that results are fetched from besides the public internet.
    """

    token: Secret
    endpoints: Endpoints
    media_mode: MediaMode = MediaMode.GALLERY
    patience: Patience | None = None
    acknowledge_within: float = WITHIN
    is_public: Callable[[str], bool] = public
    origins: tuple[str, ...] = ()


def terms(token: Secret, api_base: str, gateway_url: str, media_mode: str, origins: tuple[str, ...] = ()) -> Terms:
    """Return the terms for what stands in the settings."""
    return Terms(token, Endpoints(api_base, gateway_url), MediaMode(media_mode), origins=origins)


@dataclass(frozen=True, slots=True)
class House:
    """What the platform takes from the service."""

    studio: Studio
    store: SqliteStore
    catalog: Catalog
    translators: Translators
    clock: Clock


@dataclass(frozen=True, slots=True)
class DiscordRoom:
    """The parts of an open room."""

    platform: DiscordPlatform
    inbound: Inbound
    connection: Connection
    gallery: Gallery
    menu: Menu
    passes: Passes


@contextlib.asynccontextmanager
async def open_room(settings: Terms, house: House) -> AsyncIterator[DiscordRoom]:
    """Return the room with nothing connected yet; :func:`connected` connects it. Closes what it opened."""
    # The library writes whole addresses and events at DEBUG, with tokens in them; and it misses a voice we do not have.
    logging.getLogger("discord").setLevel(logging.INFO)
    VoiceClient.warn_nacl = VoiceClient.warn_dave = False
    clock, translators = house.clock, house.translators
    passes = Passes(house.store)
    transport = Transport(settings.token, clock, settings.endpoints.api_base)
    gallery = Gallery(transport, passes, clock, Downloads(clock.sleep, settings.origins), is_public=settings.is_public)
    menu = Menu(house.catalog)
    delivery = Delivery(transport, passes)
    means = Means(delivery, passes, house.store, translators, gallery, clock)
    platform = DiscordPlatform(means, settings.media_mode)
    inbound = Inbound(
        studio=house.studio,
        store=house.store,
        passes=passes,
        platform=platform,
        transport=transport,
        clock=clock,
        within=settings.acknowledge_within,
    )
    connection = Connection(
        token=settings.token,
        inbound=inbound,
        commands=Commands(inbound, menu, translators),
        translators=translators,
        transport=transport,
        passes=passes,
        clock=clock,
        endpoints=settings.endpoints,
        patience=settings.patience,
    )
    try:
        yield DiscordRoom(platform, inbound, connection, gallery, menu, passes)
    finally:
        await gallery.close()
        await menu.close()
        await transport.close()


@contextlib.asynccontextmanager
async def connected(room: DiscordRoom) -> AsyncIterator[None]:
    """Keep the room connected until the block ends; first tell whoever was cut off by the last stop."""
    await room.inbound.recover()
    room.connection.open()
    try:
        yield
    finally:
        await room.connection.close()
        if room.inbound.at_work:
            await asyncio.wait(tuple(room.inbound.at_work), timeout=5.0)
