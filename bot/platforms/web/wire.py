"""What a page may send, checked before anything looks at it. What then happens is in ``inbound``."""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, TypeVar

from aiohttp import BodyPartReader, MultipartReader, web
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.core import webpage
from bot.engine.ports import Attachment
from bot.text import Text, Value

MOST_TEXT = 20_000
"""Characters of one message. What a model reads of it is for the engine to say."""

MOST_PICTURES = 9
MOST_PICTURE = 10 * 1024 * 1024
MOST_NAME = 40
MOST_BODY = MOST_PICTURES * MOST_PICTURE + 1024 * 1024
"""Bytes of a message with pictures, all together."""

SECONDS = 120.0
"""How long a message with pictures may take to arrive."""

LIMITS: dict[str, Value] = {
    "text": MOST_TEXT,
    "pictures": MOST_PICTURES,
    "megabytes": MOST_PICTURE // (1024 * 1024),
    "name": MOST_NAME,
}
"""The figures that the page's sentences name."""

_EVENT = r"^[0-9a-f]{32}$"
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_Model = TypeVar("_Model", bound=BaseModel)


class NotTaken(Exception):
    """A request cannot be taken. ``why`` names a sentence of ``webpage.PAGE_REFUSALS``."""

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.why = why
        self.status = status

    @property
    def sentence(self) -> Text:
        """What to tell the person."""
        return webpage.PAGE_REFUSALS[self.why](**LIMITS)


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _visible(name: str) -> str:
    """Return a name without what cannot be seen or turns the reading direction."""
    return " ".join(_UNSEEN.sub("", name).split())


class SaidMessage(_Said):
    """A typed message; ``event`` is made by the page and makes it count once."""

    event: str = Field(pattern=_EVENT)
    text: str


class SaidPress(_Said):
    """A pressed button; ``action`` is its id."""

    event: str = Field(pattern=_EVENT)
    action: str = Field(min_length=1, max_length=100)


class SaidProfile(_Said):
    """How a person wants to be called, and their language."""

    name: Annotated[str, AfterValidator(_visible)]
    locale: str = Field(max_length=20)


class SaidAccess(_Said):
    """The access code."""

    token: str = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class Typed:
    """A message as it arrived, with the bytes of its pictures."""

    event: str
    text: str
    pictures: tuple[Attachment, ...] = ()


async def read_json(request: web.Request, model: type[_Model]) -> _Model:
    """Return the JSON body; raises :class:`NotTaken`."""
    if request.content_type != "application/json":
        raise NotTaken("unreadable", 415)
    return _checked(await request.read(), model)


async def read_message(request: web.Request) -> Typed:
    """Return a typed message, sent as JSON or, with pictures, as a form; raises :class:`NotTaken`."""
    if request.content_type == "multipart/form-data":
        typed = await _read_form(request)
    else:
        said = await read_json(request, SaidMessage)
        typed = Typed(said.event, _tidy(said.text))
    if len(typed.text) > MOST_TEXT:
        raise NotTaken("text_too_long", 413)
    if not typed.text and not typed.pictures:
        raise NotTaken("empty")
    return typed


def _checked(body: bytes, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(body)
    except ValidationError:
        # Without the cause: it quotes what the person typed.
        raise NotTaken("unreadable") from None


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


async def _read_form(request: web.Request) -> Typed:
    if (request.content_length or 0) > MOST_BODY:
        raise NotTaken("too_big", 413)
    try:
        async with asyncio.timeout(SECONDS):
            return await _read_parts(await request.multipart())
    except TimeoutError:
        raise NotTaken("too_slow", 408) from None
    except (ValueError, AssertionError, UnicodeDecodeError):
        raise NotTaken("unreadable") from None


async def _read_parts(form: MultipartReader) -> Typed:
    said: dict[str, str] = {}
    pictures: list[Attachment] = []
    while (part := await form.next()) is not None:
        name = part.name if isinstance(part, BodyPartReader) else None
        if not isinstance(part, BodyPartReader) or name not in {"event", "text", "picture"} or name in said:
            raise NotTaken("unreadable")
        if name != "picture":
            said[name] = (await _bounded(part, 4 * MOST_TEXT + 4, "text_too_long")).decode()
        elif len(pictures) == MOST_PICTURES:
            raise NotTaken("too_many_pictures", 413)
        else:
            pictures.append(Attachment(await _bounded(part, MOST_PICTURE, "picture_too_big")))
    try:
        message = SaidMessage.model_validate(said)
    except ValidationError:
        raise NotTaken("unreadable") from None
    return Typed(message.event, _tidy(message.text), tuple(pictures))


async def _bounded(part: BodyPartReader, most: int, why: str) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(64 * 1024):
        data += chunk
        if len(data) > most:
            raise NotTaken(why, 413)
    return bytes(data)
