"""``python -m tests.fakes.feishu_server``: the pretend Feishu alone, for trying by hand and for load figures."""

import argparse
import asyncio
import contextlib
import sys

from tests.fakes.feishu_server.control import Control
from tests.fakes.feishu_server.server import FeishuServer


def main(arguments: list[str] | None = None) -> None:
    """Run until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.feishu_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8791, help="0 = any free one")
    parser.add_argument("--unlimited", action="store_true", help="no rate limits")
    parser.add_argument("--webhook", default="", help="post events to this address instead")
    parser.add_argument("--encrypt-key", default="", help="encrypt and sign what is posted")
    settings = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(settings))


async def _serve(settings: argparse.Namespace) -> None:
    server = FeishuServer(port=settings.port)
    server.webhook.url, server.app.encrypt_key = settings.webhook, settings.encrypt_key
    if settings.unlimited:
        server.quotas.off()
    server.also_serve(Control(server).routes())
    async with server:
        sys.stdout.write(_greeting(server))
        sys.stdout.flush()
        await asyncio.Event().wait()


def _greeting(server: FeishuServer) -> str:
    fake = f"{server.domain}/fake"
    return f"""A pretend Feishu with a group "Studio".

  region      {server.domain}
  app_id      {server.app.app_id}
  app_secret  {server.app.secret}
  token       {server.app.verification_token}

  curl -s {fake}/people -d '{{"name": "ann", "locale": "zh_cn"}}'
  curl -s {fake}/say -d '{{"person": "ann", "text": "/draw a boat", "group": true}}'
  curl -s '{fake}/transcript?person=ann&group=1'

Every route under /fake is described in control.py. Ctrl-C ends it.
"""


if __name__ == "__main__":
    main()
