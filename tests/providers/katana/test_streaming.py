"""A streamed answer: taken when it begins, shown as it grows, whole at the end, and honest where it breaks off."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.intake import checked
from providers.katana import streams
from providers.katana.provider import Katana
from providers.models import MediaKind, Privacy, Task
from providers.outcomes import Accepted, Asset, Done, Failed, Outcome, Receipt, Refund, Running
from providers.sandbox.clock import HandClock
from tests.providers.ima_stage import png
from tests.providers.katana.shop import listed, priced
from tests.providers.katana.stage import START, KatanaStage, at, settings_for
from tests.providers.raw_server import Script, Talk, serving

QUESTION = Order(Task.TEXT_TO_TEXT, "grok-4-3", "warum?", {})
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Request-ID: req-7\r\n\r\n"
)
_LOOKS = 1_000_000
SAID = "Grüße aus 大海 🌊!"
BILL = {
    "prompt_tokens": 4,
    "completion_tokens": 9,
    "imgnai": {"credits_reserved": 10, "credits_charged": 0.3, "privacy_mode": "anonymized"},
}


def event(text: str = "", **more: object) -> bytes:
    """Return one event of a stream."""
    body = {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more}
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


END = b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = f"data: {json.dumps({'id': 'chatcmpl-1', 'choices': [], 'usage': BILL})}\n\n".encode()
DONE = b"data: [DONE]\n\n"


def chunk(data: bytes) -> bytes:
    """Return data as one piece of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def sending(*pieces: bytes, head: bytes = HEAD, whole: bool = True) -> Script:
    """Answer the paid call with these pieces, the network's own end marker last if it is ``whole``."""

    async def script(talk: Talk) -> None:
        for piece in (head, *map(chunk, pieces), *([b"0\r\n\r\n"] if whole else [])):
            talk.say(piece)
            await talk.writer.drain()
        if not whole:
            talk.hang_up()

    return script


@contextlib.asynccontextmanager
async def answering(script: Script, *, stall: float = 5.0) -> AsyncIterator[Katana]:
    """Yield an adapter whose server has the usual models and answers the paid call as the script says."""

    async def serve(talk: Talk) -> None:
        if talk.request.startswith(b"GET /v1/models"):
            talk.answer("200 OK", json.dumps(listed()).encode(), "Content-Type: application/json")
        else:
            await script(talk)

    async with serving(serve) as server:
        adapter = Katana(at(settings_for("", HandClock(START)), server.url), stall_seconds=stall)
        try:
            yield adapter
        finally:
            await adapter.close()


async def begin(adapter: Katana) -> str:
    """Order the answer; return its name."""
    taken = await adapter.submit(QUESTION, await adapter.quote(QUESTION), "attempt-1")
    assert (taken.outcome, taken.told) == (None, "req-7")
    return taken.ref


async def growing(adapter: Katana, ref: str, text: str) -> None:
    """Wait until that much is written."""
    for _ in range(_LOOKS):
        if await adapter.check(ref) == Running(text=text):
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{text!r} was never written")


async def ended(adapter: Katana, ref: str) -> Outcome:
    """Wait for the end."""
    for _ in range(_LOOKS):
        if not isinstance(outcome := await adapter.check(ref), Running):
            return outcome
        await asyncio.sleep(0)
    raise AssertionError("it never ended")


async def said(script: Script) -> Outcome:
    """Return how one answer ends."""
    async with answering(script) as adapter:
        return await ended(adapter, await begin(adapter))


def text(outcome: Outcome) -> str:
    """Return the answer's words."""
    assert isinstance(outcome, Done), outcome
    return outcome.assets[0].text


async def test_an_answer_grows_while_it_arrives() -> None:
    """It is taken as soon as it begins, every look shows what is there by then, and the end has cost and receipt."""
    more = asyncio.Queue[bytes]()

    async def script(talk: Talk) -> None:
        talk.say(HEAD)
        while piece := await more.get():
            talk.say(chunk(piece))
        talk.say(b"0\r\n\r\n")

    async with answering(script) as adapter:
        ref = await begin(adapter)
        assert await adapter.check(ref) == Running(text="")
        more.put_nowait(event("One"))
        await growing(adapter, ref, "One")
        more.put_nowait(event(" two"))
        await growing(adapter, ref, "One two")
        for piece in (END, USAGE, DONE, b""):
            more.put_nowait(piece)
        last = await ended(adapter, ref)
    receipt = Receipt("chatcmpl-1", Privacy.ANONYMIZED, 4, 9)
    assert last == Done((Asset(MediaKind.TEXT, "", text="One two"),), Decimal("0.3"), 0, receipt)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 61])
async def test_pieces_of_the_network_may_end_anywhere(size: int) -> None:
    """Also in the middle of a character, of an event and of a word of the protocol: no letter is lost or broken."""
    stream = event(SAID[:9]) + b": keep-alive\n\n" + event(SAID[9:]) + END + USAGE + DONE
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert text(await said(sending(*pieces))) == SAID


