"""Uploads and results over HTTP: presigned PUT once, GET with ranges, signed where the provider signs.

Who may upload and what is drawn is not here.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault, Style
from providers.sandbox.gate import Endpoint
from providers.sandbox.media import Darkroom, MediaError
from providers.sandbox.records import Record, Records
from providers.sandbox.scene import Gallery, Medium, Scene

_LIFE = timedelta(days=7)
_KIND = "cdn.upload"
_TYPES = {
    Medium.PICTURE: "image/png",
    Medium.VIDEO: "video/mp4",
    Medium.COVER: "image/jpeg",
    Medium.WEBP: "image/webp",
    Medium.SOUND: "audio/mpeg",
}
_SUFFIXES = frozenset(medium.value for medium in Medium)
_NUMBERS = frozenset(str(number) for number in range(16))
_HTTP_ERRORS = range(400, 600)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for one upload: where to PUT, where it will be found, until when."""

    key: str
    put_path: str
    get_path: str
    expires_at: datetime


class StorageWords:
    """How the object storage behind the CDN words what went wrong: XML and an HTTP status."""

    def refusal(self, code: int, words: str, told: Style) -> web.Response:
        """Refuse; only HTTP statuses are known here."""
        status = code if code in _HTTP_ERRORS else 403
        text = f"<Error><Code>{words or 'AccessDenied'}</Code></Error>"
        return web.Response(text=text, content_type="application/xml", status=200 if told is Style.BODY else status)

    def with_status(self, answer: web.Response) -> web.Response:
        """Return it as it is: storage answers always have their status."""
        return answer


