"""Events by webhook: written, encrypted, signed and posted to an address, rightly or wrongly. The ladder: no."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.deliveries import ANSWER_SECONDS, Attempt, Delivery, until
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.sealing import encrypted, signature
from tests.fakes.feishu_server.world import App, Ids

CHALLENGE_SECONDS = 1.0
_SIGNATURE = "X-Lark-Signature"


@dataclass(frozen=True, slots=True)
class Seal:
    """How events are wrapped. The defaults are the platform's own; everything else is an attack or a proxy.

    ``plain`` = in clear though a key is set; ``signed`` False = no headers; ``forged`` = another signature; ``key`` =
    another key than the application's; ``lower_case`` = header names as HTTP/2 proxies write them; ``age`` = seconds
    that the timestamp lies back.
    """

    plain: bool = False
    signed: bool = True
    forged: bool = False
    key: str = ""
    lower_case: bool = False
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Posted:
    """One request to the webhook and its answer. ``status`` 0 = there was none."""

    body: bytes
    headers: Mapping[str, str]
    status: int
    answer: bytes = b""
    problem: str = ""

    @property
    def json(self) -> Json:
        """Return the answer where it has to be an object."""
        found = json.loads(self.answer)
        assert isinstance(found, dict), found
        return found


@dataclass(slots=True)
class Webhook:
    """Posts to ``url``; set it (and perhaps ``app.encrypt_key``) to switch the application over from connections."""

    app: App
    clock: Clock
    news: News
    ids: Ids
    url: str = ""
    seal: Seal = field(default_factory=Seal)
    posted: list[Posted] = field(default_factory=list)
    _session: aiohttp.ClientSession | None = None

    async def carry(self, delivery: Delivery, attempt: Attempt) -> None:
        """Post an event once; accepted is a 200 in time."""
        attempt.line = self.url
        posted = await self.send(delivery.event, due=attempt.due)
        attempt.code, attempt.problem = posted.status, posted.problem
        if posted.status == 200 and delivery.callback:
            try:
                attempt.answer = json.loads(posted.answer) if posted.answer else None
            except ValueError:
                attempt.problem = "the answer is no JSON"

    async def challenge(self) -> bool:
        """Ask whether the address is the application's, as the console does; it is when it echoes within a second."""
        word = self.ids.new("ajls384kdjx98XX-")
        question = {"challenge": word, "token": self.app.verification_token, "type": "url_verification"}
        posted = await self.send(question, due=self.clock.time() + CHALLENGE_SECONDS)
        return posted.status == 200 and posted.json.get("challenge") == word

    async def send(self, event: Json, seal: Seal | None = None, *, due: float | None = None) -> Posted:
        """Wrap something and post it; nobody waits longer than three seconds, or until ``due``."""
        body, headers = self.wrapped(event, seal or self.seal)
        return await self.post(body, headers, due=due)

    async def replay(self, posted: Posted) -> Posted:
        """Post the very same bytes and headers again, as somebody may who has recorded them."""
        return await self.post(posted.body, posted.headers)

    async def post(self, body: bytes, headers: Mapping[str, str], *, due: float | None = None) -> Posted:
        """Post bytes as they are."""
        due = self.clock.time() + ANSWER_SECONDS if due is None else due
        found = await until(self.clock, due, self._post(body, headers))
        posted = found or Posted(body, headers, 0, problem="no answer in time")
        self.posted.append(posted)
        self.news.tell()
        return posted

    def wrapped(self, event: Json, seal: Seal) -> tuple[bytes, dict[str, str]]:
        """Return the body and headers of an event."""
        key = seal.key or self.app.encrypt_key
        body = json.dumps(event, ensure_ascii=False).encode()
        if key and not seal.plain:
            iv = bytes.fromhex(self.ids.new("")[:32])
            body = json.dumps({"encrypt": encrypted(body, key, iv)}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if key and seal.signed:
            headers |= self._signed(body, key, seal)
        return body, {name.lower(): value for name, value in headers.items()} if seal.lower_case else headers

    async def close(self) -> None:
        """Let the connections go."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _signed(self, body: bytes, key: str, seal: Seal) -> dict[str, str]:
        stamp, nonce = str(int(self.clock.time() - seal.age)), self.ids.new("")[:16]
        sign = signature(stamp, nonce, "another key" if seal.forged else key, body)
        return {"X-Lark-Request-Timestamp": stamp, "X-Lark-Request-Nonce": nonce, _SIGNATURE: sign}

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Posted:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        try:
            # A redirection is an answer like any other that is not 200.
            async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
                return Posted(body, headers, response.status, await response.read())
        except aiohttp.ClientError as error:
            return Posted(body, headers, 0, problem=f"cannot be reached: {type(error).__name__}")
