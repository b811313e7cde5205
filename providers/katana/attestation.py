"""The proof behind a sealed model: asked for with a fresh number before anything private is sent.

What is looked for: an answer to exactly this question (our fresh number stands in it, as text or inside the proof's
bytes), about this model, with a proof in it, and nowhere a word that it does not hold. The body's form was never
recorded (reference section 2.8). The hardware maker's signature on the proof is not verified here.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.katana.failures import refusal
from providers.transport import Reply, Transport

_PATH: Final = "/v1/text/attestation"
_OK: Final = 200
_TOLD: Final = frozenset({401, 429})
_PROOFS: Final = ("quote", "evidence", "report", "attestation", "proof", "payload", "certificate")
_SHORTEST_PROOF: Final = 64
_VERDICTS: Final = ("verified", "valid", "attested")

Found = tuple[str, object]


async def prove(api: Transport, model: str, nonce: str) -> None:
    """Raise ``PRIVACY_UNPROVEN`` with ``sent: no`` unless the provider proves what this model runs in."""
    question = fresh(nonce)
    try:
        reply = await api.get(_PATH, {"model": model, "nonce": question})
    except ProviderError as error:
        raise _unproven(error.detail) from None
    if reply.status in _TOLD:
        raise refusal(reply, paid=False, redacted=api.redacted)
    why = missing(reply, model, question)
    if why:
        raise _unproven(why)


def fresh(nonce: str) -> str:
    """Return 64 hexadecimal digits made of a random name."""
    return hashlib.sha256(nonce.encode()).hexdigest()


def missing(reply: Reply, model: str, nonce: str) -> str:
    """Return what an answer lacks to be a proof, nothing where it is one."""
    body = _object(reply)
    if body is None:
        return f"HTTP {reply.status}, no proof in it"
    found = list(_values(body))
    if any(name in _VERDICTS and value is False for name, value in found):
        return "the provider calls it invalid"
    if any(name == "model" and value != model for name, value in found):
        return "about another model"
    if not any(_is_proof(name, value) for name, value in found):
        return "no proof in it"
    if not any(_holds(value, nonce) for _, value in found):
        return "not an answer to this question"
    return ""


def _object(reply: Reply) -> Mapping[str, object] | None:
    try:
        body = json.loads(reply.body) if reply.status == _OK else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _values(body: object) -> Iterator[Found]:
    """Yield every plain value with its name, in no order, however deep it lies."""
    left: list[Found] = [("", body)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left += [(str(key).lower(), item) for key, item in value.items()]
        elif isinstance(value, list):
            left += [(name, item) for item in value]
        else:
            yield name, value


def _is_proof(name: str, value: object) -> bool:
    return isinstance(value, str) and len(value) >= _SHORTEST_PROOF and any(word in name for word in _PROOFS)


def _holds(value: object, nonce: str) -> bool:
    if not isinstance(value, str):
        return False
    return nonce in value.lower() or bytes.fromhex(nonce) in _bytes(value)


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _unproven(detail: str) -> ProviderError:
    return ProviderError(FailureCode.PRIVACY_UNPROVEN, detail, sent=Sent.NO)
