"""What ImaginePro's server answers, as it writes it: receipts, messages, the list, the account, refusals.

Few bodies were ever recorded (reference sections 2.3 and 2.6), so everything is read leniently: an unknown field is
ignored, a field of a strange type counts as missing.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, OnErrorOmit, ValidationError


def _text(value: object) -> object:
    return value if isinstance(value, str) else ""


def _sentence(value: object) -> object:
    """Return words: this framework tells one sentence, or a list of them where much is wrong."""
    return "; ".join(str(each) for each in value) if isinstance(value, list) else _text(value)


def _percent(value: object) -> object:
    """Return a number from 0 to 100, written as a number or as text, with or without its sign."""
    try:
        number = float(value.rstrip("% ") if isinstance(value, str) else str(value))
    except ValueError:
        return None
    return int(number) if math.isfinite(number) and 0 <= number <= 100 else None  # noqa: PLR2004 - percent


def _moment(value: object) -> object:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _amount(value: object) -> object:
    try:
        amount = Decimal(str(value)) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None


def _things(value: object) -> object:
    return value if isinstance(value, list) else [value] if isinstance(value, str) and value else []


def _refused(value: object) -> object:
    """Tell whether ``success`` says no. One client knows it as a word for a state: that is no refusal."""
    return value is False or (isinstance(value, str) and value.lower() == "false")


Text = Annotated[str, BeforeValidator(_text)]
Sentence = Annotated[str, BeforeValidator(_sentence)]
Percent = Annotated[int | None, BeforeValidator(_percent)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount)]
T = TypeVar("T")
Things = Annotated[list[OnErrorOmit[T]], BeforeValidator(_things)]


class Wire(BaseModel):
    """Base of everything read from the wire."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


W = TypeVar("W", bound=Wire)


def read(kind: type[W], body: bytes) -> W | None:
    """Return a JSON object, ``None`` for anything else."""
    try:
        return kind.model_validate_json(body)
    except ValidationError:
        return None


class Refusal(Wire):
    """The body of an error. ``error`` only repeats the status in words; ``message`` says what is wrong."""

    message: Sentence = ""
    error: Sentence = ""

    @property
    def words(self) -> str:
        """What says most."""
        return self.message or self.error


class Receipt(Wire):
    """The answer to an order. ``refused`` is ``success: false``; the field exists for nothing else."""

    refused: Annotated[bool, BeforeValidator(_refused)] = Field(default=False, alias="success")
    message_id: Text = Field(default="", alias="messageId")
    error: Sentence = ""
    message: Sentence = ""


class Clip(Wire):
    """One film of several."""

    url: Text = ""


class Message(Wire):
    """A job. Only ``DONE`` and ``FAIL`` end it; a failed one may hold nothing but ``status`` and ``error``.

    ``originalUrl`` is not read: it is good for a day only. ``content`` is what was seen in a picture.
    """

    status: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    error: Sentence = ""
    progress: Percent = None
    uri: Text = ""
    images: Things[str] = Field(default_factory=list)
    video_url: Text = Field(default="", alias="videoUrl")
    results: Things[Clip] = Field(default_factory=list)
    content: Things[str] = Field(default_factory=list)
    buttons: Things[str] = Field(default_factory=list)
    type: Text = ""
    ref: Text = ""
    origin: Text = Field(default="", alias="originatingMessageId")
    created_at: Moment = Field(default=None, alias="createdAt")
    updated_at: Moment = Field(default=None, alias="updatedAt")


class Row(Wire):
    """One job of the list of the last 24 hours."""

    id: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    button: Text = ""
    prompt: Text = ""
    created_at: Moment = Field(default=None, alias="createdAt")


class Listing(Wire):
    """A page of that list, newest first."""

    images: list[OnErrorOmit[Row]]


class Account(Wire):
    """The account. ``credits`` are the plan's, ``extra`` were bought besides."""

    credits: Amount
    extra: Amount = Field(default=Decimal(0), alias="creditsExtra")


class Richer(Wire):
    """A longer prompt."""

    prompt: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
