"""The operator's hand on ima2: its switches, crash and restart, other people's events. ``POST /sandbox/ima2``."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from providers.sandbox.ima2.catalogue import VERSIONS
from providers.sandbox.ima2.doors import Ima2

_SWITCHES = ("lan_token", "api_key", "xai_key", "gemini_key", "agy", "signed_in", "oauth", "grok")
_MOST_STRANGERS = 10_000


class Order(BaseModel):
    """What shall be otherwise; what is not named stays.

    ``most_jobs`` is ``IMA2_MAX_PARALLEL``, ``strangers`` a number of events of other people's jobs.
    """

    model_config = ConfigDict(extra="forbid")

    version: Literal["2.0.2", "2.0.20"] | None = None
    lan_token: str | None = None
    api_key: bool | None = None
    xai_key: bool | None = None
    gemini_key: bool | None = None
    agy: bool | None = None
    signed_in: bool | None = None
    oauth: Literal["starting", "ready", "auth_required", "offline"] | None = None
    grok: Literal["ready", "no_image_model", "error", "offline"] | None = None
    most_jobs: int | None = Field(default=None, ge=1)
    strangers: int = Field(default=0, ge=0, le=_MOST_STRANGERS)
    power: Literal["crash", "start", "restart"] | None = None
    ghosts: bool = True


def obey(ima2: Ima2, order: Order) -> web.Response:
    """Carry an order out and tell how things are now."""
    if order.version is not None:
        ima2.setup.version = VERSIONS[order.version]
    for name in _SWITCHES:
        value = getattr(order, name)
        if value is not None:
            setattr(ima2.setup, name, value)
    match order.power:
        case "crash":
            ima2.crash()
        case "start":
            ima2.start()
        case "restart":
            ima2.restart(ghosts=order.ghosts)
        case None:
            pass
    process = ima2.process
    if process is not None:
        process.jobs.most = order.most_jobs or process.jobs.most
        for number in range(order.strangers):
            stranger = f"stranger-{number % 7}"
            process.bus.publish(stranger, "progress", {"requestId": stranger, "progress": None, "stalled": False})
    told = {"version": ima2.setup.version.number, "up": process is not None}
    return web.json_response({**told, "pid": process.pid if process else None})
