"""Creating an application by scanning a code, as a device flow (reference section 13). What the code looks like: no."""

from collections import deque
from dataclasses import dataclass, field

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.door import Answer, Ask
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.world import App, Ids

EXPIRES = 600.0


@dataclass(slots=True)
class Registration:
    """The flow of one device code after the other. It ends with the credentials of the fake's own application.

    ``interval`` is what a client is told to wait between two questions; ``brand`` is whose code was scanned.
    """

    app: App
    clock: Clock
    ids: Ids
    interval: int = 5
    brand: str = "feishu"
    codes: dict[str, float] = field(default_factory=dict)
    scanned_by: str = ""
    denied: bool = False
    _slowed: deque[None] = field(default_factory=deque)

    def scan(self, open_id: str) -> None:
        """Let a person scan the code and agree."""
        self.scanned_by = open_id

    def deny(self) -> None:
        """Let a person scan the code and refuse."""
        self.denied = True

    def slow_down(self, times: int = 1) -> None:
        """Tell the next questions that they come too often."""
        self._slowed.extend([None] * times)

    def answer(self, ask: Ask) -> Answer:
        """Answer one step: init, begin or poll."""
        form = ask.form
        if form.get("action") == "init":
            return Answer(body={"nonce": self.ids.new(""), "supported_auth_methods": ["client_secret"]})
        if form.get("action") == "begin":
            return Answer(body=self._begin())
        if form.get("action") == "poll":
            return self._poll(str(form.get("device_code")))
        return _error("invalid_request")

    def _begin(self) -> Json:
        code = self.ids.new("")
        self.codes[code] = self.clock.time() + EXPIRES
        page = "https://accounts.example/page/launcher"
        return {
            "device_code": code,
            "user_code": code[:8],
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={code[:8]}",
            "interval": self.interval,
            "expires_in": int(EXPIRES),
        }

    def _poll(self, code: str) -> Answer:
        if self.codes.get(code, 0.0) <= self.clock.time():
            return _error("expired_token")
        if self._slowed:
            self._slowed.popleft()
            return _error("slow_down")
        if self.denied:
            return _error("access_denied")
        if not self.scanned_by:
            return _error("authorization_pending")
        del self.codes[code]
        told: Json = {"user_info": {"open_id": self.scanned_by, "tenant_brand": self.brand}}
        return Answer(body={**told, "client_id": self.app.app_id, "client_secret": self.app.secret})


def _error(name: str) -> Answer:
    return Answer(body={"error": name, "error_description": f"the flow says {name}"}, status=400)
