"""A budget as people type it, such as ``person day 50 points``. What it means is in ``budget``."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from bot.core.budget import Budget, Period, Scope, Spender
from bot.errors import RefusalCode, Refused
from bot.text import Listing

EXAMPLE = "/budget set person day 50 points"
"""Understood as it stands."""

SCOPES: Mapping[str, Scope] = {
    **{scope.value: scope for scope in Scope},
    "个人": Scope.PERSON,
    "频道": Scope.CHANNEL,
    "团队": Scope.TEAM,
    "全部": Scope.TOTAL,
}
PERIODS: Mapping[str, Period] = {
    **{period.value: period for period in Period},
    "每天": Period.DAY,
    "天": Period.DAY,
    "每月": Period.MONTH,
    "月": Period.MONTH,
}
UNITS: Mapping[str, str] = {"point": "points", "credit": "credits", "积分": "points", "点数": "points"}
"""Other words for the units that the shipped services count in."""

_UNLIMITED = frozenset({"unlimited", "不限"})
_HERE = frozenset({"me", "here", "我", "这里"})
_MENTION = re.compile(r"<@!?(\w+)>")
_LONGEST_UNIT = 20


def parse(words: Sequence[str], spender: Spender | None = None) -> Budget:
    """Read a budget; with ``spender``, ``here`` and ``me`` are theirs and a mention is somebody in their chat.

    Raises ``Refused`` with what can be said.
    """
    try:
        said, amount, unit, *who = words[:2], words[2].lower(), words[3], *words[4:]
        scope, period = SCOPES[said[0].lower()], PERIODS[said[1].lower()]
        most = None if amount in _UNLIMITED else Decimal(amount)
        named = _who(scope, who[0], spender) if who else ""
    except (LookupError, InvalidOperation, ValueError) as problem:
        raise unreadable() from problem
    bad = most is not None and not (most.is_finite() and most >= 0)
    if bad or len(who) > 1 or len(unit) > _LONGEST_UNIT or (scope is Scope.TOTAL and who):
        raise unreadable()
    return Budget(scope, period, UNITS.get(unit.lower(), unit), most, named)


def _who(scope: Scope, word: str, spender: Spender | None) -> str:
    mention = _MENTION.fullmatch(word)
    if spender is not None and word.lower() in _HERE:
        return spender.name(scope)
    if spender is not None and mention is not None:
        return f"{spender.address.platform}/{mention[1]}"
    platform, slash, name = word.partition("/")
    if not (platform and slash and name):
        msg = "not platform/id"
        raise ValueError(msg)
    return word


def unreadable() -> Refused:
    """Return the refusal of what is no budget."""
    scopes = Listing(tuple(scope.value for scope in Scope), either=True)
    periods = Listing(tuple(period.value for period in Period), either=True)
    return Refused(RefusalCode.BUDGET_UNREADABLE, example=EXAMPLE, scopes=scopes, periods=periods)
