"""The application's tenant tokens: how long they live, when a second one comes, what a bad one is told."""

from collections import Counter

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.refusals import Json, refuse
from tests.fakes.feishu_server.world import App

LIFE = 7200.0
"""Seconds a new token is good for."""

LATE = 1800.0
"""With less than this left, the next question gets a new token; the old one stays good until its end."""


class Tokens:
    """Gives tokens out and knows them again. ``uses`` counts the requests that showed each of them."""

    def __init__(self, app: App, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._ends: dict[str, float] = {}
        self._revoked: dict[str, float] = {}
        self.uses: Counter[str] = Counter()
        self.given = 0
        self.asked = 0

    @property
    def all(self) -> list[str]:
        """Return every token that was ever given out."""
        return [f"t-{self._app.app_id}-{number:04d}" for number in range(1, self.given + 1)]

    def answer(self, form: Json) -> Json:
        """Answer a question for a token. Refused with 10003, 10014 or 10015."""
        self.asked += 1
        if not form.get("app_id") or not form.get("app_secret"):
            refuse(10003)
        if form["app_id"] != self._app.app_id:
            refuse(10015)
        if form["app_secret"] != self._app.secret:
            refuse(10014)
        token, end = self._current()
        left = int(end - self._clock.time())
        return {"code": 0, "msg": "ok", "tenant_access_token": token, "expire": left}

    def check(self, header: str | None) -> None:
        """Let a request pass. Refused with 99991661 (none), 99991671 (no such kind), 99991663 (dead) or 99991662."""
        if not header or not header.startswith("Bearer "):
            refuse(99991661)
        token = header.removeprefix("Bearer ")
        if not token.startswith("t-"):
            refuse(99991671)
        if self._ends.get(token, 0.0) <= self._clock.time():
            refuse(99991663)
        if not self._app.enabled:
            refuse(99991662)
        self.uses[token] += 1

    def revoke(self) -> None:
        """Let every token die now."""
        self._revoked, self._ends = {**self._revoked, **self._ends}, {}

    def restore(self) -> None:
        """Take :meth:`revoke` back, for a client that never asks for another token."""
        self._ends, self._revoked = {**self._revoked, **self._ends}, {}

    def _current(self) -> tuple[str, float]:
        now = self._clock.time()
        for token, end in reversed(self._ends.items()):
            if end - now >= LATE:
                return token, end
        self.given += 1
        token = self.all[-1]
        self._ends[token] = now + LIFE
        return token, self._ends[token]
