"""A sealed model is asked nothing before it has proved itself, with a number that was never used before."""

import base64
import json
import re
from collections.abc import Mapping

import pytest

from providers.contract import Order
from providers.errors import FailureCode, ProviderError, Sent
from providers.katana.attestation import fresh, missing
from providers.katana.provider import create
from providers.models import Task
from providers.outcomes import Done
from providers.sandbox.clock import HandClock
from providers.transport import Reply
from tests.providers.katana.shop import listed
from tests.providers.katana.stage import START, KatanaStage, at, settings_for
from tests.providers.raw_server import Talk, serving

SEALED = Order(Task.TEXT_TO_TEXT, "kimi-k2-6-private", "a secret", {})
NONCE = fresh("one")
QUOTE = base64.b64encode(b"\x04" * 568 + bytes.fromhex(NONCE)).decode()


def proof(**more: object) -> dict[str, object]:
    """Return a proof that holds, but for what is said."""
    return {"model": SEALED.model, "nonce": NONCE, "intel_quote": QUOTE, **more}


def lacks(body: object, status: int = 200) -> str:
    """Return what an answer lacks."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return missing(Reply(status, {}, raw), SEALED.model, NONCE)


@pytest.mark.parametrize(
    "body",
    [
        proof(),
        proof(nonce=NONCE.upper()),
        proof(model=None) | {"model": SEALED.model},
        {"intel_quote": QUOTE},
        {"attestation": {"gpu": [{"evidence": "ab" * 40}], "nonce": NONCE, "verified": True}},
        {"quote": "00" * 500 + NONCE},
    ],
)
def test_what_is_a_proof(body: Mapping[str, object]) -> None:
    """Wherever it stands: our number, and something that proves."""
    assert lacks(body) == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        b"<html>",
        {"nonce": NONCE},
        {"nonce": NONCE, "intel_quote": ""},
        {"nonce": NONCE, "intel_quote": "short"},
        {"intel_quote": "ab" * 100},
        proof(nonce=fresh("two"), intel_quote="ab" * 100),
        proof(model="another-model"),
        proof(verified=False),
        proof(nvidia={"valid": False}),
    ],
)
def test_what_is_no_proof(body: object) -> None:
    """Nothing, somebody else's number, another model, or a verdict against it."""
    assert lacks(body)
    assert lacks(proof(), status=503)


async def _asked(answer: bytes, status: str) -> tuple[list[bytes], ProviderError]:
    async def script(talk: Talk) -> None:
        if talk.request.startswith(b"GET /v1/models"):
            talk.answer("200 OK", json.dumps(listed()).encode())
        elif not status:
            talk.slam()
        else:
            talk.answer(status, answer)

    async with serving(script) as server:
        adapter = create(at(settings_for("", HandClock(START)), server.url))
        quote = await adapter.quote(SEALED)
        with pytest.raises(ProviderError) as caught:
            await adapter.submit(SEALED, quote, "attempt-1")
        await adapter.close()
    return server.requests[1:], caught.value


@pytest.mark.parametrize(
    "status,answer,code",
    [
        ("200 OK", json.dumps({"nonce": "0" * 64, "intel_quote": QUOTE}).encode(), FailureCode.PRIVACY_UNPROVEN),
        ("200 OK", b"{", FailureCode.PRIVACY_UNPROVEN),
        ("500 Trouble", b"", FailureCode.PRIVACY_UNPROVEN),
        ("404 Not Found", b'{"detail":"no such model"}', FailureCode.PRIVACY_UNPROVEN),
        ("", b"", FailureCode.PRIVACY_UNPROVEN),
        ("401 No", b'{"detail":"Invalid API credentials"}', FailureCode.KEY_INVALID),
    ],
)
async def test_without_a_proof_nothing_is_sent(status: str, answer: bytes, code: FailureCode) -> None:
    """The question stays here, and nothing is charged."""
    requests, error = await _asked(answer, status)
    assert (error.code, error.sent) == (code, Sent.NO)
    assert requests
    assert not [request for request in requests if request.startswith(b"POST") or b"a secret" in request]


async def test_each_question_asks_for_a_proof_of_its_own(katana: KatanaStage) -> None:
    """With 64 new hexadecimal digits, for sealed models and for no others."""
    seen = []
    attest = katana.provider._text.get

    async def listen(path: str, params: Mapping[str, str] | None = None) -> Reply:
        seen.append((path, dict(params or {})))
        return await attest(path, params)

    katana.provider._text.get = listen  # type: ignore[method-assign] # the ear at the door
    for number, model in enumerate((SEALED.model, SEALED.model, "grok-4-3", "q-naifu-a3b")):
        taken = await katana.place(await katana.ask("a secret", model), f"attempt-{number}")
        assert isinstance(await katana.end(taken.ref), Done)
    assert [(path, params["model"]) for path, params in seen] == [("/v1/text/attestation", SEALED.model)] * 2
    nonces = {params["nonce"] for _, params in seen}
    assert len(nonces) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", nonce) for nonce in nonces)
