"""The sandbox as one loopback server: providers, CDN and admin on one port. What each of them answers is not here."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog
from aiohttp import web

from providers.sandbox.admin import Admin, checked
from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock, ScaledClock
from providers.sandbox.faults import Faults
from providers.sandbox.gate import Gate
from providers.sandbox.ima.studio import ImaStudio
from providers.sandbox.ima2 import console
from providers.sandbox.ima2.doors import Ima2
from providers.sandbox.imaginepro.doors import ImaginePro
from providers.sandbox.katana.doors import Katana
from providers.sandbox.ledger import Ledger
from providers.sandbox.records import Records

HOST = "127.0.0.1"
KEY = "ima_sandbox_key"
APP_KEY = "ima_sandbox_app"
KATANA_KEY = "kat_sandbox_key"
KATANA_SECRET = "kat_sandbox:secret"  # noqa: S105 - pretend, and it opens nothing but this server
IMAGINEPRO_KEY = "imaginepro_sandbox_key"
_LARGEST_UPLOAD = 64 * 1024 * 1024

_log = structlog.get_logger()


class Sandbox:
    """A server with pretend providers. All state is in ``home``; a second start with the same one goes on with it.

    ``key`` and ``app_key`` are what IMA Studio's clients must show, ``katana_key`` and ``katana_secret`` Katana's,
    ``imaginepro_key`` ImaginePro's.
    ``seed`` decides task ids and running times.
    """

    def __init__(
        self,
        *,
        home: Path,
        clock: SandboxClock,
        port: int = 0,
        seed: int = 0,
        key: str = KEY,
        app_key: str = APP_KEY,
        katana_key: str = KATANA_KEY,
        katana_secret: str = KATANA_SECRET,
        imaginepro_key: str = IMAGINEPRO_KEY,
    ) -> None:
        self._records = Records(home)
        self._port = port
        self._runner: web.AppRunner | None = None
        self._base_url = ""
        self.ledger = Ledger(self._records, clock)
        self.faults = Faults()
        self.gate = Gate(self.faults)
        self._cdn = Cdn(home=home, records=self._records, clock=clock, seed=seed)
        self.ima = ImaStudio(
            records=self._records,
            ledger=self.ledger,
            clock=clock,
            cdn=self._cdn,
            base_url=lambda: self.base_url,
            seed=seed,
            key=key,
            app_key=app_key,
        )
        self.katana = Katana(
            records=self._records,
            ledger=self.ledger,
            clock=clock,
            cdn=self._cdn,
            base_url=lambda: self.base_url,
            seed=seed,
            key=katana_key,
            secret=katana_secret,
        )
        self.imaginepro = ImaginePro(
            records=self._records,
            ledger=self.ledger,
            clock=clock,
            cdn=self._cdn,
            base_url=lambda: self.base_url,
            seed=seed,
            key=imaginepro_key,
        )

        self.ima2 = Ima2(
            home=home,
            records=self._records,
            ledger=self.ledger,
            clock=clock,
            cdn=self._cdn,
            base_url=lambda: self.base_url,
            seed=seed,
        )

    @property
    def base_url(self) -> str:
        """Return ``http://127.0.0.1:PORT``; only known once it is started."""
        if not self._base_url:
            raise RuntimeError("the sandbox is not started")
        return self._base_url

    async def start(self) -> None:
        """Read the state and listen. Raises :class:`providers.sandbox.records.HomeInUseError`, or ``OSError``."""
        self._records.open()
        try:
            self.ledger.load()
            self._cdn.load()
            self.ima.load()
            self.katana.load()
            self.imaginepro.load()
            self.ima2.load()
            await self._listen()
        except BaseException:
            await self.close()
            raise
        _log.info("sandbox_started", base_url=self._base_url)

    async def close(self) -> None:
        """Stop listening and give the folder back. Safe to repeat."""
        self.gate.close()
        await self.imaginepro.close()
        await self.ima2.close()
        await self._cdn.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._records.close()

    async def _listen(self) -> None:
        # No access log: upload requests carry the key in their address.
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._base_url = f"http://{HOST}:{self._runner.addresses[0][1]}"

    def _application(self) -> web.Application:
        application = web.Application(client_max_size=_LARGEST_UPLOAD)
        providers = (self.ima, self.katana, self.imaginepro, self.ima2)
        endpoints = (*(door for provider in providers for door in provider.endpoints()), *self._cdn.endpoints())
        application.add_routes([self.gate.route(endpoint) for endpoint in endpoints])
        pages = {self.katana.name: self.katana.page}
        rules = {self.imaginepro.name: self.imaginepro.rules}
        admin = Admin(ledger=self.ledger, faults=self.faults, gate=self.gate, pages=pages, rules=rules)
        application.add_routes(admin.routes())
        application.router.add_post("/sandbox/ima2", checked(console.Order, self._obey))
        return application

    async def _obey(self, order: console.Order) -> web.Response:
        return console.obey(self.ima2, order)


async def serve(
    *,
    home: Path,
    port: int = 0,
    speed: float = 1.0,
    seed: int = 0,
    key: str = KEY,
    started: Callable[[str], None] | None = None,
) -> None:
    """Run a sandbox until the task is cancelled. ``started`` is told the base URL."""
    sandbox = Sandbox(home=home, clock=ScaledClock(speed), port=port, seed=seed, key=key)
    await sandbox.start()
    try:
        if started is not None:
            started(sandbox.base_url)
        await asyncio.Event().wait()
    finally:
        await sandbox.close()
