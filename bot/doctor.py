"""What ``limner doctor`` looks at, part by part. It costs nothing and changes nothing; printing is in ``commands``."""

import asyncio
import contextlib
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, ValidationError

from bot.app import listener_settings
from bot.clock import RandomIds
from bot.engine.ports import Terms
from bot.errors import SettingsProblem
from bot.findings import Finding, Level, ok, problem
from bot.i18n import Translators
from bot.listener import Listener
from bot.settings import Settings, feishu_secrets, secret
from bot.terms import build_providers
from bot.world import World
from providers.contract import Secret
from providers.errors import FailureCode, ProviderError

Look: TypeAlias = Callable[[Settings], AsyncIterator[Finding]]


@dataclass(frozen=True, slots=True)
class Wish:
    """How closely to look at a chat: also at a ``channel``; with a card ``to`` somebody, awaiting its press."""

    channel: str = ""
    to: str = ""
    seconds: float = 60.0
    briefly: bool = False


Closely: TypeAlias = Callable[[Settings, Wish], AsyncIterator[Finding]]

NAMES = ("bot", "providers", "locales")
"""The import packages that are ours; another distribution that brings one of them would break us quietly."""

_AWAY = frozenset({FailureCode.UNREACHABLE, FailureCode.TIMED_OUT})
_PATIENCE, _MOST = 2.0, 65_536
"""Seconds and bytes for what a running service says of itself."""

_ITS_OWN_TROUBLE = frozenset({FailureCode.BUSY, FailureCode.UNAVAILABLE})


async def overview(settings: Settings) -> AsyncIterator[Finding]:
    """Yield how each part of the installation is."""
    for name, look in LOOKS.items():
        async for finding in _guarded(name, look(settings)):
            yield finding


async def closely(chat: str, settings: Settings, wish: Wish) -> AsyncIterator[Finding]:
    """Yield everything about one chat. Raises ``SettingsProblem`` for one that is not known."""
    if chat not in CHATS:
        raise SettingsProblem(f"there is no chat {chat!r} to look at closely; there is {', '.join(CHATS)}.")
    async for finding in _guarded(chat, CHATS[chat](settings, wish)):
        yield finding


