"""The webhook behind the real listener: who is believed, what strangers learn, and that it is the same way in."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import serve
from bot.clock import RandomIds
from bot.errors import RefusalCode, SettingsProblem, StoreTrouble
from bot.listener import MAX_BODY, Listener, ListenerSettings
from bot.platforms.feishu import crypto
from bot.platforms.feishu.webhook import PATH, TOO_OLD, Keys, Webhook, routes
from bot.platforms.feishu.wire import Json
from bot.settings import FeishuSection, ListenerSection, ProviderSection, Settings, StoreSection, WebSection
from bot.world import World
from providers.contract import Secret
from tests.fakes.clock import StoryClock
from tests.fakes.feishu_server import Clock, FeishuServer, Seal
from tests.fakes.feishu_server.webhook import Posted

KEY = "pretend encrypt key"


@dataclass(slots=True)
class Hooked:
    """A webhook and whoever posts to it."""

    feishu: FeishuServer
    clock: StoryClock
    taken: list[Mapping[str, Any]] = field(default_factory=list)
    answer: Json | None = None
    trouble: Exception | None = None
    slow: bool = False

    async def accept(self, event: Mapping[str, object]) -> Json | None:
        """Take an event, or do not."""
        if self.slow:
            await asyncio.Event().wait()
        if self.trouble is not None:
            raise self.trouble
        self.taken.append(event)
        return self.answer

    def event(self, kind: str = "im.message.receive_v1") -> dict[str, Any]:
        """Return an event."""
        return self.feishu.events.wrap(kind, {"n": 1})

    async def post(self, seal: Seal | None = None, event: Mapping[str, Any] | None = None) -> Posted:
        """Post an event, wrapped rightly or wrongly."""
        return await self.feishu.webhook.send(dict(event or self.event()), seal)


@pytest.fixture(name="hook")
async def a_hook() -> AsyncIterator[Hooked]:
    """A webhook at the listener, and a pretend Feishu that posts to it."""
    clock = StoryClock()
    async with FeishuServer(clock=Clock(lambda: clock.now().timestamp())) as feishu:
        feishu.app.encrypt_key = KEY
        hooked = Hooked(feishu, clock)
        listener = Listener(ListenerSettings(port=0, token=Secret("a code for people")), RandomIds())
        keys = Keys(Secret(KEY), Secret(feishu.app.verification_token))
        listener.add_proven(routes(Webhook(hooked.accept, keys, clock, within=0.2)))
        await listener.start()
        feishu.webhook.url = f"{listener.url}{PATH}"
        yield hooked
        await feishu.webhook.close()
        await listener.close()


async def test_an_event_is_taken(hook: Hooked) -> None:
    """Without a cookie, a page or an access code: it proves itself."""
    event = hook.event()
    posted = await hook.post(event=event)
    assert (posted.status, posted.json) == (200, {})
    assert hook.taken == [event]


async def test_a_callback_is_answered_in_the_response(hook: Hooked) -> None:
    """As over the long connection."""
    hook.answer = {"toast": {"content": "好"}}
    assert (await hook.post()).json == hook.answer


async def test_header_names_may_be_written_in_any_case(hook: Hooked) -> None:
    """Every proxy with HTTP/2 writes them small; the platform's own library then fails."""
    assert (await hook.post(Seal(lower_case=True))).status == 200


@pytest.mark.parametrize("seal", [Seal(), Seal(signed=False), Seal(plain=True), Seal(plain=True, signed=False)])
async def test_the_console_gets_its_challenge_back(hook: Hooked, seal: Seal) -> None:
    """Signed or not, encrypted or not, with the right token."""
    hook.feishu.webhook.seal = seal
    assert await hook.feishu.webhook.challenge()
    assert not hook.taken


@pytest.mark.parametrize("word", ['a "quoted" word', "字", ""])
async def test_a_challenge_is_echoed_as_json(hook: Hooked, word: str) -> None:
    """Whatever is in it."""
    question = {"challenge": word, "token": hook.feishu.app.verification_token, "type": "url_verification"}
    assert (await hook.post(event=question)).json == {"challenge": word}


