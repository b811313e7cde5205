"""The composition root: the only file that sees every room and puts the service together. No rule lives here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from bot.callbacks import PICTURES, Callbacks
from bot.engine.accounts import Accounts
from bot.engine.admission import Admission, Limits
from bot.engine.approvals import Approvals
from bot.engine.attempts import Attempts
from bot.engine.catalog import Catalog
from bot.engine.closing import Closing
from bot.engine.courier import Courier
from bot.engine.desk import Desk
from bot.engine.dispatch import EmbeddedDispatch
from bot.engine.origins import Origins
from bot.engine.ports import Platform, Store, Terms
from bot.engine.presses import Presses
from bot.engine.privacy import Privacy
from bot.engine.proposals import Proposals
from bot.engine.queue import Queue
from bot.engine.runner import Runner
from bot.engine.studio import Studio
from bot.engine.treasury import Treasury
from bot.engine.turns import Turns, rules_from
from bot.errors import SettingsProblem, StoreTrouble
from bot.house import house_rules
from bot.i18n import Translators, negotiate
from bot.listener import Listener, ListenerSettings
from bot.platforms.web.audience import Audience
from bot.platforms.web.inbound import WebChat
from bot.platforms.web.page import Page
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.relay import Relay
from bot.platforms.web.stream import Streams
from bot.platforms.web.visitors import Visitors
from bot.results import ResultDoor, own_origins
from bot.settings import Settings, feishu_secrets, secret
from bot.storage.conversations import Conversations
from bot.storage.sqlite import SqliteStore
from bot.terms import build_providers
from bot.text import Text
from bot.world import World
from providers.contract import Secret
from providers.results import Downloads

log = structlog.get_logger(__name__)

SETTLE = 3.5
"""Seconds a stop waits for orders that are being placed right now."""

CLOSE_UP = 4.2
"""Seconds a stop takes at most for that and for whoever is being answered; together with the rest it is below five."""

HOUSEKEEPING = 60.0
"""Seconds between rounds of closing offers that ran out."""

PRUNE_EVERY = 1440
"""Rounds of housekeeping between two prunings of the database: once a day."""


class Room(Protocol):
    """A chat that joins the service once the studio exists."""

    def __call__(self, service: "Service") -> Platform:
        """Return the platform, having taken what it needs from the service."""
        ...


@dataclass(slots=True)
class Service:
    """A running Limner. ``origins`` is where results may be fetched from besides the public internet."""

    settings: Settings
    world: World
    store: Store
    translators: Translators
    catalog: Catalog
    dispatch: EmbeddedDispatch
    studio: Studio
    runner: Runner
    courier: Courier
    platforms: dict[str, Platform]
    origins: tuple[str, ...] = ()
    listener: Listener | None = None


@dataclass(slots=True)
class Health:
    """What ``/health`` is told: whether the database took the last write."""

    store: bool = True


@contextlib.asynccontextmanager
async def serve(
    settings: Settings, world: World, *, rooms: tuple[Room, ...] = (), banner: Text | None = None
) -> AsyncIterator[Service]:
    """Run the service until the block ends; then stop it so that nothing is in doubt that need not be.

    Raises ``SettingsProblem`` when it cannot start; nothing is spent then.
    """
    async with contextlib.AsyncExitStack() as stack:
        if _needs_listener(settings):
            listener_settings(settings).check()
        providers = build_providers(settings, world)
        store = await SqliteStore.open(settings.store.path, world.clock.now)
        stack.push_async_callback(store.close)
        for provider in providers.values():
            stack.push_async_callback(provider.provider.close)
        service = compose(settings, world, store, providers)
        if _needs_listener(settings):
            service.listener = Listener(listener_settings(settings), world.ids)
        connect_discord = await _open_discord(stack, service, store)
        connect_feishu = await _open_feishu(stack, service, store)
        stack.push_async_callback(service.dispatch.close)
        doors = contextlib.AsyncExitStack()
        stack.push_async_callback(_close_up, service, doors)
        if settings.listener.public_url and service.listener is not None:
            service.listener.add_proven(Callbacks(store, service.runner.hint).routes())
        for room in rooms:
            platform = room(service)
            service.platforms[platform.name] = platform
        if service.listener is not None:
            if settings.web.enabled:
                _open_web(service, service.listener, Conversations(store), banner)
            await service.listener.start()
            doors.push_async_callback(service.listener.close)
        await doors.enter_async_context(connect_discord())
        await doors.enter_async_context(connect_feishu())
        places, jobs = await service.courier.recover(), await service.runner.recover()
        log.info("started", open_jobs=jobs, owing_places=places, providers=sorted(providers))
        health = Health()
        if service.listener is not None:
            service.listener.watch("store", lambda: health.store)
        keeper = asyncio.create_task(_keep_house(service, store, health))
        stack.callback(keeper.cancel)
        yield service


async def _close_up(service: Service, doors: contextlib.AsyncExitStack) -> None:
    """Hear nobody new, answer who is being answered and let what is being ordered arrive, all at once and not for ever.

    What is not done by then goes on at the next start: it was saved first.
    """
    closing = (asyncio.create_task(service.runner.settle(SETTLE)), asyncio.create_task(doors.aclose()))
    _, late = await asyncio.wait(closing, timeout=CLOSE_UP)
    for task in late:
        log.warning("stopped_early")
        task.cancel()
    for outcome in await asyncio.gather(*closing, return_exceptions=True):
        if isinstance(outcome, Exception):
            log.error("stop_broke", detail=repr(outcome))


def compose(settings: Settings, world: World, store: Store, providers: Mapping[str, Terms]) -> Service:
    """Put the engine together around a store. Nothing runs yet."""
    clock, ids = world.clock, world.ids
    translators = Translators(ZoneInfo(settings.chat.timezone), settings.chat.language)
    catalog = Catalog(providers, clock, settings.adults.models)
    dispatch = EmbeddedDispatch(clock)
    public = settings.listener.public_url
    house = house_rules(settings)
    treasury = Treasury(store, clock, ZoneInfo(settings.chat.timezone), [b.budget for b in settings.budgets])
    accounts = Accounts(store, catalog, treasury, clock, settings.admins.people)
    proposals = Proposals(catalog, clock, ids, settings.defaults, house, treasury, can_publish=bool(public))
    platforms: dict[str, Platform] = {}
    courier = Courier(store=store, dispatch=dispatch, clock=clock, platforms=platforms)
    closing = Closing(store, catalog, dispatch, clock)
    origins = own_origins(settings, providers.values())
    queue = Queue(clock, partial(rules_from, catalog), per_person=settings.limits.per_person)
    turns = Turns(store=store, queue=queue, closing=closing, dispatch=dispatch, progress=courier, clock=clock)
    attempts = Attempts(
        store=store,
        catalog=catalog,
        proposals=proposals,
        closing=closing,
        dispatch=dispatch,
        turns=turns,
        intake=world.intake,
        results=ResultDoor(Downloads(clock.sleep, origins)),
        clock=clock,
        ids=ids,
        publish=f"{public}{PICTURES}" if public else "",
    )
    runner = Runner(
        store=store,
        catalog=catalog,
        attempts=attempts,
        turns=turns,
        closing=closing,
        dispatch=dispatch,
        progress=courier,
        clock=clock,
        random=world.random,
    )
    privacy = Privacy(store=store, dispatch=dispatch, clock=clock)
    limits = Limits(settings.limits.open_per_person, settings.limits.open)
    admission = Admission(store, limits, clock)
    studio = Studio(
        store=store,
        proposals=proposals,
        desk=Desk(store, catalog, accounts, clock, negotiate, [name for _, name in translators.choices()]),
        origins=Origins(store),
        presses=Presses(
            store=store,
            catalog=catalog,
            proposals=proposals,
            admission=admission,
            dispatch=dispatch,
            clock=clock,
            gate=house.gate,
            treasury=treasury,
            approvals=Approvals(house.approval, proposals, treasury, clock),
            privacy=privacy,
        ),
        admission=admission,
        dispatch=dispatch,
        intake=world.intake,
        clock=clock,
        ids=ids,
        gate=house.gate,
        privacy=privacy,
    )
    dispatch.attach(runner.drive, courier.drain, runner.look_again)
    return Service(settings, world, store, translators, catalog, dispatch, studio, runner, courier, platforms, origins)


def listener_settings(settings: Settings) -> ListenerSettings:
    """Return where to listen and for whom, not yet checked. Raises ``SettingsProblem`` for an unreadable token file."""
    section = settings.listener
    return ListenerSettings(
        host=section.host,
        port=section.port,
        token=Secret(secret(section.token, section.token_file, "listener.token_file")),
        hosts=section.hosts,
        https=section.https,
    )


def _needs_listener(settings: Settings) -> bool:
    by_webhook = bool(settings.feishu.app_id) and settings.feishu.transport == "webhook"
    return settings.web.enabled or by_webhook or bool(settings.listener.public_url)


def _open_web(service: Service, listener: Listener, conversations: Conversations, banner: Text | None) -> None:
    settings, world = service.settings, service.world
    platform = WebPlatform(conversations, Audience(world.ids.new()[:8]))
    chat = WebChat(
        platform=platform,
        studio=service.studio,
        streams=Streams(platform),
        page=Page(service.translators, media=settings.web.media_hosts, banner=banner),
        visitors=Visitors(conversations, service.translators, world.clock.now),
        translators=service.translators,
        kept=Relay(Downloads(world.clock.sleep, service.origins)),
        door=listener.door,
        ids=world.ids,
        now=world.clock.now,
    )
    chat.join(listener)
    service.platforms[platform.name] = platform


async def _open_discord(
    stack: contextlib.AsyncExitStack, service: Service, store: SqliteStore
) -> Callable[[], contextlib.AbstractAsyncContextManager[None]]:
    """Open the room for Discord where there is a token, and return what connects it."""
    section = service.settings.discord
    token = secret(section.token, section.token_file, "discord.token_file")
    if not token:
        return contextlib.nullcontext
    try:
        # Not above: the library costs a second and tens of megabytes that only a service with a token should pay.
        from bot.platforms.discord import room  # noqa: PLC0415 - as the line above says
    except ModuleNotFoundError as error:
        raise SettingsProblem("[discord] needs its library: pip install 'limner[discord]'.") from error
    terms = room.terms(Secret(token), section.api_base, section.gateway_url, section.media_mode, service.origins)
    house = room.House(service.studio, store, service.catalog, service.translators, service.world.clock)
    opened = await stack.enter_async_context(room.open_room(terms, house))
    service.platforms[opened.platform.name] = opened.platform
    return partial(room.connected, opened)


async def _open_feishu(
    stack: contextlib.AsyncExitStack, service: Service, store: SqliteStore
) -> Callable[[], contextlib.AbstractAsyncContextManager[None]]:
    """Open the room for Feishu or Lark where there is an application, and return what connects it."""
    settings, section = service.settings, service.settings.feishu
    if not section.app_id:
        return contextlib.nullcontext
    try:
        # Not above: as with Discord, only a service with an application should pay for it.
        from bot.platforms.feishu import room  # noqa: PLC0415 - as the line above says
    except ModuleNotFoundError as error:
        raise SettingsProblem("[feishu] needs its libraries: pip install 'limner[feishu]'.") from error
    app_secret, encrypt_key, token = map(Secret, feishu_secrets(section))
    terms = room.Terms(
        room.application(section.app_id, app_secret, section.region, section.base_url),
        room.language(section.region, settings.chat.language),
        service.origins,
        encrypt_key,
        token,
        webhook=section.transport == "webhook",
    )
    terms.check()
    house = room.House(
        service.studio, store, service.catalog, service.dispatch, service.translators, service.world.clock
    )
    opened = await stack.enter_async_context(room.open_room(terms, house))
    service.platforms[opened.platform.name] = opened.platform
    if service.listener is not None:
        service.listener.add_proven(opened.routes)
        if not opened.routes:
            service.listener.watch(opened.platform.name, opened.connection.is_well, opened.connection.details)
    return partial(room.connected, opened)


async def _keep_house(service: Service, store: SqliteStore, health: Health) -> None:
    """Close offers that ran out every minute, look whether writing works, and drop what nobody needs once a day."""
    rounds = 0
    while True:
        try:
            await store.check()
            health.store = True
            await service.studio.expire_offers()
            if rounds % PRUNE_EVERY == 0:
                keep = timedelta(days=service.settings.store.keep_days)
                await store.prune(service.world.clock.now() - keep)
        except StoreTrouble as trouble:
            health.store = False
            log.error("store_in_trouble", detail=str(trouble))  # noqa: TRY400 - said again every minute
        except Exception:
            # Housekeeping is never a reason to stop serving; the next round tries again.
            log.exception("housekeeping_failed")
        rounds += 1
        await asyncio.sleep(HOUSEKEEPING)
