"""Who is let through before anything is priced: the operator's rules, places for adults, words and hooks."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from bot.core import access
from bot.core.access import Guest, Rule
from bot.core.budget import Scope
from bot.errors import RefusalCode, Refused
from providers.models import ModelSpec

log = structlog.get_logger(__name__)


class PromptCheck(Protocol):
    """A hook of the operator's own, from the entry point group ``limner.prompt_checks``."""

    async def __call__(self, prompt: str, person: str, provider: str, model: str) -> bool:
        """Return whether this may be ordered. ``person`` is ``platform/id``. Whatever it raises means no."""
        ...


class Gate:
    """Lets orders and commands through, or refuses them quietly. Without rules everybody may do everything."""

    def __init__(
        self, rules: Sequence[Rule] = (), words: Sequence[str] = (), checks: Sequence[PromptCheck] = ()
    ) -> None:
        self._rules = tuple(rules)
        self._words = tuple(words)
        self._checks = tuple(checks)

    def command(self, command: str, guest: Guest) -> None:
        """Let a command that costs nothing through. Raises ``Refused``."""
        if not access.is_allowed(self._rules, guest, command):
            raise Refused(RefusalCode.NOT_ALLOWED)

    def open_to(self, guest: Guest, models: Sequence[ModelSpec], command: str) -> Sequence[ModelSpec]:
        """Return the models that somebody may use in their place; all of them where that would be none."""
        return [m for m in models if self._lets(guest, m, command)] or models

    def _lets(self, guest: Guest, model: ModelSpec, command: str) -> bool:
        return access.fits_place(model, guest) and access.is_allowed(self._rules, guest, command, model)

    async def order(self, guest: Guest, model: ModelSpec, prompt: str, command: str) -> None:
        """Let an order through, before it has a price. Raises ``Refused``."""
        if not access.is_allowed(self._rules, guest, command, model):
            raise Refused(RefusalCode.NOT_ALLOWED)
        if not access.fits_place(model, guest):
            raise Refused(RefusalCode.ADULTS_ONLY, model=model.name)
        if access.unwanted(prompt, self._words) or not await self._pass_checks(guest, model, prompt):
            raise Refused(RefusalCode.UNWANTED_WORDS)

    async def _pass_checks(self, guest: Guest, model: ModelSpec, prompt: str) -> bool:
        person = guest.spender.name(Scope.PERSON)
        for check in self._checks:
            try:
                passed = await check(prompt, person, model.provider, model.id)
            except Exception:
                # A hook that breaks lets nothing through: what it should have stopped would be paid for.
                log.exception("prompt_check_broke")
                return False
            if not passed:
                return False
        return True
