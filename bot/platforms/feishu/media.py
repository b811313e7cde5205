"""Results brought into the chat: fetched, fitted to Feishu's limits, uploaded once; or why they are only a link.

An upload has no key that makes it count once, so the key it returns is stored at once (section 4): a message that is
said again shows the same file. Which messages are made of it is in ``delivery``.
"""

import asyncio
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.core.cards import Medium
from bot.core.lark import Why
from bot.engine.ports import Clock
from bot.platforms.feishu import verdicts
from bot.platforms.feishu.client import Client, NotTaken
from bot.platforms.feishu.darkroom import Darkroom, Look, Missing
from bot.platforms.feishu.limits import Form
from bot.platforms.feishu.turns import Turns
from bot.platforms.feishu.wire import FILES, IMAGES, Read
from bot.storage.shipments import Shipments
from providers.intake import measure, sniff
from providers.outcomes import Preview
from providers.results import Downloads, Fetched, Unfetched

log = structlog.get_logger(__name__)

MOST_IMAGE = 10 * 1024 * 1024
MOST_FILE = 30 * 1024 * 1024
WIDEST = 12_000
WIDEST_GIF = 2_000
"""Bytes and pixels that Feishu takes (section 7.1)."""

SMALLER = (4096, 2048)
"""Pixels to which a picture is brought that is too large, one after the other."""

STUMBLES = 3
"""How often an upload may meet trouble that passes before its result is told as a link."""

_KEPT = 1000


class Uploaded(Read):
    """Feishu's answer to an upload."""

    image_key: str = ""
    file_key: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """An uploaded result: how it can be shown, its key, and the key of its cover."""

    form: Form
    key: str
    cover: str = ""


