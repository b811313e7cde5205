"""From what ima2 offers to models with settings and prices, lane by lane. Choosing and ordering are not here.

A lane that goes by a plan costs uses of it. Where a key is paid for, a price is published (Gemini) or set by the
operator; without one a model is left out, as nobody could say what it costs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from providers.contract import PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2 import form, known
from providers.ima2.lanes import Setup
from providers.models import MediaKind, ModelSpec, ParamSpec, ParamValue, Seconds, Task

NAME: Final = "ima2"
PLAN: Final = "plan_uses"
USD: Final = "usd"

_MOST_REFERENCES, _MOST_BESIDE_OPENAI, _MOST_IN_CLIPS = 5, 3, 7
_LONGEST_PROMPT: Final = 32_000
_LENGTHS, _EXTENSIONS = (1, 15), range(2, 11)
_LONGEST_BY_REFERENCES: Final = 10
_LARGEST: Final = "1080p"


@dataclass(frozen=True, slots=True)
class Tariff:
    """What one result costs. ``tiers`` go by the resolution."""

    unit: str
    basis: PriceBasis
    flat: Decimal
    tiers: Mapping[str, Decimal]

    def price(self, values: Mapping[str, ParamValue]) -> Decimal:
        """Return the price with these settings."""
        return self.tiers[str(values["resolution"])] if self.tiers else self.flat


@dataclass(frozen=True, slots=True)
class Product:
    """A model for one task and what it costs."""

    spec: ModelSpec
    tariff: Tariff

    @property
    def lane(self) -> str:
        """Whose plan or key it goes by."""
        return self.spec.id.partition("/")[0]

    @property
    def model(self) -> str:
        """The server's own name of it."""
        return self.spec.id.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that is offered, and when it was read."""

    products: Mapping[Task, Mapping[str, Product]]
    read_at: datetime

    def product(self, task: Task, name: str) -> Product:
        """Return a model. Raises ``MODEL_UNAVAILABLE``."""
        found = self.products.get(task, {}).get(name)
        if found is None:
            raise ProviderError(FailureCode.MODEL_UNAVAILABLE, "not offered", sent=Sent.NO)
        return found


def read_catalogue(setup: Setup, prices: Mapping[str, Decimal], read_at: datetime) -> Catalogue:
    """Return what is offered with a price."""
    reader = _Reader(setup, prices)
    products: dict[Task, dict[str, Product]] = {}
    for product in (*reader.pictures(), *reader.clips()):
        products.setdefault(product.spec.task, {}).setdefault(product.spec.id, product)
    return Catalogue({task: _finished(models) for task, models in products.items()}, read_at)


class _Reader:
    """One reading."""

    def __init__(self, setup: Setup, prices: Mapping[str, Decimal]) -> None:
        self._lanes = setup.lanes
        self._valid = setup.offer.valid
        self._limits = setup.offer.limits
        self._prices = prices

    def pictures(self) -> Iterator[Product]:
        images = self._valid.image_models
        models = {
            known.OAUTH: images.supported,
            known.API: images.supported,
            known.GROK: images.grok_supported,
            known.GROK_API: images.grok_supported,
            known.AGY: [name for name in images.gemini_supported if name == known.AGY_MODEL],
            known.GEMINI: images.gemini_supported,
        }
        for lane in known.LANES:
            for model in models[lane] if lane in self._lanes else []:
                if (tariff := self._tariff(lane, model)) is not None:
                    yield from self._picture(lane, model, tariff)

    def clips(self) -> Iterator[Product]:
        for lane in (known.GROK, known.GROK_API):
            for model in self._valid.video_models.supported if lane in self._lanes else []:
                if (tariff := self._tariff(lane, model)) is not None:
                    yield from self._clip(lane, model, tariff)
        plan = self._tariff(known.GROK, known.BASE_VIDEO)
        if plan is None or known.GROK not in self._lanes:
            return
        if known.BASE_VIDEO.partition("/")[2] in self._valid.video_models.supported:
            length = (form.duration(_EXTENSIONS, 6),)
            yield self._rework(Task.EXTEND_VIDEO, known.BASE_VIDEO, MediaKind.VIDEO, length, plan)
            yield self._rework(Task.VIDEO_TO_VIDEO, known.BASE_VIDEO, MediaKind.VIDEO, (), plan, least=1)
        yield self._rework(Task.VIDEO_TO_TEXT, known.DESCRIBER, MediaKind.TEXT, (), plan)

    def _tariff(self, lane: str, model: str) -> Tariff | None:
        if lane in {known.OAUTH, known.GROK, known.AGY}:
            return Tariff(PLAN, PriceBasis.PLAN, Decimal(1), {})
        if lane == known.GEMINI:
            tiers = known.GEMINI_USD.get(model)
            return None if tiers is None else Tariff(USD, PriceBasis.EXACT, Decimal(0), tiers)
        price = self._prices.get(f"{lane}/{model}")
        return None if price is None or price <= 0 else Tariff(USD, PriceBasis.FLAT, price, {})

    def _picture(self, lane: str, model: str, tariff: Tariff) -> Iterator[Product]:
        most = _MOST_BESIDE_OPENAI
        if lane in {known.OAUTH, known.API}:
            most = self._limits.max_ref_count or _MOST_REFERENCES
        usual = self._limits.max_generated_images or 1
        count = 1 if lane == known.AGY else max(1, usual)
        yield self._still(Task.TEXT_TO_IMAGE, lane, model, tariff, (0, 0), count)
        yield self._still(Task.IMAGE_TO_IMAGE, lane, model, tariff, (1, most), count)
        if lane in known.REWORKING:
            # The result that is varied goes along as one of the pictures.
            yield self._still(Task.REWORK_IMAGE, lane, model, tariff, (0, most - 1), 1)

    def _still(self, task: Task, lane: str, model: str, tariff: Tariff, span: tuple[int, int], count: int) -> Product:
        params = self._settings(lane, tariff, sequence=task is Task.TEXT_TO_IMAGE and count > 1)
        mask = task is Task.IMAGE_TO_IMAGE and lane in {known.OAUTH, known.API}
        spec = _spec(task, lane, model, MediaKind.IMAGE, params, tariff, known.PICTURE_TIME, span, count)
        return Product(replace(spec, takes_mask=mask), tariff)

    def _settings(self, lane: str, tariff: Tariff, *, sequence: bool) -> tuple[ParamSpec, ...]:
        match lane:
            case known.OAUTH | known.API:
                return form.openai(self._valid.quality, sequence=sequence)
            case known.GROK | known.GROK_API:
                return form.grok(self._valid.quality, sequence=sequence)
            case known.GEMINI:
                return form.gemini(tariff.tiers)
            case _:
                return ()

    def _clip(self, lane: str, model: str, tariff: Tariff) -> Iterator[Product]:
        videos = self._valid.video_models
        first, last = (*videos.duration_range, *_LENGTHS)[:2] if len(videos.duration_range) > 1 else _LENGTHS
        sizes = videos.resolutions or ["480p"]
        smaller = [size for size in sizes if size != _LARGEST] or sizes
        is_base = model == known.BASE_VIDEO.partition("/")[2]
        tasks = {
            Task.TEXT_TO_VIDEO: (0, 0),
            Task.IMAGE_TO_VIDEO: (1, 1),
            Task.REFERENCE_IMAGE_TO_VIDEO: (2, videos.max_references or _MOST_IN_CLIPS),
        }
        for task, span in tasks.items():
            many = task is Task.REFERENCE_IMAGE_TO_VIDEO
            longest = min(last, _LONGEST_BY_REFERENCES) if many else last
            offered = smaller if many or is_base else sizes
            params = form.video(range(first, longest + 1), offered, videos.aspect_ratios)
            yield Product(_spec(task, lane, model, MediaKind.VIDEO, params, tariff, known.CLIP_TIME, span, 1), tariff)

    def _rework(
        self,
        task: Task,
        name: str,
        media: MediaKind,
        params: tuple[ParamSpec, ...],
        tariff: Tariff,
        *,
        least: int = 0,
    ) -> Product:
        lane, _, model = name.partition("/")
        expected = known.WORDS_TIME if media is MediaKind.TEXT else known.CLIP_TIME
        spec = _spec(task, lane, model, media, params, tariff, expected, (0, 0), 1)
        return Product(replace(spec, max_videos=1, min_videos=least), tariff)


def _spec(
    task: Task,
    lane: str,
    model: str,
    media: MediaKind,
    params: tuple[ParamSpec, ...],
    tariff: Tariff,
    expected: Seconds,
    span: tuple[int, int],
    count: int,
) -> ModelSpec:
    prices = sorted(tariff.tiers.values()) or [tariff.flat]
    return ModelSpec(
        provider=NAME,
        id=f"{lane}/{model}",
        name=known.name_of(model, lane),
        task=task,
        media=media,
        params=params,
        unit=tariff.unit,
        price=tariff.price({spec.name: spec.default for spec in params if spec.default is not None}),
        price_from=prices[0],
        price_to=prices[-1],
        expected=expected,
        expected_source="default",
        poll_every=5,
        progress_every=10,
        # A clip may go on for fifteen minutes, and is looked for until a minute later.
        patience=600 if media is MediaKind.IMAGE else 1020,
        min_inputs=span[0],
        max_inputs=span[1],
        max_prompt=_LONGEST_PROMPT,
        max_count=count,
        aliases=(model,),
    )


def _finished(models: Mapping[str, Product]) -> Mapping[str, Product]:
    """Recommend one model, and let each name that people type lead to the first that has it."""
    best = next((name for name in known.PREFERRED if name in models), next(iter(models)))
    taken: set[str] = set()
    done: dict[str, Product] = {}
    for name, product in models.items():
        own = tuple(alias for alias in product.spec.aliases if alias not in taken)
        taken.update(own)
        done[name] = replace(product, spec=replace(product.spec, recommended=name == best, aliases=own))
    return done
