"""People who want to be forgotten: asked once more, then forgotten in one transaction. What is said is in ``core``."""

from dataclasses import dataclass

import structlog

from bot.core import privacy, replies
from bot.core.actions import Action
from bot.engine.ports import (
    Answer,
    Change,
    Claim,
    Clock,
    Dispatch,
    Forgetting,
    Line,
    LineKind,
    Person,
    Pressed,
    Store,
)
from bot.errors import RefusalCode, Refused

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Whose:
    """Somebody as the store knows them; ``tenant`` is empty where they are meant in every one."""

    platform: str
    tenant: str
    person: str

    @classmethod
    def of(cls, person: Person) -> "_Whose":
        return cls(person.address.platform, person.tenant, person.id)

    @property
    def sign(self) -> str:
        return privacy.sign_of(self.platform, self.tenant, self.person)


class Privacy:
    """Asks and forgets. Open orders have to end first: their results would otherwise come to nobody."""

    def __init__(self, *, store: Store, dispatch: Dispatch, clock: Clock) -> None:
        self._store = store
        self._dispatch = dispatch
        self._clock = clock

    async def ask(self, rest: str, person: Person, event: str) -> Change:
        """Return the question, or why it is not asked now; nothing is forgotten yet."""
        whose, now = _Whose.of(person), self._clock.now()
        meant = privacy.action(whose.sign, event, now)
        traces = await self._store.traces(whose.platform, whose.tenant, whose.person)
        if not privacy.means_me(rest):
            card = replies.plain(privacy.USAGE())
        elif traces.open:
            card = replies.plain(privacy.STILL_OPEN(count=traces.open))
        else:
            unseen = await self._store.undelivered_jobs(whose.platform, whose.tenant, whose.person)
            card = privacy.question(meant, traces.ended, len(unseen))
        key = privacy.key_of(meant)
        return Change(
            lines=(Line(key, LineKind.SAY, person.address, person.id, person.locale, card, now, private=True),)
        )

    async def press(self, pressed: Pressed, action: Action) -> Answer:
        """Forget the presser, if it was they who were asked and a short time ago. Raises ``Refused``."""
        person, now = pressed.person, self._clock.now()
        whose, place = _Whose.of(person), person.address
        if action.job != whose.sign:
            raise Refused(RefusalCode.NOT_YOURS)
        if not privacy.is_fresh(action, now):
            return Answer(privacy.TOO_OLD(), done=False)
        traces = await self._store.traces(whose.platform, whose.tenant, whose.person)
        if traces.open:
            return Answer(privacy.STILL_OPEN(count=traces.open), done=False)
        locale = await self._store.locale_of(place.platform, place.tenant, person.id) or person.locale
        asked = privacy.key_of(action)
        card = privacy.done(traces.ended)
        told = Line(f"{asked}.done", LineKind.EDIT, place, person.id, locale, card, now, target=asked, private=True)
        change = Change(
            lines=(told.answering(pressed.event),),
            claim=Claim(place.platform, place.tenant, pressed.event, now),
            forget=Forgetting(whose.platform, whose.tenant, whose.person, spared=(asked, told.key)),
        )
        await self._store.save(change)
        log.info("person_forgotten", platform=whose.platform, kept=traces.ended)
        self._dispatch.drain(place)
        return Answer(privacy.DONE(), forgotten=True)
