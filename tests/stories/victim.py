"""The process that gets killed: the real service with the web chat, pointed at a sandbox that lives on elsewhere."""

import asyncio
import signal
import sys
from pathlib import Path

from pydantic import SecretStr

from bot import logs
from bot.app import serve
from bot.settings import ListenerSection, ProviderSection, Settings, StoreSection
from bot.world import World
from providers.sandbox.server import APP_KEY, KEY


async def live(home: Path, sandbox: str, port: int, speed: float) -> None:
    """Serve until somebody kills the process or asks it to stop."""
    logs.configure("warning", "console", [KEY, APP_KEY])
    provider = ProviderSection(
        key=SecretStr(KEY),
        app_key=SecretStr(APP_KEY),
        base_url=f"{sandbox}/ima",
        upload_url=f"{sandbox}/ima-upload",
    )
    settings = Settings.model_construct(
        store=StoreSection(path=home / "limner.db"),
        listener=ListenerSection(port=port),
        providers={"ima_studio": provider},
        defaults={},
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serve(settings, World.real(speed)):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
