"""The pretend Feishu's webhook sender: challenge, encryption, signatures, wrong ones, the ladder and callbacks."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.feishu.rest import Rest, asking, frozen
from tests.fakes.feishu.samples import button, card
from tests.fakes.feishu_server import Clock, Seal
from tests.fakes.feishu_server.deliveries import LADDER
from tests.fakes.feishu_server.sealing import decrypted, encrypted, signature

KEY = "test key"
Json = dict[str, Any]
Script = Callable[[Json], Awaitable[web.Response]]


async def fine(event: Json) -> web.Response:
    """Answer everything as it should be."""
    if event.get("type") == "url_verification":
        return web.json_response({"challenge": event["challenge"]})
    return web.json_response({})


@dataclass
class Hook:
    """An address that takes events."""

    rest: Rest
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    script: Script = fine

    async def serve(self, request: web.Request) -> web.Response:
        """Keep a request and answer it."""
        body = await request.read()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        return await self.script(self.opened(body))

    def opened(self, body: bytes) -> Json:
        """Return an event, decrypted where it has to be."""
        event: Json = json.loads(body)
        return json.loads(decrypted(event["encrypt"], KEY)) if "encrypt" in event else event


@contextlib.asynccontextmanager
async def hooked(clock: Clock | None = None, key: str = KEY) -> AsyncIterator[Hook]:
    """Start a server that posts its events to an address."""
    async with asking(clock) as rest:
        hook = Hook(rest)
        application = web.Application()
        application.router.add_post("/hook", hook.serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        rest.server.webhook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        rest.server.app.encrypt_key = key
        try:
            yield hook
        finally:
            await rest.server.webhook.close()
            await runner.cleanup()


def test_the_vector_of_the_reference_is_decrypted() -> None:
    """AES-256-CBC as it is documented (reference section 2.1)."""
    sealed = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    assert decrypted(sealed, "test key") == b"hello world"
    assert decrypted(encrypted("船".encode(), KEY, b"i" * 16), KEY).decode() == "船"


async def test_the_address_has_to_echo_a_challenge_within_a_second() -> None:
    """Encrypted where a key is set, with the verification token in it."""
    clock = frozen()
    async with hooked(clock) as hook:
        webhook = hook.rest.server.webhook
        assert await webhook.challenge()
        question = hook.opened(hook.bodies[0])
        assert (question["token"], b"challenge" in hook.bodies[0]) == (hook.rest.server.app.verification_token, False)

        async def wrong(event: Json) -> web.Response:
            return web.json_response({"challenge": "something else"})

        async def slow(event: Json) -> web.Response:
            clock.advance(1.1)
            await asyncio.get_running_loop().create_future()
            return web.Response()

        for script in (wrong, slow):
            hook.script = script
            assert not await webhook.challenge()


async def test_events_are_encrypted_and_signed_over_the_raw_bytes() -> None:
    """Timestamp, nonce, key, body; no signature without a key."""
    async with hooked() as hook:
        server = hook.rest.server
        ann = server.person("ann")
        sent = await ann.say("画一只船")
        await server.deliveries.settled(server.delivery(sent))
        (headers,), (body,) = hook.headers, hook.bodies
        stamp, nonce = headers["X-Lark-Request-Timestamp"], headers["X-Lark-Request-Nonce"]
        by_hand = hashlib.sha256(f"{stamp}{nonce}{KEY}".encode() + body).hexdigest()
        assert headers["X-Lark-Signature"] == by_hand
        assert hook.opened(body)["event"]["message"]["message_id"] == sent.id
        server.app.encrypt_key = ""
        await server.deliveries.settled(server.delivery(await ann.say("in clear")))
        assert "X-Lark-Signature" not in hook.headers[1]
        assert b"in clear" in hook.bodies[1]


async def test_requests_can_be_wrong_in_every_way() -> None:
    """Plain, unsigned, forged, with another key, old, in lower case, recorded; the rest of each is as it should be."""
    clock = frozen()
    async with hooked(clock) as hook:
        webhook = hook.rest.server.webhook
        event = hook.rest.server.events.wrap("im.chat.updated_v1", {})
        await webhook.send(event, Seal(plain=True))
        assert (json.loads(hook.bodies[-1]) == event, "X-Lark-Signature" in hook.headers[-1]) == (True, True)
        await webhook.send(event, Seal(signed=False))
        assert "X-Lark-Signature" not in hook.headers[-1]
        for seal, right in ((Seal(), True), (Seal(forged=True), False), (Seal(age=25 * 3600), True)):
            await webhook.send(event, seal)
            told = hook.headers[-1]
            stamp = told["X-Lark-Request-Timestamp"]
            expected = signature(stamp, told["X-Lark-Request-Nonce"], KEY, hook.bodies[-1])
            assert ((told["X-Lark-Signature"] == expected), int(stamp)) == (right, int(clock.time() - seal.age))
        posted = await webhook.send(event, Seal(lower_case=True))
        assert {"x-lark-signature", "x-lark-request-nonce"} <= set(hook.headers[-1])
        await webhook.replay(posted)
        assert (hook.bodies[-1], hook.headers[-1]["x-lark-signature"]) == (
            hook.bodies[-2],
            hook.headers[-2]["x-lark-signature"],
        )
        hook.script = lambda _: fine({})
        body, headers = webhook.wrapped(event, Seal(key="another"))
        assert headers["X-Lark-Signature"] == signature(
            headers["X-Lark-Request-Timestamp"], headers["X-Lark-Request-Nonce"], "another", body
        )


async def test_anything_but_200_in_three_seconds_is_delivered_again() -> None:
    """A failure, a redirection, silence, nobody there; the ladder is that of the connections."""
    clock = frozen()
    async with hooked(clock) as hook:
        server = hook.rest.server

        async def failing(event: Json) -> web.Response:
            return web.Response(status=500)

        async def elsewhere(event: Json) -> web.Response:
            return web.Response(status=302, headers={"Location": server.webhook.url})

        async def silent(event: Json) -> web.Response:
            clock.advance(3.1)
            await asyncio.get_running_loop().create_future()
            return web.Response()

        delivery = None
        for times, script in enumerate((failing, elsewhere, silent), 1):
            hook.script = script
            if delivery is None:
                delivery = server.delivery(await server.person("ann").say("x"))
            await server.deliveries.tried(delivery, times)
            if times < 3:
                hook.script = (elsewhere, silent)[times - 1]
                clock.advance(LADDER[times - 1])
        assert delivery is not None
        url, server.webhook.url = server.webhook.url, "http://127.0.0.1:9/nobody"
        clock.advance(LADDER[2])
        await server.deliveries.tried(delivery, 4)
        server.webhook.url, hook.script = url, fine
        clock.advance(LADDER[3])
        await server.deliveries.settled(delivery)
        assert [one.code for one in delivery.attempts] == [500, 302, 0, 0, 200]
        assert [one.problem.split(":")[0] for one in delivery.attempts[2:4]] == [
            "no answer in time",
            "cannot be reached",
        ]


async def test_a_click_is_answered_in_the_body() -> None:
    """Toast and card as JSON; no JSON is 200672, no address 200342, no 200 is 200671."""
    async with hooked() as hook:
        server = hook.rest.server
        ann = server.person("ann")
        message = await hook.rest.sent("interactive", card(button("Go")), ann.dm.id)
        answer: Json = {
            "toast": {"type": "info", "content": "wait"},
            "card": {"type": "raw", "data": card(button("No"))},
        }
        told: list[web.Response] = [
            web.Response(status=500),
            web.Response(text="<html>"),
            web.json_response(answer),
        ]

        async def script(event: Json) -> web.Response:
            return told.pop(0)

        hook.script = script
        codes = [(await ann.answered(await ann.click(message, "Go"))).code for _ in range(3)]
        assert (codes, server.clicks.all[-1].toast) == ([200671, 200672, 0], "wait")
        server.webhook.url = "http://127.0.0.1:9/nobody"
        assert (await ann.answered(await ann.click(message, "No"))).code == 200342
