"""Whose plans and keys the server is signed in with: what is certainly not set up is not offered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.ima2 import known
from providers.ima2.search import content
from providers.ima2.wire import Keys, Offer, Status, W, read
from providers.transport import Transport

_OFF: Final = frozenset({"auth_required", "offline", "no_image_model", "error"})
_GOOD: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the server offers, and by whom."""

    offer: Offer
    lanes: frozenset[str]


async def read_setup(api: Transport) -> Setup:
    """Ask the server. Only what it offers has to be answered; a version that lacks another route has that lane."""
    offer, oauth, grok, agy, keys = await asyncio.gather(
        api.get("/api/capabilities"),
        _told(api, "/api/oauth/status", Status),
        _told(api, "/api/grok/status", Status),
        _told(api, "/api/agy/status", Status),
        _told(api, "/api/keys/status", Keys),
    )
    held = keys or Keys()
    there: Mapping[str, bool] = {
        known.OAUTH: oauth is None or oauth.status not in _OFF,
        known.GROK: grok is None or grok.status not in _OFF,
        known.AGY: agy is not None and agy.installed is True,
        known.API: held.openai.configured,
        # Without a key of its own the server would go on with the other account, and say nothing (section 1.1).
        known.GROK_API: held.xai.configured,
        known.GEMINI: held.gemini.configured or held.vertex.configured,
    }
    found = content(Offer, offer, api)
    named = found.valid.providers or list(known.LANES)
    return Setup(found, frozenset(lane for lane in known.LANES if there[lane] and lane in named))


async def _told(api: Transport, path: str, kind: type[W]) -> W | None:
    reply = await api.get(path)
    return read(kind, reply.body) if reply.status in _GOOD else None
