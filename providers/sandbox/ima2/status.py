"""What ima2 says about itself: health, providers, keys, money (reference section 1.5). Jobs, results are not here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from aiohttp import web

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.ima2.answers import Page, RefusedError, Shape, ok
from providers.sandbox.ima2.catalogue import BASE_VIDEO, GROK_IMAGES, capabilities
from providers.sandbox.ima2.jobs import stamp
from providers.sandbox.ima2.process import Process
from providers.sandbox.ima2.requests import body_of
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ledger import Ledger

Fates = Sequence[Fault]

_OAUTH_PORT, _GROK_PORT = 10531, 18645
_WINDOWS = {"5h": (timedelta(hours=5), 200), "7d": (timedelta(days=7), 2000)}
"""How long a window of the plan is, and how many generations are all of it; both are ours."""

_LIMIT_USD = 150.0
_USD = 0.05
_KEY_STARTS = {"openai": "sk-", "xai": "xai-", "gemini": "AIza"}


@dataclass(frozen=True, slots=True)
class Status:
    """Answers for whichever run of the server there is at the moment."""

    setup: Setup
    clock: SandboxClock
    ledger: Ledger
    process: Callable[[], Process]
    base_url: Callable[[], str]

    async def health(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell version, pid and start: the only way to see that the server is another one now."""
        process = self.process()
        told = {
            "ok": True,
            "version": self.setup.version.number,
            "provider": "oauth",
            "uptimeSec": round(self.clock.elapsed(process.started_at)),
            "activeJobs": len(process.jobs.active()),
            "pid": process.pid,
            "startedAt": stamp(process.started_at),
        }
        return ok({**told, "runtime": self._runtime()})

    async def providers(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell what is set up."""
        ports = {"oauthPort": _OAUTH_PORT, "oauthActualPort": _OAUTH_PORT, "oauthUrl": _local(_OAUTH_PORT)}
        keys = {"apiKey": self.setup.api_key, "apiKeyDisabled": False, "apiKeySource": self._source}
        return ok({**keys, "oauth": True, **ports, "runtime": self._runtime()})

    async def capabilities(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell models and limits."""
        return ok(capabilities(self.setup.version, self.process().jobs.most))

    async def oauth(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell how the proxy of the plan is doing."""
        models = {"models": list(self.setup.version.images)} if self.setup.oauth == "ready" else {}
        return ok({"status": self.setup.oauth, **models, "runtime": self._runtime()})

    async def grok(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell how Grok's proxy is doing."""
        if self.setup.grok == "ready":
            return ok({"status": "ready", "models": [*GROK_IMAGES, BASE_VIDEO]})
        return ok({"status": self.setup.grok, "reason": "not signed in"})

    async def agy(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell whether Antigravity's program is there."""
        return ok({"installed": self.setup.agy})

    async def billing(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell what the API key has left, where there is one."""
        if not self.setup.api_key:
            return ok({"oauth": True, "apiKeyValid": False, "apiKeySource": "none"})
        left = {"object": "credit_summary", "total_granted": 50.0, "total_used": self._spent * _USD}
        return ok({"apiKeySource": "env", "credits": left, "apiKeyValid": True})

    async def quota(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell how much of the plans is used."""
        if not self.setup.signed_in:
            nobody = {"authenticated": False, "windows": list[object]()}
            return ok({"codex": {"provider": "codex", **nobody}, "grok": {"provider": "grok", **nobody}})
        windows = [self._window(label, whole) for label, (_, whole) in _WINDOWS.items()]
        used = round(self._spent * _USD, 2)
        monthly = {"label": "monthly", "percent": round(used / _LIMIT_USD * 100), "resetsAt": self._later(30)}
        codex = {"provider": "codex", "account": {"email": "operator@example.com", "plan": "plus"}, "windows": windows}
        account = {"email": "operator@example.com", "plan": "SuperGrok"}
        billing = {"usedUsd": used, "limitUsd": _LIMIT_USD}
        grok = {"provider": "grok", "account": account, "windows": [monthly], "billing": billing}
        return ok({"codex": codex, "grok": grok})

    async def keys(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell which keys there are; ``valid`` only says that there is one."""
        setup = self.setup
        held = {"openai": setup.api_key, "xai": setup.xai_key, "gemini": setup.gemini_key, "vertex": False}
        return ok({**{name: _key(configured=there) for name, there in held.items()}, "geminiAuthMode": "apikey"})

    async def save_key(self, request: web.Request, _fates: Fates) -> web.Response:
        """Take a key. Its errors have the fifth shape."""
        provider, body = request.match_info["provider"], await body_of(request, self.setup)
        sent = body.get("apiKey")
        if provider not in _KEY_STARTS:
            raise RefusedError(400, "INVALID_PROVIDER", "no such provider", Shape.KEYS)
        if not isinstance(sent, str) or not sent:
            raise RefusedError(400, "MISSING_KEY", "apiKey is required", Shape.KEYS)
        if not sent.startswith(_KEY_STARTS[provider]):
            raise RefusedError(400, "INVALID_KEY_FORMAT", "the key has another format", Shape.KEYS)
        name = "api_key" if provider == "openai" else f"{provider}_key"
        setattr(self.setup, name, True)
        return ok({"ok": True, "provider": provider})

    async def requests(self, _request: web.Request, _fates: Fates) -> web.Response:
        """Tell of the last classic requests; only the newer version does."""
        if not self.setup.version.modern:
            raise Page(404, None, "Cannot GET /api/generation-requests")
        return ok({"items": list(reversed(self.process().jobs.log))})

    @property
    def _source(self) -> str:
        return "env" if self.setup.api_key else "none"

    @property
    def _spent(self) -> int:
        return sum(int(charge.amount) for charge in self.ledger.charges if charge.provider == "ima2")

    def _window(self, label: str, whole: int) -> Mapping[str, object]:
        hours = _WINDOWS[label][0] / timedelta(days=1)
        return {"label": label, "percent": round(self._spent / whole * 100), "resetsAt": self._later(hours)}

    def _later(self, days: float) -> str:
        return (self.clock.now() + timedelta(days=days)).isoformat(timespec="seconds")

    def _runtime(self) -> Mapping[str, object]:
        port = urlsplit(self.base_url()).port or 0
        backend = {"configuredPort": 3333, "actualPort": port, "url": self.base_url()}
        oauth = {"configuredPort": _OAUTH_PORT, "actualPort": _OAUTH_PORT, "url": _local(_OAUTH_PORT)}
        grok = {"configuredPort": _GROK_PORT, "actualPort": _GROK_PORT, "url": _local(_GROK_PORT)}
        # This one says ready even while the proxy is dead; only its own route is to be believed.
        return {"backend": backend, "oauth": {**oauth, "status": "ready"}, "grok": {**grok, "status": "ready"}}


def _key(*, configured: bool) -> Mapping[str, object]:
    source, masked = ("env", "…0000") if configured else ("none", None)
    return {"configured": configured, "source": source, "valid": configured, "maskedKey": masked}


def _local(port: int) -> str:
    return f"http://127.0.0.1:{port}"
