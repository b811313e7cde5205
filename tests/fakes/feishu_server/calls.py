"""Every request the bot made, as it was made and as it was answered. How it is answered is not here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from typing_extensions import override

from tests.fakes.discord_server.news import News


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart form."""

    filename: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Call:
    """One request. ``route`` is its name in ``routes.py``; ``status`` is None while it is not answered, 0 = dropped.

    ``payload`` is the JSON or the fields of a form; ``size`` the bytes of the body. No token is kept.
    """

    number: int
    route: str
    method: str
    path: str
    where: Mapping[str, str]
    at: float
    query: Mapping[str, str]
    headers: Mapping[str, str]
    payload: Any = None
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    size: int = 0
    status: int | None = None
    code: int = 0
    log_id: str = ""
    fault: str = ""

    @override
    def __str__(self) -> str:
        return f"#{self.number} {self.route} {dict(self.where)} -> {self.status} {self.code or ''}".rstrip()


class Calls:
    """The requests in the order they came."""

    def __init__(self, news: News) -> None:
        self.all: list[Call] = []
        self._news = news

    def __iter__(self) -> Iterator[Call]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    def note(self, call: Call) -> None:
        """Keep a request."""
        self.all.append(call)
        self._news.tell()

    def answered(self, call: Call, status: int, code: int = 0) -> None:
        """Keep how it was answered."""
        call.status, call.code = status, code
        self._news.tell()

    def to(self, route: str, *, status: int | None = None, code: int | None = None) -> list[Call]:
        """Return the requests to a route (wildcards allowed), perhaps only those with this answer."""
        return [
            call
            for call in self.all
            if fnmatchcase(call.route, route)
            and (status is None or call.status == status)
            and (code is None or call.code == code)
        ]

    async def until(self, route: str, times: int = 1, where: Callable[[Call], bool] = lambda _: True) -> Call:
        """Wait for the n-th answered request to a route, and return it."""

        def find() -> Call | None:
            found = [call for call in self.to(route) if call.status is not None and where(call)]
            return found[times - 1] if len(found) >= times else None

        return await self._news.until(find, lambda: f"no {times} answered calls to {route}; there were {self.tail()}")

    async def came(self, route: str, times: int = 1) -> Call:
        """Wait for the n-th request to a route, answered or not, and return it."""

        def find() -> Call | None:
            found = self.to(route)
            return found[times - 1] if len(found) >= times else None

        return await self._news.until(find, lambda: f"no {times} calls to {route}; there were {self.tail()}")

    def tail(self, count: int = 12) -> str:
        """Return the last requests, for the message of a failed test."""
        return "; ".join(str(call) for call in self.all[-count:]) or "no calls at all"
