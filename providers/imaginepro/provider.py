"""ImaginePro as a provider: pricing, ordering, checking, finding over its public API. The parts are next door."""

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog
from typing_extensions import override

from providers.contract import Bare, Capabilities, Order, ProviderSettings, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro import paths, reference, wire
from providers.imaginepro.answer import content, taken
from providers.imaginepro.bodies import address
from providers.imaginepro.catalogue import NAME, Catalogue
from providers.imaginepro.messages import AGAIN_AFTER, Messages
from providers.imaginepro.outcome import read_outcome
from providers.imaginepro.pacing import GENERAL_EVERY, MESSAGE_EVERY, Seconds, Turnstile
from providers.imaginepro.prices import UNIT
from providers.imaginepro.purchase import Purchase, check_links
from providers.imaginepro.search import Search, pages
from providers.models import ModelSpec, Task
from providers.outcomes import Accepted, Balance, Outcome, Running
from providers.transport import Transport

_SITE: Final = "https://platform.imaginepro.ai"
_KEY: Final = re.compile(r"[!-~]+")

_log = structlog.get_logger()


def create(settings: ProviderSettings) -> "ImaginePro":
    """Return the adapter; nothing is connected yet.

    Raises ``ValueError`` for a key that is none, for unknown ``paths`` and for prices of what has a published one.
    """
    return ImaginePro(settings)


class ImaginePro(Bare):
    """The adapter. It remembers which messages it read lately, and nothing else."""

    def __init__(self, settings: ProviderSettings) -> None:
        key = settings.key.reveal().strip()
        if not _KEY.fullmatch(key):
            raise ValueError(f"the key is missing or has blanks in it: {_SITE}/dashboard/setup shows it")
        self._family = paths.family(settings.extra.get("paths", ""))
        self._catalogue = Catalogue(settings.prices, settings.now())
        self._now, self._is_closed = settings.now, False
        self._hook = settings.hook
        time = Seconds.of(settings)
        self._general = Turnstile(GENERAL_EVERY, time)
        address, secrets = settings.base_url or paths.BASE_URL, (key, settings.hook)
        shown = {"Authorization": f"Bearer {key}", "User-Agent": "Limner"}
        # Some doors in between refuse a read that names the type of a body it has not (reference section 2.5).
        self._reads = Transport(address, shown, secrets=secrets)
        self._writes = Transport(address, {**shown, "Content-Type": "application/json"}, secrets=secrets)
        self._messages = Messages(self._reads, self._family, Turnstile(MESSAGE_EVERY, time), time)
        self._search = Search(self._messages, pages(self._reads, self._family.recent, self._general))

    @property
    def name(self) -> str:
        """The name in settings and in the store."""
        return NAME

    @property
    def title(self) -> str:
        """The name people know."""
        return "ImaginePro"

    @property
    def capabilities(self) -> Capabilities:
        """No cancelling: what its button costs and does to the money nobody says."""
        return Capabilities(
            can_find=True,
            reports_percent=True,
            tasks=self._catalogue.tasks,
            record_page=f"{_SITE}/dashboard",
            key_page=f"{_SITE}/dashboard/setup",
            top_up_page=f"{_SITE}/pricing",
            tells_balance=True,
            enhances=True,
            needs_links=True,
            takes_hints=True,
        )

    async def models(self, task: Task) -> tuple[ModelSpec, ...]:
        """Return what is sold; there is no list to read. Raises once the adapter is closed."""
        if self._is_closed:
            raise ProviderError(FailureCode.UNREACHABLE, "closed", sent=Sent.NO)
        return tuple(product.spec for product in self._catalogue.products.get(task, {}).values())

    async def quote(self, order: Order) -> Quote:
        """Price an order. Every setting, the words and what goes together are checked first."""
        return self._purchase(order).quote()

    async def prepare(self, order: Order) -> Order:
        """Give every picture its public address. Raises ``RULE_BROKEN`` for one that has none."""
        check_links(order)
        return replace(order, pictures=tuple(replace(p, url=address(p)) for p in order.pictures))

    async def submit(self, order: Order, quote: Quote, token: str) -> Accepted:
        """Place the paid order, once, when it is its turn. ``token`` goes along as ``ref`` and stands in our log."""
        purchase = self._purchase(order)
        purchase.check(quote)
        path, body = purchase.path(self._family), purchase.body(token, self._hook)
        async with self._general.turn():
            _log.info("imaginepro_paying", attempt=token, model=order.model, credits=str(quote.total))
            message_id = taken(await self._writes.pay(path, body), self._writes.redacted)
        self._messages.expect(message_id, token)
        _log.info("imaginepro_accepted", attempt=token, ref=message_id)
        return Accepted(reference.written(message_id, order.count))

    async def check(self, ref: str) -> Outcome:
        """Ask how an order is doing; who asks too soon hears what was read last, and when to ask again."""
        look = await self._messages.look(reference.message_id(ref))
        if look.message is None:
            return Running(poll_after=look.wait or AGAIN_AFTER)
        outcome = read_outcome(look.message, reference.pictures(ref), self._now(), self._reads.redacted)
        return replace(outcome, poll_after=look.wait) if look.wait and isinstance(outcome, Running) else outcome

    @override
    async def find(self, token: str, order: Order, since: datetime) -> Accepted | None:
        """Look for an attempt in the list of the last 24 hours; a message that echoes ``token`` is certain."""
        found = await self._search.find(token, order, self._purchase(order).said, since)
        if found is None:
            return None
        self._messages.expect(found, token)
        _log.info("imaginepro_found", attempt=token, ref=found)
        return Accepted(reference.written(found, order.count))

    @override
    async def balance(self) -> Balance:
        """Read the account: the plan's credits and those bought besides."""
        async with self._general.turn():
            account = content(await self._reads.get(paths.ACCOUNT), wire.Account, self._reads)
        if account.credits is None:
            raise ProviderError(FailureCode.UNREADABLE, "no credits in it", sent=Sent.NO)
        return Balance(account.credits + (account.extra or 0), UNIT)

    @override
    async def enhance(self, prompt: str) -> str:
        """Return a richer prompt; the service does it at once and for nothing."""
        async with self._general.turn():
            reply = await self._writes.post(paths.EXTEND_PROMPT, json.dumps({"prompt": prompt}).encode())
        richer = content(reply, wire.Richer, self._writes).prompt.strip()
        if not richer:
            raise ProviderError(FailureCode.UNREADABLE, "no words in it", sent=Sent.NO)
        return richer

    async def close(self) -> None:
        """Close every connection. Safe to repeat."""
        self._is_closed = True
        await self._reads.close()
        await self._writes.close()

    def _purchase(self, order: Order) -> Purchase:
        return Purchase.of(order, self._catalogue.product(order.task, order.model))
