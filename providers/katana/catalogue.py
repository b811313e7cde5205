"""From Katana's model list to models with settings and prices, for every task at once. Choosing is not here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from providers.errors import FailureCode, ProviderError, Sent
from providers.katana import form
from providers.katana.known import Known
from providers.katana.menu import Entry, ImageEntry, Menu, TextEntry, VideoEntry
from providers.katana.pricing import ByLength, PerPicture, PerToken, Tariff
from providers.models import MediaKind, ModelSpec, ParamSpec, Privacy, Seconds, Task

NAME: Final = "katana"
UNIT: Final = "credits"

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
_MOST_SOUNDS: Final = 4
"""The provider's own limit over all models (reference section 2.2)."""

_MOST_PICTURES_ASKED: Final = 4
_LONGEST_QUESTION: Final = 20_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """What may go into a video beside words. ``rules`` are the provider's names for what does not go together."""

    first: bool = False
    middle: bool = False
    last: bool = False
    references: int = 0
    sounds: int = 0
    videos: int = 0
    rules: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Product:
    """A model as people see it, and how it is ordered. ``polled`` text is fetched when it is ready, not streamed."""

    spec: ModelSpec
    tariff: Tariff
    inputs: Inputs = field(default_factory=Inputs)
    polled: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every model by task and canonical key, the names that lead to a key, and when the list was read."""

    products: Mapping[Task, Mapping[str, Product]]
    keys: Mapping[str, str]
    read_at: datetime

    def product(self, task: Task, name: str) -> Product:
        """Return a model by its canonical or its older key. Raises ``MODEL_UNAVAILABLE``."""
        models = self.products.get(task, {})
        found = models.get(name) or models.get(self.keys.get(name, ""))
        if found is None:
            raise ProviderError(FailureCode.MODEL_UNAVAILABLE, "not in the list", sent=Sent.NO)
        return found


@dataclass(frozen=True, slots=True)
class _Rhythm:
    poll_every: float
    progress_every: float
    patience: float


_PICTURE: Final = _Rhythm(30, 15, 600)
_VIDEO: Final = _Rhythm(30, 30, 6000)
_STREAM: Final = _Rhythm(1, 1.5, 600)
"""A streamed answer is already here when it is checked, so looking costs nothing."""


def read_catalogue(menu: Menu, known: Known, read_at: datetime) -> Catalogue:
    """Return every model that has a price. Of two entries with one key the first counts."""
    reader = _Reader(known, read_at)
    products: dict[Task, dict[str, Product]] = {}
    for product in (*reader.images(menu.images), *reader.videos(menu.videos), *reader.texts(menu.text)):
        products.setdefault(product.spec.task, {}).setdefault(product.spec.id, product)
    keys = dict(known.legacy)
    for entry in (*menu.images, *menu.videos, *menu.text):
        keys |= dict.fromkeys(_older(entry, known), key_of(entry, known))
    return Catalogue(products, keys, read_at)


def key_of(entry: Entry, known: Known) -> str:
    """Return the canonical key: the public name where it is a key, else ``model_key``, an older one translated."""
    names = (entry.public_model_name, entry.model_key, entry.id)
    found = next((name for name in names if _KEY.fullmatch(name)), "")
    return known.legacy.get(found, found)


def _older(entry: Entry, known: Known) -> tuple[str, ...]:
    names = (entry.legacy_model_key, entry.model_key, entry.id)
    return tuple(dict.fromkeys(name for name in names if name and name != key_of(entry, known)))


class _Reader:
    """One reading of the list."""

    def __init__(self, known: Known, read_at: datetime) -> None:
        self._known = known
        self._read_at = read_at

    def images(self, entries: Iterable[ImageEntry]) -> Iterator[Product]:
        for entry in entries:
            key, facts = key_of(entry, self._known), self._known.images
            tariff = self._per_picture(entry, key)
            if not key or tariff is None:
                continue
            needs = entry.requires_image_input is True or (
                entry.requires_image_input is None and key in facts.needs_picture
            )
            most = max(entry.multi_image_inputs_allowed or 0, int(needs))
            if not needs:
                yield self._image(entry, key, Task.TEXT_TO_IMAGE, tariff, 0)
            if most:
                yield self._image(entry, key, Task.IMAGE_TO_IMAGE, tariff, most)

    def _per_picture(self, entry: ImageEntry, key: str) -> PerPicture | None:
        if entry.credits is not None:
            return PerPicture(entry.credits, entry.fast_credits, entry.uhd_credits, self._read_at)
        price = self._known.credits_of(key)
        # A price of the file has the file's day, so that the notice says how old it is.
        return None if price is None else PerPicture(price, None, None, self._known.read_on)

    def _image(self, entry: ImageEntry, key: str, task: Task, tariff: PerPicture, most: int) -> Product:
        params = [form.aspect_ratio(entry.supported_aspects or ["1:1"], "auto" if most else "1:1", auto=most > 0)]
        if tariff.fast is not None or key in self._known.images.house:
            params.append(form.FAST)
        if tariff.uhd is not None:
            params.append(form.uhd(bans_fast=form.FAST in params))
        if entry.supports_prompt_assist or (entry.supports_prompt_assist is None and key in self._known.images.tags):
            params.append(form.ASSISTANT)
        params += [form.FORMAT, form.NEGATIVE]
        spec = self._spec(entry, key, task, MediaKind.IMAGE, params, tariff, _PICTURE, (min(most, 1), most))
        return Product(spec, tariff)

    def videos(self, entries: Iterable[VideoEntry]) -> Iterator[Product]:
        for entry in entries:
            key = key_of(entry, self._known)
            if not key:
                continue
            inputs, tariff = self._inputs(entry, key), ByLength(entry.video_lengths_and_costs, self._read_at)
            for task, span in _video_tasks(entry, inputs):
                yield self._video(entry, key, task, inputs, tariff, span)

    def _inputs(self, entry: VideoEntry, key: str) -> Inputs:
        facts, rules = self._known.videos, frozenset(entry.custom_rules)
        sounds = min(entry.maximum_reference_audio_files or _MOST_SOUNDS, _MOST_SOUNDS)
        takes_videos = entry.supports_video_input or "video_required" in rules
        return Inputs(
            first=_either(entry.supports_first_frame, key not in facts.no_first),
            middle=entry.supports_mid_frame is True,
            last=_either(entry.supports_last_frame, key in facts.last),
            references=entry.maximum_reference_images or 0,
            sounds=sounds if entry.supports_audio_input else 0,
            videos=(entry.maximum_reference_videos or 1) if takes_videos else 0,
            rules=rules,
        )

    def _video(
        self, entry: VideoEntry, key: str, task: Task, inputs: Inputs, tariff: ByLength, span: tuple[int, int]
    ) -> Product:
        usual = "auto" if task in {Task.IMAGE_TO_VIDEO, Task.FIRST_LAST_FRAME_TO_VIDEO} else "16:9"
        aspects = form.aspect_ratio(entry.supported_aspects or ["16:9"], usual, auto=span[1] > 0)
        params = [form.duration(tariff.lengths), aspects, form.NEGATIVE]
        spec = self._spec(entry, key, task, MediaKind.VIDEO, params, tariff, _VIDEO, span, inputs)
        return Product(spec, tariff, inputs)

    def texts(self, entries: Iterable[TextEntry]) -> Iterator[Product]:
        for entry in entries:
            key = key_of(entry, self._known)
            tariff = self._per_token(entry, key)
            if not key or tariff is None:
                continue
            most = _MOST_PICTURES_ASKED if not entry.input_types or "image" in entry.input_types else 0
            rhythm = _PICTURE if entry.recommended_polling else _STREAM
            params = [form.answer_length(entry.max_output_tokens)]
            spec = self._spec(entry, key, Task.TEXT_TO_TEXT, MediaKind.TEXT, params, tariff, rhythm, (0, most))
            yield Product(spec, tariff, polled=entry.recommended_polling)

    def _per_token(self, entry: TextEntry, key: str) -> PerToken | None:
        if entry.reads is not None and entry.writes is not None:
            return PerToken(entry.reads, entry.writes, self._read_at)
        facts = self._known.texts.get(key)
        return None if facts is None else PerToken(facts.reads, facts.writes, self._known.read_on)

    def _spec(
        self,
        entry: Entry,
        key: str,
        task: Task,
        media: MediaKind,
        params: Sequence[ParamSpec],
        tariff: Tariff,
        rhythm: _Rhythm,
        span: tuple[int, int],
        inputs: Inputs | None = None,
    ) -> ModelSpec:
        known, text = self._known, isinstance(entry, TextEntry)
        expected, source = self._expected(entry, media, key)
        lowest, usual, highest = tariff.range(params)
        return ModelSpec(
            provider=NAME,
            id=key,
            name=entry.display_name or key,
            task=task,
            media=media,
            params=tuple(params),
            unit=UNIT,
            price=usual,
            price_from=lowest,
            price_to=highest,
            expected=expected,
            expected_source=source,
            poll_every=rhythm.poll_every,
            progress_every=rhythm.progress_every,
            patience=rhythm.patience,
            min_inputs=span[0],
            max_inputs=span[1],
            max_prompt=_LONGEST_QUESTION if text else 4000,
            max_count=1 if text else 4,
            recommended=known.recommended.get(task) == key,
            traits=known.traits_of(key),
            aliases=tuple(dict.fromkeys((*known.names(media, key), *_older(entry, known)))),
            needs_subscription=entry.premium_only,
            privacy=privacy_of(entry.privacy, key, known) if isinstance(entry, TextEntry) else None,
            max_sounds=inputs.sounds if inputs else 0,
            max_videos=inputs.videos if inputs else 0,
            min_videos=int(inputs is not None and "video_required" in inputs.rules),
        )

    def _expected(self, entry: Entry, media: MediaKind, key: str) -> tuple[Seconds, str]:
        polled = isinstance(entry, TextEntry) and entry.recommended_polling
        return self._known.seconds_of(media, key, polled=polled)


def privacy_of(said: str, key: str, known: Known) -> Privacy | None:
    """Return a privacy class by the provider's words, else by the file; ``None`` promises nothing."""
    words = said.lower()
    if "e2ee" in words or "end-to-end" in words:
        return Privacy.SEALED
    if "anonym" in words:
        return Privacy.ANONYMIZED
    if "private" in words:
        return Privacy.PRIVATE
    return known.texts[key].privacy if key in known.texts else None


def _video_tasks(entry: VideoEntry, inputs: Inputs) -> Iterator[tuple[Task, tuple[int, int]]]:
    """Return what a model can be asked for, each with the fewest and most pictures."""
    alone = "reference_no_ff_or_lf" in inputs.rules
    with_first_only = "reference_ff_only" in inputs.rules
    beside_first = 0 if alone else inputs.references
    beside_last = 0 if alone or with_first_only else inputs.references
    if not entry.requires_image_input:
        yield Task.TEXT_TO_VIDEO, (0, 0)
    if inputs.first:
        yield Task.IMAGE_TO_VIDEO, (1, 1 + inputs.middle + inputs.last + beside_first)
    if inputs.first and inputs.last:
        yield Task.FIRST_LAST_FRAME_TO_VIDEO, (2, 2 + inputs.middle + beside_last)
    if inputs.references:
        frames = 0 if alone else inputs.first + (0 if with_first_only else inputs.middle + inputs.last)
        yield Task.REFERENCE_IMAGE_TO_VIDEO, (1, inputs.references + frames)


def _either(said: bool | None, known: bool) -> bool:  # noqa: FBT001 - two answers to one question
    return known if said is None else said
