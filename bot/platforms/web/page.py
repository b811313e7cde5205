"""The page's files and its words. What happens on it comes in through ``inbound`` and goes out through ``stream``."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

import jinja2
from aiohttp import web

from bot.core import webpage
from bot.errors import SettingsProblem
from bot.i18n import Translator, Translators
from bot.platforms.web.render import hue
from bot.platforms.web.wire import LIMITS, MOST_NAME, MOST_PICTURE, MOST_PICTURES, MOST_TEXT
from bot.storage.conversations import Visitor
from bot.text import Text

_TYPES: Mapping[str, str] = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FILES = ("chat.css", "chat.js", "cards.js", "composer.js", "door.js", "mark.svg")
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,39}\])(?::[0-9]{1,5})?")
_EXAMPLES = ("example_video", "example_image", "example_models", "example_help")
_COUNTED = frozenset({"guest", "pictures"})


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    kind: str
    tag: str


class Page:
    """Draws the page. ``media`` are the origins of media that are not https (the demo's); ``banner`` goes on top."""

    def __init__(self, translators: Translators, *, media: Sequence[str] = (), banner: Text | None = None) -> None:
        for origin in media:
            if _ORIGIN.fullmatch(origin) is None:
                raise SettingsProblem(f"web.media_hosts: {origin!r} is not an address like http://127.0.0.1:8080")
        self._translators = translators
        self._banner = banner
        self._policy = _policy(media)
        self._files = {name: _read(name) for name in _FILES}
        templates = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        self._chat = templates.from_string(_text("page.html"))
        self._door = templates.from_string(_text("door.html"))

    def chat(self, channel: str, visitor: Visitor, page_token: str) -> web.Response:
        """Return the conversation's page in the visitor's language."""
        words = self._translators.get(visitor.locale)
        text = page_words(words)
        page = {
            "channel": channel,
            "token": page_token,
            "me": {"id": visitor.id, "name": visitor.name, "hue": hue(visitor.id), "locale": words.locale},
            "limits": {"text": MOST_TEXT, "pictures": MOST_PICTURES, "picture": MOST_PICTURE, "name": MOST_NAME},
            "words": text,
        }
        drawn = self._chat.render(
            lang=_tag(words.locale),
            page=page,
            t=text,
            channel=channel,
            me=page["me"],
            languages=[(code, _tag(code), name) for code, name in self._translators.choices()],
            examples=[text[name] for name in _EXAMPLES],
            banner=words.say(self._banner) if self._banner is not None else "",
            longest_name=MOST_NAME,
        )
        return self._html(drawn)

    def door(self, locale: str, page_token: str) -> web.Response:
        """Return the page that asks for the access code."""
        words = self._translators.get(locale)
        text = page_words(words)
        page = {"token": page_token, "words": {"unreachable": text["unreachable"]}}
        return self._html(self._door.render(lang=_tag(words.locale), page=page, t=text), status=401)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Serve one of the page's files."""
        found = self._files.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        headers = {"ETag": found.tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == found.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=found.body, content_type=found.kind, charset="utf-8", headers=headers)

    def _html(self, text: str, status: int = 200) -> web.Response:
        headers = {"Content-Security-Policy": self._policy}
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def page_words(words: Translator) -> dict[str, str]:
    """Return every sentence of the page in one language."""
    said = {name: words.say(phrase(**LIMITS)) for name, phrase in webpage.PAGE.items() if name not in _COUNTED}
    said |= {name: words.say(phrase(**LIMITS)) for name, phrase in webpage.PAGE_REFUSALS.items()}
    return said


def _policy(media: Sequence[str]) -> str:
    """Return what the page may load: our own files, and media from the web or from the demo's own server.

    Everything a provider made comes over https or, where only we reach it, through us; ``blob:`` is the thumbnail of a
    picture that is about to be sent, ``data:`` a chart that we drew.
    """
    where = " ".join(("https:", *media))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        f"img-src 'self' blob: data: {where}; media-src 'self' {where}; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _tag(locale: str) -> str:
    return locale.replace("_", "-")


def _text(name: str) -> str:
    return resources.files("bot.platforms.web").joinpath(name).read_text(encoding="utf-8")


def _read(name: str) -> _File:
    body = _text(name).encode()
    return _File(body, _TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(body).hexdigest()[:16]}"')
