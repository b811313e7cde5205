"""The commands about money: what may be spent, what was, and what one order cost. They spend nothing themselves."""

from collections.abc import Collection, Sequence

from bot.core import budget_words, chart, replies, statements, treasury
from bot.core.budget import BudgetChange, Period, Scope, Spender, window
from bot.core.cards import Card, Medium
from bot.core.grammar import Ask, Verb
from bot.core.job import Job
from bot.core.preferences import plain
from bot.core.usage import Spending, course, total, totals
from bot.engine.catalog import Catalog
from bot.engine.ports import Change, Clock, Person, Store
from bot.engine.treasury import Treasury
from bot.errors import RefusalCode, Refused
from bot.text import Text, Value

_SET = frozenset({"set", "设置", "设为"})
_CLEAR = frozenset({"clear", "清除"})
_LIST = frozenset({"list", "all", "全部", "列表"})
_WHOSE = {"team": "team", "团队": "team", "all": "all", "everybody": "all", "全部": "all", "me": "me", "我": "me"}


class Accounts:
    """Answers the commands about money. ``admins`` are named as ``platform/id``."""

    def __init__(
        self, store: Store, catalog: Catalog, treasury_: Treasury, clock: Clock, admins: Collection[str] = ()
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._treasury = treasury_
        self._clock = clock
        self._admins = frozenset(admins)

    async def answer(self, ask: Ask, person: Person) -> tuple[Card, Change]:
        """Return the answer, and what it changes where an admin asked for that. Raises ``Refused``."""
        spender = person.guest.spender
        words = ask.rest.split()
        match ask.verb:
            case Verb.BUDGET if words:
                return await self._budgets(words, spender)
            case Verb.USAGE:
                return await self._usage(words, spender), Change()
            case Verb.RECEIPT:
                return await self._receipt(ask.rest, person), Change()
            case _:
                return statements.budgets(await self._treasury.standings(spender)), Change()

    def _need_admin(self, spender: Spender) -> str:
        name = spender.name(Scope.PERSON)
        if name not in self._admins:
            raise Refused(RefusalCode.ADMINS_ONLY)
        return name

    async def _budgets(self, words: Sequence[str], spender: Spender) -> tuple[Card, Change]:
        admin, what = self._need_admin(spender), plain(words[0])
        if what in _LIST:
            return statements.all_budgets(await self._treasury.budgets()), Change()
        clears = what in _CLEAR
        if not clears and what not in _SET:
            raise budget_words.unreadable()
        # To clear a budget its amount need not be said.
        rest = list(words[1:])
        if clears and len(rest) > 2 and not _is_amount(rest[2]):  # noqa: PLR2004 - scope and period come first
            rest.insert(2, "unlimited")
        budget = budget_words.parse(rest, spender)
        change = Change(budget=BudgetChange(budget, admin, self._clock.now(), is_cleared=clears))
        said = treasury.BUDGET_CLEARED() if clears else treasury.BUDGET_SET(budget=statements.in_words(budget))
        return replies.plain(said), change

    async def _usage(self, words: Sequence[str], spender: Spender) -> Card:
        whose, period = "me", Period.MONTH
        for word in words:
            whose = _WHOSE.get(word.lower(), whose)
            period = budget_words.PERIODS.get(word.lower(), period)
        if whose != "me":
            self._need_admin(spender)
        since, _ = window(period, self._clock.now(), self._treasury.zone)
        own, team = (spender if whose == "me" else None), (spender.address if whose == "team" else None)
        found = await self._store.spendings(since, own, team)
        services = self._catalog.services
        charts = {
            "service": totals(found, lambda one: services.get(one.entry.provider, one.entry.provider)),
            "model": totals(found, lambda one: one.model_name),
        }
        if whose != "me":
            charts["person"] = totals(found, _person)
        unsure = sum(one.counts and not one.is_certain for one in found)
        title = treasury.USAGE_TITLES[whose][period]()
        return statements.usage(title, total(found), charts, unsure, self._drawn(found, period))

    def _drawn(self, found: Sequence[Spending], period: Period) -> tuple[Text, Medium]:
        """Return a chart of the day by hours or of the month by days, as far as it has come."""
        zone = self._treasury.zone
        now = self._clock.now().astimezone(zone)
        if period is Period.DAY:
            steps = range(now.hour + 1)
            measure, values = course(found, lambda at: at.astimezone(zone).hour, steps)
        else:
            steps = range(1, now.day + 1)
            measure, values = course(found, lambda at: at.astimezone(zone).day, steps)
        return treasury.USAGE_CHART[period](measure=_named(measure)), chart.medium(
            values, [str(step) for step in steps]
        )

    async def _receipt(self, word: str, person: Person) -> Card:
        code = word.strip().lstrip("#").lower()
        if not code:
            return replies.plain(treasury.RECEIPT_USAGE())
        job = await self._found(code, person)
        return statements.receipt(job, await self._store.entries(job.id))

    async def _found(self, code: str, person: Person) -> Job:
        mine = await self._store.jobs_of(person.address.platform, person.tenant, person.id, limit=1000)
        found = next((job for job in mine if job.id.startswith(code)), None)
        if found is None:
            raise Refused(RefusalCode.NO_SUCH_JOB)
        return found


def _named(measure: str) -> Value:
    phrase = treasury.MEASURES.get(measure)
    return measure if phrase is None else phrase()


def _is_amount(word: str) -> bool:
    return word.replace(".", "", 1).isdecimal() or plain(word) in {"unlimited", "不限"}


def _person(spending: Spending) -> str:
    return f"{spending.address.platform}/{spending.person}"
