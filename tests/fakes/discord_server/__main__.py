"""``python -m tests.fakes.discord_server``: the pretend Discord alone, for trying by hand and for load figures."""

import argparse
import asyncio
import contextlib
import sys

from tests.fakes.discord_server.control import Control
from tests.fakes.discord_server.server import DiscordServer

TOKEN = "pretend.discord.token"


def main(arguments: list[str] | None = None) -> None:
    """Run until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.discord_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8790, help="0 = any free one")
    parser.add_argument("--token", default=TOKEN, help="what the bot must show (default: %(default)s)")
    parser.add_argument("--unlimited", action="store_true", help="no rate limits")
    settings = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(settings.port, settings.token, unlimited=settings.unlimited))


async def _serve(port: int, token: str, *, unlimited: bool) -> None:
    server = DiscordServer(port=port, token=token)
    if unlimited:
        server.buckets.off()
    server.also_serve(Control(server).routes())
    async with server:
        sys.stdout.write(_greeting(server))
        sys.stdout.flush()
        await asyncio.Event().wait()


def _greeting(server: DiscordServer) -> str:
    fake = f"{server.cdn.base_url}/fake"
    return f"""A pretend Discord with a guild "Studio" and a channel "general".

  token        {server.token}
  api_base     {server.api_base}
  gateway_url  {server.gateway_url}

  curl -s {fake}/people -d '{{"name": "ann"}}'
  curl -s {fake}/slash -d '{{"person": "ann", "command": "help"}}'
  curl -s {fake}/messages

Every route under /fake is described in control.py. Ctrl-C ends it.
"""


if __name__ == "__main__":
    main()
