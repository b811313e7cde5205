"""Everything that was made and saved: what survives a restart, and what ``/api/history`` tells of it.

How files look is in ``gallery``; a row is what the reference, section 1.10, calls one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from providers.sandbox.ima2.answers import Json
from providers.sandbox.records import Record, Records

_KIND = "ima2.made"
_USUAL, _MOST = 50, 500


@dataclass(frozen=True, slots=True)
class Made:
    """One saved result: its row of the history, and what is on it (see ``gallery``)."""

    row: Json
    picture: Json

    @property
    def filename(self) -> str:
        """Return the name of its file."""
        return str(self.row["filename"])

    @property
    def created_at(self) -> int:
        """Return when it was saved, in milliseconds."""
        return int(str(self.row["createdAt"]))

    @property
    def seconds(self) -> int:
        """Return how long it plays; 0 for a picture."""
        return int(str(self.picture["seconds"]))


class Shelf:
    """All results of one ima2, the latest first."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._made: dict[str, Made] = {}
        self.count = 0
        """How many results there ever were, deleted ones among them; names are made of it."""

    def load(self) -> None:
        """Read what an earlier run left."""
        for record in self._records.all(_KIND):
            self.count += 1
            row, picture = record.body["row"], record.body["picture"]
            if isinstance(row, dict) and isinstance(picture, dict) and not record.body.get("deleted"):
                self._made[record.key] = Made(row, picture)

    def add(self, made: Made) -> None:
        """Save one."""
        self._records.keep(Record(_KIND, made.filename, {"row": made.row, "picture": made.picture}))
        self._made[made.filename] = made
        self.count += 1

    def remove(self, filename: str) -> bool:
        """Throw one away; tell whether it was there."""
        made = self._made.pop(filename, None)
        if made is None:
            return False
        body = {"row": made.row, "picture": made.picture, "deleted": True}
        self._records.keep(Record(_KIND, filename, body))
        return True

    def file(self, filename: str) -> Made | None:
        """Return a result by the name of its file."""
        return self._made.get(filename)

    def by_request(self, request_id: str) -> Made | None:
        """Return the first result of a job."""
        return next((made for made in self._made.values() if made.row["requestId"] == request_id), None)

    def node(self, node_id: str) -> Made | None:
        """Return the result of a node."""
        return next((made for made in self._made.values() if made.row.get("nodeId") == node_id), None)

    def seconds(self, filename: str) -> int:
        """Return how long a clip plays."""
        made = self._made.get(filename)
        return 0 if made is None else made.seconds

    def listed(self, query: Mapping[str, str]) -> dict[str, object]:
        """Answer ``/api/history``. ``total`` ignores every filter, as the real one does."""
        latest = sorted(self._made.values(), key=lambda made: (made.created_at, made.filename), reverse=True)
        wanted = [made for made in latest if _fits(made, query)]
        limit = min(max(_number(query.get("limit"), _USUAL), 1), _MOST)
        page = wanted[:limit]
        cursor = None
        if len(wanted) > limit:
            cursor = {"before": page[-1].created_at, "beforeFilename": page[-1].filename}
        rest: dict[str, object] = {"total": len(latest), "nextCursor": cursor}
        rows = [made.row for made in page]
        return {**_grouped(rows), **rest} if query.get("groupBy") == "session" else {"items": rows, **rest}


def _fits(made: Made, query: Mapping[str, str]) -> bool:
    for name in ("requestId", "sessionId"):
        if name in query and made.row.get(name) != query[name]:
            return False
    if "since" in query and made.created_at <= _number(query["since"], 0):
        return False
    if "before" not in query:
        return True
    before = (_number(query["before"], 0), query.get("beforeFilename", ""))
    return (made.created_at, made.filename) < before


def _grouped(rows: Iterable[Json]) -> dict[str, object]:
    by_session = sorted((row for row in rows if row.get("sessionId")), key=lambda row: str(row["sessionId"]))
    sessions = []
    for session, group in groupby(by_session, key=lambda row: str(row["sessionId"])):
        items = list(group)
        used = max(int(str(row["createdAt"])) for row in items)
        sessions.append({"sessionId": session, "items": items, "lastUsedAt": used, "title": None, "label": session})
    return {"sessions": sessions, "loose": [row for row in rows if not row.get("sessionId")]}


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdecimal() else usual
