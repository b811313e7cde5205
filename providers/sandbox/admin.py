"""The operator's side of the sandbox: read the ledger, set balances and rules, rewrite pages, order faults, count.

``POST`` takes ``application/json`` only, so that no web page of somebody else can send it without being asked.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.sandbox.faults import FAULTS, Fault, Faults
from providers.sandbox.gate import Gate
from providers.sandbox.ledger import Ledger

_M = TypeVar("_M", bound=BaseModel)


class Page(Protocol):
    """A page that a provider publishes, and that the operator of the sandbox may rewrite."""

    text: str


class _Balance(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider: str = "ima"
    balance: Decimal = Field(ge=0)


class _Subscription(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider: str = "ima"
    active: bool


class _PageOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider: str = "katana"
    text: str


class _RulesOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")
    provider: str
    rules: dict[str, object]


class Admin:
    """Answers under ``/sandbox``. Amounts are decimal strings in the provider's unit, moments ISO 8601 in UTC."""

    def __init__(
        self, *, ledger: Ledger, faults: Faults, gate: Gate, pages: Mapping[str, Page], rules: Mapping[str, BaseModel]
    ) -> None:
        self._ledger = ledger
        self._faults = faults
        self._gate = gate
        self._pages = pages
        self._rules = rules

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the admin routes."""
        return (
            web.get("/sandbox/health", self._health),
            web.get("/sandbox/ledger", self._read_ledger),
            web.get("/sandbox/requests", self._requests),
            web.post("/sandbox/balance", checked(_Balance, self._balance)),
            web.post("/sandbox/subscription", checked(_Subscription, self._subscription)),
            web.post("/sandbox/page", checked(_PageOrder, self._rewrite)),
            web.post("/sandbox/rules", checked(_RulesOrder, self._rule)),
            web.get("/sandbox/faults", self._list_faults),
            web.post("/sandbox/faults", checked(Fault, self._order_fault)),
            web.delete("/sandbox/faults", self._clear_faults),
        )

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "charges": len(self._ledger.charges)})

    async def _read_ledger(self, request: web.Request) -> web.Response:
        provider = request.query.get("provider", "ima")
        account = self._ledger.account(provider)
        charges = [
            {"task": charge.task, "amount": str(charge.amount), "at": charge.at.isoformat(), "prompt": charge.prompt}
            for charge in self._ledger.charges
            if charge.provider == provider
        ]
        refunds = [
            {"task": refund.task, "amount": str(refund.amount)}
            for refund in self._ledger.refunds
            if refund.provider == provider
        ]
        told = {"provider": provider, "balance": str(account.balance), "subscribed": account.subscribed}
        # Not every provider pays back: the key is there when there is something to tell.
        return web.json_response({**told, "charges": charges, **({"refunds": refunds} if refunds else {})})

    async def _requests(self, _request: web.Request) -> web.Response:
        return web.json_response(dict(self._gate.requests))

    async def _balance(self, order: _Balance) -> web.Response:
        self._ledger.set_balance(order.provider, order.balance)
        return web.json_response({"balance": str(order.balance)})

    async def _subscription(self, order: _Subscription) -> web.Response:
        self._ledger.set_subscribed(order.provider, subscribed=order.active)
        return web.json_response({"subscribed": order.active})

    async def _rewrite(self, order: _PageOrder) -> web.Response:
        page = self._pages.get(order.provider)
        if page is None:
            return web.json_response({"error": [f"provider: {order.provider} publishes no page"]}, status=400)
        page.text = order.text
        return web.json_response({"characters": len(order.text)})

    async def _rule(self, order: _RulesOrder) -> web.Response:
        rules = self._rules.get(order.provider)
        if rules is None:
            return web.json_response({"error": [f"provider: {order.provider} has no rules"]}, status=400)
        type(rules).model_validate({**rules.model_dump(), **order.rules})
        for name, value in order.rules.items():
            setattr(rules, name, value)
        return web.json_response(rules.model_dump(mode="json"))

    async def _list_faults(self, _request: web.Request) -> web.Response:
        ordered = [
            {**fault.model_dump(mode="json", exclude_defaults=True), "times": times}
            for fault, times in self._faults.ordered
        ]
        return web.json_response({"known": FAULTS, "ordered": ordered})

    async def _order_fault(self, fault: Fault) -> web.Response:
        self._faults.order(fault)
        return web.json_response({"ordered": len(self._faults.ordered)})

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({"ordered": 0})


def checked(
    model: type[_M], work: Callable[[_M], Awaitable[web.Response]]
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Read the JSON body as a model; what does not fit is answered with 400 and the reason."""

    async def answer(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "Content-Type must be application/json"}, status=415)
        try:
            return await work(model.model_validate_json(await request.read()))
        except ValidationError as error:
            reasons = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            return web.json_response({"error": reasons}, status=400)

    return answer
