"""ImaginePro's doors: who may come in, how often, and who answers. What a body must hold is in ``orders``."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import TEXTS, Fault
from providers.sandbox.gate import Endpoint
from providers.sandbox.imaginepro import buttons, orders, writer
from providers.sandbox.imaginepro.answers import BAD_KEY, NO_KEY, UNKNOWN, Answers, RefusedError, ok, refused, taken
from providers.sandbox.imaginepro.clicks import click
from providers.sandbox.imaginepro.desk import Desk
from providers.sandbox.imaginepro.form import Form, body_of
from providers.sandbox.imaginepro.hooks import Hooks
from providers.sandbox.imaginepro.message import PROVIDER, Messages
from providers.sandbox.imaginepro.pace import Pace
from providers.sandbox.imaginepro.rules import Rules
from providers.sandbox.imaginepro.work import CHOICES, Kind, Order, Work
from providers.sandbox.ledger import Ledger
from providers.sandbox.records import Records

_ROOT = f"/{PROVIDER}/api/v1"
_EXTRA, _QUOTA = Decimal(1000), Decimal(1600)
_PLAN_DAYS = timedelta(days=30)
_PAGE, _MOST_PAGE = 10, 100
_FAMILIES = ("midjourney", "nova")

_CREATES: dict[str, orders.Reader] = {
    **{f"{family}/imagine": orders.imagine for family in _FAMILIES},
    **{f"{family}/describe": orders.describe for family in _FAMILIES},
    **{f"{family}/faceswap": orders.faceswap for family in _FAMILIES},
    "flux/imagine": orders.flux,
    "flux/upscale": orders.upscale,
    "universal/imagine": orders.universal,
    "gemini/imagine": orders.universal,
    "universal/zimage": orders.zimage,
    "video/mj/generate": orders.film,
    "tools/remove-bg": orders.cutout,
}
_DETAILS = ("midjourney/message/{id}", "message/fetch/{id}", "message/trace/{id}")

_Answer = Callable[[web.Request, Sequence[Fault]], Awaitable[web.Response]]


class ImaginePro:
    """The sandbox's ImaginePro. ``key`` is the one it knows; ``rules`` may be changed at any time."""

    name = PROVIDER

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
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._key = key
        self.rules = Rules()
        self._pace = Pace(clock, self.rules)
        self._desk = Desk(records=records, ledger=ledger, clock=clock, cdn=cdn, rules=self.rules, seed=seed)
        self._messages = Messages(clock, base_url)
        self._hooks = Hooks(clock, self._messages, self._desk.find)
        ledger.open(self.name, _QUOTA + _EXTRA)

    def load(self) -> None:
        """Read what an earlier run left, and go on telling of it."""
        self._desk.load()
        for work in self._desk.unfinished():
            self._hooks.watch(work, past=self._desk.elapsed(work))

    async def close(self) -> None:
        """Stop posting."""
        await self._hooks.close()

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the doors."""
        pace, words = self._pace, Answers()

        def door(name: str, method: str, path: str, work: _Answer, admit: Callable[[], None]) -> Endpoint:
            answer = self._let_in(work, admit, path.partition("/")[0])
            return Endpoint(f"{PROVIDER}.{name}", method, f"{_ROOT}/{path}", answer, words, self._prompt)

        return (
            *(door("create", "POST", path, self._take(reader), pace.submit) for path, reader in _CREATES.items()),
            door("create", "POST", "video/mj/extend", self._extend, pace.submit),
            door("enhance", "POST", "tools/prompt-extend", self._enhance, pace.submit),
            *(door("detail", "GET", path, self._message(film=False), pace.poll) for path in _DETAILS),
            door("detail", "GET", "video/mj/fetch/{id}", self._message(film=True), pace.poll),
            *(door("button", "POST", f"{family}/button", self._click, pace.submit) for family in _FAMILIES),
            *(door("list", "GET", f"{family}/images", self._list, pace.read) for family in _FAMILIES),
            door("account", "GET", "subscription/account-info", self._account, pace.read),
        )

    def _let_in(self, work: _Answer, admit: Callable[[], None], family: str) -> _Answer:
        """Let only the holder of the key in, not too often, and word refusals."""

        async def answer(request: web.Request, fates: Sequence[Fault]) -> web.Response:
            try:
                self._check(request, family)
                admit()
                return await work(request, fates)
            except RefusedError as error:
                return refused(error.status, error.message)

        return answer

    def _check(self, request: web.Request, family: str) -> None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise RefusedError(401, NO_KEY)
        if not hmac.compare_digest(token.encode(), self._key.encode()):
            raise RefusedError(401, BAD_KEY)
        if family in _FAMILIES and family not in self.rules.families:
            raise RefusedError(404, f"Cannot {request.method} {request.path.removeprefix(f'/{PROVIDER}')}")
        if request.method == "GET" and "Content-Type" in request.headers:
            raise RefusedError(400, "Unexpected end of JSON input")

    def _take(self, reader: orders.Reader) -> _Answer:
        async def answer(request: web.Request, fates: Sequence[Fault]) -> web.Response:
            return self._accept(orders.read(reader, Form(await body_of(request))), fates)

        return answer

    async def _click(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        form = Form(await body_of(request))
        parent = self._parent(form)
        return self._accept(orders.read(lambda form: click(form, parent, self._desk.elapsed(parent)), form), fates)

    async def _extend(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        form = Form(await body_of(request))
        parent = self._parent(form)
        ready = parent.order.kind is Kind.VIDEO and parent.done(self._desk.elapsed(parent))
        return self._accept(orders.read(lambda form: orders.longer(form, parent, ready=ready), form), fates)

    async def _enhance(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        form = Form(await body_of(request))
        prompt = form.text("prompt", needed=True)
        form.check()
        return taken({"prompt": writer.extended(prompt)})

    def _message(self, *, film: bool) -> _Answer:
        async def answer(request: web.Request, _fates: Sequence[Fault]) -> web.Response:
            work = self._seen(request.match_info["id"])
            if film and work.order.kind is not Kind.VIDEO:
                raise RefusedError(404, UNKNOWN)
            return ok(self._messages.of(work, self._desk.elapsed(work), film=film))

        return answer

    async def _list(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        page, size = _counted(request, "page", 1, 10**6), _counted(request, "size", _PAGE, _MOST_PAGE)
        works = list(self._desk.recent())[(page - 1) * size : page * size]
        return ok({"images": [self._messages.row(work, self._desk.elapsed(work)) for work in works]})

    async def _account(self, _request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        left = self._ledger.account(self.name).balance
        extra = min(left, _EXTRA)
        return ok(
            {
                "type": "STARTER",
                "creditsQuota": int(_QUOTA),
                "credits": int(left - extra),
                "creditsExtra": int(extra),
                "expiredAt": (self._clock.now() + _PLAN_DAYS).isoformat(timespec="seconds"),
                "email": "someone@example.com",
            }
        )

    def _accept(self, order: Order, fates: Sequence[Fault]) -> web.Response:
        for fate in fates:
            if fate.text not in CHOICES.get(fate.fault, (fate.text,)):
                raise RefusedError(400, f"{fate.fault} needs a text: {', '.join(CHOICES[fate.fault])}")
        refusal = next((fate for fate in fates if fate.fault == "rejected"), None)
        if refusal is not None:
            return taken({"success": False, "error": refusal.words or TEXTS["banned"]})
        work = self._desk.begin(replace(order, webhook=order.webhook or self.rules.webhook), fates)
        self._hooks.watch(work)
        if order.button == buttons.CANCEL:
            for changed in self._desk.cancel(order.parent):
                self._hooks.watch(changed)
        return taken(self._messages.receipt(work))

    def _parent(self, form: Form) -> Work:
        parent = form.text("messageId", needed=True)
        form.check()
        return self._seen(parent)

    def _seen(self, work_id: str) -> Work:
        """Find a message: 400 for what is no id or not there yet, 404 for what never was."""
        work = self._desk.seen(work_id)
        if work is not None:
            return work
        if self._desk.find(work_id) is not None or not _is_id(work_id):
            raise RefusedError(400, UNKNOWN)
        raise RefusedError(404, UNKNOWN)

    async def _prompt(self, request: web.Request) -> str:
        """Find the prompt that a request is about: its own, or the one of the message it names."""
        try:
            body = {} if request.method == "GET" else await body_of(request)
        except RefusedError:
            return ""
        work = self._desk.find(str(body.get("messageId") or request.match_info.get("id")))
        return work.order.prompt if work else orders.prompt_of(body)


def _counted(request: web.Request, name: str, usual: int, most: int) -> int:
    sent = request.query.get(name, str(usual))
    if not sent.isdecimal() or not 1 <= int(sent) <= most:
        raise RefusedError(400, f"{name} must be a whole number from 1 to {most}.")
    return int(sent)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
