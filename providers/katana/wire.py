"""What Katana's server answers, as it writes it: orders, answers of text models, errors. The model list is in ``menu``.

The names are documented, most types were never recorded (reference sections 2.3 and 2.8), so everything is read
leniently: an unknown field is ignored, a field of a strange type counts as missing.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, OnErrorOmit, ValidationError


def _text(value: object) -> object:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _whole(value: object) -> object:
    try:
        return int(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None


def _real(value: object) -> object:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None


def _amount(value: object) -> object:
    """Return credits, written as a number or as text; ``None`` for what is no amount."""
    try:
        amount = Decimal(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and amount >= 0 else None


def _moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _things(value: object) -> object:
    return value if isinstance(value, list) else []


def _fields(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _problem(value: object) -> object:
    """Return an error as an object: it may be a sentence (reference section 2.3)."""
    return {"message": value} if isinstance(value, str) and value else value if isinstance(value, dict) else None


Text = Annotated[str, BeforeValidator(_text)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Real = Annotated[float | None, BeforeValidator(_real)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
T = TypeVar("T")
Things = Annotated[list[OnErrorOmit[T]], BeforeValidator(_things)]


class Wire(BaseModel):
    """Base of everything read from the wire."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=(), arbitrary_types_allowed=True)


W = TypeVar("W", bound=Wire)


def read(kind: type[W], body: bytes) -> W | None:
    """Return a JSON object, ``None`` for anything else."""
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None


class Problem(Wire):
    """Why something did not work: a code, where there is one, and words."""

    code: Text = ""
    message: Text = ""


class Refusal(Wire):
    """The body of an error answer, in any of the shapes that clients met (reference section 2.1)."""

    error: Annotated[Problem | None, BeforeValidator(_problem)] = None
    detail: Annotated[Problem | None, BeforeValidator(_problem)] = None
    message: Text = ""

    @property
    def problem(self) -> Problem:
        """The one that says most."""
        return self.error or self.detail or Problem(message=self.message)


class Bill(Wire):
    """``usage.imgnai``: what an answer cost and who could read it."""

    credits_charged: Amount = None
    privacy_mode: Text = ""


class Usage(Wire):
    """How much a text model read and wrote, in tokens."""

    prompt_tokens: Whole = None
    completion_tokens: Whole = None
    imgnai: Annotated[Bill, BeforeValidator(_fields)] = Bill()


class AssetMetadata(Wire):
    """What stands beside an asset."""

    usage: Annotated[Usage | None, BeforeValidator(_problem)] = None


class OutputAsset(Wire):
    """One result. An address that is not to be had is a blank string; ``content`` is a written answer."""

    kind: Text = ""
    mime_type: Text = ""
    url: Text = ""
    original_data_url: Text = ""
    thumbnail_image_url: Text = ""
    thumbnail_silent_video_mp4_url: Text = ""
    final_frame_image_url: Text = ""
    content: Text = ""
    width: Whole = None
    height: Whole = None
    duration_seconds: Real = None
    expires_at: Moment = None
    metadata: Annotated[AssetMetadata, BeforeValidator(_fields)] = AssetMetadata()


class ItemMetadata(Wire):
    """What an item cost, and for text its usage."""

    credits_spent: Amount = None
    privacy_mode: Text = ""
    usage: Annotated[Usage | None, BeforeValidator(_problem)] = None


class Item(Wire):
    """One thing of an order, in whatever state it is."""

    status: Text = ""
    error: Annotated[Problem | None, BeforeValidator(_problem)] = None
    metadata: Annotated[ItemMetadata, BeforeValidator(_fields)] = ItemMetadata()
    output_assets: Things[OutputAsset] = Field(default_factory=list)


class Asked(Wire):
    """What was asked for, one per item; its sizes are those of a preview and never read."""


class Order(Wire):
    """An order as submit and poll tell it alike (reference section 2.3)."""

    request_id: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    status: Text = ""
    poll_after_seconds: Real = None
    created_at: Moment = None
    updated_at: Moment = None
    requests: Things[Asked] = Field(default_factory=list)
    responses: Things[Item] = Field(default_factory=list)
    error: Annotated[Problem | None, BeforeValidator(_problem)] = None


class Credits(Wire):
    """The account. The amount is a decimal string."""

    credits: Annotated[Decimal, BeforeValidator(_amount)]


class Delta(Wire):
    """A piece of an answer. What a model thinks (``reasoning_content``) is not part of it and not read."""

    content: Text = ""


class Choice(Wire):
    """An answer, whole (``message``) or a piece of it (``delta``)."""

    delta: Annotated[Delta, BeforeValidator(_fields)] = Delta()
    message: Annotated[Delta, BeforeValidator(_fields)] = Delta()
    finish_reason: Text = ""


class Chunk(Wire):
    """One event of a stream, or a whole answer of a text model."""

    id: Text = ""
    request_id: Text = Field(default="", validation_alias=AliasChoices("request_id", "generation_request_id"))
    choices: Things[Choice] = Field(default_factory=list)
    usage: Annotated[Usage | None, BeforeValidator(_problem)] = None
    error: Annotated[Problem | None, BeforeValidator(_problem)] = None
