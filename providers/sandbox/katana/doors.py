"""Katana's doors: models, balance, requests and polls. What an item must look like is in ``items``, text in ``talk``.

A request debits and is remembered in one transaction before it is answered, every time it comes: nothing shows that
the real service recognises a ``client_request_id``.
"""

from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.gate import Endpoint
from providers.sandbox.katana.answers import Answers, RefusedError, UpstreamError, ok, refused, upstream_failed
from providers.sandbox.katana.attestation import attest
from providers.sandbox.katana.credentials import Credentials
from providers.sandbox.katana.inputs import Intake
from providers.sandbox.katana.items import Desk
from providers.sandbox.katana.orders import Orders
from providers.sandbox.katana.page import Page
from providers.sandbox.katana.question import Reader
from providers.sandbox.katana.shelf import Shelf
from providers.sandbox.katana.talk import TextDesk
from providers.sandbox.ledger import Ledger
from providers.sandbox.records import Records

NAME = "katana"
_ROOT = f"/{NAME}/v1"
_BALANCE = Decimal("20814.0")

_Answer = Callable[[web.Request, Sequence[Fault]], Awaitable[web.StreamResponse]]


class Katana:
    """The sandbox's Katana. ``key`` and ``secret`` are the one pair it knows."""

    name = NAME

    def __init__(
        self,
        *,
        records: Records,
        ledger: Ledger,
        clock: SandboxClock,
        cdn: Cdn,
        base_url: Callable[[], str],
        seed: int,
        key: str,
        secret: str,
    ) -> None:
        self._ledger = ledger
        self._credentials = Credentials(key, secret)
        self.shelf = Shelf()
        self.page = Page()
        intake = Intake(cdn)
        self._orders = Orders(
            records=records,
            ledger=ledger,
            clock=clock,
            cdn=cdn,
            base_url=base_url,
            seed=seed,
            desk=Desk(self.shelf, intake),
        )
        self._texts = TextDesk(reader=Reader(self.shelf, intake), ledger=ledger, clock=clock, orders=self._orders)
        ledger.open(self.name, _BALANCE)

    def load(self) -> None:
        """Read what an earlier run left."""
        self._orders.load()

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the doors."""
        words, orders, texts = Answers(), self._orders, self._texts

        def door(name: str, method: str, path: str, work: _Answer, **more: Callable[..., Awaitable[str]]) -> Endpoint:
            return Endpoint(f"{NAME}.{name}", method, path, work, words, **more)

        return (
            door("models", "GET", f"{_ROOT}/models", self._models),
            door("page", "GET", f"/{NAME}/llms.txt", self._page),
            door("balance", "GET", f"{_ROOT}/me/balance", self._let_in(self._balance)),
            door("create", "POST", f"{_ROOT}/generation-requests", self._let_in(orders.batch), prompt=orders.prompt),
            *(
                door("create", "POST", f"{_ROOT}/{kind}s/generations", self._let_in(work), prompt=orders.prompt)
                for kind, work in (("image", orders.image), ("video", orders.video))
            ),
            door(
                "detail",
                "GET",
                f"{_ROOT}/generation-requests/{{request_id}}",
                self._let_in(orders.poll),
                prompt=orders.prompt_of,
            ),
            door("chat", "POST", f"{_ROOT}/chat/completions", self._let_in(texts.complete), prompt=texts.prompt),
            door("attestation", "GET", f"{_ROOT}/text/attestation", self._let_in(self._attestation)),
        )

    def _let_in(self, work: _Answer) -> _Answer:
        """Let only the holder of the pair in, and word refusals."""

        async def answer(request: web.Request, fates: Sequence[Fault]) -> web.StreamResponse:
            try:
                self._credentials.check(request.headers)
                return await work(request, fates)
            except RefusedError as error:
                return refused(error.status, error.detail)
            except UpstreamError as error:
                return upstream_failed(error.words)

        return answer

    async def _models(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        # Any such header changes the shape, even one that opens nothing (reference section 2.1).
        return ok(self.shelf.openai() if "Authorization" in request.headers else self.shelf.sections())

    async def _page(self, _request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        return web.Response(text=self.page.text, content_type="text/plain", charset="utf-8")

    async def _balance(self, _request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        left = self._ledger.account(self.name).balance
        tenths = left.quantize(Decimal("0.1"))
        return ok({"credits": f"{tenths if tenths == left else left:f}"})

    async def _attestation(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        return ok(attest(self.shelf.text(request.query.get("model")), request.query.get("nonce", "")))
