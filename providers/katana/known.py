"""What ``known.toml`` says about Katana's models, read once and only when it is needed. The live list is not here."""

import functools
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from providers.models import MediaKind, Privacy, Seconds, Task, Trait

Span = Annotated[tuple[int, int], Field(min_length=2)]
Keys = frozenset[str]


def _midnight(day: object) -> object:
    return datetime.combine(day, time(), UTC) if isinstance(day, date) else day


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextFacts(_Part):
    """Prices of a text model in credits per million tokens, and its privacy class."""

    reads: Decimal
    writes: Decimal
    privacy: Privacy


class ImageFacts(_Part):
    """Which picture models are in-house, want tags or need an input, and prices per picture."""

    house: Keys
    tags: Keys
    needs_picture: Keys
    prices: Mapping[Decimal, Keys]


class VideoFacts(_Part):
    """Which frames video models take."""

    no_first: Keys
    last: Keys


class Times(_Part):
    """Usual seconds of a kind and of single models."""

    image: Span
    house: Span
    video: Span
    text: Span
    polled: Span
    models: Mapping[str, Span]


class Known(_Part):
    """The whole file. ``aliases`` and ``legacy`` lead to canonical keys."""

    read_on: Annotated[datetime, BeforeValidator(_midnight)]
    recommended: Mapping[Task, str]
    aliases: Mapping[MediaKind, Mapping[str, str]]
    legacy: Mapping[str, str]
    images: ImageFacts
    videos: VideoFacts
    texts: Mapping[str, TextFacts]
    traits: Mapping[Trait, Keys]
    expected: Times

    def names(self, media: MediaKind, key: str) -> tuple[str, ...]:
        """Return what people call a model beside its key."""
        said = self.aliases.get(media, {})
        return tuple(name for table in (said, self.legacy) for name, model in table.items() if model == key)

    def traits_of(self, key: str) -> frozenset[Trait]:
        """Return why somebody would choose a model."""
        return frozenset(trait for trait, keys in self.traits.items() if key in keys)

    def credits_of(self, key: str) -> Decimal | None:
        """Return what a picture cost on the day of the file."""
        return next((price for price, keys in self.images.prices.items() if key in keys), None)

    def seconds_of(self, media: MediaKind, key: str, *, polled: bool = False) -> tuple[Seconds, str]:
        """Return the usual running time and where it comes from, as :class:`ModelSpec` calls it."""
        if key in self.expected.models:
            return Seconds(*self.expected.models[key]), "table"
        if key in self.images.house:
            return Seconds(*self.expected.house), "table"
        usual = {MediaKind.VIDEO: self.expected.video, MediaKind.TEXT: self.expected.text}
        span = self.expected.polled if polled else usual.get(media, self.expected.image)
        return Seconds(*span), "default"


@functools.cache
def known() -> Known:
    """Return the file."""
    text = files("providers.katana").joinpath("known.toml").read_text(encoding="utf-8")
    return Known.model_validate(tomllib.loads(text))
