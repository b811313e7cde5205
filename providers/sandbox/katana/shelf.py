"""What Katana sells at the moment, and how ``/v1/models`` shows it, in both shapes. What an order costs is not here."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from providers.sandbox.katana.catalogue import IMAGES, TEXTS, VIDEOS
from providers.sandbox.katana.model import ImageModel, Model, TextModel, VideoModel

Json = dict[str, object]

LEAST_CHARGE, LEAST_RESERVE = Decimal("0.1"), Decimal(10)
"""Credits: no answer costs less than the one, and no less than the other is set aside for it."""

TEXT_LIMIT = 600
"""Seconds after which an answer or a picture is given up."""

_CREATED = 1_780_000_000
_M = TypeVar("_M", ImageModel, VideoModel, TextModel)


class Shelf:
    """The models of one sandbox. A restart forgets what was changed, as it forgets ordered faults."""

    def __init__(self) -> None:
        models: tuple[Model, ...] = (*IMAGES, *VIDEOS, *TEXTS)
        self._models = {model.key: model for model in models}

    def image(self, name: object) -> ImageModel | None:
        """Return the model for pictures of that canonical or legacy name."""
        return self._named(ImageModel, name)

    def video(self, name: object) -> VideoModel | None:
        """Return the model for films of that canonical or legacy name."""
        return self._named(VideoModel, name)

    def text(self, name: object) -> TextModel | None:
        """Return the model for text of that name."""
        found = self._models.get(str(name))
        return found if isinstance(found, TextModel) else None

    def reprice(self, key: str, by: int) -> None:
        """Let a picture or any length of a film cost so many credits more (or less)."""
        model = self._models[key]
        if isinstance(model, ImageModel):
            self._models[key] = replace(model, credits=model.credits + by)
        elif isinstance(model, VideoModel):
            self._models[key] = replace(model, prices={length: cost + by for length, cost in model.prices.items()})
        else:
            self._models[key] = replace(model, writes=model.writes + by)

    def withdraw(self, key: str) -> None:
        """Take a model off the shelf."""
        del self._models[key]

    def sections(self) -> Json:
        """Return the list as everybody may read it, without a header."""
        return {
            "images": [_image(model) for model in self._all(ImageModel)],
            "videos": [_video(model) for model in self._all(VideoModel)],
            "text": [_text(model) for model in self._all(TextModel)],
            "text_pricing": {
                "unit": "credits_per_million_tokens",
                "minimum_charge": number(LEAST_CHARGE),
                "minimum_reserve": number(LEAST_RESERVE),
                "default_max_tokens": 16_000,
            },
        }

    def openai(self) -> Json:
        """Return the list as clients of OpenAI know it: text alone, one level deep."""
        owned = [
            {"id": model.key, "object": "model", "created": _CREATED, "owned_by": model.publisher, **_text(model)}
            for model in self._all(TextModel)
        ]
        return {"object": "list", "data": owned}

    def _all(self, kind: type[_M]) -> list[_M]:
        return [model for model in self._models.values() if isinstance(model, kind)]

    def _named(self, kind: type[_M], name: object) -> _M | None:
        if not isinstance(name, str) or not name:
            return None
        return next((found for found in self._all(kind) if name in {found.key, getattr(found, "legacy", "")}), None)


def number(amount: Decimal) -> int | float:
    """Return an amount as the JSON number it is on the wire."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _names(model: Model, legacy: str = "") -> Json:
    names: Json = {"public_model_name": model.key, "model_key": model.key, "display_name": model.title}
    return {**names, "legacy_model_key": legacy} if legacy else names


def _image(model: ImageModel) -> Json:
    made: Json = {
        **_names(model, model.legacy),
        "premium_only": False,
        "supported_aspects": list(model.aspects),
        "multi_image_inputs_allowed": model.references,
        "requires_image_input": model.needs_image,
        "credits": number(model.credits),
    }
    if model.house:
        made["fast_credits"] = number(model.price(fast=True, uhd=False))
        made["uhd_credits"] = number(model.price(fast=False, uhd=True))
    if model.tags:
        made["supports_prompt_assist"] = True
    return made


def _video(model: VideoModel) -> Json:
    made: Json = {
        **_names(model, model.legacy),
        "premium_only": False,
        "supported_aspects": list(model.aspects),
        "video_lengths_and_costs": {str(length): number(cost) for length, cost in model.prices.items()},
        "custom_rules": sorted(rule.value for rule in model.rules),
        "supports_first_frame": model.first,
        "supports_mid_frame": model.middle,
        "supports_last_frame": model.last,
        "requires_image_input": model.needs_image,
        "maximum_reference_images": model.references,
        "audio_gen_model": model.sounds,
    }
    # Where a model takes none of a kind, the real list leaves the field out as often as not.
    if model.audios:
        made |= {"supports_audio_input": True, "maximum_reference_audio_files": model.audios}
    if model.videos:
        made |= {"supports_video_input": True, "maximum_reference_videos": model.videos}
    return made | ({"modes": list(model.modes)} if model.modes else {})


def _text(model: TextModel) -> Json:
    inputs: Mapping[str, bool] = {"text": True, "image": model.sees, "file": model.house}
    return {
        **_names(model),
        "publisher": model.publisher,
        "privacy": model.privacy.label,
        "context_length": model.context,
        "max_output_tokens": model.most,
        "input_types": [name for name, taken in inputs.items() if taken],
        "input_credits_per_million": number(model.reads),
        "output_credits_per_million": number(model.writes),
        "recommended_polling": model.polled,
        "request_timeout_seconds": TEXT_LIMIT,
    }
