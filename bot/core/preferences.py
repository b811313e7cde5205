"""Which model a person gets: asked for, always wanted, used last, or recommended. Storing it is not here."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.core.job import Reason
from bot.errors import RefusalCode, Refused
from bot.text import Listing
from providers.models import ModelSpec, Task, Trait


class Wish(StrEnum):
    """A wish for a kind of model rather than for one, for this order alone."""

    CHEAPEST = "cheapest"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Preference:
    """What is remembered for a person and a task: ``always`` was said, ``last`` was used.

    Both are model ids or empty, with the names they had then, to be said when the model is gone.
    """

    platform: str
    tenant: str
    person: str
    task: Task
    always: str = ""
    last: str = ""
    always_name: str = ""
    last_name: str = ""
    updated_at: datetime | None = None

    def used(self, model: str, name: str, now: datetime) -> "Preference":
        """Remember the model of a success."""
        return replace(self, last=model, last_name=name, updated_at=now)

    def wanted(self, model: str, name: str, now: datetime) -> "Preference":
        """Remember what the person said to always use."""
        return replace(self, always=model, always_name=name, updated_at=now)

    def forgotten(self, now: datetime) -> "Preference":
        """Forget the wish and the habit."""
        return Preference(self.platform, self.tenant, self.person, self.task, updated_at=now)


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen model and why. ``shifted`` names the remembered model that is not to be had."""

    model: ModelSpec
    reason: Reason
    shifted: str = ""


def plain(name: str) -> str:
    """Return a name as people type it: one width, one case, no punctuation."""
    return re.sub(r"[\s._\-/]+", "", unicodedata.normalize("NFKC", name).casefold())


def named(models: Sequence[ModelSpec], query: str) -> ModelSpec:
    """Return the model a person means by ``query``: id, name or alias, else the only one that contains it.

    Raises :class:`Refused` with the names to choose from. A part of several names is never decided for the person.
    """
    if not models:
        raise Refused(RefusalCode.NO_MODELS)
    wanted = plain(query)
    exact = [m for m in models if wanted in _exact_names(m)]
    alias = [m for m in models if wanted in {plain(name) for a in m.aliases for name in (a, f"{m.provider}/{a}")}]
    part = [m for m in models if wanted and (wanted in plain(m.name) or wanted in plain(m.id))]
    for found in (exact, alias, part):
        if len(found) == 1:
            return found[0]
        if found:
            recommended = [m for m in found if m.recommended and found is not part]
            if len(recommended) == 1:
                return recommended[0]
            names = tuple(dict.fromkeys(m.name for m in found))
            if (found is exact or len(names) == 1) and len({m.provider for m in found}) == len(found):
                return found[0]  # one model at several services: the operator's order of them decides
            allowed = Listing(names[:8], either=True)
            raise Refused(RefusalCode.AMBIGUOUS_MODEL, name=query[:60], allowed=allowed)
    allowed = Listing(tuple(dict.fromkeys(m.name for m in models))[:12], either=True)
    raise Refused(RefusalCode.UNKNOWN_MODEL, name=query[:60], allowed=allowed)


def _exact_names(model: ModelSpec) -> set[str]:
    """Return what names a model alone; with its service in front it can be told from the same one elsewhere."""
    names = (model.id, model.name)
    return {plain(name) for name in (*names, *(f"{model.provider}/{name}" for name in names))}


def choose(
    models: Sequence[ModelSpec],
    *,
    query: str = "",
    wish: Wish | None = None,
    preference: Preference | None = None,
    default: str = "",
) -> Selection:
    """Choose: explicit, else wished for, else always, else used last, else the place's default, else recommended."""
    if not models:
        raise Refused(RefusalCode.NO_MODELS)
    if query:
        return Selection(named(models, query), Reason.EXPLICIT)
    if wish is not None:
        return _wished(models, wish)
    by_id = {m.id: m for m in reversed(models)}
    shifted = ""
    if preference is not None:
        always = (preference.always, preference.always_name, Reason.ALWAYS)
        last = (preference.last, preference.last_name, Reason.HABIT)
        for model, name, reason in (always, last):
            if model in by_id:
                return Selection(by_id[model], reason, shifted)
            shifted = shifted or name or model
    wanted = by_id.get(default) or next((m for m in models if default and plain(m.name) == plain(default)), None)
    return Selection(wanted or recommended(models), Reason.DEFAULT, shifted)


def recommended(models: Sequence[ModelSpec]) -> ModelSpec:
    """Return the newest and most popular model, never simply the cheapest; of several services, the first one's."""
    own = [m for m in models if m.provider == models[0].provider]
    open_to_all = [m for m in own if not m.needs_subscription] or own
    return min(
        open_to_all, key=lambda m: (not m.recommended, Trait.POPULAR not in m.traits, Trait.NEWEST not in m.traits)
    )


def _wished(models: Sequence[ModelSpec], wish: Wish) -> Selection:
    priced = [m for m in models if m.price is not None and not m.needs_subscription]
    if wish is Wish.CHEAPEST:
        if not priced:
            raise Refused(RefusalCode.NO_MODELS)
        return Selection(min(priced, key=lambda m: m.price or 0), Reason.CHEAPEST)
    best = next((m for m in priced if Trait.BEST in m.traits), None)
    return Selection(recommended(models), Reason.DEFAULT) if best is None else Selection(best, Reason.BEST)
