"""Answers to ImaginePro's calls: what a read holds, and what the answer to a paid order means for the money."""

from collections.abc import Callable

from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro.failures import declined, refusal
from providers.imaginepro.wire import Receipt, W, read
from providers.transport import Reply, Transport

_GOOD = range(200, 300)


def content(reply: Reply, kind: type[W], api: Transport) -> W:
    """Return what a free call brought; raises with ``sent: no``, as nothing was paid."""
    if reply.status not in _GOOD:
        raise refusal(reply, paid=False, redacted=api.redacted)
    found = read(kind, reply.body)
    if found is None:
        raise ProviderError(FailureCode.UNREADABLE, f"no {kind.__name__} in it", sent=Sent.NO)
    return found


def taken(reply: Reply, redacted: Callable[[str], str]) -> str:
    """Return the id of the message that an answer to the paid call names, or raise with what it means for the money.

    ``success: false`` is a refusal, in a good answer too. One that names a message all the same says both.
    """
    if reply.status not in _GOOD:
        raise refusal(reply, paid=True, redacted=redacted)
    receipt = read(Receipt, reply.body)
    if receipt is not None and receipt.refused:
        sent = Sent.MAYBE if receipt.message_id else Sent.YES
        raise declined(receipt.error or receipt.message, redacted, sent=sent)
    if receipt is None or not receipt.message_id:
        raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}, no message named", sent=Sent.MAYBE)
    return receipt.message_id
