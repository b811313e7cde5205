"""What each command of the command line does. Parsing its options is in ``cli``, the service itself in ``app``."""

import asyncio
import contextlib
import re
import signal
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from rich.console import Console

from bot import logs, surveys
from bot.app import Room, Service, serve
from bot.core import replies, wording
from bot.doctor import Wish, closely, overview
from bot.engine.catalog import Catalog
from bot.engine.desk import KINDS
from bot.engine.ports import Change, Forgetting, Platform
from bot.errors import Refused, SettingsProblem, Unregistered
from bot.findings import Finding, Level, problem
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
    feishu_secrets,
    load,
    secret,
)
from bot.storage.database import Database
from bot.storage.sqlite import SqliteStore
from bot.terms import build_providers
from bot.world import World
from providers.errors import ProviderError
from providers.outcomes import Survey
from providers.sandbox.clock import ScaledClock
from providers.sandbox.records import HomeInUseError
from providers.sandbox.server import APP_KEY, IMAGINEPRO_KEY, KATANA_KEY, KATANA_SECRET, KEY, Sandbox

Work = Coroutine[None, None, int]

OK, FAILED = 0, 1

CHATS = ("discord", "feishu", "web", "terminal")
"""The names of the chats in the database."""

SHORTEST_SECRET = 8
"""Parts of a key that are shorter than this are words rather than secrets."""

_PAIR = re.compile(r"[:=\s\"']+")
"""What stands between the parts of a key that is a pair; each part is a secret of its own."""


async def run(config: Path | None) -> int:
    """Run the service until it is asked to stop."""
    settings = _ready(config)
    _need_a_chat(settings)
    async with serve(settings, World.real()) as service:
        print(_greeting(service), flush=True)
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


async def doctor(chat: str, wish: Wish, config: Path | None) -> int:
    """Look at the installation, or closely at one chat, and say how each part is and what to do."""
    try:
        settings = load(config)
        _log(settings.model_copy(update={"log": LogSection(level="error", format=settings.log.format)}))
    except SettingsProblem as trouble:
        _tell(problem("settings", str(trouble)))
        return FAILED
    looks = closely(chat, settings, wish) if chat else overview(settings)
    is_well = True
    async for finding in looks:
        _tell(finding)
        is_well = is_well and finding.level is not Level.PROBLEM
    return OK if is_well else FAILED


async def setup_feishu(region: str, secret_file: Path, accounts: str) -> int:
    """Make an application by a code that somebody scans, and keep its secret."""
    try:
        # Not above: nobody else needs its libraries.
        from bot.platforms.feishu.onboarding import Plan, onboard  # noqa: PLC0415 - as the line above says
    except ModuleNotFoundError as missing:
        raise SettingsProblem(f"{missing.name} is not installed: pip install 'limner[feishu]'.") from None
    is_screen = sys.stdout.isatty()
    try:
        await onboard(Plan(region, secret_file, accounts), lambda line: print(line, flush=True), colours=is_screen)
    except Unregistered as no:
        print(f"limner: {no}", file=sys.stderr)
        return FAILED
    except asyncio.CancelledError:
        print("Nothing was written.")
        raise
    return OK


async def check_provider(name: str, config: Path | None, *, approve: bool) -> int:
    """Compare what a provider publishes with what was approved; nothing but an approval changes anything."""
    settings = _ready(config)
    world = World.real()
    providers = build_providers(settings, world)
    try:
        if name not in providers:
            raise SettingsProblem(f"{name!r} has no key in these settings; there is {', '.join(sorted(providers))}.")
        provider = providers[name].provider
        if not provider.capabilities.can_be_surveyed:
            raise SettingsProblem(f"{provider.title} publishes nothing that could be compared.")
        survey = await provider.survey()
    except ProviderError as error:
        raise SettingsProblem(f"{name}: what is published cannot be read ({error.code.value}).") from None
    finally:
        for terms in providers.values():
            await terms.provider.close()
    return _compare(surveys.place(settings.store.path, name), survey, world.clock.now(), approve=approve)


def _compare(file: Path, survey: Survey, now: datetime, *, approve: bool) -> int:
    before = surveys.approved(file)
    changes = () if before is None else surveys.differences(before, survey)
    for line in changes:
        print(line)
    if approve:
        surveys.approve(file, survey, now)
        print(f"Approved: page {surveys.checksum(survey.page)[:12]}, {len(survey.models)} models; kept in {file}.")
        return OK
    if before is None:
        print("Nothing was approved yet. Read the provider's page, and remember this state with --approve.")
        return FAILED
    told = "Read the changes, and remember this state with --approve." if changes else "All is as it was approved."
    print(told)
    return FAILED if changes else OK


