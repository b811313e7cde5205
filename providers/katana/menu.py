"""Katana's model list as it is sent, in both shapes. What the models become for people is in ``catalogue``.

Without credentials the list has sections, with an ``Authorization`` header it is the flat list of OpenAI's clients
(reference section 2.1). The fields' names are documented, their types were never recorded (section 2.4).
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AliasChoices, BeforeValidator, Field, OnErrorOmit, model_validator

from providers.katana.wire import Amount, Text, Things, Whole, Wire, read
from providers.models import MediaKind

_NAMES: Final = ("public_model_name", "model_key", "id")
_CREDITS: Final = AliasChoices("credits", "credit_cost", "cost_credits", "cost", "price")


def _flag(value: object) -> object:
    return value.strip().lower() in {"true", "yes", "1"} if isinstance(value, str) else bool(value)


def _said(value: object) -> object:
    return None if value is None else _flag(value)


def _words(value: object) -> object:
    """Return names given as a list, as an object of flags, or in one text with commas."""
    if isinstance(value, Mapping):
        return [name for name, holds in value.items() if holds]
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return [str(word) for word in value] if isinstance(value, list) else []


def _lengths(value: object) -> object:
    """Return credits by seconds, given as an object, or as a list of pairs or objects."""
    if isinstance(value, list):
        pairs = [list(each.values()) if isinstance(each, Mapping) else each for each in value]
        return {pair[0]: pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2}  # noqa: PLR2004 - seconds and credits
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_said)]
Words = Annotated[list[str], BeforeValidator(_words)]


class Entry(Wire):
    """What every model has. The names are ``public_model_name`` and ``model_key``, one of them the older key."""

    public_model_name: Text = ""
    model_key: Text = ""
    legacy_model_key: Text = ""
    id: Text = ""
    display_name: Text = ""
    premium_only: Flag = False


class ImageEntry(Entry):
    """A model for pictures. ``multi_image_inputs_allowed`` is how many it takes."""

    supported_aspects: Words = Field(default_factory=list)
    multi_image_inputs_allowed: Whole = None
    requires_image_input: MaybeFlag = None
    credits: Amount = Field(default=None, validation_alias=_CREDITS)
    fast_credits: Amount = None
    uhd_credits: Amount = None
    supports_prompt_assist: MaybeFlag = None


class VideoEntry(Entry):
    """A model for videos. Its prices are strict: a model without a readable one is not sold."""

    supported_aspects: Words = Field(default_factory=list)
    video_lengths_and_costs: Annotated[
        dict[Annotated[int, Field(gt=0)], Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]],
        BeforeValidator(_lengths),
        Field(min_length=1),
    ]
    custom_rules: Words = Field(default_factory=list)
    supports_first_frame: MaybeFlag = None
    supports_mid_frame: MaybeFlag = None
    supports_last_frame: MaybeFlag = None
    requires_image_input: MaybeFlag = None
    maximum_reference_images: Whole = None
    maximum_reference_audio_files: Whole = None
    maximum_reference_videos: Whole = None
    supports_audio_input: Flag = False
    supports_video_input: Flag = False


class TextEntry(Entry):
    """A model for text. Prices are credits for a million tokens."""

    privacy: Text = Field(default="", validation_alias=AliasChoices("privacy", "privacy_mode"))
    context_length: Whole = None
    max_output_tokens: Whole = None
    input_types: Words = Field(default_factory=list)
    reads: Amount = None
    writes: Amount = None
    recommended_polling: Flag = False
    request_timeout_seconds: Whole = None

    @model_validator(mode="before")
    @classmethod
    def _priced(cls, value: object) -> object:
        """Find the prices by what their names say: ``input_credits_per_million`` and its like."""
        if not isinstance(value, Mapping):
            return value
        rates = {side: price for name, price in value.items() if (side := _side(str(name)))}
        return {**value, **rates}


def _side(name: str) -> str:
    """Tell whether a field is what a million tokens cost in credits, read or written; anything vaguer is no price."""
    words = set(name.lower().split("_"))
    if "credits" in words and words & {"million", "1m", "mtok"}:
        return "reads" if words & {"input", "prompt"} else "writes" if words & {"output", "completion"} else ""
    return ""


class Menu(Wire):
    """The whole list."""

    images: Things[ImageEntry] = Field(default_factory=list)
    videos: Things[VideoEntry] = Field(default_factory=list)
    text: Things[TextEntry] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _priced(cls, value: object) -> object:
        """Bring ``text_pricing`` to the models it prices, where it names them."""
        prices, text = (value.get("text_pricing"), value.get("text")) if isinstance(value, dict) else (None, None)
        if not isinstance(value, dict) or not isinstance(prices, dict) or not isinstance(text, list):
            return value
        return {**value, "text": [_with_price(model, prices) for model in text]}


def _with_price(model: object, prices: Mapping[str, object]) -> object:
    if not isinstance(model, dict):
        return model
    found = next((prices[str(model[key])] for key in _NAMES if str(model.get(key)) in prices), None)
    return {**found, **model} if isinstance(found, dict) else model


class _Flat(Wire):
    data: list[dict[str, object]]


class _Raw(Wire):
    images: Things[dict[str, object]] = Field(default_factory=list)
    videos: Things[dict[str, object]] = Field(default_factory=list)
    text: Things[dict[str, object]] = Field(default_factory=list)
    text_pricing: OnErrorOmit[dict[str, object] | list[object] | None] = None


def read_menu(body: bytes) -> Menu | None:
    """Return the list, ``None`` for what is none."""
    flat = read(_Flat, body)
    if flat is not None:
        sections: dict[str, list[dict[str, object]]] = {"images": [], "videos": [], "text": []}
        for model in flat.data:
            sections[_section(model)].append(model)
        return Menu.model_validate(sections)
    menu = read(Menu, body)
    return menu if menu is not None and (menu.images or menu.videos or menu.text) else None


def lines(body: bytes) -> Mapping[str, str] | None:
    """Return one line per model in a form that stays the same while the model does, ``None`` for what is no list."""
    raw = read(_Raw, body)
    if raw is None:
        return None
    return dict(sorted(_each(raw))) or None


def _each(raw: _Raw) -> Iterator[tuple[str, str]]:
    kinds = ((MediaKind.IMAGE, raw.images), (MediaKind.VIDEO, raw.videos), (MediaKind.TEXT, raw.text))
    for kind, models in kinds:
        for model in models:
            name = next((str(model[k]) for k in _NAMES if model.get(k)), "?")
            yield f"{kind.value} {name}", _line(model)
    if raw.text_pricing:
        yield "text prices", _line(raw.text_pricing)


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(", ", ": "))


def _section(model: Mapping[str, object]) -> str:
    """Tell by its fields what a model of the flat list makes."""
    if "video_lengths_and_costs" in model:
        return "videos"
    if "supported_aspects" in model or "multi_image_inputs_allowed" in model:
        return "images"
    return "text"
