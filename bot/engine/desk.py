"""The commands that cost nothing: help, models, preferences, jobs, history, language. Orders are in ``proposals``."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from bot.core import listings, replies, wording
from bot.core.cards import Card
from bot.core.grammar import ABOUT_MONEY, Ask, Verb
from bot.core.job import Job, State
from bot.core.preferences import Preference, named, plain
from bot.core.replies import Left
from bot.core.shelf import View, arranged, view
from bot.engine.accounts import Accounts
from bot.engine.catalog import Catalog
from bot.engine.ports import Change, Clock, Person, Store, Terms
from bot.errors import RefusalCode, Refused
from bot.text import Listing
from providers.contract import Provider
from providers.errors import ProviderError
from providers.models import ModelSpec, Task
from providers.outcomes import PastWork

log = structlog.get_logger(__name__)

KINDS: Mapping[str, tuple[Task, ...]] = {
    "video": (
        Task.TEXT_TO_VIDEO,
        Task.IMAGE_TO_VIDEO,
        Task.FIRST_LAST_FRAME_TO_VIDEO,
        Task.REFERENCE_IMAGE_TO_VIDEO,
    ),
    "image": (Task.TEXT_TO_IMAGE, Task.IMAGE_TO_IMAGE),
    "animate": (Task.IMAGE_TO_VIDEO,),
    "edit": (Task.IMAGE_TO_IMAGE,),
    "frames": (Task.FIRST_LAST_FRAME_TO_VIDEO,),
    "reference": (Task.REFERENCE_IMAGE_TO_VIDEO,),
    "music": (Task.TEXT_TO_MUSIC,),
    "speech": (Task.TEXT_TO_SPEECH,),
    "answer": (Task.TEXT_TO_TEXT,),
    "upscale": (Task.UPSCALE_IMAGE,),
    "cutout": (Task.REMOVE_BACKGROUND,),
    "description": (Task.IMAGE_TO_TEXT, Task.VIDEO_TO_TEXT),
    "extend": (Task.EXTEND_VIDEO,),
    "restyle": (Task.VIDEO_TO_VIDEO,),
}
"""The words for kinds of things, as typed after /models and /model."""

_WORDS = {
    "视频": "video",
    "图片": "image",
    "图像": "image",
    "picture": "image",
    "动画": "animate",
    "编辑": "edit",
    "首尾帧": "frames",
    "参考": "reference",
    "音乐": "music",
    "朗读": "speech",
    "speak": "speech",
    "语音": "speech",
    "text": "answer",
    "ask": "answer",
    "回答": "answer",
    "提问": "answer",
    "放大": "upscale",
    "抠图": "cutout",
    "去背景": "cutout",
    "describe": "description",
    "描述": "description",
    "续视频": "extend",
    "改视频": "restyle",
}
_SERVED: Mapping[str, tuple[Task, ...]] = {
    "/video": KINDS["video"],
    "/image": (Task.TEXT_TO_IMAGE,),
    "/animate": KINDS["animate"],
    "/edit": KINDS["edit"],
    "/music": KINDS["music"],
    "/speak": KINDS["speech"],
    "/ask": KINDS["answer"],
    "/upscale": KINDS["upscale"],
    "/cutout": KINDS["cutout"],
    "/describe": KINDS["description"],
    "/extend": KINDS["extend"],
}
"""What each command needs somebody for."""

_YES = frozenset({"", "on", "yes", "always", "开", "是", "总是"})
_NO = frozenset({"off", "no", "auto", "关", "否", "自动"})
_FORGET = frozenset({"auto", "default", "none", "forget", "自动", "默认", "忘记"})


_ABOUT_PEOPLE = frozenset({Verb.PREFS, Verb.CAREFUL, Verb.MODEL, Verb.ALWAYS, Verb.LANG})

HISTORY_READ = 50
"""Works that are read of a service's own list."""

MOST_WORKS = 10
"""Works of a service's own list that are shown."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a free command answers and remembers. ``locale`` is the language the answer is said in, if it changes."""

    cards: tuple[Card, ...]
    change: Change = field(default_factory=Change)
    locale: str = ""


