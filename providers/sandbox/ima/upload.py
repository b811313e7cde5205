"""IMA Studio's upload tokens: who may upload what, signed as the real service wants it (reference section 1.8).

The bytes themselves go to the CDN.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha1

from aiohttp import web

from providers.sandbox.cdn import Cdn, stamp
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.ima.answers import Answers
from providers.sandbox.ima.orders import RefusedError
from providers.sandbox.records import Record, Records

_KIND = "ima.nonce"
_LATE = 300
"""Seconds by which a timestamp may be off. The real figure is not known."""

_NONCE_LENGTH = 21
_FIELDS = (
    *("appUid", "appId", "appKey", "cmimToken", "sign", "timestamp", "nonce"),
    *("fService", "fType", "fSuffix", "fContentType"),
)


class UploadDesk:
    """Gives out presigned addresses."""

    def __init__(
        self, *, records: Records, clock: SandboxClock, cdn: Cdn, answers: Answers, key: str, app_key: str
    ) -> None:
        self._records = records
        self._clock = clock
        self._cdn = cdn
        self._answers = answers
        self._key = key
        self._app_key = app_key
        self._nonces: set[str] = set()

    def load(self) -> None:
        """Read which nonces were used."""
        self._nonces = {record.key for record in self._records.all(_KIND)}

    async def token(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        """Answer ``getuploadtoken``."""
        try:
            self._check(request.query)
        except RefusedError as error:
            return self._answers.refused(error.code, error.words)
        nonce = request.query["nonce"]
        self._records.keep(Record(_KIND, nonce, {}))
        self._nonces.add(nonce)
        slot = self._cdn.slot(request.query["fContentType"], request.query["fSuffix"].lstrip("."))
        expires = stamp(slot.expires_at)
        return self._answers.ok(
            {
                "ful": self._answers.base_url() + slot.put_path,
                "fdl": self._answers.base_url() + slot.get_path,
                "ful_expire": expires,
                "fdl_expire": expires,
                "fdl_key": slot.key,
            }
        )

    def _check(self, query: Mapping[str, str]) -> None:
        missing = [name for name in _FIELDS if not query.get(name)]
        if missing:
            raise RefusedError(400, f"missing {missing[0]}")
        if not (query["appUid"] == query["cmimToken"] == self._key):
            raise RefusedError(401, "unauthorized")
        if query["appId"] != "webAgent" or query["appKey"] != self._app_key:
            raise RefusedError(401, "unknown app")
        if not hmac.compare_digest(query["sign"].encode(), self._sign(query).encode()):
            raise RefusedError(401, "invalid sign")
        self._check_fresh(query["timestamp"], query["nonce"])
        if query["fService"] != "privite" or query["fType"] not in {"picture", "video", "audio"}:
            raise RefusedError(400, "invalid file service or type")
        if not query["fSuffix"].lstrip(".").isalnum():
            raise RefusedError(400, "invalid suffix")

    def _check_fresh(self, timestamp: str, nonce: str) -> None:
        if not timestamp.isdecimal() or abs(stamp(self._clock.now()) - int(timestamp)) > _LATE:
            raise RefusedError(401, "timestamp expired")
        if len(nonce) != _NONCE_LENGTH or nonce in self._nonces:
            raise RefusedError(401, "nonce already used")

    def _sign(self, query: Mapping[str, str]) -> str:
        text = f"{query['appId']}|{query['appKey']}|{query['timestamp']}|{query['nonce']}"
        return sha1(text.encode(), usedforsecurity=False).hexdigest().upper()
