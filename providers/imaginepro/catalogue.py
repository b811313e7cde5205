"""What ImaginePro sells. There is no list to read, so this is what its documents say (the seed, reference part 2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from providers.contract import PriceBasis
from providers.errors import FailureCode, ProviderError, Sent
from providers.imaginepro import midjourney
from providers.imaginepro.buttons import MIDJOURNEY
from providers.imaginepro.prices import UNIT, Price, PriceList
from providers.models import Choice, MediaKind, ModelSpec, ParamKind, ParamSpec, ParamValue, Seconds, Task, Trait

NAME: Final = "imaginepro"

FLUX: Final = "flux"
LUMI: Final = "lumi-girl"
BANANA: Final = "nano-banana-2"
VIDEO: Final = "mj-video"
UPSCALE: Final = "flux-upscale"
CUTOUT: Final = "remove-bg"
DESCRIBE: Final = "describe"

_MOST_FLUX: Final = 4
_MOST_REFERENCES: Final = 5
_WIDEST_LUMI: Final = 8
_GRID: Final = 5  # a sheet of four pictures, and the four

_RATIOS: Final = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")
_FORMATS: Final = ("png", "webp", "jpg")
_FLUX_SETTINGS: Final = (
    ParamSpec("aspect_ratio", ParamKind.CHOICE, "1:1", tuple(Choice(ratio, ratio) for ratio in _RATIOS)),
    ParamSpec("output_format", ParamKind.CHOICE, "png", tuple(Choice(name, name) for name in _FORMATS)),
)
_LUMI_SETTINGS: Final = (ParamSpec("aspect_ratio", ParamKind.RATIO, "1:1", high=_WIDEST_LUMI),)
_SCALES: Final = (ParamSpec("scale", ParamKind.NUMBER, 2, low=2, high=4),)


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """Expected seconds, seconds between looks, and after how many a person is asked whether to wait."""

    expected: Seconds
    every: float
    patience: float
    source: str = "table"


# Usual times and the pause between looks are the seed's; what it does not name is an estimate of ours.
_PAINTED: Final = _Rhythm(Seconds(30, 120), 5, 900)
_QUICK: Final = _Rhythm(Seconds(10, 30), 5, 600)
_TOOL: Final = _Rhythm(Seconds(5, 40), 5, 600, "default")
_STEP: Final = _Rhythm(Seconds(10, 90), 5, 900, "default")
_FILM: Final = _Rhythm(Seconds(120, 900), 15, 1200)


@dataclass(frozen=True, slots=True)
class Product:
    """A model as people see it, and what one unit of it costs; by mode where it has several prices."""

    spec: ModelSpec
    price: Price
    modes: Mapping[str, Price]

    def cost(self, values: Mapping[str, ParamValue]) -> Price:
        """Return the price of one unit with these settings."""
        return self.modes.get(str(values.get("mode", "")), self.price)

    @property
    def basis(self) -> PriceBasis:
        """How exact the price is."""
        return PriceBasis.EXACT if self.modes else PriceBasis.FLAT


class Catalogue:
    """Every model by task. ``read_at`` is the day of the operator's own prices."""

    def __init__(self, own_prices: Mapping[str, Decimal], read_at: datetime) -> None:
        self._prices = PriceList(own_prices, read_at)
        products: dict[Task, dict[str, Product]] = {}
        for product in self._products():
            products.setdefault(product.spec.task, {})[product.spec.id] = product
        self.products: Mapping[Task, Mapping[str, Product]] = products

    @property
    def tasks(self) -> frozenset[Task]:
        """What can be asked for."""
        return frozenset(self.products)

    def product(self, task: Task, name: str) -> Product:
        """Return a model. Raises ``MODEL_UNAVAILABLE``."""
        found = self.products.get(task, {}).get(name)
        if found is None:
            raise ProviderError(FailureCode.MODEL_UNAVAILABLE, "not sold", sent=Sent.NO)
        return found

    def _products(self) -> Iterator[Product]:
        yield from self._midjourneys()
        yield from self._pictures()
        yield from self._tools()

    def _midjourneys(self) -> Iterator[Product]:
        modes = {"fast": self._prices[MIDJOURNEY], "relax": self._prices["relax"]}
        if "turbo" in self._prices:
            modes["turbo"] = self._prices["turbo"]
        turbo, names = "turbo" in self._prices, ("mj", "midjourney")
        for task, pictures in ((Task.TEXT_TO_IMAGE, 0), (Task.IMAGE_TO_IMAGE, 1)):
            yield self._sold(
                task,
                MIDJOURNEY,
                "Midjourney",
                _PAINTED,
                params=midjourney.params(with_picture=pictures > 0, turbo=turbo),
                inputs=(pictures, pictures),
                outputs=_GRID,
                recommended=task is Task.TEXT_TO_IMAGE,
                traits=frozenset({Trait.POPULAR, Trait.BEST}),
                aliases=names,
                modes=modes,
            )
        yield self._sold(
            Task.REWORK_IMAGE, MIDJOURNEY, "Midjourney", _STEP, priced="button", recommended=True, aliases=names
        )

    def _pictures(self) -> Iterator[Product]:
        quick, nano = frozenset({Trait.FAST}), ("nano banana", "nano", "banana")
        yield self._sold(Task.TEXT_TO_IMAGE, FLUX, "Flux", _QUICK, params=_FLUX_SETTINGS, most=_MOST_FLUX, traits=quick)
        yield self._sold(
            Task.TEXT_TO_IMAGE, LUMI, "Lumi Girl", _QUICK, params=_LUMI_SETTINGS, traits=quick, aliases=("lumi",)
        )
        yield self._sold(Task.TEXT_TO_IMAGE, BANANA, "Nano Banana 2", _QUICK, traits=quick, aliases=nano)
        yield self._sold(
            Task.IMAGE_TO_IMAGE,
            BANANA,
            "Nano Banana 2",
            _QUICK,
            inputs=(1, _MOST_REFERENCES),
            recommended=True,
            traits=frozenset({Trait.POPULAR, Trait.FAST}),
            aliases=nano,
        )
        yield self._sold(
            Task.FIRST_LAST_FRAME_TO_VIDEO,
            VIDEO,
            "Midjourney Video",
            _FILM,
            media=MediaKind.VIDEO,
            inputs=(2, 2),
            recommended=True,
            aliases=("mj video",),
        )

    def _tools(self) -> Iterator[Product]:
        one = (1, 1)
        yield self._sold(
            Task.UPSCALE_IMAGE, UPSCALE, "Flux Upscale", _TOOL, params=_SCALES, inputs=one, recommended=True
        )
        yield self._sold(Task.REMOVE_BACKGROUND, CUTOUT, "Background remover", _TOOL, inputs=one, recommended=True)
        if DESCRIBE in self._prices:
            yield self._sold(
                Task.IMAGE_TO_TEXT,
                DESCRIBE,
                "Midjourney Describe",
                _TOOL,
                media=MediaKind.TEXT,
                inputs=one,
                recommended=True,
            )

    def _sold(
        self,
        task: Task,
        model: str,
        name: str,
        rhythm: _Rhythm,
        *,
        priced: str = "",
        params: tuple[ParamSpec, ...] = (),
        media: MediaKind = MediaKind.IMAGE,
        inputs: tuple[int, int] = (0, 0),
        most: int = 1,
        outputs: int = 1,
        recommended: bool = False,
        traits: frozenset[Trait] = frozenset(),
        aliases: tuple[str, ...] = (),
        modes: Mapping[str, Price] | None = None,
    ) -> Product:
        price, modes = self._prices[priced or model], modes or {}
        range_ = [each.credits for each in (price, *modes.values())]
        spec = ModelSpec(
            provider=NAME,
            id=model,
            name=name,
            task=task,
            media=media,
            params=params,
            unit=UNIT,
            price=price.credits,
            price_from=min(range_),
            price_to=max(range_),
            expected=rhythm.expected,
            expected_source=rhythm.source,
            poll_every=rhythm.every,
            progress_every=rhythm.every,
            patience=rhythm.patience,
            min_inputs=inputs[0],
            max_inputs=inputs[1],
            max_count=most,
            outputs_per_unit=outputs,
            recommended=recommended,
            traits=traits,
            aliases=aliases,
        )
        return Product(spec, price, modes)
