"""Who is at the other end of a request: a random cookie, and the name and language that go with it.

The cookie is what proves who somebody is, so it is never stored or logged: a person's id is made from it one way.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.core import webpage
from bot.errors import StoreTrouble
from bot.i18n import Translators, negotiate
from bot.storage.conversations import Conversations, Visitor

VISITOR_COOKIE = "limner_visitor"

_TOKEN = re.compile(r"[0-9a-f]{32}")


class Visitors:
    """The people of the web chat. ``now`` gives the time in UTC."""

    def __init__(self, conversations: Conversations, translators: Translators, now: Callable[[], datetime]) -> None:
        self._conversations = conversations
        self._translators = translators
        self._now = now

    async def of(self, token: str, request: web.Request) -> Visitor:
        """Return who carries this cookie; somebody new has a made-up name and the browser's language."""
        person = hashlib.sha256(f"limner visitor {token}".encode()).hexdigest()[:32]
        known = await self._conversations.visitor(person)
        if known is not None:
            return known
        locale = self._preferred(request)
        guest = self._translators.get(locale).say(webpage.PAGE["guest"](number=person[:4]))
        return Visitor(person, guest, locale, self._now())

    async def keep(self, visitor: Visitor, *, name: str, locale: str) -> Visitor:
        """Remember a person's new name and language."""
        changed = Visitor(visitor.id, name, locale, self._now())
        await self._conversations.keep_visitor(changed)
        return changed

    async def language(self, request: web.Request) -> str:
        """Return the language to answer a request in, whoever sent it and whatever state we are in."""
        token = token_of(request)
        try:
            return (await self.of(token, request)).locale if token else self._preferred(request)
        except StoreTrouble:
            return self._preferred(request)

    def _preferred(self, request: web.Request) -> str:
        """Return the first of the browser's languages that we speak."""
        for wish in request.headers.get("Accept-Language", "")[:200].split(","):
            code = negotiate(wish.partition(";")[0])
            if code:
                return code
        return self._translators.get("").locale


def token_of(request: web.Request) -> str:
    """Return the visitor cookie of a request, or nothing."""
    token = request.cookies.get(VISITOR_COOKIE, "")
    return token if _TOKEN.fullmatch(token) else ""
