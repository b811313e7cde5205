"""Answers to Katana's calls: what a read holds, and what the answer to a paid order means for the money."""

from collections.abc import Callable
from datetime import datetime

from providers.errors import FailureCode, ProviderError, Sent
from providers.katana.failures import failed, refusal
from providers.katana.outcome import is_rejected, read_outcome
from providers.katana.wire import Order, W, read
from providers.outcomes import Accepted
from providers.transport import Reply, Transport

_GOOD = range(200, 300)


def content(reply: Reply, kind: type[W], transport: Transport) -> W:
    """Return what a read brought; raises with ``sent: no``, as nothing was paid."""
    check_answer(reply, transport)
    found = read(kind, reply.body)
    if found is None:
        raise ProviderError(FailureCode.UNREADABLE, f"no {kind.__name__} in it", sent=Sent.NO)
    return found


def check_answer(reply: Reply, transport: Transport) -> None:
    """Raise what a read refuses."""
    if reply.status not in _GOOD:
        raise refusal(reply, paid=False, redacted=transport.redacted)


def accepted(reply: Reply, now: datetime, redacted: Callable[[str], str]) -> Accepted:
    """Return the order that an answer to the paid call names, or raise with what it means for the money.

    An order can end as it is placed. A rejected one was never taken; a failed one was, and its credits come back.
    """
    order = read(Order, reply.body)
    if order is not None and is_rejected(order):
        raise _rejected(order, redacted)
    if reply.status not in _GOOD:
        raise refusal(reply, paid=True, redacted=redacted)
    if order is None:
        raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}, no order in it", sent=Sent.MAYBE)
    return Accepted(order.request_id, order.request_id, read_outcome(order, now, redacted))


def _rejected(order: Order, redacted: Callable[[str], str]) -> ProviderError:
    problem = next((item.error for item in order.responses if item.error), order.error)
    said = failed(problem, redacted, rejected=True)
    return ProviderError(said.code, said.detail, sent=Sent.YES)