@pytest.mark.parametrize(
    "seal",
    [
        Seal(signed=False),
        Seal(forged=True),
        Seal(plain=True),
        Seal(plain=True, signed=False),
        Seal(key="another key"),
        Seal(key="another key", signed=False),
        Seal(age=TOO_OLD + 60),
        Seal(age=-TOO_OLD - 60),
    ],
    ids=["unsigned", "forged", "plain", "plain and unsigned", "another key", "another, unsigned", "old", "from ahead"],
)
async def test_who_cannot_prove_it_learns_nothing(hook: Hooked, seal: Seal, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty refusal, always the same, and one line in the log."""
    posted = await hook.post(seal)
    assert (posted.status, posted.answer) == (401, b"")
    assert not hook.taken
    log = capsys.readouterr().out
    assert log.count("feishu_request_refused") == 1
    assert KEY not in log


@pytest.mark.parametrize("seal", [Seal(plain=True), Seal(plain=True, signed=False), Seal(signed=False), Seal()])
async def test_a_challenge_with_another_token_is_refused(hook: Hooked, seal: Seal) -> None:
    """Or anybody could have an address confirmed."""
    question = {"challenge": "x", "token": "another", "type": "url_verification"}
    assert (await hook.post(seal, question)).status == 401


async def test_an_event_in_the_clear_is_no_challenge(hook: Hooked) -> None:
    """Not even with the right token where a challenge has it."""
    event = {**hook.event(), "token": hook.feishu.app.verification_token}
    assert (await hook.post(Seal(plain=True), event)).status == 401


async def test_an_event_with_another_token_is_refused(hook: Hooked) -> None:
    """Even signed and encrypted."""
    event = hook.event()
    event["header"]["token"] = "another"
    assert (await hook.post(event=event)).status == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b"null"])
async def test_what_cannot_be_read_is_refused_in_few_words(hook: Hooked, body: bytes) -> None:
    """No page of an error for strangers."""
    posted = await hook.feishu.webhook.post(body, {"Content-Type": "application/json"})
    assert (posted.status, posted.answer) == (400, b"")


async def test_a_request_that_is_too_large_is_not_read(hook: Hooked) -> None:
    """A megabyte is more than any event has."""
    body = io.BytesIO(bytes(MAX_BODY + 1))
    async with aiohttp.ClientSession() as session, session.post(hook.feishu.webhook.url, data=body) as answer:
        assert (answer.status, await answer.read()) == (413, b"")


async def test_an_old_signature_is_taken_as_long_as_events_come_again(hook: Hooked) -> None:
    """It is not known whether a delivery after six hours is signed anew (reference section 2.1)."""
    assert (await hook.post(Seal(age=6.5 * 3600))).status == 200


@pytest.mark.parametrize("trouble", [StoreTrouble(RefusalCode.STORE_BUSY, "locked"), RuntimeError("a bug")])
async def test_what_cannot_be_taken_comes_again(hook: Hooked, trouble: Exception) -> None:
    """Refused with a status that Feishu understands, and with no word of why."""
    hook.trouble = trouble
    posted = await hook.post()
    assert (posted.status, posted.answer) == (500, b"")


async def test_what_takes_too_long_comes_again(hook: Hooked) -> None:
    """Before Feishu gives up by itself."""
    hook.slow = True
    assert (await hook.post()).status == 500


async def test_only_feishus_address_is_open(hook: Hooked) -> None:
    """The page behind the same listener still asks for its code."""
    async with aiohttp.ClientSession() as session, session.get(hook.feishu.webhook.url) as other:
        assert other.status in {401, 405}


def test_the_key_is_made_as_it_is_documented() -> None:
    """With the vector of the documentation (reference section 2.1)."""
    assert crypto.decrypt("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=", "test key") == b"hello world"


@pytest.mark.parametrize("sealed", ["", "AAAA", "not base64!", "A" * 43 + "=", "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIb"])
def test_nonsense_is_not_decrypted(sealed: str) -> None:
    """All of it fails in the same way."""
    with pytest.raises(crypto.Undecipherable):
        crypto.decrypt(sealed, "test key")


def test_a_webhook_without_a_key_is_not_made() -> None:
    """Anybody could speak for Feishu."""
    with pytest.raises(ValueError, match="Encrypt Key"):
        Webhook(_never, Keys(Secret(), Secret("token")), StoryClock())


async def _never(_: Mapping[str, object]) -> Json | None:
    raise AssertionError


# --- the whole service -------------------------------------------------------------------------------------------


def settings(home: Path, feishu: FeishuServer, **more: Any) -> Settings:
    """Return an operator's settings for a Limner that is only on Feishu."""
    section = FeishuSection.model_validate(
        {"app_id": feishu.app.app_id, "app_secret": feishu.app.secret, "base_url": feishu.domain, **more}
    )
    provider = ProviderSection.model_validate({"key": "sandbox-ima-key-0001", "base_url": "http://127.0.0.1:9/ima"})
    return Settings.model_construct(
        store=StoreSection(path=home / "limner.db"),
        listener=ListenerSection(port=0),
        web=WebSection(enabled=False),
        feishu=section,
        providers={"ima_studio": provider},
        defaults={},
    )


async def test_the_service_answers_by_webhook(tmp_path: Path) -> None:
    """From the request to the help card, with no connection of ours."""
    async with FeishuServer() as feishu:
        feishu.app.encrypt_key = KEY
        set_up = settings(tmp_path, feishu, transport="webhook", encrypt_key=KEY)
        async with serve(set_up, World.real()) as service:
            assert service.listener is not None
            feishu.webhook.url = f"{service.listener.url}{PATH}"
            assert await feishu.webhook.challenge()
            ann = feishu.person("ann")
            await ann.say("hello")
            await ann.finds("Tell me what to make")
            assert not feishu.lines.discovered
        await feishu.webhook.close()


async def test_the_service_connects_and_its_health_says_so(tmp_path: Path) -> None:
    """Over the long connection, which is the default."""
    async with FeishuServer() as feishu:
        set_up = settings(tmp_path, feishu)
        shown = set_up.model_copy(update={"web": WebSection(enabled=True)})
        async with serve(shown, World.real()) as service:
            await feishu.lines.connected()
            ann = feishu.person("ann")
            await ann.say("hello")
            await ann.finds("Tell me what to make")
            assert service.listener is not None
            async with aiohttp.ClientSession() as session, session.get(f"{service.listener.url}/health") as health:
                told = json.loads(await health.read())
            assert told["parts"]["feishu"] is True
            details = told["details"]["feishu"]
            assert set(details) == {"connected", "silent_for", "no_pong_for", "reconnects"}
            assert (details["connected"], details["reconnects"]) == (True, 0)


@pytest.mark.parametrize(
    "more, field",
    [({"app_secret": ""}, "feishu.app_secret"), ({"transport": "webhook"}, "feishu.encrypt_key")],
)
async def test_a_service_that_could_not_work_does_not_start(tmp_path: Path, more: Any, field: str) -> None:
    """And names the setting."""
    async with FeishuServer() as feishu:
        with pytest.raises(SettingsProblem, match=field):
            async with serve(settings(tmp_path, feishu, **more), World.real()):
                pass