class Cdn:
    """Keeps uploads under ``home/uploads`` and makes results under ``home/made`` when they are first asked for."""

    def __init__(self, *, home: Path, records: Records, clock: SandboxClock, seed: int) -> None:
        self._uploads = home / "uploads"
        self._made = home / "made"
        self._records = records
        self._clock = clock
        self._seed = seed
        self._slots: dict[str, Mapping[str, object]] = {}
        self._darkroom = Darkroom()
        self.galleries: dict[str, Gallery] = {}
        self.signing: set[str] = set()
        """Providers whose results are only shown to addresses that :meth:`signed` made, and only until they expire."""

    def load(self) -> None:
        """Read which uploads there are."""
        self._slots = {record.key: record.body for record in self._records.all(_KIND)}
        self._uploads.mkdir(parents=True, exist_ok=True)

    async def close(self) -> None:
        """Stop drawing."""
        await self._darkroom.close()

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the doors of the CDN."""
        words = StorageWords()
        return (
            Endpoint("cdn.put", "PUT", "/cdn/uploads/{key}", self._put, words),
            Endpoint("cdn.get", "GET", "/cdn/uploads/{key}", self._upload, words),
            Endpoint("cdn.get", "GET", "/cdn/made/{provider}/{task}/{file}", self._result, words),
        )

    def slot(self, content_type: str, suffix: str) -> Slot:
        """Make room for one upload of exactly this content type."""
        key = f"{self._secret(f'key:{len(self._slots)}')[:24]}.{suffix}"
        expires_at = self._clock.now() + _LIFE
        self._save(key, {"type": content_type, "expires": expires_at.isoformat(), "stored": False})
        put_path = f"/cdn/uploads/{key}?signature={self._secret(key)}"
        return Slot(key, put_path, f"/cdn/uploads/{key}", expires_at)

    def keep(self, data: bytes, content_type: str) -> str:
        """Store what came inside a request and return the path under which it is found."""
        key = f"{sha256(data).hexdigest()[:24]}.{content_type.rpartition('/')[2]}"
        self._store(key, {"type": content_type, "expires": (self._clock.now() + _LIFE).isoformat()}, data)
        return f"/cdn/uploads/{key}"

    def signed(self, path: str, expires_at: datetime) -> str:
        """Return a path with the signature that opens it until then."""
        return f"{path}?expires={stamp(expires_at)}&signature={self._secret(f'{path}:{stamp(expires_at)}')}"

    def file_at(self, url: str) -> Path | None:
        """Return the file of an upload, or of a result that somebody has looked at, by its address."""
        made = urlsplit(url).path.removeprefix("/cdn/made/")
        return self._made / made if self.scene_at(url) is not None else self.upload_at(url)

    def scene_at(self, url: str) -> Scene | None:
        """Return what a finished result shows, by its address, signed or not."""
        match urlsplit(url).path.split("/"):
            case ["", "cdn", "made", provider, task, file]:
                return self._scene(provider, task, file)
            case _:
                return None

    def upload_at(self, url: str) -> Path | None:
        """Return the file of an upload that has arrived, by its address."""
        key = urlsplit(url).path.removeprefix("/cdn/uploads/")
        return self._uploads / key if self._slots.get(key, {}).get("stored") else None

    def is_ours(self, url: str) -> bool:
        """Tell whether an address points at this CDN; the port may be one of an earlier run."""
        parts = urlsplit(url)
        return parts.hostname in _LOOPBACK and parts.path.startswith("/cdn/")

    def holds(self, url: str) -> bool:
        """Tell whether one of our addresses leads to an upload that arrived or to a finished result."""
        if self.upload_at(url) is not None:
            return True
        parts = urlsplit(url)
        provider = parts.path.removeprefix("/cdn/made/").partition("/")[0]
        return self.scene_at(url) is not None and self._opens(provider, parts.path, dict(parse_qsl(parts.query)))

    async def _put(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        # Read before anything is checked: between the check and the store nobody else may come in.
        body = await request.read()
        key = request.match_info["key"]
        slot = self._slots.get(key)
        signature = request.query.get("signature", "").encode()
        if slot is None or not hmac.compare_digest(signature, self._secret(key).encode()):
            return _refused("SignatureDoesNotMatch")
        if request.headers.get("Content-Type") != slot["type"]:
            return _refused("SignatureDoesNotMatch")
        if slot["stored"] or datetime.fromisoformat(str(slot["expires"])) < self._clock.now():
            return _refused("AccessDenied")
        self._store(key, slot, body)
        return web.Response()

    def _store(self, key: str, slot: Mapping[str, object], body: bytes) -> None:
        (self._uploads / key).write_bytes(body)
        self._save(key, {**slot, "stored": True})

    async def _upload(self, request: web.Request, _fates: Sequence[Fault]) -> web.StreamResponse:
        key = request.match_info["key"]
        slot = self._slots.get(key)
        if slot is None or not slot["stored"]:
            return _refused("NoSuchKey", 404)
        return web.FileResponse(self._uploads / key, headers={"Content-Type": str(slot["type"])})

    async def _result(self, request: web.Request, _fates: Sequence[Fault]) -> web.StreamResponse:
        provider, task, file = (request.match_info[name] for name in ("provider", "task", "file"))
        if not self._opens(provider, request.path, request.query):
            return _refused("AccessDenied")
        scene = self._scene(provider, task, file)
        if scene is None:
            return _refused("NoSuchKey", 404)
        medium = Medium(file.rpartition(".")[2])
        path = self._made / provider / task / file
        try:
            await self._darkroom.develop(scene, medium, path)
        except MediaError:
            return _refused("InternalError", 500)
        return web.FileResponse(path, headers={"Content-Type": _TYPES[medium], "Cache-Control": "max-age=3600"})

    def _opens(self, provider: str, path: str, query: Mapping[str, str]) -> bool:
        """Tell whether an address is good: where results are signed, the signature has to fit and be in time."""
        if provider not in self.signing:
            return True
        expires, signature = query.get("expires", ""), query.get("signature", "")
        good = hmac.compare_digest(signature.encode(), self._secret(f"{path}:{expires}").encode())
        return good and stamp(self._clock.now()) < int(expires)

    def _scene(self, provider: str, task: str, file: str) -> Scene | None:
        number, _, suffix = file.partition(".")
        gallery = self.galleries.get(provider)
        if gallery is None or number not in _NUMBERS or suffix not in _SUFFIXES:
            return None
        return gallery(task, int(number), Medium(suffix))

    def _save(self, key: str, slot: Mapping[str, object]) -> None:
        self._records.keep(Record(_KIND, key, slot))
        self._slots[key] = slot

    def _secret(self, text: str) -> str:
        return sha256(f"{self._seed}:cdn:{text}".encode()).hexdigest()


def made_path(provider: str, task: str, number: int, medium: Medium) -> str:
    """Return the path under which a result is served."""
    return f"/cdn/made/{provider}/{task}/{number}.{medium.value}"


def stamp(moment: datetime) -> int:
    """Return a moment as unix seconds."""
    return int(moment.astimezone(UTC).timestamp())


def _refused(code: str, status: int = 403) -> web.Response:
    return web.Response(text=f"<Error><Code>{code}</Code></Error>", content_type="application/xml", status=status)