class Desk:
    """Answers the free commands."""

    def __init__(
        self,
        store: Store,
        catalog: Catalog,
        accounts: Accounts,
        clock: Clock,
        negotiate: Callable[[str], str],
        languages: Sequence[str],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._accounts = accounts
        self._clock = clock
        self._negotiate = negotiate
        self._languages = tuple(languages)

    async def answer(self, ask: Ask, person: Person) -> Reply:
        """Answer one free command. Raises ``Refused`` with the allowed values."""
        match ask.verb:
            case Verb.MODELS:
                reply = await self._models(ask.rest)
            case Verb.JOBS | Verb.HISTORY:
                reply = await self._jobs(person, past=ask.verb is Verb.HISTORY)
            case Verb.ENHANCE:
                reply = Reply((await self._enhanced(ask.rest),))
            case Verb.BALANCE:
                reply = Reply((await self._balance(),))
            case verb if verb in ABOUT_MONEY:
                card, change = await self._accounts.answer(ask, person)
                reply = Reply((card,), change)
            case verb if verb in _ABOUT_PEOPLE:
                reply = await self._about(ask, person)
            case _:
                reply = Reply((replies.welcome(self._missing()),))
        return reply

    async def _about(self, ask: Ask, person: Person) -> Reply:
        """Answer what is about the person: what is remembered, and what is to be from now on."""
        place = person.address
        match ask.verb:
            case Verb.CAREFUL:
                return _careful(ask.rest, person)
            case Verb.MODEL:
                return await self._model(ask.rest, person)
            case Verb.ALWAYS:
                return await self._always(ask.rest, Task, person)
            case Verb.LANG:
                return self._language(ask.rest, person)
            case _:
                known = await self._store.preferences(place.platform, place.tenant, person.id)
                careful = await self._store.is_careful(place.platform, place.tenant, person.id)
                return Reply((replies.remembered(known, careful=careful),))

    def _missing(self) -> frozenset[str]:
        """Return the commands that no provider here can serve."""
        without = {command for command, tasks in _SERVED.items() if not any(map(self._catalog.offers, tasks))}
        if not any(terms.provider.capabilities.tells_balance for terms in self._catalog.providers):
            without.add("/balance")
        if self._catalog.enhancer("") is None:
            without.add("/enhance")
        return frozenset(without)

    async def _models(self, rest: str) -> Reply:
        tasks, seen = _wish(rest)
        services = self._catalog.services
        rates = {terms.provider.name: terms.rate for terms in self._catalog.providers}
        listed = [(task, await self._catalog.models(task)) for task in tasks]
        if not any(models for _, models in listed):
            raise Refused(RefusalCode.NO_MODELS)
        found = [(task, arranged(models, seen, services, rates)) for task, models in listed]
        cards = [replies.model_list(task, models, services) for task, models in found if models]
        return Reply(tuple(cards) or (replies.plain(listings.MODELS_NONE()),))

    async def _enhanced(self, prompt: str) -> Card:
        enhancer = self._catalog.enhancer("")
        if enhancer is None:
            raise Refused(RefusalCode.NOT_OFFERED)
        if not prompt.strip():
            raise Refused(RefusalCode.EMPTY_PROMPT, command="/enhance")
        try:
            return replies.enhanced(await enhancer.enhance(prompt.strip()))
        except ProviderError as error:
            log.warning("prompt_not_enhanced", provider=enhancer.name, code=error.code, detail=error.detail)
            return replies.plain(wording.FAILURES[error.code](**dict(error.data)))

    async def _model(self, rest: str, person: Person) -> Reply:
        kind, _, query = rest.partition(" ")
        tasks = KINDS.get(_kind(kind))
        if not rest or (tasks is not None and not query):
            return Reply((replies.plain(listings.MODEL_USAGE()),))
        if tasks is None:
            return await self._always(rest, Task, person)
        if plain(query) in _FORGET:
            return await self._forget(tasks, person)
        return await self._always(query, tasks, person)

    async def _forget(self, tasks: Sequence[Task], person: Person) -> Reply:
        known = await self._known(person, tasks)
        changed = tuple(p.forgotten(self._clock.now()) for p in known)
        return Reply((replies.forgotten(tasks),), Change(preferences=changed))

    async def _always(self, query: str, tasks: Iterable[Task], person: Person) -> Reply:
        found: list[tuple[Task, ModelSpec]] = []
        problem = Refused(RefusalCode.NO_MODELS)
        for task in tasks:
            try:
                found.append((task, named(await self._catalog.models(task), query)))
            except Refused as refused:
                problem = _worse(problem, refused)
        if not found:
            raise problem
        models = dict(found)
        known = await self._known(person, tuple(models))
        now = self._clock.now()
        changed = tuple(p.wanted(models[p.task].id, models[p.task].name, now) for p in known)
        named_so = {model.name: model for _, model in found}
        cards = [replies.kept(model, [t for t, m in found if m.name == name]) for name, model in named_so.items()]
        return Reply(tuple(cards), Change(preferences=changed))

    async def _known(self, person: Person, tasks: Sequence[Task]) -> list[Preference]:
        place = person.address
        known = await self._store.preferences(place.platform, place.tenant, person.id)
        return [known.get(t, Preference(place.platform, place.tenant, person.id, t)) for t in tasks]

    async def _jobs(self, person: Person, *, past: bool) -> Reply:
        place = person.address
        jobs = await self._store.jobs_of(place.platform, person.tenant, person.id, limit=50)
        undelivered = await self._store.undelivered_jobs(place.platform, person.tenant, person.id)
        if past:
            works = await self._works(jobs)
            return Reply((replies.past_jobs([j for j in jobs if not j.is_open][:20], undelivered, works),))
        return Reply((replies.open_jobs([j for j in jobs if j.is_open or j.id in undelivered], undelivered),))

    async def _works(self, jobs: Sequence[Job]) -> list[tuple[PastWork, str, str]]:
        """Return what services list of orders that brought nothing here, and, where that is allowed, of others."""
        lost = {job.token: job.code for job in jobs if job.token and not job.assets and job.state is not State.RUNNING}
        ours = {job.token for job in jobs}
        asked = {job.request.provider for job in jobs if job.token in lost}
        found: list[tuple[PastWork, str, str]] = []
        for terms in self._catalog.providers:
            provider = terms.provider
            if provider.capabilities.tells_history and (terms.shows_all or provider.name in asked):
                works = await _listed(provider)
                wanted = [w for w in works if w.token in lost or (terms.shows_all and w.token not in ours)]
                found += [(work, provider.title, lost.get(work.token, "")) for work in wanted[:MOST_WORKS]]
        return found

    async def _balance(self) -> Card:
        telling = [terms for terms in self._catalog.providers if terms.provider.capabilities.tells_balance]
        if not telling:
            raise Refused(RefusalCode.NO_BALANCE)
        return replies.balances(await asyncio.gather(*(_left(terms) for terms in telling)))

    def _language(self, rest: str, person: Person) -> Reply:
        chosen = self._negotiate(rest) if rest else ""
        if not chosen:
            allowed = Listing(self._languages, either=True)
            raise Refused(RefusalCode.UNKNOWN_LANGUAGE, allowed=allowed, example="zh")
        place = person.address
        change = Change(locale=(place.platform, place.tenant, person.id, chosen))
        return Reply((replies.plain(listings.LANGUAGE_SET()),), change, chosen)


def _careful(rest: str, person: Person) -> Reply:
    word, place = plain(rest), person.address
    if word not in _YES | _NO:
        raise Refused(RefusalCode.ON_OR_OFF)
    said = listings.CAREFUL_ON() if word in _YES else listings.CAREFUL_OFF()
    change = Change(careful=(place.platform, place.tenant, person.id, word in _YES))
    return Reply((replies.plain(said),), change)


async def _listed(provider: Provider) -> Sequence[PastWork]:
    try:
        return await provider.history(HISTORY_READ)
    except ProviderError as error:
        log.warning("history_unread", provider=provider.name, code=error.code, detail=error.detail)
        return ()


async def _left(terms: Terms) -> Left:
    provider = terms.provider
    try:
        balance = await provider.balance()
    except ProviderError as error:
        log.warning("balance_unread", provider=provider.name, code=error.code, detail=error.detail)
        return Left(provider.title, None)
    return Left(provider.title, balance, terms.rate, terms.currency)


def _kind(word: str) -> str:
    folded = plain(word)
    return _WORDS.get(folded, folded)


def _wish(rest: str) -> tuple[tuple[Task, ...], View]:
    """Return which lists somebody wants to see and how: ``image price flux``."""
    said = rest.split()
    tasks = KINDS.get(_kind(said[0])) if said else None
    seen = view(said[1:] if tasks else said)
    if tasks is None and seen.words:
        raise Refused(RefusalCode.UNKNOWN_KIND, name=rest[:40], allowed=Listing(tuple(KINDS), either=True))
    return tasks or (Task.TEXT_TO_VIDEO, Task.TEXT_TO_IMAGE), seen


def _worse(first: Refused, second: Refused) -> Refused:
    """Return the refusal that helps more: several candidates say more than none."""
    order = (RefusalCode.NO_MODELS, RefusalCode.CATALOGUE_UNREACHABLE, RefusalCode.UNKNOWN_MODEL)
    rank = {code: n for n, code in enumerate(order)}
    return max(first, second, key=lambda r: rank.get(r.code, len(order)))