async def test_lines_may_end_as_windows_ends_them() -> None:
    """The format allows both."""
    stream = (event("a") + event("b") + END + DONE).replace(b"\n", b"\r\n")
    assert text(await said(sending(stream))) == "ab"


async def test_what_a_model_thinks_is_not_its_answer() -> None:
    """Reasoning comes in the same stream and is not shown."""
    thought = b'data: {"choices":[{"delta":{"reasoning_content":"hm, hm"}}]}\n\n'
    assert text(await said(sending(thought, event("Yes."), END, DONE))) == "Yes."


async def test_without_a_bill_the_whole_reserve_is_the_cost() -> None:
    """The provider keeps it then, so nobody is told less."""
    outcome = await said(sending(event("Yes."), END, DONE))
    assert isinstance(outcome, Done)
    assert (outcome.cost, outcome.lost) == (Decimal(10), 0)
    assert outcome.receipt == Receipt("chatcmpl-1", Privacy.ANONYMIZED)


@pytest.mark.parametrize(
    "script",
    [
        sending(event("Half"), whole=False),
        sending(event("Half"), event("never")[:20], whole=False),
        sending(event("Half")),
        sending(event("Half"), b'data: {"error":{"code":"upstream_error","message":"gone"}}\n\n', DONE),
        sending(event("Half"), b'data: {"choices":[{"delta":{"conte\n\n', END, DONE),
    ],
    ids=["connection lost", "lost in an event", "no end", "an error in the middle", "an event cut off"],
)
async def test_an_answer_that_breaks_off_keeps_what_is_there(script: Script) -> None:
    """It was paid for: what arrived is delivered, one result is told as lost, and no cost is made up."""
    outcome = await said(script)
    assert text(outcome) == "Half"
    assert isinstance(outcome, Done)
    assert (outcome.lost, outcome.cost) == (1, None)


@pytest.mark.parametrize(
    "script,code,refund",
    [
        (sending(whole=False), FailureCode.BROKEN_OFF, Refund.KEPT),
        (sending(END, DONE), FailureCode.GENERATION_FAILED, Refund.KEPT),
        (
            sending(b'data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}\n\n', DONE),
            FailureCode.CONTENT_REFUSED,
            Refund.KEPT,
        ),
        (
            sending(b'data: {"error":"Blocked by content safety"}\n\n'),
            FailureCode.CONTENT_REFUSED,
            Refund.UNKNOWN,
        ),
    ],
    ids=["cut at once", "nothing written", "filtered", "an error at once"],
)
async def test_an_answer_without_a_word_is_a_failure(script: Script, code: FailureCode, refund: Refund) -> None:
    """And what is known about its money is said."""
    outcome = await said(script)
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.refund) == (code, refund)


async def test_a_stream_that_falls_silent_breaks_off() -> None:
    """It is not waited for without end."""

    async def script(talk: Talk) -> None:
        talk.say(HEAD + chunk(event("Half")))
        await asyncio.Event().wait()

    async with answering(script, stall=0.05) as adapter:
        outcome = await ended(adapter, await begin(adapter))
    assert text(outcome) == "Half"


async def test_an_answer_that_is_not_streamed_after_all_is_read() -> None:
    """Some suppliers cannot; the whole comes as one JSON object then."""
    body = {"id": "chatcmpl-1", "choices": [{"message": {"content": SAID}, "finish_reason": "stop"}], "usage": BILL}
    head = HEAD.replace(b"text/event-stream", b"application/json")
    outcome = await said(sending(json.dumps(body).encode(), head=head))
    assert text(outcome) == SAID
    assert isinstance(outcome, Done)
    assert outcome.cost == Decimal("0.3")


@pytest.mark.parametrize(
    "status,body,code,sent",
    [
        ("401 Unauthorized", {"detail": "Invalid API credentials"}, FailureCode.KEY_INVALID, Sent.YES),
        ("402 Payment Required", {"detail": "Insufficient credits"}, FailureCode.NO_POINTS, Sent.YES),
        ("404 Not Found", {"detail": "no such model: x"}, FailureCode.MODEL_UNAVAILABLE, Sent.YES),
        ("400 Bad Request", {"detail": "blocked by our content policy"}, FailureCode.CONTENT_REFUSED, Sent.YES),
        ("502 Bad", {"error": {"code": "upstream_error"}}, FailureCode.GENERATION_FAILED, Sent.YES),
        ("502 Bad Gateway", None, FailureCode.UNAVAILABLE, Sent.MAYBE),
        ("302 Found", None, FailureCode.UNREADABLE, Sent.MAYBE),
    ],
)
async def test_no_stream_begins_with_another_status(status: str, body: object, code: FailureCode, sent: Sent) -> None:
    """A refusal is certain; what a gateway says in between is not."""

    async def script(talk: Talk) -> None:
        talk.answer(status, b"" if body is None else json.dumps(body).encode())

    async with answering(script) as adapter:
        with pytest.raises(ProviderError) as caught:
            await begin(adapter)
    assert (caught.value.code, caught.value.sent) == (code, sent)


