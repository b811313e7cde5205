"""Looking for an order whose submit had no clear answer, in the list of the last 24 hours (reference section 2.3).

The list tells words and times. What is certain is the message behind a row: it echoes our own name of the attempt.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.bodies import plain
from providers.imaginepro.failures import refusal
from providers.imaginepro.messages import Messages
from providers.imaginepro.pacing import Turnstile
from providers.imaginepro.wire import Listing, Message, Row, read
from providers.models import Task
from providers.transport import Reply, Transport

_SIZE: Final = 100
_MOST_PAGES: Final = 10
_MOST_ROWS: Final = 50
_SKEW: Final = timedelta(minutes=2)
"""How far the service's clock may be from ours."""

_LATEST: Final = timedelta(minutes=10)
"""How long after its beginning an attempt may have reached the service: it waits for its turn first."""

_OK: Final = 200


class Search:
    """One look for one attempt. ``page`` reads a page of the list by its number."""

    def __init__(self, messages: Messages, page: Callable[[int], Awaitable[Listing]]) -> None:
        self._messages = messages
        self._page = page

    async def find(self, token: str, order: Order, said: str, since: datetime) -> str | None:
        """Return the id of the message that this attempt became, ``None`` where nobody can say.

        A message with our name of the attempt is certain, one with another name is another order. One without any is
        ours only where it is of the time of the attempt and there is no second one that could be.
        """
        nameless: list[str] = []
        read_at_all = True
        async for row in self._rows(order, said, since):
            message = await self._message(row.id)
            if message is None:
                read_at_all = False
            elif message.ref == token:
                return row.id
            elif not message.ref and self._is_free(row, token, since):
                nameless.append(row.id)
        return nameless[0] if read_at_all and len(nameless) == 1 else None

    def _is_free(self, row: Row, token: str, since: datetime) -> bool:
        """Whether a job is of the time of the attempt and no other attempt's."""
        in_time = row.created_at is not None and row.created_at <= since + _LATEST
        return in_time and self._messages.attempt(row.id) in {"", token}

    async def _rows(self, order: Order, said: str, since: datetime) -> AsyncIterator[Row]:
        """Yield the jobs that the attempt may have become, newest first."""
        found, earliest = 0, since - _SKEW
        for number in range(1, _MOST_PAGES + 1):
            rows = (await self._page(number)).images
            for row in rows:
                if (row.created_at is None or row.created_at >= earliest) and _may_be(row, order, said):
                    found += 1
                    yield row
            last = rows[-1].created_at if rows else None
            if len(rows) < _SIZE or found >= _MOST_ROWS or (last is not None and last < earliest):
                return

    async def _message(self, message_id: str) -> Message | None:
        try:
            return (await self._messages.look(message_id)).message
        except ProviderError as error:
            if error.code is FailureCode.KEY_INVALID:
                raise
            return None


def pages(api: Transport, path: str, turnstile: Turnstile) -> Callable[[int], Awaitable[Listing]]:
    """Return what reads a page of the list; each waits for its turn."""

    async def page(number: int) -> Listing:
        async with turnstile.turn():
            return _listing(await api.get(path, {"page": str(number), "size": str(_SIZE)}), api)

    return page


def _listing(reply: Reply, api: Transport) -> Listing:
    if reply.status != _OK:
        raise refusal(reply, paid=False, redacted=api.redacted)
    listing = read(Listing, reply.body)
    if listing is None:
        raise ProviderError(FailureCode.UNREADABLE, "no list in it", sent=Sent.NO)
    return listing


def _may_be(row: Row, order: Order, said: str) -> bool:
    """Whether a row tells what was ordered. A button's words are those of the order it goes on from."""
    if order.task is Task.REWORK_IMAGE:
        return row.button in {"", order.step}
    return not row.button and plain(row.prompt) == said