class Media:
    """Brings results. Every method raises ``NotTaken`` where Feishu is in trouble and ``StoreTrouble``."""

    def __init__(
        self,
        client: Client,
        downloads: Downloads,
        darkroom: Darkroom,
        shipments: Shipments,
        turns: Turns,
        clock: Clock,
    ) -> None:
        self._client = client
        self._downloads = downloads
        self._darkroom = darkroom
        self._shipments = shipments
        self._turns = turns
        self._clock = clock
        self._stumbles: OrderedDict[str, int] = OrderedDict()

    async def bring(self, name: str, medium: Medium) -> Brought | Why:
        """Return a result in a form that a message can show, or why there is none. ``name`` is our own name of it."""
        if (known := await self._known(name)) is not None:
            return known
        try:
            with tempfile.TemporaryDirectory(prefix="limner-") as folder:
                fetched = await self._fetch(name, medium, Path(folder) / "result")
                brought = await self._bring(name, fetched)
        except Missing as missing:
            log.warning("feishu_medium_only_linked", medium=name, detail=str(missing))
            await self._keep(name, f"{_WHY}{missing.why.value}")
            return missing.why
        await self._keep(name, f"{brought.form.value}:{brought.key}")
        return brought

    async def preview(self, preview: Preview) -> str:
        """Upload an unfinished picture for now and return its key; raises :class:`Missing` where it is none."""
        if sniff(preview.data) is None or len(preview.data) > MOST_IMAGE:
            raise Missing(Why.FORMAT, "no unfinished picture that can be shown")
        with tempfile.TemporaryDirectory(prefix="limner-") as folder:
            path = Path(folder) / "preview"
            await asyncio.to_thread(path.write_bytes, preview.data)
            await self._turns.call(IMAGES)
            with await asyncio.to_thread(path.open, "rb") as file:
                fields = {"image_type": "message"}
                return (await self._client.upload(IMAGES, fields, "image", "preview", file, Uploaded)).image_key

    async def again(self, name: str) -> None:
        """Forget an upload that Feishu does not know any more."""
        await self._shipments.forget_file(name)
        await self._shipments.forget_file(_cover(name))

    async def _fetch(self, name: str, medium: Medium, path: Path) -> Fetched:
        try:
            return await self._downloads.fetch(medium.url, path)
        except Unfetched as no:
            if medium.held and no.passes and self._stumble(name) < STUMBLES:
                # There will be no link instead, so what was paid for is not given up at once.
                raise NotTaken(str(no)) from no
            raise Missing(Why(no.problem.value), str(no)) from None

    async def _known(self, name: str) -> Brought | Why | None:
        form, _, key = (await self._shipments.file(name)).partition(":")
        if not key:
            return None
        if f"{form}:" == _WHY:
            return Why(key)
        return Brought(Form(form), key, await self._shipments.file(_cover(name)))

    async def _keep(self, name: str, key: str) -> None:
        await self._shipments.keep_file(name, key, self._clock.now())

    async def _bring(self, name: str, file: Fetched) -> Brought:
        if file.kind.startswith("image/"):
            return Brought(Form.IMAGE, await self._picture(name, file))
        if file.kind.startswith("video/"):
            look = await self._darkroom.look(file)
            return await (self._video(name, file, look) if look.video else self._sound(name, file))
        if file.kind.startswith("audio/"):
            return await self._sound(name, file)
        raise Missing(Why.FORMAT, file.kind or "unknown")

    async def _picture(self, name: str, file: Fetched) -> str:
        if file.size <= MOST_IMAGE and await _is_within(file):
            try:
                return await self._upload_picture(name, file.path)
            except _Unfit as unfit:
                log.info("feishu_picture_encoded_anew", medium=name, detail=str(unfit))
        for widest in SMALLER:
            try:
                smaller = await self._darkroom.picture(file, widest, MOST_IMAGE, file.path.with_suffix(".jpg"))
                return await self._upload_picture(name, smaller)
            except Missing as missing:
                if missing.why is not Why.TOO_BIG:
                    raise
        raise Missing(Why.TOO_BIG, "even as a small picture")

    async def _video(self, name: str, file: Fetched, look: Look) -> Brought:
        ready = await self._fitted(file, look)
        cover = await self._shipments.file(_cover(name))
        if not cover:
            frame = await self._darkroom.cover(file, look, file.path.with_suffix(".cover.jpg"))
            cover = await self._upload_picture(name, frame)
            await self._keep(_cover(name), cover)
        fields = {"file_type": "mp4", "file_name": "video.mp4", "duration": str(round(look.seconds * 1000))}
        return Brought(Form.MEDIA, await self._upload_file(name, fields, ready), cover)

    async def _fitted(self, file: Fetched, look: Look) -> Path:
        """Return a video as it can be uploaded: as it is, repacked, or encoded anew."""
        is_plain = look.video == "h264" and look.audio in {"", "aac", "mp3"}
        new = file.path.with_suffix(".mp4")
        if is_plain and file.size <= MOST_FILE:
            return file.path if file.kind == "video/mp4" else await self._darkroom.repacked(file, MOST_FILE, new)
        return await self._darkroom.video(file, look, MOST_FILE, new)

    async def _sound(self, name: str, file: Fetched) -> Brought:
        """Upload sound as Opus, which plays in place; as it is where it cannot be encoded."""
        try:
            look = await self._darkroom.look(file)
            opus = await self._darkroom.sound(file, MOST_FILE, file.path.with_suffix(".opus"))
        except Missing:
            if file.size > MOST_FILE:
                raise
            ending = file.kind.rpartition("/")[2].replace("mpeg", "mp3")
            fields = {"file_type": "stream", "file_name": f"sound.{ending}"}
            return Brought(Form.FILE, await self._upload_file(name, fields, file.path))
        fields = {"file_type": "opus", "file_name": "sound.opus", "duration": str(round(look.seconds * 1000))}
        return Brought(Form.AUDIO, await self._upload_file(name, fields, opus))

    async def _upload_picture(self, name: str, path: Path) -> str:
        return (await self._upload(name, IMAGES, {"image_type": "message"}, "image", path)).image_key

    async def _upload_file(self, name: str, fields: dict[str, str], path: Path) -> str:
        return (await self._upload(name, FILES, fields, "file", path)).file_key

    async def _upload(self, name: str, call: str, fields: dict[str, str], field: str, path: Path) -> Uploaded:
        await self._turns.call(call)
        try:
            with await asyncio.to_thread(path.open, "rb") as file:
                shown = fields.get("file_name", "picture")
                uploaded = await self._client.upload(call, fields, field, shown, file, Uploaded)
        except NotTaken as no:
            missing = self._missing(name, no)
            if missing is None:
                raise
            raise missing from no
        self._stumbles.pop(name, None)
        return uploaded

    def _missing(self, name: str, no: NotTaken) -> Missing | None:
        """Return what a refused upload means: another encoding or a link; ``None``: the same again later."""
        if no.code in verdicts.REENCODED:
            return _Unfit(verdicts.why(no), str(no))
        stumbles, why = self._stumble(name), verdicts.why(no)
        if why is Why.NOT_TAKEN and verdicts.passes(no) and stumbles < STUMBLES:
            return None
        if why is Why.NO_PERMISSION:
            log.error("feishu_upload_not_permitted", detail=str(no))
        return Missing(why, str(no))

    def _stumble(self, name: str) -> int:
        """Count one more failure of a result, and return how many there were."""
        stumbles = self._stumbles[name] = self._stumbles.get(name, 0) + 1
        if len(self._stumbles) > _KEPT:
            self._stumbles.popitem(last=False)
        return stumbles


class _Unfit(Missing):
    """Feishu does not take this encoding of a result."""


_WHY = "why:"


def _cover(name: str) -> str:
    return f"{name}.cover"


async def _is_within(file: Fetched) -> bool:
    width, height = measure(await asyncio.to_thread(file.path.read_bytes))
    return max(width, height) <= (WIDEST_GIF if file.kind == "image/gif" else WIDEST)
