"""What ima2's server answers, as it writes it (reference, part 1).

An unknown field is ignored, a field of a strange type counts as missing.
The five shapes of errors come out as one :class:`Trouble`.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, OnErrorOmit, ValidationError
from pydantic.alias_generators import to_camel

_MILLISECONDS = 1000
_LEAST_MILLISECONDS = 10**11


def _text(value: object) -> object:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> object:
    number = _real(value)
    return int(number) if isinstance(number, float) else None


def _real(value: object) -> object:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and math.isfinite(number) else None


def _moment(value: object) -> object:
    """Return a moment told in milliseconds, seconds or ISO 8601."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        number = _real(value)
        if not isinstance(number, float):
            return None
        return datetime.fromtimestamp(number / _MILLISECONDS if number > _LEAST_MILLISECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _things(value: object) -> object:
    return value if isinstance(value, list) else []


def _fields(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _maybe(value: object) -> object:
    return value if isinstance(value, dict) else None


def _is_true(value: object) -> object:
    return value is True


Text = Annotated[str, BeforeValidator(_text)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
Real = Annotated[float | None, BeforeValidator(_real)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Flag = Annotated[bool, BeforeValidator(_is_true)]
Texts = Annotated[list[OnErrorOmit[str]], BeforeValidator(_things)]

W = TypeVar("W", bound=BaseModel)


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class Picture(_Wire):
    """One picture of an answer; ``image`` is a data URL."""

    filename: Text = ""
    image: Text = ""


class Clip(_Wire):
    """What is said of a clip. ``duration`` is in seconds."""

    duration: Whole = None


class Fallback(_Wire):
    """Another model made it."""

    to: Text = ""


class Made(_Wire):
    """What a finished job says, on whatever route (reference section 1.7)."""

    filename: Text = ""
    image: Text = ""
    images: Annotated[list[OnErrorOmit[Picture]], BeforeValidator(_things)] = []
    request_id: Text = ""
    job_id: Text = ""
    provider_url: Text = ""
    source_url: Text = ""
    duration: Whole = None
    video: Annotated[Clip | None, BeforeValidator(_maybe)] = None
    model_fallback: Annotated[Fallback | None, BeforeValidator(_maybe)] = None
    references_dropped_on_retry: Flag = False
    retry_kind: Text = ""
    warnings: Annotated[list[object], BeforeValidator(_things)] = []
    analysis: Text = ""


class Step(_Wire):
    """An event on the way: a phase, a share of a clip (0 to 1), an unfinished picture."""

    job_id: Text = ""
    request_id: Text = ""
    progress: Real = None
    stalled: Flag = False
    image: Text = ""


class Row(_Wire):
    """One result of the history (reference section 1.10)."""

    filename: Text = ""
    media_type: Text = ""
    created_at: Moment = None
    prompt: Text = ""
    user_prompt: Text = ""
    model: Text = ""
    provider: Text = ""
    provider_url: Text = ""
    request_id: Text = ""
    video: Annotated[Clip | None, BeforeValidator(_maybe)] = None


class History(_Wire):
    """A page of the history."""

    items: Annotated[list[OnErrorOmit[Row]], BeforeValidator(_things)]


class Job(_Wire):
    """A job of the in-flight list; ``status`` only once it ended."""

    request_id: Text = ""
    kind: Text = ""
    status: Text = ""
    phase: Text = ""
    started_at: Moment = None
    error_code: Text = ""
    http_status: Whole = None


class Inflight(_Wire):
    """The in-flight list."""

    jobs: Annotated[list[OnErrorOmit[Job]], BeforeValidator(_things)]
    terminal_jobs: Annotated[list[OnErrorOmit[Job]], BeforeValidator(_things)] = []


class Canceled(_Wire):
    """The answer to a cancel, which is 200 whatever came of it."""

    active: Flag = False
    aborted: Flag = False


class Health(_Wire):
    """Which run of the server answers."""

    version: Text = ""
    pid: Whole = None
    started_at: Moment = None


class Taken(_Wire):
    """The answer to an order that is worked on later."""

    request_id: Text


class Trouble(_Wire):
    """An error, whatever its shape: ``status`` is what the body says, 0 where it says none."""

    said: bool = False
    code: Text = ""
    words: Text = ""
    status: int = 0
    job: Text = ""


def read(kind: type[W], body: bytes | str) -> W | None:
    """Return an answer, ``None`` where it is none."""
    try:
        return kind.model_validate_json(body)
    except (ValidationError, ValueError):
        return None


def trouble(body: bytes | str) -> Trouble:
    """Return an error in any of its shapes (reference section 1.4); ``said`` is false where there is none."""
    try:
        found: object = json.loads(body)
    except (ValueError, UnicodeDecodeError):
        return Trouble()
    if not isinstance(found, dict) or "error" not in found:
        return Trouble()
    error = found["error"]
    inner: Mapping[str, object] = error if isinstance(error, dict) else {"message": error}
    status = _first(_whole(found.get("status")), _whole(inner.get("status")))
    return Trouble(
        said=True,
        code=str(_first(_text(found.get("code")), _text(inner.get("code"))) or ""),
        words=str(_text(inner.get("message"))),
        status=status if isinstance(status, int) else 0,
        job=str(_first(_text(found.get("jobId")), _text(found.get("requestId"))) or ""),
    )


def codes(warnings: Iterable[object]) -> set[str]:
    """Return the codes of warnings, which are told as texts or as objects with one."""
    found = {one.get("code") if isinstance(one, dict) else one for one in warnings}
    return {code for code in found if isinstance(code, str)}


def _first(*values: object) -> object:
    return next((value for value in values if value), None)


class Images(_Wire):
    """Models for pictures, by who makes them."""

    supported: Texts = Field(default_factory=list)
    grok_supported: Texts = Field(default_factory=list)
    gemini_supported: Texts = Field(default_factory=list)


class Videos(_Wire):
    """Models for clips and what can be chosen."""

    supported: Texts = Field(default_factory=list)
    resolutions: Texts = Field(default_factory=list)
    aspect_ratios: Texts = Field(default_factory=list)
    duration_range: Annotated[list[OnErrorOmit[int]], BeforeValidator(_things)] = Field(default_factory=list)
    max_references: Whole = None


class Valid(_Wire):
    """What the server takes."""

    image_models: Annotated[Images, BeforeValidator(_fields)] = Images()
    video_models: Annotated[Videos, BeforeValidator(_fields)] = Videos()
    quality: Texts = Field(default_factory=list)
    providers: Texts = Field(default_factory=list)


class Limits(_Wire):
    """How many at a time."""

    max_ref_count: Whole = None
    max_generated_images: Whole = None


class Offer(_Wire):
    """``/api/capabilities`` (reference section 1.6)."""

    valid: Valid
    limits: Annotated[Limits, BeforeValidator(_fields)] = Limits()


class Status(_Wire):
    """How a lane is doing, as its own route says."""

    status: Text = ""
    installed: bool | None = None


class Key(_Wire):
    """Whether there is a key."""

    configured: Flag = False


class Keys(_Wire):
    """``/api/keys/status``."""

    openai: Annotated[Key, BeforeValidator(_fields)] = Key()
    xai: Annotated[Key, BeforeValidator(_fields)] = Key()
    gemini: Annotated[Key, BeforeValidator(_fields)] = Key()
    vertex: Annotated[Key, BeforeValidator(_fields)] = Key()


class Window(_Wire):
    """How much of a plan is used up."""

    label: Text = ""
    percent: Real = None
    resets_at: Moment = None


class Billing(_Wire):
    """A plan counted in dollars."""

    used_usd: Real = None
    limit_usd: Real = None


class Plan(_Wire):
    """One account's plan."""

    windows: Annotated[list[OnErrorOmit[Window]], BeforeValidator(_things)] = Field(default_factory=list)
    billing: Annotated[Billing | None, BeforeValidator(_maybe)] = None


class Plans(_Wire):
    """``/api/quota``."""

    codex: Annotated[Plan, BeforeValidator(_fields)] = Plan()
    grok: Annotated[Plan, BeforeValidator(_fields)] = Plan()
