"""Who may do what: whose order it is, the operator's rules, words that are not wanted. Asking it is the gate's."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.budget import Scope, Spender
from bot.core.job import Job
from bot.core.preferences import plain
from providers.models import ModelSpec, Task


class Effect(StrEnum):
    """What a rule does."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the operator's. It is about whatever fits everything that it names; empty fits all.

    ``person``, ``role``, ``channel`` and ``team`` are ``platform/id``, ``command`` is a typed one without its slash,
    ``model`` an id or a name.
    """

    effect: Effect
    person: str = ""
    role: str = ""
    channel: str = ""
    team: str = ""
    provider: str = ""
    model: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who asks for something: who and where, their ``roles`` there, and whether the place is for adults."""

    spender: Spender
    roles: frozenset[str] = frozenset()
    is_age_restricted: bool = False


_COMMANDS: Mapping[Task, str] = {
    Task.TEXT_TO_IMAGE: "image",
    Task.IMAGE_TO_IMAGE: "edit",
    Task.IMAGE_TO_VIDEO: "animate",
    Task.TEXT_TO_MUSIC: "music",
    Task.TEXT_TO_SPEECH: "speak",
    Task.TEXT_TO_TEXT: "ask",
    Task.UPSCALE_IMAGE: "upscale",
    Task.REMOVE_BACKGROUND: "cutout",
    Task.IMAGE_TO_TEXT: "describe",
    Task.VIDEO_TO_TEXT: "describe",
    Task.REWORK_IMAGE: "edit",
    Task.VIDEO_TO_VIDEO: "edit",
    Task.EXTEND_VIDEO: "extend",
}


def may_act(job: Job, platform: str, tenant: str, person: str) -> bool:
    """Whether this person may confirm, cancel or repeat this job."""
    return (job.address.platform, job.address.tenant, job.person) == (platform, tenant, person)


def command_for(task: Task) -> str:
    """Return the command that stands for a kind of thing where a button asked for it."""
    return _COMMANDS.get(task, "video")


def is_allowed(rules: Iterable[Rule], guest: Guest, command: str, model: ModelSpec | None = None) -> bool:
    """Whether somebody may use a command, with a model where one is chosen. The first rule that fits decides.

    As long as there is no model, rules about models and providers fit nothing. Without a rule all is allowed.
    """
    fitting = next((rule for rule in rules if _fits(rule, guest, command, model)), None)
    return fitting is None or fitting.effect is Effect.ALLOW


def _fits(rule: Rule, guest: Guest, command: str, model: ModelSpec | None) -> bool:
    who = guest.spender
    return (
        rule.person in {"", who.name(Scope.PERSON)}
        and (not rule.role or rule.role in guest.roles)
        and rule.channel in {"", who.name(Scope.CHANNEL)}
        and rule.team in {"", who.name(Scope.TEAM)}
        and rule.command in {"", command}
        and (not rule.provider or (model is not None and rule.provider == model.provider))
        and (not rule.model or (model is not None and plain(rule.model) in {plain(model.id), plain(model.name)}))
    )


def fits_place(model: ModelSpec, guest: Guest) -> bool:
    """Whether a model may be used in a place: one for adults only where the chat keeps others out."""
    return guest.is_age_restricted or not model.adult


def unwanted(text: str, words: Sequence[str]) -> str:
    """Return the first word of a list that stands in a text, or nothing; in any width and case.

    Words of letters that are written with blanks between them count whole: "ass" is not in "class".
    """
    folded = _folded(text)
    return next((word for word in words if word.strip() and _stands_in(_folded(word), folded)), "")


def _stands_in(word: str, text: str) -> bool:
    begin = r"(?<![^\W_])" if word[0].isascii() else ""
    end = r"(?![^\W_])" if word[-1].isascii() else ""
    return re.search(begin + re.escape(word) + end, text) is not None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
