"""Tokens and rates of the pretend Feishu, on its clock."""

from typing import Any

import pytest

from tests.fakes.feishu.rest import Rest, asking, frozen
from tests.fakes.feishu.samples import card

TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
BOT = "/open-apis/bot/v3/info"
TEXT = {"text": "hello"}


async def test_a_token_is_the_same_until_half_an_hour_is_left_and_then_both_are_good() -> None:
    """Reference section 8: refreshing early leaves no gap."""
    clock = frozen()
    async with asking(clock) as rest:
        first = rest.token
        clock.advance(5400)
        reply = await rest.login()
        assert (rest.token, reply.body["expire"]) == (first, 1800)
        clock.advance(1)
        reply = await rest.login()
        assert (rest.token != first, reply.body["expire"]) == (True, 7200)
        assert [(await rest.call("GET", BOT, bearer=one)).code for one in (first, rest.token)] == [0, 0]
        clock.advance(1799)
        assert (await rest.call("GET", BOT, bearer=first)).code == 99991663
        assert rest.server.tokens.uses[first] == 1


@pytest.mark.parametrize(
    "form, code",
    [({}, 10003), ({"app_id": "cli_x", "app_secret": "x"}, 10015), ({"app_id": None, "app_secret": "x"}, 10014)],
)
async def test_wrong_secrets_have_codes(form: dict[str, Any], code: int) -> None:
    """With HTTP 200: the code decides."""
    async with asking() as rest:
        if form and form["app_id"] is None:
            form = {**form, "app_id": rest.server.app.app_id}
        reply = await rest.call("POST", TOKEN, form, bearer="")
        assert (reply.status, reply.code) == (200, code)


@pytest.mark.parametrize("bearer, code", [("", 99991661), ("u-x", 99991671), ("t-x", 99991663)])
async def test_bad_tokens_have_codes(bearer: str, code: int) -> None:
    """None, one of another kind, an unknown one; with a log id in header and body."""
    async with asking() as rest:
        reply = await rest.call("GET", BOT, bearer=bearer)
        assert (reply.status, reply.code) == (400, code)
        assert reply.body["error"]["log_id"] == reply.headers["X-Tt-Logid"]


async def times(rest: Rest, count: int, to: str = "") -> list[int]:
    """Write so many messages and return their codes."""
    return [(await rest.create("text", TEXT, to)).code for _ in range(count)]


async def test_a_chat_takes_five_messages_a_second() -> None:
    """Each chat for itself; a second later there is room again."""
    clock = frozen()
    async with asking(clock, limited=True) as rest:
        other = rest.server.world.add_group("Other")
        assert await times(rest, 6) == [0] * 5 + [230020]
        assert await times(rest, 1, other.id) == [0]
        clock.advance(1)
        assert await times(rest, 1) == [0]
        assert rest.server.quotas.exceeded == [f"chat {rest.server.studio.id}"]


async def test_a_card_takes_five_patches_a_second() -> None:
    """230020 is for dropping intermediate progress."""
    clock = frozen()
    async with asking(clock, limited=True) as rest:
        notice = await rest.sent("interactive", card())
        codes = [(await rest.patch(notice, card())).code for _ in range(6)]
        assert codes == [0] * 5 + [230020]


async def test_an_api_takes_fifty_a_second_and_a_thousand_a_minute() -> None:
    """Told with 429, 99991400 and the seconds to wait (reference section 5)."""
    clock = frozen()
    async with asking(clock, limited=True) as rest:
        replies = [await rest.call("GET", BOT) for _ in range(50)]
        assert (replies[-1].code, replies[-1].headers["x-ogw-ratelimit-limit"]) == (0, "50")
        over = await rest.call("GET", BOT)
        assert (over.status, over.code, over.headers["x-ogw-ratelimit-reset"]) == (429, 99991400, "1")
        for _ in range(19):
            clock.advance(1)
            for _ in range(50):
                assert (await rest.call("GET", BOT)).code == 0
        clock.advance(1)
        minute = await rest.call("GET", BOT)
        assert (minute.status, minute.headers["x-ogw-ratelimit-limit"]) == (429, "1000")
        assert int(minute.headers["x-ogw-ratelimit-reset"]) == 40
