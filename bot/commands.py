"""What each command of the command line does. Parsing its options is in ``cli``, the service itself in ``app``."""

import asyncio
import contextlib
import signal
import sqlite3
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine
from importlib.metadata import packages_distributions
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from rich.console import Console

from bot import logs
from bot.app import Room, Service, World, build_providers, listener_settings, serve
from bot.core import replies, wording
from bot.engine.catalog import Catalog
from bot.engine.desk import KINDS
from bot.engine.ports import Platform
from bot.errors import Refused, SettingsProblem
from bot.i18n import Translators
from bot.platforms.terminal.conversation import Conversation
from bot.platforms.terminal.platform import TerminalPlatform
from bot.platforms.terminal.render import draw
from bot.settings import (
    ChatSection,
    ListenerSection,
    LogSection,
    ProviderSection,
    Settings,
    StoreSection,
    WebSection,
    load,
    secret,
)
from bot.storage.database import Database
from providers.sandbox.clock import ScaledClock
from providers.sandbox.records import HomeInUseError
from providers.sandbox.server import APP_KEY, KEY, Sandbox

Work = Coroutine[None, None, int]

OK, FAILED = 0, 1
NAMES = ("bot", "providers", "locales")
"""The import packages that are ours; another distribution that brings one of them would break us quietly."""


async def run(config: Path | None) -> int:
    """Run the service until it is asked to stop."""
    settings = _ready(config)
    if not settings.web.enabled:
        raise SettingsProblem("web.enabled: no chat is switched on; set it to true, or use `limner chat`.")
    async with serve(settings, World.real()) as service:
        if service.listener is not None:
            print(f"Limner is running. The web chat is at {service.listener.url}", flush=True)
        await _until_stopped()
    return OK


async def demo_web(home: Path, *, speed: float, port: int, sandbox_port: int, language: str) -> int:
    """Run the service with the sandbox and the web chat until it is asked to stop."""
    logs.configure("warning", "console")
    async with _pretend(home / "sandbox", sandbox_port, speed) as sandbox:
        settings = _demo_settings(sandbox, home / "limner.db", language, port=port)
        _log(settings)
        banner = wording.DEMO_BANNER(speed=f"{speed:g}")
        async with serve(settings, World.real(speed), banner=banner) as service:
            if service.listener is not None:
                print(f"\n  Limner's demo is ready: open {service.listener.url}")
                print(f"  Ctrl-C ends it; your conversation is kept in {home}.\n", flush=True)
            await _until_stopped()
    return OK


async def demo_once(say: str, *, speed: float, language: str) -> int:
    """Hold one conversation with the sandbox in the terminal."""
    logs.configure("warning", "console")
    with tempfile.TemporaryDirectory(prefix="limner-demo-") as folder:
        home = Path(folder)
        async with _pretend(home / "sandbox", 0, speed) as sandbox:
            settings = _demo_settings(sandbox, home / "limner.db", language, port=None)
            _log(settings)
            console, room = _terminal()
            async with serve(settings, World.real(speed), rooms=(room,)) as service:
                worked = await _conversation(service, console).once(say)
    return OK if worked else FAILED


async def chat(config: Path | None) -> int:
    """Talk in the terminal until the end of input."""
    settings = _ready(config).model_copy(update={"web": WebSection(enabled=False)})
    if settings.log.level in {"debug", "info"}:
        # The log and the conversation share the screen.
        _log(settings.model_copy(update={"log": LogSection(level="warning", format=settings.log.format)}))
    console, room = _terminal()
    async with serve(settings, World.real(), rooms=(room,)) as service:
        conversation = _conversation(service, console)
        talking = asyncio.ensure_future(conversation.chat(_typed()))

        def interrupted() -> None:
            if not conversation.interrupt():
                talking.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted)
        with contextlib.suppress(asyncio.CancelledError):
            await talking
    return OK


async def sandbox(home: Path, *, port: int, speed: float) -> int:
    """Run the sandbox alone until it is asked to stop."""
    logs.configure("warning", "console")
    async with _pretend(home, port, speed) as running:
        print(f"The sandbox is at {running.base_url} (charges: {running.base_url}/sandbox/ledger)", flush=True)
        await _until_stopped()
    return OK


async def models(kind: str, config: Path | None) -> int:
    """Print the models of one kind."""
    if kind not in KINDS:
        raise SettingsProblem(f"{kind!r} is no kind of model; there is {', '.join(KINDS)}.")
    settings = _ready(config)
    world = World.real()
    providers = build_providers(settings, world)
    translator = Translators(ZoneInfo(settings.chat.timezone), settings.chat.language).get(settings.chat.language)
    console = Console()
    catalog = Catalog(providers, world.clock)
    try:
        for task in KINDS[kind]:
            console.print(draw(replies.model_list(task, await catalog.models(task)), translator, 1))
    except Refused as refused:
        console.print(draw(replies.refusal(refused), translator, 1))
        return FAILED
    finally:
        for terms in providers.values():
            await terms.provider.close()
    return OK


