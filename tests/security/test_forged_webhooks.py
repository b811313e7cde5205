"""Whoever is not Feishu is not believed: every bit counts, and what was recorded is worth nothing twice."""

import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.clock import RandomIds
from bot.listener import MAX_BODY, Listener, ListenerSettings
from bot.platforms.feishu.webhook import PATH, Keys, Webhook, routes
from bot.storage.inbox import Inbox, Received
from bot.storage.sqlite import SqliteStore
from providers.contract import Secret
from tests.fakes.clock import StoryClock
from tests.fakes.feishu_server import Clock, FeishuServer, Seal
from tests.platforms.feishu.test_webhook import KEY, Hooked

Change = Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]
SIGN, STAMP, NONCE = "X-Lark-Signature", "X-Lark-Request-Timestamp", "X-Lark-Request-Nonce"


@contextlib.asynccontextmanager
async def hooked() -> AsyncIterator[Hooked]:
    """A webhook at a real listener, and a pretend Feishu that posts to it."""
    clock = StoryClock()
    async with FeishuServer(clock=Clock(lambda: clock.now().timestamp())) as feishu:
        feishu.app.encrypt_key = KEY
        hook = Hooked(feishu, clock)
        listener = Listener(ListenerSettings(port=0), RandomIds())
        keys = Keys(Secret(KEY), Secret(feishu.app.verification_token))
        listener.add_proven(routes(Webhook(hook.accept, keys, clock, within=5.0)))
        await listener.start()
        feishu.webhook.url = f"{listener.url}{PATH}"
        try:
            yield hook
        finally:
            await feishu.webhook.close()
            await listener.close()