async def backup(to: Path, config: Path | None) -> int:
    """Copy the database to a new file."""
    settings = _ready(config)
    await Database.copy(settings.store.path, to)
    print(f"Copied {settings.store.path} to {to}.")
    return OK


async def forget(platform: str, person: str, tenant: str, config: Path | None) -> int:
    """Delete everything about one person but what the books need, while the service is stopped."""
    settings = _ready(config)
    if platform not in CHATS:
        raise SettingsProblem(f"there is no chat {platform!r}; there is {', '.join(CHATS)}.")
    if not await asyncio.to_thread(settings.store.path.exists):
        raise SettingsProblem(f"There is no database at {settings.store.path}.")
    store = await SqliteStore.open(settings.store.path, World.real().clock.now)
    try:
        await store.save(Change(forget=Forgetting(platform, tenant, person)))
        left = await store.traces(platform, tenant, person)
    finally:
        await store.close()
    print(f"Forgotten: {person} on {platform}. The books keep {left.ended} orders, without words.")
    if left.open:
        print(f"{left.open} orders are still open and were left as they are. Do this again when they have ended.")
    return FAILED if left.open else OK


# --- parts ----------------------------------------------------------------------------------------------------------


def _greeting(service: Service) -> str:
    chats = [f"The web chat is at {service.listener.url}."] if service.listener is not None else []
    if "discord" in service.platforms:
        chats.append("Discord is being connected; `limner doctor discord` says how that stands.")
    if "feishu" in service.platforms:
        chats.append("Feishu is being connected; `limner doctor feishu` says how that stands.")
    return " ".join(["Limner is running.", *chats])


def _need_a_chat(settings: Settings) -> None:
    token = secret(settings.discord.token, settings.discord.token_file, "discord.token_file")
    if not settings.web.enabled and not token and not settings.feishu.app_id:
        raise SettingsProblem(
            "No chat is switched on. Set web.enabled to true, put a bot's token into discord.token_file "
            "(docs/platforms/discord.md) or an application into feishu.app_id (docs/platforms/feishu.md), or talk in "
            "the terminal with `limner chat`."
        )


def _ready(config: Path | None) -> Settings:
    settings = load(config)
    _log(settings)
    return settings


def _tell(finding: Finding) -> None:
    print(f"{finding.level.value:<9}{finding.part}: {finding.said}", flush=True)
    if finding.step:
        print(f"{'':<9}-> {finding.step}", flush=True)


def _log(settings: Settings) -> None:
    secrets = [
        secret(settings.listener.token, settings.listener.token_file, "listener.token_file"),
        secret(settings.discord.token, settings.discord.token_file, "discord.token_file"),
        *feishu_secrets(settings.feishu),
    ]
    for name, section in settings.providers.items():
        key = secret(section.key, section.key_file, f"providers.{name}.key_file")
        secrets += [key, *(part for part in _PAIR.split(key) if len(part) >= SHORTEST_SECRET)]
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
    providers = {
        "ima_studio": ProviderSection(
            key=SecretStr(KEY),
            app_key=SecretStr(APP_KEY),
            base_url=f"{sandbox.base_url}/ima",
            upload_url=f"{sandbox.base_url}/ima-upload",
        ),
        "katana": ProviderSection(
            key=SecretStr(f"{KATANA_KEY}:{KATANA_SECRET}"), base_url=f"{sandbox.base_url}/katana"
        ),
        "imaginepro": ProviderSection(
            key=SecretStr(IMAGINEPRO_KEY),
            base_url=f"{sandbox.base_url}/imaginepro/api/v1",
            prices={"describe": Decimal(5)},
        ),
        "ima2": ProviderSection(enabled=True, base_url=f"{sandbox.base_url}/ima2"),
    }
    return Settings.model_construct(
        store=StoreSection(path=database),
        listener=ListenerSection(port=port or 0, public_url=f"http://127.0.0.1:{port}" if port else ""),
        web=WebSection(enabled=port is not None, media_hosts=(sandbox.base_url,)),
        chat=ChatSection.model_validate({"language": language}),
        log=LogSection(level="warning"),
        providers=providers,
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
