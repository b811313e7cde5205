"""From what was filled in to what the engine understands. What can be filled in is in ``commands``."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.grammar import MAKING, Ask, Verb
from bot.core.options import Use, take_options

_WORD_FOR_WORD = frozenset({Verb.SPEAK, Verb.ASK})
"""The commands whose words are taken as they stand, settings and all."""

_PICTURED = MAKING - _WORD_FOR_WORD - {Verb.MUSIC}
"""The commands that take pictures, so that an address among the words is one."""


@dataclass(frozen=True, slots=True)
class Form:
    """A filled-in order; what was left out is empty."""

    prompt: str = ""
    model: str = ""
    duration: int | None = None
    resolution: str = ""
    aspect_ratio: str = ""
    count: int | None = None
    use: str = ""
    of: str = ""
    scale: int | None = None

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings that were filled in."""
        filled = {
            "duration": "" if self.duration is None else str(self.duration),
            "resolution": self.resolution,
            "aspect_ratio": self.aspect_ratio,
            "scale": "" if self.scale is None else str(self.scale),
        }
        return {name: value for name, value in filled.items() if value}


def order(verb: Verb, form: Form) -> Ask:
    """Return an order. What stands in the words counts too, but what was filled in wins."""
    words = form.prompt.encode(errors="replace").decode()
    found = take_options(words, links=verb in _PICTURED, shorthand=verb not in _WORD_FOR_WORD)
    return Ask(
        verb,
        rest=found.rest,
        settings={**found.settings, **form.settings},
        model=form.model or found.model,
        wish=None if form.model else found.wish,
        count=found.count if form.count is None else form.count,
        use=Use(form.use) if form.use in set(Use) else found.use,
        links=found.links,
        roles=found.roles,
        sounds=tuple(found.sounds),
        videos=tuple(found.videos),
        of=form.of.strip().lstrip("#").lower() or found.of,
    )


def always(kind: str, model: str) -> Ask:
    """Return the wish to always use a model for a kind of thing."""
    return Ask(Verb.MODEL, rest=f"{kind} {model}".strip())