async def _guarded(part: str, findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    try:
        async for finding in findings:
            yield finding
    except SettingsProblem as trouble:
        yield problem(part, str(trouble))


# --- this machine ---------------------------------------------------------------------------------------------------


async def _packages(_settings: Settings) -> AsyncIterator[Finding]:
    owners = packages_distributions()
    for name in NAMES:
        others = sorted(set(owners.get(name, [])) - {"limner"})
        if others:
            yield problem("packages", f"the package {name!r} also comes from {', '.join(others)}", "uninstall that one")
    yield ok("packages", f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    path = settings.store.path
    if refused := await asyncio.to_thread(_cannot_write, path.absolute().parent):
        step = "let the user that Limner runs as write there, or name another place in store.path"
        yield problem("database", f"nothing can be written beside {path} ({refused})", step)
    if path.exists():
        yield await asyncio.to_thread(_open_orders, path)
    elif not refused:
        yield ok("database", f"{path} will be made at the first start")


def _cannot_write(folder: Path) -> str:
    """Return why no file can be made in a folder, or in the nearest one there is above it; nothing where it can be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        # Tried, not looked up: a full or a read-only disk shows in no permission. It has no name and is gone at once.
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{folder}: {error.strerror}"


def _open_orders(path: Path) -> Finding:
    """Count beside a service that may be running: only reading, without its lock."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            count = int(database.execute("SELECT count(*) FROM open_job").fetchone()[0])
    except sqlite3.Error as error:
        step = "look whether it is Limner's database, and whether Limner's user may read it"
        return problem("database", f"{path} cannot be read ({error})", step)
    return ok("database", f"{path}, {count} open orders")


async def _listener(settings: Settings) -> AsyncIterator[Finding]:
    if settings.web.enabled:
        listener_settings(settings).check()
        yield ok("listener", f"the web chat will be at {settings.listener.host}:{settings.listener.port}")
    else:
        yield ok("listener", "no web chat")


# --- providers ------------------------------------------------------------------------------------------------------


async def _providers(settings: Settings) -> AsyncIterator[Finding]:
    for name, terms in build_providers(settings, World.real()).items():
        try:
            yield await _provider(name, terms)
        finally:
            await terms.provider.close()


async def _provider(name: str, terms: Terms) -> Finding:
    try:
        tasks = sorted(terms.provider.capabilities.tasks)
        count = len({model.id for task in tasks for model in await terms.provider.models(task)})
        # A list of models may be public: only what is private tells whether the key is taken.
        left = await terms.provider.balance() if terms.provider.capabilities.tells_balance else None
    except ProviderError as error:
        return _provider_trouble(f"providers.{name}", error.code)
    rest = f"; {left.amount} {left.unit} are left" if left is not None else ""
    return ok(f"providers.{name}", f"it takes the key and offers {count} models{rest}")


def _provider_trouble(part: str, code: FailureCode) -> Finding:
    if code is FailureCode.KEY_INVALID:
        return problem(part, "it does not take this key", f"put a valid key into {part}.key_file or {part}.key")
    if code in _AWAY:
        step = f"look at this machine's network, name service and proxy settings, and at {part}.base_url if it is set"
        return problem(part, f"nobody answers there ({code.value})", step)
    if code in _ITS_OWN_TROUBLE:
        step = "wait, and look at the provider's status page"
        return problem(part, f"it has trouble of its own ({code.value})", step)
    step = "look in docs/failures.md for this code; if the provider is well, report it"
    return problem(part, f"it answers in a way that is not expected ({code.value})", step)


# --- money ----------------------------------------------------------------------------------------------------------


async def _money(settings: Settings) -> AsyncIterator[Finding]:
    """Yield what budgets in money make of each provider: without a rate its orders are all refused."""
    budgets = [section.budget for section in settings.budgets]
    for currency in dict.fromkeys(budget.unit for budget in budgets if budget.is_money):
        for name, terms in build_providers(settings, World.real()).items():
            await terms.provider.close()
            if terms.rate is None or terms.currency != currency:
                said = f"one is in {currency}, and {name} has no rate in it: its orders that cost something are refused"
                step = f"set providers.{name}.rate to what one unit costs, and providers.{name}.currency"
                yield problem("budgets", said, step)
    if budgets:
        yield ok("budgets", f"{len(budgets)} in the settings; `limner budget show` has what was changed since")


# --- chats ----------------------------------------------------------------------------------------------------------


async def _discord(settings: Settings, wish: Wish) -> AsyncIterator[Finding]:
    section = settings.discord
    token = secret(section.token, section.token_file, "discord.token_file")
    try:
        # Not above: the library costs a second and tens of megabytes that only a service with a token should pay.
        from bot.platforms.discord import checkup, room  # noqa: PLC0415 - as the line above says
    except ModuleNotFoundError:
        yield problem("library", "discord.py is not installed", "pip install 'limner[discord]'")
        return
    terms = room.terms(Secret(token), section.api_base, section.gateway_url, section.media_mode)
    words = Translators(ZoneInfo(settings.chat.timezone), settings.chat.language)
    async for finding in checkup.checkup(terms, words, World.real().clock, wish.channel):
        yield finding


async def _feishu(settings: Settings, wish: Wish) -> AsyncIterator[Finding]:
    section = settings.feishu
    try:
        # Not above: as with Discord, only an installation with an application should pay for it.
        from bot.platforms.feishu import checkup, room  # noqa: PLC0415 - as the line above says
    except ModuleNotFoundError as missing:
        yield problem("library", f"{missing.name} is not installed", "pip install 'limner[feishu]'")
        return
    app_secret, encrypt_key, _ = map(Secret, feishu_secrets(section))
    language = room.language(section.region, settings.chat.language)
    application = room.application(section.app_id, app_secret, section.region, section.base_url)
    terms = room.Terms(application, language, encrypt_key=encrypt_key, webhook=section.transport == "webhook")
    if section.app_id and app_secret:
        terms.check()
    running = await _running(settings)
    looked = checkup.Wish(
        briefly=wish.briefly,
        to=wish.to,
        seconds=wish.seconds,
        running=checkup.Running(running.connected, running.silent_for, running.reconnects) if running else None,
    )
    words = Translators(ZoneInfo(settings.chat.timezone), language)
    async for finding in checkup.checkup(terms, words, World.real().clock, looked):
        yield finding


class _Connection(BaseModel):
    connected: bool
    silent_for: int | None = None
    reconnects: int = 0


class _Details(BaseModel):
    feishu: _Connection | None = None


class _Health(BaseModel):
    details: _Details = _Details()


async def _running(settings: Settings) -> _Connection | None:
    """Ask the service that listens where these settings say how its long connection is, if there is one."""
    address = f"{Listener(listener_settings(settings), RandomIds()).url}/health"
    try:
        async with ClientSession(timeout=ClientTimeout(total=_PATIENCE)) as session, session.get(address) as answer:
            return _Health.model_validate_json(await answer.content.read(_MOST)).details.feishu
    except (ClientError, TimeoutError, ValidationError):
        return None


async def _chats(settings: Settings) -> AsyncIterator[Finding]:
    """Yield one line for each chat that is switched on and well, and the problems of each that is not."""
    switched_on = {
        "discord": settings.discord.token.get_secret_value() or settings.discord.token_file,
        "feishu": settings.feishu.app_id,
    }
    for chat in (chat for chat, on in switched_on.items() if on):
        found = [finding async for finding in closely(chat, settings, Wish(briefly=True))]
        for finding in found:
            if finding.level is Level.PROBLEM:
                yield problem(f"{chat} {finding.part}", finding.said, finding.step)
        if all(finding.level is not Level.PROBLEM for finding in found):
            yield ok(chat, f"{found[0].said}; `limner doctor {chat}` tells more")


LOOKS: Mapping[str, Look] = {
    "packages": _packages,
    "database": _database,
    "listener": _listener,
    "providers": _providers,
    "budgets": _money,
    "chats": _chats,
}
"""What is looked at, in this order."""

CHATS: Mapping[str, Closely] = {"discord": _discord, "feishu": _feishu}
"""The chats that can be looked at closely."""
