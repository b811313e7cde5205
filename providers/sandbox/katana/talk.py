"""Questions: charged and answered at once, as a stream, or later. Reading is in ``question``, prices in ``bill``."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256

from aiohttp import web

from providers.sandbox.clock import SandboxClock, pause
from providers.sandbox.faults import TEXTS, Fault, without_markers
from providers.sandbox.katana import bill, writer
from providers.sandbox.katana.answers import SHORT, RefusedError, UpstreamError, ok
from providers.sandbox.katana.bill import Bill
from providers.sandbox.katana.orders import PROVIDER, Orders, object_of
from providers.sandbox.katana.piece import Kind, Piece
from providers.sandbox.katana.question import Question, Reader, asked
from providers.sandbox.katana.stream import Stream
from providers.sandbox.katana.writer import Said
from providers.sandbox.ledger import Charge, Ledger, Refund
from providers.sandbox.records import Record

Body = Mapping[str, object]

_KIND = "katana.answer"
_TOKENS_PER_SECOND = 60.0
_LATER = (20, 60)
"""Seconds that an answer takes which is asked for later, least and most."""

_REFUNDED_AFTER = 120.0


class TextDesk:
    """Answers questions for one Katana."""

    def __init__(self, *, reader: Reader, ledger: Ledger, clock: SandboxClock, orders: Orders) -> None:
        self._reader = reader
        self._ledger = ledger
        self._clock = clock
        self._orders = orders

    async def prompt(self, request: web.Request) -> str:
        """Find the last thing the person said, however wrong the rest of the request is."""
        return asked(await request.read())

    async def complete(self, request: web.Request, fates: Sequence[Fault]) -> web.StreamResponse:
        """Answer a question in the way it wants to be answered."""
        question = self._reader.read(object_of(await request.read()))
        if any(fate.fault == "rejected" for fate in fates):
            raise RefusedError(400, TEXTS["policy"])
        said = writer.write(
            without_markers(question.asked),
            name=question.model.title,
            pictures=question.pictures,
            most=question.most,
            thinks=question.model.thinks,
        )
        if any(fate.fault == "deleted" for fate in fates):
            said = Said("", "", finished=True)
        charged = bill.make(question.model, question.tokens, question.most, said)
        if request.query.get("wait") == "false":
            return self._later(question, said, charged, fates)
        return await self._now(request, question, said, charged, fates)

    def _later(self, question: Question, said: Said, charged: Bill, fates: Sequence[Fault]) -> web.Response:
        if question.streamed:
            raise RefusedError(400, "stream cannot be combined with wait=false")
        kept = any(fate.fault == "no-usage" for fate in fates)
        piece = Piece(
            label="item-1",
            kind=Kind.TEXT,
            model=question.model.key,
            prompt=question.asked,
            credits=charged.reserved,
            runs=_LATER,
            answer=question.prefill + said.text,
            reasoning=said.reasoning,
            usage=charged.usage(),
            spent=None if kept else charged.charged,
        )
        return self._orders.answer(self._orders.begin([piece], fates))

    async def _now(
        self, request: web.Request, question: Question, said: Said, charged: Bill, fates: Sequence[Fault]
    ) -> web.StreamResponse:
        failing = next((fate for fate in fates if fate.fault.startswith("failed")), None)
        usage = not any(fate.fault == "no-usage" for fate in fates)
        if failing is not None:
            self._charge(question, charged.reserved, back=charged.reserved, after=_REFUNDED_AFTER)
            raise UpstreamError(failing.words or TEXTS["upstream"])
        answer_id = self._charge(
            question, charged.reserved, back=charged.reserved - charged.charged if usage else Decimal(0)
        )
        about = {"id": answer_id, "created": int(self._clock.now().timestamp()), "model": question.model.key}
        spent = charged.usage() if usage else None
        if question.streamed:
            told = spent if question.with_usage else None
            return Stream(request, about, question.prefill, said, told, clock=self._clock, fates=fates)
        await pause(self._clock, _LATER[0] if question.model.polled else charged.written / _TOKENS_PER_SECOND)
        return ok(_completion(about, question, said, spent))

    def _charge(self, question: Question, reserved: Decimal, *, back: Decimal, after: float = 0.0) -> str:
        """Set the reserve aside and promise what is left of it, in one transaction; return the answer's id."""
        if self._ledger.account(PROVIDER).balance < reserved:
            raise RefusedError(402, SHORT)
        at = self._clock.now()
        number = len(self._ledger.charges) + 1
        answer_id = "chatcmpl-" + sha256(f"{number}:{at.isoformat()}:{question.asked}".encode()).hexdigest()[:24]
        refunds = [Refund(PROVIDER, answer_id, back, at, after)] if back else []
        record = Record(_KIND, answer_id, {"model": question.model.key})
        self._ledger.charge(Charge(PROVIDER, answer_id, reserved, at, question.asked), record, refunds)
        return answer_id


def _completion(about: Body, question: Question, said: Said, usage: Body | None) -> dict[str, object]:
    message: dict[str, object] = {"role": "assistant", "content": question.prefill + said.text}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    choice = {"index": 0, "message": message, "finish_reason": "stop" if said.finished else "length"}
    made: dict[str, object] = {**about, "object": "chat.completion", "choices": [choice]}
    return {**made, "usage": usage} if usage is not None else made
