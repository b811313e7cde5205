"""Answers to free calls: their content, or the error that they are. The paid call is judged in ``purchase``."""

from pydantic import ValidationError

from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.failures import refusal
from providers.ima_studio.wire import SUCCESS_CODES, Envelope, Head, M, read_data
from providers.transport import Reply, Transport


def content(reply: Reply, wrapped: type[Envelope[M]], bare: type[M], transport: Transport) -> M:
    """Return the content of an answer; raises with ``sent: no``, as nothing was paid."""
    try:
        answer = wrapped.model_validate_json(reply.body)
        if answer.code in SUCCESS_CODES:
            return answer.data
    except ValidationError:
        pass
    check_answer(reply, transport)
    try:
        return read_data(reply.body, wrapped, bare)
    except ValidationError:
        raise ProviderError(FailureCode.UNREADABLE, f"no {bare.__name__} in it", sent=Sent.NO) from None


def check_answer(reply: Reply, transport: Transport) -> None:
    """Raise what an answer refuses: by its own code, else by its HTTP status."""
    head = Head.read(reply.body)
    code = head.code if head else None
    if code in SUCCESS_CODES or (head is not None and code is None and reply.status in range(200, 300)):
        return
    if head is None and reply.status in range(200, 400):
        raise ProviderError(FailureCode.UNREADABLE, f"HTTP {reply.status}", sent=Sent.NO)
    raise refusal(reply, head, sent=Sent.NO, redacted=transport.redacted)
