"""Whether Discord shows a result in place, and bringing it as a file where that is wished. Sending is in ``delivery``.

The preview of a link is needed only where the gallery above it stays empty: some seconds after a result was sent, it is
looked at, and if everything in it is there, the previews below are put away (section 1.5). Nothing depends on that.
"""

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot.core.cards import Medium
from bot.engine.ports import Clock
from bot.errors import StoreTrouble
from bot.platforms.discord import transport as calls
from bot.platforms.discord.delivery import Ref
from bot.platforms.discord.transport import NotTaken, Transport
from bot.platforms.discord.wire import File, Flag, SentMessage
from bot.storage.passes import Passes
from providers.models import MediaKind
from providers.results import Downloads, Unfetched

log = structlog.get_logger(__name__)

LOOK_AFTER = 7.0
"""Seconds after which Discord has usually fetched what a gallery shows."""

LOOKS = 2
FILE_LIMIT = 10 * 1024 * 1024
"""Bytes of a file where the place has not said what it takes."""

MOST_UPLOADED = 50 * 1024 * 1024
"""Bytes of a result that is brought as files, however much the place takes: all of it is in memory meanwhile."""

JOBS_KEPT = 500
_ENDINGS = {MediaKind.IMAGE: ".png", MediaKind.VIDEO: ".mp4", MediaKind.AUDIO: ".mp3"}
_MIMES = {MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4", MediaKind.AUDIO: "audio/mpeg"}
_KNOWN_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".mp4", ".mov", ".webm", ".mp3", ".wav", ".ogg"})


@dataclass(frozen=True, slots=True)
class Uploads:
    """What was fetched to be uploaded, by its address, and why the rest was not."""

    files: Mapping[str, File]
    missing: Mapping[str, Unfetched]


@dataclass(slots=True)
class _Shown:
    loaded: bool = False
    links: list[Ref] = field(default_factory=list)


class Gallery:
    """Looks at results after they were sent."""

    def __init__(
        self,
        transport: Transport,
        passes: Passes,
        clock: Clock,
        downloads: Downloads,
        *,
        is_public: Callable[[str], bool] | None = None,
    ) -> None:
        self.is_public = is_public or public
        self._transport = transport
        self._passes = passes
        self._clock = clock
        self._downloads = downloads
        self._shown: OrderedDict[str, _Shown] = OrderedDict()
        self.looking: set[asyncio.Task[None]] = set()

    def watch(self, job: str, ref: Ref, *, has_files: bool) -> None:
        """Look at a result that was just sent, soon."""
        self._shown[job] = _Shown(loaded=has_files)
        if len(self._shown) > JOBS_KEPT:
            self._shown.popitem(last=False)
        if not has_files:
            task = asyncio.create_task(self._look(job, ref), name=f"discord-gallery-{job}")
            self.looking.add(task)
            task.add_done_callback(self.looking.discard)

    def linked(self, job: str, ref: Ref) -> None:
        """Note a link that was sent below a result."""
        if job in self._shown:
            self._shown[job].links.append(ref)

    def is_shown(self, job: str) -> bool:
        """Whether a job's result is known to be shown in place."""
        return job in self._shown and self._shown[job].loaded

    async def close(self) -> None:
        """Stop looking."""
        for task in self.looking:
            task.cancel()
        await asyncio.gather(*self.looking, return_exceptions=True)

    async def uploads(self, media: Sequence[Medium], limit: int | None) -> "Uploads":
        """Return the files that can stand in for remote addresses: all of them together within the place's limit."""
        left, found = min(limit or FILE_LIMIT, MOST_UPLOADED), dict[str, File]()
        missing = dict[str, Unfetched]()
        for n, medium in enumerate(media):
            try:
                data = await self._fetched(medium.url, left)
            except Unfetched as no:
                log.info("medium_not_uploaded", detail=str(no))
                missing[medium.url] = no
                continue
            left -= len(data)
            found[medium.url] = File(f"result-{n + 1}{_ending(medium)}", data, _MIMES[medium.kind])
        return Uploads(found, missing)

    async def _fetched(self, url: str, most: int) -> bytes:
        with tempfile.TemporaryDirectory(prefix="limner-") as folder:
            file = await self._downloads.fetch(url, Path(folder) / "result", most)
            return await asyncio.to_thread(file.path.read_bytes)

    async def _look(self, job: str, ref: Ref) -> None:
        try:
            for _ in range(LOOKS):
                await self._clock.sleep(LOOK_AFTER)
                if await self._is_loaded(ref):
                    await self._put_previews_away(job)
                    return
            log.info("gallery_not_loaded", job=job)
        except (NotTaken, StoreTrouble) as no:
            log.info("gallery_not_seen", job=job, detail=str(no))

    async def _is_loaded(self, ref: Ref) -> bool:
        by = await self._passes.of_event(ref.event) if ref.event else None
        if by is not None and by.lives(self._clock.now()):
            call = calls.read_answer(by.application, by.token, ref.message)
        else:
            call = calls.read(ref.channel, ref.message)
        return (await self._transport.ask(call, SentMessage, patient=False)).loaded

    async def _put_previews_away(self, job: str) -> None:
        shown = self._shown.get(job)
        if shown is None:
            return
        shown.loaded = True
        for ref in shown.links:
            by = await self._passes.of_event(ref.event) if ref.event else None
            call = calls.edit(ref.channel, ref.message)
            if by is not None and by.lives(self._clock.now()):
                call = calls.edit_answer(by.application, by.token, ref.message)
            await self._transport.tell(call, {"flags": int(Flag.SUPPRESS_EMBEDS)})


def public(url: str) -> bool:
    """Return whether others than we may reach an address, as far as it tells by itself: nobody is asked."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal", ".lan"))


def _ending(medium: Medium) -> str:
    path = urlsplit(medium.url).path.lower()
    ending = f".{path.rpartition('.')[2]}"
    return ending if ending in _KNOWN_ENDINGS else _ENDINGS[medium.kind]
