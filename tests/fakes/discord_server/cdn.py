"""The files Discord keeps, their signed addresses, and how the media of other hosts turn out. No message lives here."""

import hashlib
import mimetypes
from collections.abc import Iterable
from enum import IntEnum
from urllib.parse import parse_qs, quote, urlsplit

from aiohttp import web

from tests.fakes.discord_server.clock import Clock, Snowflakes
from tests.fakes.discord_server.messages import StoredFile, Upload
from tests.fakes.discord_server.refusals import Form, Json

LIFETIME = 86_400.0
"""Seconds a signed address works (reference section 1.6: 24 h as usual)."""


class Loading(IntEnum):
    """What became of a picture or video in a message."""

    UNKNOWN = 0
    LOADING = 1
    LOADED = 2
    NOT_FOUND = 3


class Cdn:
    """Keeps files and signs their addresses. ``outcomes`` says what becomes of an address of somebody else's."""

    def __init__(self, clock: Clock, ids: Snowflakes) -> None:
        self._clock = clock
        self._ids = ids
        self.base_url = ""
        self.files: dict[int, StoredFile] = {}
        self.fetched: list[str] = []
        self.outcomes: dict[str, Loading] = {}

    def keep(self, upload: Upload, folder: str) -> StoredFile:
        """Keep a file in a folder such as ``attachments/<channel id>``."""
        file = StoredFile(self._ids.new(), folder, upload)
        self.files[file.id] = file
        return file

    def address(self, file: StoredFile) -> str:
        """Return an address that works for :data:`LIFETIME` seconds."""
        path = f"/{file.folder}/{file.id}/{quote(file.upload.filename)}"
        issued = int(self._clock.time())
        expires = int(issued + LIFETIME)
        return f"{self.base_url}{path}?ex={expires:x}&is={issued:x}&hm={_signature(path, expires)}"

    def attachment(self, file: StoredFile) -> Json:
        """Return an attachment as messages and commands carry it."""
        address = self.address(file)
        entry: Json = {
            "id": str(file.id),
            "filename": file.upload.filename,
            "size": len(file.upload.data),
            "url": address,
            "proxy_url": address,
            "content_type": file.upload.content_type,
            "ephemeral": file.folder.startswith("ephemeral"),
        }
        if file.upload.description is not None:
            entry["description"] = file.upload.description
        return entry

    def medium(self, address: str, files: Iterable[StoredFile], *, settled: bool) -> Json:
        """Return an unfurled media item. Before it has ``settled`` nobody knows its size yet."""
        parts = urlsplit(address)
        own = next(
            (file for file in files if parts.scheme == "attachment" and file.upload.filename == parts.netloc), None
        )
        shown = self.address(own) if own else address
        state = self.outcomes.get(address, Loading.LOADED) if settled or own else Loading.LOADING
        item: Json = {"url": shown, "proxy_url": shown, "placeholder": "", "loading_state": int(state)}
        if own is not None:
            item["attachment_id"] = str(own.id)
        if state is Loading.LOADED:
            kind = own.upload.content_type if own else mimetypes.guess_type(parts.path)[0] or "image/png"
            item |= {"width": 1280, "height": 720, "content_type": kind}
        return item

    def preview(self, address: str) -> Json | None:
        """Return the embed Discord makes of a bare address in a message, or None if it could not load it."""
        if self.outcomes.get(address, Loading.LOADED) is not Loading.LOADED:
            return None
        kind = (mimetypes.guess_type(urlsplit(address).path)[0] or "link/").split("/")[0]
        return {"type": kind if kind in {"image", "video"} else "link", "url": address}

    def refreshed(self, addresses: object) -> Json:
        """Return new addresses for old ones (at most 50)."""
        form = Form()
        form.count(("attachment_urls",), addresses, 50, 1)
        form.close()
        listed = addresses if isinstance(addresses, list) else []
        return {"refreshed_urls": [{"original": old, "refreshed": self._renewed(str(old))} for old in listed]}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a download. An address that is not signed, or no longer valid, is not found."""
        self.fetched.append(request.path)
        file = self.files.get(int(request.match_info["file"])) if request.match_info["file"].isdigit() else None
        if file is None or not self._valid(str(request.rel_url)):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=file.upload.data, content_type=file.upload.content_type)

    def _renewed(self, address: str) -> str | None:
        name = urlsplit(address).path.split("/")[-2:][0]
        file = self.files.get(int(name)) if name.isdigit() else None
        return self.address(file) if file else None

    def _valid(self, address: str) -> bool:
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        try:
            expires = int(query["ex"][0], 16)
            signature = query["hm"][0]
        except (KeyError, ValueError):
            return False
        return signature == _signature(parts.path, expires) and self._clock.time() < expires


def _signature(path: str, expires: int) -> str:
    return hashlib.sha256(f"pretend {path} {expires}".encode()).hexdigest()
