"""How much of each plan is used up (``/api/quota``, reference section 1.5)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from providers.ima2.wire import Plan, Plans
from providers.outcomes import Quota

_HOURS: Final = {"h": 1, "d": 24}
_LABEL: Final = re.compile(r"(\d+)\s*([hd])")
_MONTH: Final = 30 * 24


def quotas(plans: Plans) -> tuple[Quota, ...]:
    """Return the windows of all plans that somebody is signed in to."""
    return (*_of("ChatGPT", plans.codex), *_of("Grok", plans.grok))


def _of(service: str, plan: Plan) -> Iterator[Quota]:
    for window in plan.windows:
        if window.percent is None:
            continue
        hours = _hours(window.label)
        counted = plan.billing if hours == _MONTH else None
        yield Quota(
            service,
            max(0, round(window.percent)),
            hours,
            window.resets_at,
            spent=None if counted is None else _amount(counted.used_usd),
            limit=None if counted is None else _amount(counted.limit_usd),
            currency="" if counted is None else "USD",
        )


def _hours(label: str) -> int:
    if label == "monthly":
        return _MONTH
    found = _LABEL.fullmatch(label)
    return int(found[1]) * _HOURS[found[2]] if found is not None else 0


def _amount(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))
