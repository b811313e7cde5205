"""The device flow of the pretend Feishu in which a person creates an application."""

from typing import Any

from tests.fakes.feishu.rest import Reply, Rest, asking, frozen


async def step(rest: Rest, **form: str) -> Reply:
    """Take one step of the flow."""
    url = f"{rest.server.domain}/oauth/v1/app/registration"
    async with rest.session.post(url, data=form) as response:
        return Reply(response.status, await response.json(), response.headers, await response.read())


async def begin(rest: Rest) -> dict[str, Any]:
    """Start a flow."""
    body: dict[str, Any] = (await step(rest, action="begin", archetype="PersonalAgent")).body
    return body


async def test_a_code_waits_slows_down_and_ends_with_credentials_once() -> None:
    """Every answer has its name until somebody has scanned."""
    async with asking(frozen()) as rest:
        assert "client_secret" in (await step(rest, action="init")).body["supported_auth_methods"]
        told = await begin(rest)
        assert (told["interval"], told["expires_in"], told["user_code"] in told["verification_uri_complete"]) == (
            5,
            600,
            True,
        )
        rest.server.registration.slow_down()
        names = [(await step(rest, action="poll", device_code=told["device_code"])).body["error"] for _ in range(2)]
        assert names == ["slow_down", "authorization_pending"]
        rest.server.registration.brand = "lark"
        rest.server.registration.scan("ou_ann")
        done = (await step(rest, action="poll", device_code=told["device_code"])).body
        assert done["client_secret"] == rest.server.app.secret
        assert done["user_info"] == {"open_id": "ou_ann", "tenant_brand": "lark"}
        again = await step(rest, action="poll", device_code=told["device_code"])
        assert (again.status, again.body["error"]) == (400, "expired_token")


async def test_a_code_is_refused_or_grows_old() -> None:
    """A person says no, or nobody comes for ten minutes."""
    clock = frozen()
    async with asking(clock) as rest:
        told = await begin(rest)
        rest.server.registration.deny()
        assert (await step(rest, action="poll", device_code=told["device_code"])).body["error"] == "access_denied"
        clock.advance(600)
        assert (await step(rest, action="poll", device_code=told["device_code"])).body["error"] == "expired_token"
        assert (await step(rest, action="dance")).body["error"] == "invalid_request"
