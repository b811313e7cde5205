"""Reading requests: bodies, ids, prompts, and who may come in (reference section 1.3). Orders are not read here."""

import json
import re
from collections.abc import Mapping
from uuid import uuid4

from aiohttp import web

from providers.sandbox.ima2.answers import Page, RefusedError, Shape
from providers.sandbox.ima2.setup import Setup

Body = Mapping[str, object]

_LARGEST = 50 * 1024 * 1024
_JOB = web.RequestKey("ima2_job", str)
_OWN = web.RequestKey("ima2_request", str)
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


async def body_of(request: web.Request, setup: Setup) -> Body:
    """Read the body as a JSON object. Raises :class:`RefusedError`; the older version answers with a page."""
    raw = await request.read()
    if len(raw) > _LARGEST:
        raise RefusedError(413, "INTERNAL_ERROR", "request entity too large", Shape.NESTED)
    try:
        body: object = json.loads(raw or b"{}")
    except ValueError as error:
        if not setup.version.modern:
            raise Page(400, None, f"SyntaxError: {error}<br> at parse (/srv/ima2/node_modules)") from None
        words = f"Expected property name or '}}' in JSON: {error}"
        raise RefusedError(400, "INTERNAL_ERROR", words, Shape.NESTED) from None
    return body if isinstance(body, dict) else {}


async def prompt_in(request: web.Request) -> str:
    """Return the prompt in a body, however wrong the rest of it is."""
    try:
        body: object = json.loads(await request.read())
    except ValueError:
        return ""
    prompt = body.get("prompt") if isinstance(body, dict) else ""
    return prompt if isinstance(prompt, str) else ""


def request_id(request: web.Request, body: Body, setup: Setup) -> str:
    """Return the id a request goes by. One with strange letters is replaced without a word, but not before 2.0.20."""
    sent = body.get("requestId")
    good = isinstance(sent, str) and sent and (not setup.version.modern or _ID.fullmatch(sent))
    request[_JOB] = str(sent) if good else header_id(request)
    return request[_JOB]


def told_id(request: web.Request) -> str:
    """Return the id that an error speaks of: the job's, where the request was about one."""
    return request.get(_JOB) or header_id(request)


def header_id(request: web.Request) -> str:
    """Return the id of the HTTP request: the one it came with, if it is a good one."""
    sent = request.headers.get("X-Request-Id", "")
    if not _ID.fullmatch(sent):
        if _OWN not in request:
            # Kept, so that the answer's header and its body say the same.
            request[_OWN] = f"req_{uuid4()}"
        sent = request[_OWN]
    return sent


def guard(request: web.Request, setup: Setup) -> None:
    """Let only those in who know the token, where the server is not on loopback. Raises :class:`RefusedError`."""
    if not setup.lan_token or not setup.version.modern:
        return
    shown = request.headers.get("x-ima2-token") or request.query.get("token")
    if shown != setup.lan_token:
        raise RefusedError(401, "LAN_TOKEN_REQUIRED", "LAN token required", Shape.NESTED)


def wants_events(request: web.Request) -> bool:
    """Tell whether a client asks for a stream."""
    return "text/event-stream" in request.headers.get("Accept", "")
