"""The proof that a confidential model runs where it says, bound to a nonce. Its real shape is not known."""

import base64
import re
from hashlib import sha256

from providers.sandbox.katana.answers import RefusedError
from providers.sandbox.katana.model import Privacy, TextModel

Json = dict[str, object]

_NONCE = re.compile(r"[0-9a-fA-F]{64}")


def attest(model: TextModel | None, nonce: str) -> Json:
    """Return the proof. Raises :class:`RefusedError` without a known E2EE model or a nonce of 64 hex digits."""
    if model is None:
        raise RefusedError(404, "no such model")
    if model.privacy is not Privacy.E2EE:
        raise RefusedError(400, "Attestation is only available for E2EE Private models")
    if not _NONCE.fullmatch(nonce):
        raise RefusedError(400, "nonce must be 64 hex characters")
    return {
        "model": model.key,
        "nonce": nonce.lower(),
        "signing_address": "0x" + _digest(model.key, "address")[:40],
        "intel_quote": base64.b64encode(bytes.fromhex(_digest(model.key, nonce.lower()))).decode(),
        "nvidia_payload": {"nonce": nonce.lower(), "arch": "HOPPER", "evidence": _digest(nonce.lower(), "gpu")},
    }


def _digest(*parts: str) -> str:
    return sha256(":".join(parts).encode()).hexdigest()