async def doctor(config: Path | None) -> int:
    """Check the installation and say for each part how it is."""
    try:
        settings = _ready(config)
    except SettingsProblem as problem:
        print(f"problem  settings: {problem}")
        return FAILED
    problems = 0
    for name, check in CHECKS:
        try:
            print(f"ok       {name}: {await check(settings)}")
        except SettingsProblem as problem:
            problems += 1
            print(f"problem  {name}: {problem}")
    return FAILED if problems else OK


async def backup(to: Path, config: Path | None) -> int:
    """Copy the database to a new file."""
    settings = _ready(config)
    await Database.copy(settings.store.path, to)
    print(f"Copied {settings.store.path} to {to}.")
    return OK


# --- parts ----------------------------------------------------------------------------------------------------------


def _ready(config: Path | None) -> Settings:
    settings = load(config)
    _log(settings)
    return settings


def _log(settings: Settings) -> None:
    secrets = [
        secret(settings.listener.token, settings.listener.token_file, "listener.token_file"),
        secret(settings.discord.token, settings.discord.token_file, "discord.token_file"),
    ]
    for name, section in settings.providers.items():
        secrets.append(secret(section.key, section.key_file, f"providers.{name}.key_file"))
        secrets.append(secret(section.app_key, section.app_key_file, f"providers.{name}.app_key_file"))
    logs.configure(settings.log.level, settings.log.format, secrets)


@contextlib.asynccontextmanager
async def _pretend(home: Path, port: int, speed: float) -> AsyncIterator[Sandbox]:
    running = Sandbox(home=home, clock=ScaledClock(speed), port=port)
    try:
        await running.start()
    except OSError as error:
        raise SettingsProblem(f"The sandbox cannot start on port {port}: {error.strerror or error}.") from None
    except HomeInUseError:
        raise SettingsProblem(f"Another Limner already uses {home}. Stop it, or choose another --home.") from None
    try:
        yield running
    finally:
        await running.close()


def _demo_settings(sandbox: Sandbox, database: Path, language: str, *, port: int | None) -> Settings:
    if language not in {"en", "zh_Hans"}:
        raise SettingsProblem(f"language {language!r} is not shipped; there is en and zh_Hans.")
    provider = ProviderSection(
        key=SecretStr(KEY),
        app_key=SecretStr(APP_KEY),
        base_url=f"{sandbox.base_url}/ima",
        upload_url=f"{sandbox.base_url}/ima-upload",
    )
    return Settings.model_construct(
        store=StoreSection(path=database),
        listener=ListenerSection(port=port or 0),
        web=WebSection(enabled=port is not None, media_hosts=(sandbox.base_url,)),
        chat=ChatSection.model_validate({"language": language}),
        log=LogSection(level="warning"),
        providers={"ima_studio": provider},
        defaults={},
    )


def _terminal() -> tuple[Console, Room]:
    console = Console(highlight=False)

    def join(service: Service) -> Platform:
        return TerminalPlatform(console, service.translators)

    return console, join


def _conversation(service: Service, console: Console) -> Conversation:
    platform = service.platforms["terminal"]
    assert isinstance(platform, TerminalPlatform)  # noqa: S101 - joined by _terminal
    return Conversation(
        studio=service.studio,
        store=service.store,
        platform=platform,
        translators=service.translators,
        ids=service.world.ids,
        console=console,
        locale=service.settings.chat.language,
    )


async def _typed() -> AsyncIterator[str]:
    """Yield typed lines. The reading thread is a daemon: nothing can wake a thread that waits for a keyboard."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


async def _until_stopped() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wanted, stop.set)
    await stop.wait()


async def _check_packages(_settings: Settings) -> str:
    owners = packages_distributions()
    for name in NAMES:
        others = sorted(set(owners.get(name, [])) - {"limner"})
        if others:
            raise SettingsProblem(f"the package {name!r} also comes from {', '.join(others)}; please uninstall it.")
    return f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"


async def _check_database(settings: Settings) -> str:
    path = settings.store.path
    if not path.exists():
        return f"{path} will be made at the first start"
    return f"{path}, {await asyncio.to_thread(_open_orders, path)} open orders"


def _open_orders(path: Path) -> int:
    """Count beside a service that may be running: only reading, without its lock."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM open_job").fetchone()[0])
    except sqlite3.Error as error:
        raise SettingsProblem(f"{path} cannot be read ({error}).") from None


async def _check_listener(settings: Settings) -> str:
    if not settings.web.enabled:
        return "no web chat"
    listener_settings(settings).check()
    return f"the web chat will be at {settings.listener.host}:{settings.listener.port}"


async def _check_providers(settings: Settings) -> str:
    world = World.real()
    providers = build_providers(settings, world)
    names = []
    for name, terms in providers.items():
        catalog = Catalog({name: terms}, world.clock)
        try:
            count = len(await catalog.models(min(terms.provider.capabilities.tasks)))
        except Refused:
            raise SettingsProblem(f"providers.{name} cannot be reached with this key.") from None
        finally:
            await terms.provider.close()
        names.append(f"{name} ({count} models)")
    return ", ".join(names)


CHECKS = (
    ("packages", _check_packages),
    ("database", _check_database),
    ("listener", _check_listener),
    ("providers", _check_providers),
)
"""What ``doctor`` looks at, in this order."""