async def test_an_answer_that_is_put_off_is_an_order_to_be_polled() -> None:
    """A server that takes the question and answers later has taken it: it is not lost and not asked again."""

    async def script(talk: Talk) -> None:
        talk.answer("202 Accepted", json.dumps({"request_id": "r-1", "status": "queued"}).encode())

    async with answering(script) as adapter:
        taken = await adapter.submit(QUESTION, await adapter.quote(QUESTION), "attempt-1")
    assert taken == Accepted("r-1", "r-1", Running(poll_after=30))


async def test_no_answer_at_all_leaves_it_open() -> None:
    """The question was read and then the connection was lost: it may have been charged."""

    async def script(talk: Talk) -> None:
        talk.slam()

    async with answering(script) as adapter:
        with pytest.raises(ProviderError) as caught:
            await begin(adapter)
    assert caught.value.sent is Sent.MAYBE


async def test_an_answer_of_an_earlier_process_has_broken_off(katana: KatanaStage) -> None:
    """Nobody else has it, and the provider keeps the credits."""
    outcome = await katana.provider.check("stream:from-before-a-restart")
    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.refund) == (FailureCode.BROKEN_OFF, Refund.KEPT)


async def test_finished_answers_are_forgotten_in_the_end(katana: KatanaStage) -> None:
    """They can be read again for an hour, and memory does not grow for ever."""
    first = await katana.place(await katana.ask("one"), "attempt-1")
    await katana.end(first.ref)
    katana.clock.advance(3500)
    await katana.end((await katana.place(await katana.ask("two"), "attempt-2")).ref)
    assert isinstance(await katana.provider.check(first.ref), Done)
    katana.clock.advance(200)
    await katana.end((await katana.place(await katana.ask("three"), "attempt-3")).ref)
    assert isinstance(await katana.provider.check(first.ref), Failed)


async def test_memory_is_bounded_by_number_and_by_length(katana: KatanaStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many answers, or of very long ones, the oldest go first; one that still arrives never does."""
    refs = []
    for number in range(4):
        refs.append((await katana.place(await katana.ask("why"), f"attempt-{number}")).ref)
        await katana.end(refs[-1])
        katana.clock.advance(1)
    monkeypatch.setattr(streams, "_MOST_KEPT", 2)
    refs.append((await katana.place(await katana.ask("why"), "attempt-4")).ref)
    there = [not isinstance(await katana.provider.check(ref), Failed) for ref in refs]
    assert there == [False, False, True, True, True]
    await katana.end(refs[-1])
    monkeypatch.setattr(streams, "_MOST_TEXT", 1)
    refs.append((await katana.place(await katana.ask("why"), "attempt-5")).ref)
    assert [not isinstance(await katana.provider.check(ref), Failed) for ref in refs] == [False] * 5 + [True]


@pytest.mark.parametrize(
    "marker,lost,spent",
    [
        ("stream-split", 0, Decimal("0.1")),
        ("stream-slow lasting=0.001", 0, Decimal("0.1")),
        ("no-usage", 0, Decimal(10)),
    ],
)
async def test_the_ledger_and_we_agree(katana: KatanaStage, marker: str, lost: int, spent: Decimal) -> None:
    """What an answer cost at the provider is what the receipt says."""
    taken = await katana.place(await katana.ask(f"Why is the sea salty? [sandbox: {marker}]"))
    last = await katana.end(taken.ref)
    assert isinstance(last, Done)
    assert (last.lost, last.cost, katana.spent) == (lost, spent, spent)
    assert katana.attempts == 1


async def test_a_stream_cut_at_the_provider_is_charged_once(katana: KatanaStage) -> None:
    """The half that came is delivered; nothing is asked again."""
    taken = await katana.place(await katana.ask("Why is the sea salty? [sandbox: stream-cut]"))
    last = await katana.end(taken.ref)
    assert text(last)
    assert isinstance(last, Done)
    assert (last.lost, katana.attempts, len(katana.charges)) == (1, 1, 1)


async def test_a_model_that_is_better_polled_is_polled(katana: KatanaStage) -> None:
    """Its order has a name of the provider's, survives a restart, and ends with the text, cost and tokens."""
    taken = await katana.place(await katana.ask("Plan a week.", "grok-4-20-multi-agent"))
    assert taken.told == taken.ref
    after_restart = Katana(katana.settings)
    katana.provider, before = after_restart, katana.provider
    await before.close()
    seen, last = await katana.watch(taken.ref)
    assert seen
    assert not any(each.text for each in seen)
    assert text(last)
    assert isinstance(last, Done)
    assert last.cost == katana.spent
    assert last.receipt is not None
    assert (last.receipt.reference, last.receipt.tokens_in) == (taken.ref, 7)


async def test_pictures_go_along_with_a_question(katana: KatanaStage) -> None:
    """As data URLs, with the words."""
    order = replace(await katana.ask("What is this?"), pictures=(checked(png()),) * 2)
    words, *pictures = json.loads(priced(await katana.provider.prepare(order)).question())["messages"][0]["content"]
    assert words == {"type": "text", "text": "What is this?"}
    assert [picture["image_url"]["url"][:22] for picture in pictures] == ["data:image/png;base64,"] * 2
    assert isinstance(await katana.end((await katana.place(order)).ref), Done)
