"""Ready-made jobs, models and quotes for tests: name what matters, the rest is an ordinary video order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.core.job import Address, Job, Pace, Reason, Request, State
from providers.contract import PriceBasis, Quote
from providers.models import Choice, MediaKind, ModelSpec, ParamKind, ParamSpec, Seconds, Task, Trait
from providers.outcomes import Asset
from tests.fakes.clock import START

MEDIA = {
    Task.TEXT_TO_IMAGE: MediaKind.IMAGE,
    Task.IMAGE_TO_IMAGE: MediaKind.IMAGE,
    Task.TEXT_TO_MUSIC: MediaKind.AUDIO,
    Task.TEXT_TO_SPEECH: MediaKind.AUDIO,
    Task.TEXT_TO_TEXT: MediaKind.TEXT,
}
"""What the tasks make; every other one makes a video."""


def a_setting(
    name: str = "duration", *values: str | int, default: str | int | None = None, **changes: Any
) -> ParamSpec:
    """Return a setting with a choice of values; the first is the default."""
    choices = tuple(Choice(value, str(value)) for value in values or (5, 10, 15))
    setting = ParamSpec(name, ParamKind.CHOICE, choices[0].value if default is None else default, choices)
    return replace(setting, **changes)


def a_model(name: str = "Wan 2.6", price: Decimal | int | str | None = 25, **changes: Any) -> ModelSpec:
    """Return a model of the catalogue. ``price`` is that of its default settings; the highest is four times that."""
    task = changes.get("task", Task.TEXT_TO_VIDEO)
    amount = None if price is None else Decimal(price)
    model = ModelSpec(
        provider="ima_studio",
        id=name.lower().replace(" ", "-"),
        name=name,
        task=task,
        media=MEDIA.get(task, MediaKind.VIDEO),
        params=(a_setting(), a_setting("resolution", "720P", "1080P")),
        unit="points",
        price=amount,
        price_from=amount,
        price_to=None if amount is None else 4 * amount,
        expected=Seconds(60, 120),
        expected_source="table",
        poll_every=8.0,
        progress_every=30.0,
        patience=600.0,
        traits=frozenset({Trait.POPULAR}),
    )
    return replace(model, **changes)


def a_quote(per_unit: Decimal | int | str = 25, units: int = 1, **changes: Any) -> Quote:
    """Return an exact price, read just now."""
    amount = Decimal(per_unit)
    quote = Quote(amount, units, amount * units, "points", PriceBasis.EXACT, "terms", START)
    return replace(quote, **changes)


def a_request(**changes: Any) -> Request:
    """Return what is asked for in an ordinary order."""
    request = Request(
        task=Task.TEXT_TO_VIDEO,
        provider="ima_studio",
        model="wan-2.6",
        prompt="a puppy runs across a meadow",
        params={"duration": 5, "resolution": "720P"},
    )
    return replace(request, **changes)


def an_asset(kind: MediaKind = MediaKind.VIDEO, **changes: Any) -> Asset:
    """Return one result; its address works for a week."""
    address = f"https://media.example/{kind.value}"
    return replace(Asset(kind, address, expires_at=START + timedelta(days=7)), **changes)


def a_job(**changes: Any) -> Job:
    """Return a job that was just proposed; ``media`` follows the request's task unless it is named."""
    request = changes.get("request") or a_request()
    job = Job(
        id=f"{1:06x}{0:026x}",
        rev=1,
        state=State.PROPOSED,
        address=Address("stage", "house", "room"),
        person="ann",
        locale="en",
        request=request,
        model_name="Wan 2.6",
        media=MEDIA.get(request.task, MediaKind.VIDEO),
        quote=a_quote(units=request.count),
        expected=Seconds(60, 120),
        pace=Pace(poll_every=8.0, progress_every=30.0, patience=600.0),
        reason=Reason.DEFAULT,
        created_at=START,
    )
    return replace(job, **changes)