def header(name: str, value: str | None) -> Change:
    """Return a change of one header; ``None`` leaves it out."""

    def change(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        others = {key: old for key, old in headers.items() if key != name}
        return body, others if value is None else {**others, name: value}

    return change


def sealed(make: Callable[[bytes], object]) -> Change:
    """Return a change of what is encrypted, with the old signature."""

    def change(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        data = base64.b64decode(json.loads(body)["encrypt"])
        return json.dumps({"encrypt": make(data)}).encode(), headers

    return change


def _flipped(at: int) -> Callable[[bytes], object]:
    def make(data: bytes) -> object:
        changed = bytearray(data)
        changed[at % len(data)] ^= 1
        return base64.b64encode(bytes(changed)).decode()

    return make


def _shifted(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """Move the border between time and nonce: their concatenation, and so the signature, stays the same."""
    return body, {**headers, STAMP: headers[STAMP] + headers[NONCE][0], NONCE: headers[NONCE][1:]}


TAMPERED: Mapping[str, Change] = {
    "no signature": header(SIGN, None),
    "empty signature": header(SIGN, ""),
    "signature of zeros": header(SIGN, "0" * 64),
    "half a signature": lambda b, h: (b, {**h, SIGN: h[SIGN][:32]}),
    "signature in capitals": lambda b, h: (b, {**h, SIGN: h[SIGN].upper()}),
    "signature with a blank inside": lambda b, h: (b, {**h, SIGN: f"{h[SIGN][:5]} {h[SIGN][5:]}"}),
    "two signatures": lambda b, h: (b, {**h, SIGN: f"{h[SIGN]}, {h[SIGN]}"}),
    "another time": header(STAMP, "1"),
    "no time": header(STAMP, None),
    "time as words": header(STAMP, "now"),
    "negative time": header(STAMP, "-1"),
    "huge time": header(STAMP, "9" * 400),
    "another nonce": header(NONCE, "x"),
    "no nonce": header(NONCE, None),
    "border of time and nonce moved": _shifted,
    "a blank behind the body": lambda b, h: (b + b" ", h),
    "a blank before the body": lambda b, h: (b" " + b, h),
    "nothing encrypted": sealed(lambda _: ""),
    "a number encrypted": sealed(lambda _: 7),
    "no base64": sealed(lambda _: "%%%"),
    "one block less": sealed(lambda data: base64.b64encode(data[:-16]).decode()),
    "one block more": sealed(lambda data: base64.b64encode(data + bytes(16)).decode()),
    "blocks swapped": sealed(lambda d: base64.b64encode(d[:16] + d[32:48] + d[16:32] + d[48:]).decode()),
    **{f"bit {at} flipped": sealed(_flipped(at)) for at in (0, 15, 16, 31, 32, 100, -17, -16, -1)},
}


async def test_every_change_of_a_request_is_noticed() -> None:
    """Refused with an empty answer, whatever was changed; the same request unchanged is taken."""
    async with hooked() as hook:
        for name, change in TAMPERED.items():
            body, headers = hook.feishu.webhook.wrapped(hook.event(), Seal())
            posted = await hook.feishu.webhook.post(*change(body, headers))
            assert posted.status in {400, 401}, name
            assert posted.answer == b"", name
            assert hook.taken == [], name
        assert (await hook.post()).status == 200
        assert len(hook.taken) == 1


UNPROVED: Mapping[str, bytes] = {
    "empty": b"",
    "brackets": b"[" * 500_000,
    "braces": b'{"a":' * 100_000,
    "deep and closed": b"[" * 100_000 + b"]" * 100_000,
    "null": b"null",
    "number": b"1" * 5000,
    "not a number": b"NaN",
    "text": b'"encrypt"',
    "list": b'[{"encrypt": "x"}]',
    "half utf-8": b'{"encrypt": "\xc3"}',
    "utf-16": '{"encrypt": "x"}'.encode("utf-16"),
    "null byte": b'{"encrypt\x00": "x"}',
    "form": b"encrypt=x&type=url_verification",
    "xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "plain event": b'{"schema": "2.0", "header": {"event_type": "im.message.receive_v1"}, "event": {}}',
    "plain question": b'{"type": "url_verification", "challenge": "x"}',
    "question with a list for a token": b'{"type": "url_verification", "challenge": "x", "token": ["a"]}',
    "question with no token at all": b'{"type": "url_verification", "challenge": "x", "token": null}',
    "question of wrong type": b'{"type": ["url_verification"], "challenge": "x"}',
    "many keys": json.dumps({str(n): n for n in range(20_000)}).encode(),
    "prototype": b'{"__proto__": {"type": "url_verification"}, "constructor": 1}',
    "almost too large": b'{"encrypt": "' + b"A" * (MAX_BODY - 20) + b'"}',
}


async def test_nonsense_is_refused_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    """A stranger's body is no error of ours: a status, no words, one line in the log and no traceback."""
    async with hooked() as hook:
        for name, body in UNPROVED.items():
            posted = await hook.feishu.webhook.post(body, {"Content-Type": "application/json"})
            assert posted.status in {400, 401, 413}, name
            assert posted.answer == b"", name
        assert hook.taken == []
    log = capsys.readouterr()
    assert (log.out + log.err).count("feishu_request_refused") == len(UNPROVED)
    assert "Traceback" not in log.out + log.err


@dataclass
class _Kept:
    """An inbox as the service has it, behind the webhook."""

    inbox: Inbox
    clock: StoryClock
    acted: int = 0

    async def accept(self, event: Mapping[str, object]) -> None:
        """Write an event down, once."""
        head = event["header"]
        assert isinstance(head, dict)
        new = Received(str(head["event_id"]), "lane", self.clock.now(), json.dumps(dict(event)))
        self.acted += await self.inbox.keep(new)


@pytest.mark.parametrize("after", [0, 60, 3600, 6 * 3600, 23 * 3600, 25 * 3600, 8 * 24 * 3600])
async def test_a_recorded_request_counts_once(tmp_path: Path, after: int) -> None:
    """Posted again it is found in the inbox; when the inbox has forgotten it, its signature is long too old."""
    async with hooked() as hook:
        store = await SqliteStore.open(tmp_path / "limner.db", hook.clock.now)
        kept = _Kept(Inbox(store), hook.clock)
        body, headers = hook.feishu.webhook.wrapped(hook.event(), Seal())
        listener = Listener(ListenerSettings(port=0), RandomIds())
        keys = Keys(Secret(KEY), Secret(hook.feishu.app.verification_token))
        listener.add_proven(routes(Webhook(kept.accept, keys, hook.clock)))
        await listener.start()
        hook.feishu.webhook.url = f"{listener.url}{PATH}"
        first = await hook.feishu.webhook.post(body, headers)
        hook.clock.skip(after)
        await hook.feishu.webhook.replay(first)
        await listener.close()
        await store.close()
        assert (first.status, kept.acted) == (200, 1)
