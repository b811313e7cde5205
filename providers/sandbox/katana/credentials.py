"""Who may spend: the pair of key and secret, in either of the two forms (reference section 2.1). No door is here."""

import hmac
from collections.abc import Mapping

from providers.sandbox.katana.answers import INVALID, MISSING, RefusedError


class Credentials:
    """The one pair that this Katana knows."""

    def __init__(self, key: str, secret: str) -> None:
        self._pair = (key, secret)

    def check(self, headers: Mapping[str, str]) -> None:
        """Let the right pair in. Raises :class:`RefusedError` with 401 and one of two sentences."""
        pair = _pair(headers)
        if pair is None:
            raise RefusedError(401, MISSING)
        # Compared as one string, so that the answer's time does not tell which half was wrong.
        if not hmac.compare_digest("\n".join(pair).encode(), "\n".join(self._pair).encode()):
            raise RefusedError(401, INVALID)


def _pair(headers: Mapping[str, str]) -> tuple[str, str] | None:
    key, secret = headers.get("X-API-Key", ""), headers.get("X-API-Secret", "")
    if key and secret:
        return key, secret
    kind, _, token = headers.get("Authorization", "").partition(" ")
    key, _, secret = token.strip().partition(":")
    return (key, secret) if kind.lower() == "bearer" and key and secret else None
