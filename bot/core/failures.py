"""From a provider's failure to what a person is told and offered. The sentences are in ``wording``."""

from collections.abc import Sequence

from bot.core.job import Trouble
from bot.core.wording import FAILURES
from bot.text import Text
from providers.errors import FailureCode
from providers.models import ModelSpec, Trait

_SAME_SERVICE = frozenset(
    {FailureCode.KEY_INVALID, FailureCode.UNREACHABLE, FailureCode.UNREADABLE, FailureCode.CATALOGUE_STALE}
)
"""Failures that another model of the same provider would share: only another provider helps."""

_TRAITS = (Trait.POPULAR, Trait.BUDGET, Trait.FAST, Trait.BALANCED, Trait.NEWEST, Trait.BEST)


def sentence(trouble: Trouble) -> Text:
    """Return why it did not work out, in plain words."""
    return FAILURES[trouble.code](**dict(trouble.data))


def retry_helps(code: FailureCode) -> bool:
    """Whether asking for the same once more can have another outcome."""
    return code not in {
        FailureCode.KEY_INVALID,
        FailureCode.SUBSCRIPTION_NEEDED,
        FailureCode.SETTINGS_REFUSED,
        FailureCode.MODEL_MISMATCH,
        FailureCode.SIZE_TOO_SMALL,
        FailureCode.CONTENT_REFUSED,
        FailureCode.NO_SUCH_COMBINATION,
        FailureCode.RULE_BROKEN,
    }


def alternatives(
    models: Sequence[ModelSpec], provider: str, failed: str, code: FailureCode, most: int = 2
) -> list[ModelSpec]:
    """Return one or two other models worth trying, at their live price. ``failed`` is the model of ``provider``."""
    others = [m for m in models if (m.provider, m.id) != (provider, failed)]
    others = [m for m in others if m.price is not None and not m.needs_subscription]
    if code in _SAME_SERVICE:
        others = [m for m in others if m.provider != provider]
    if code is FailureCode.NO_POINTS:
        price = next((m.price for m in models if (m.provider, m.id) == (provider, failed)), None)
        affordable = [m for m in others if m.provider != provider or price is None or (m.price or 0) < price]
        return sorted(affordable, key=lambda m: m.price or 0)[:most]
    if code is FailureCode.TIMED_OUT:
        return sorted(others, key=lambda m: m.expected.high)[:most]
    return sorted(others, key=lambda m: (not m.recommended, not m.traits, m.price or 0))[:most]


def main_trait(model: ModelSpec) -> Trait | None:
    """Return the one trait to name."""
    return next((t for t in _TRAITS if t in model.traits), None)
