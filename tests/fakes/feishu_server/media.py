"""Uploaded pictures and files and their keys: limits, owners, types (reference section 7.1). Routes are not here."""

from dataclasses import dataclass, field

from tests.fakes.feishu_server.refusals import refuse
from tests.fakes.feishu_server.sniff import IMAGES, resolution, sniff
from tests.fakes.feishu_server.world import Ids, World

MOST_IMAGE = 10 << 20
MOST_FILE = 30 << 20
MOST_DOWNLOAD = 100 << 20
WIDEST, WIDEST_GIF = 12_000, 2_000
FILE_TYPES = frozenset({"opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"})


@dataclass(frozen=True, slots=True)
class Medium:
    """An uploaded picture or file. ``by_bot`` False = a person sent it. ``duration`` in milliseconds, 0 = not given.

    ``type`` is what the uploader said it is, ``sniffed`` what it is.
    """

    key: str
    data: bytes = field(repr=False)
    type: str
    name: str = ""
    duration: int = 0
    by_bot: bool = True

    @property
    def sniffed(self) -> str:
        """Return what the bytes are."""
        return sniff(self.data)

    @property
    def is_image(self) -> bool:
        """Tell whether it is one for messages and cards."""
        return self.type == "image"

    @property
    def plays(self) -> bool:
        """Tell whether a client can play it."""
        return self.type == "mp4" and self.sniffed == "mp4"


class Media:
    """Everything that was uploaded, by key."""

    def __init__(self, world: World, ids: Ids) -> None:
        self._world = world
        self._ids = ids
        self.all: dict[str, Medium] = {}

    def add_image(self, data: bytes, *, by_bot: bool = True) -> Medium:
        """Keep a picture. Refused with 234010, 234006, 234011, 234039."""
        if not data:
            refuse(234010)
        if len(data) > MOST_IMAGE:
            refuse(234006)
        kind = sniff(data)
        if kind not in IMAGES:
            refuse(234011)
        widest = WIDEST_GIF if kind == "gif" else WIDEST
        if max(resolution(data) or (0, 0)) > widest:
            refuse(234039)
        return self._keep(Medium(self._ids.new("img_v3_"), data, "image", by_bot=by_bot))

    def add_file(self, data: bytes, kind: str, name: str, duration: int = 0, *, by_bot: bool = True) -> Medium:
        """Keep a file. Refused with 234001, 234010, 234006."""
        if kind not in FILE_TYPES or not name:
            refuse(234001)
        if not data:
            refuse(234010)
        if by_bot and len(data) > MOST_FILE:
            refuse(234006)
        return self._keep(Medium(self._ids.new("file_v3_"), data, kind, name, duration, by_bot=by_bot))

    def image(self, key: object) -> Medium:
        """Return a picture of this application. Refused with 230017 and 230001."""
        found = self._own(key)
        if not found.is_image:
            refuse(230055, "the key is not that of an image")
        return found

    def file(self, key: object) -> Medium:
        """Return a file of this application. Refused with 230017, 230001, 230055."""
        found = self._own(key)
        if found.is_image:
            refuse(230055, "the key is that of an image")
        return found

    def _own(self, key: object) -> Medium:
        if key in self._world.foreign_keys:
            refuse(230017)
        found = self.all.get(key) if isinstance(key, str) else None
        if found is None:
            refuse(230001, f"invalid image_key or file_key: {key}")
        if not found.by_bot:
            # A key from a person's message only reads that message.
            refuse(230017)
        return found

    def _keep(self, medium: Medium) -> Medium:
        self.all[medium.key] = medium
        return medium
