"""Puts the Feishu platform together and opens and closes its parts in order. No rule lives here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random

from aiohttp import web

from bot.engine.ports import Clock, Dispatch
from bot.errors import SettingsProblem
from bot.i18n import Translators
from bot.platforms.feishu.chats import Chats
from bot.platforms.feishu.clicks import Clicks
from bot.platforms.feishu.client import Application, Client
from bot.platforms.feishu.connection import Connection
from bot.platforms.feishu.darkroom import Darkroom
from bot.platforms.feishu.delivery import Delivery
from bot.platforms.feishu.forms import Forms, Models
from bot.platforms.feishu.guests import Guests
from bot.platforms.feishu.hearing import Ears, Hearing, Studio
from bot.platforms.feishu.inbound import Inbound
from bot.platforms.feishu.media import Media
from bot.platforms.feishu.pictures import Pictures
from bot.platforms.feishu.platform import FeishuPlatform, Means
from bot.platforms.feishu.receiver import WITHIN
from bot.platforms.feishu.telling import Telling
from bot.platforms.feishu.turns import Turns
from bot.platforms.feishu.wire import DOMAINS
from bot.storage.inbox import Inbox
from bot.storage.shipments import Shipments
from bot.storage.sqlite import SqliteStore
from providers.contract import Secret
from providers.results import Downloads

FEISHU = "feishu"
_ITS_LANGUAGE = "zh_Hans"


@dataclass(frozen=True, slots=True)
class Terms:
    """An operator's settings for Feishu.

    ``language`` is the one of people whose program does not tell. ``media_hosts`` are addresses besides the public
    internet that results may be fetched from. ``line_clock`` counts the connection's own seconds.
    """

    application: Application
    language: str
    media_hosts: tuple[str, ...] = ()
    encrypt_key: Secret = field(default_factory=Secret)
    verification_token: Secret = field(default_factory=Secret)
    webhook: bool = False
    acknowledge_within: float = WITHIN
    line_clock: Clock | None = None
    random: Random = field(default_factory=Random)

    def check(self) -> None:
        """Raise ``SettingsProblem`` where something is missing, or where a stranger could speak for Feishu."""
        if not self.application.secret:
            raise SettingsProblem("feishu.app_secret: must be set, or a file named in feishu.app_secret_file.")
        if self.webhook and not self.encrypt_key:
            raise SettingsProblem(
                'feishu.encrypt_key: must be set for transport = "webhook", because anybody could send it events. '
                "It is in the console under Events & Callbacks, Encryption Strategy."
            )


def application(app_id: str, secret: Secret, region: str, base_url: str = "") -> Application:
    """Return the application for what stands in the settings."""
    return Application(app_id, secret, base_url or DOMAINS[region])


def language(region: str, chosen: str) -> str:
    """Return the language of people whose program does not tell: Feishu's people read Chinese."""
    return _ITS_LANGUAGE if region == FEISHU else chosen


@dataclass(frozen=True, slots=True)
class House:
    """What the platform takes from the service."""

    studio: Studio
    store: SqliteStore
    models: Models
    dispatch: Dispatch
    translators: Translators
    clock: Clock


@dataclass(frozen=True, slots=True)
class FeishuRoom:
    """The parts of an open room. ``routes`` are what the listener has to serve for the webhook."""

    platform: FeishuPlatform
    client: Client
    inbound: Inbound
    clicks: Clicks
    connection: Connection
    routes: tuple[web.RouteDef, ...] = ()

    @property
    def at_work(self) -> tuple[asyncio.Task[object], ...]:
        """Everything that is being acted on right now."""
        return (*self.inbound.mailroom.at_work, *self.clicks.at_work)


@contextlib.asynccontextmanager
async def open_room(settings: Terms, house: House) -> AsyncIterator[FeishuRoom]:
    """Return the room with nothing connected yet; :func:`connected` connects it. Closes what it opened."""
    clock, store = house.clock, house.store
    client = Client(settings.application, clock)
    shipments, inbox, turns = Shipments(store), Inbox(store), Turns(clock)
    media = Media(client, Downloads(clock.sleep, settings.media_hosts), Darkroom(), shipments, turns, clock)
    delivery = Delivery(client, turns, shipments, store, clock)
    platform = FeishuPlatform(Means(delivery, media, turns, shipments, store, house.translators, clock))
    ears = Ears(
        house.studio,
        store,
        shipments,
        Guests(inbox, settings.language),
        Pictures(client, clock),
        Telling(store, house.dispatch, client, house.translators, clock),
        clock,
    )
    forms = Forms(house.studio, store, house.models, house.translators)
    clicks = Clicks(ears, platform, forms)
    inbound = Inbound(
        application=settings.application.id,
        client=client,
        inbox=inbox,
        hearing=Hearing(ears),
        chats=Chats(ears, inbox),
        clicks=clicks,
        clock=clock,
    )
    connection = Connection(
        client,
        inbound.accept,
        settings.line_clock or clock,
        settings.random,
        within=settings.acknowledge_within,
    )
    try:
        yield FeishuRoom(platform, client, inbound, clicks, connection, _routes(settings, inbound, clock))
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def connected(room: FeishuRoom) -> AsyncIterator[None]:
    """Keep the room connected until the block ends; first act on what the last stop left."""
    await room.inbound.mailroom.recover()
    if not room.routes:
        room.connection.open()
    try:
        yield
    finally:
        await room.connection.close()
        await room.inbound.close()


def _routes(settings: Terms, inbound: Inbound, clock: Clock) -> tuple[web.RouteDef, ...]:
    if not settings.webhook:
        return ()
    # Not above: the long connection needs no cryptography of ours, and its library is large.
    from bot.platforms.feishu.webhook import Keys, Webhook, routes  # noqa: PLC0415 - as the line above says

    keys = Keys(settings.encrypt_key, settings.verification_token)
    return tuple(routes(Webhook(inbound.accept, keys, clock, within=settings.acknowledge_within)))
