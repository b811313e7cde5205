"""Results read by us: as a picture that another provider works from, and where they may be fetched from at all.

What each chat does with a result is the chat's matter.
"""

import asyncio
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from typing_extensions import override

from bot.engine.ports import Results, Terms
from bot.settings import Settings
from providers.contract import Picture
from providers.errors import PictureError, PictureProblem
from providers.intake import MAX_PICTURE, checked
from providers.results import Downloads, ResultProblem, Unfetched

_PROBLEMS: Mapping[ResultProblem, PictureProblem] = {
    ResultProblem.FORBIDDEN_ADDRESS: PictureProblem.PRIVATE_ADDRESS,
    ResultProblem.UNREACHABLE: PictureProblem.UNREACHABLE,
    ResultProblem.TOO_BIG: PictureProblem.TOO_BIG,
}


def own_origins(settings: Settings, providers: Iterable[Terms]) -> tuple[str, ...]:
    """Return where results may be fetched from besides the public internet.

    That is where the operator put a provider, and where a provider keeps what nobody but us reaches.
    """
    named = [section.base_url for section in settings.providers.values() if section.base_url]
    kept = [terms.provider.capabilities.keeps_at for terms in providers if terms.provider.capabilities.keeps_at]
    return tuple(dict.fromkeys((*settings.web.media_hosts, *named, *kept)))


class ResultDoor(Results):
    """Reads results as pictures, by the rules of every download of a result."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads

    @override
    async def picture(self, address: str) -> Picture:
        with tempfile.TemporaryDirectory(prefix="limner-") as folder:
            try:
                file = await self._downloads.fetch(address, Path(folder) / "result", MAX_PICTURE)
            except Unfetched as no:
                raise PictureError(_PROBLEMS[no.problem]) from no
            return checked(await asyncio.to_thread(file.path.read_bytes))
