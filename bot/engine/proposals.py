"""From a wish to a proposal: model, settings, exact price, notice. Nothing is sent and nothing is saved here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from bot.core import job as jobs
from bot.core import order as orders
from bot.core import replies, rules, speech, wording
from bot.core.access import Guest
from bot.core.approval import ApprovalPolicy
from bot.core.cards import Card
from bot.core.job import Address, Job, Pace, PictureRef, Request
from bot.core.ledger import Entry
from bot.core.preferences import Preference, Selection, Wish, choose
from bot.core.pricing import EXPENSIVE, ConfirmPolicy, cheaper
from bot.core.wording import SETTING_NAMES, setting_label
from bot.engine.catalog import FRESH, Catalog
from bot.engine.gate import Gate
from bot.engine.ports import Change, Clock, Ids, Line, LineKind, Upload
from bot.engine.treasury import Treasury
from bot.errors import RefusalCode, Refused
from bot.text import Listing, Text
from providers.contract import Clip, Order, Picture, Quote, Role
from providers.errors import FailureCode, ProviderError, Rule
from providers.models import ModelSpec, ParamValue, Task
from providers.outcomes import FollowUp


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an order starts from beside its words: the purpose of each picture, and sounds and videos by address."""

    roles: tuple[Role | None, ...] = ()
    sounds: tuple[Clip, ...] = ()
    videos: tuple[Clip, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants made. Either ``typed`` settings to be read, or ``carried`` ones from another job.

    ``maker`` made the pictures it starts from, and is asked first. ``note`` is said with the price, and then it is not
    ordered without a yes; neither is it for a ``careful`` person. Of the models nobody named, only those that ``guest``
    may use with ``command`` compete. ``deed`` is a follow-up of the finished order that the provider calls ``origin``.
    """

    address: Address
    person: str
    locale: str
    task: Task
    prompt: str
    query: str = ""
    wish: Wish | None = None
    typed: Mapping[str, str] | None = None
    carried: Mapping[str, ParamValue] | None = None
    count: int = 1
    parent: str = ""
    inputs: Inputs = field(default_factory=Inputs)
    maker: str = ""
    careful: bool = False
    note: Text | None = None
    deed: FollowUp | None = None
    origin: str = ""
    guest: Guest | None = None
    command: str = ""


def inputs_of(request: Request) -> Inputs:
    """Return what a request starts from."""
    return Inputs(tuple(ref.role for ref in request.pictures), request.sounds, request.videos)


def order_of(request: Request) -> Order:
    """Return an order without the bytes of its pictures: enough to price it and to look for it."""
    return Order(
        request.task,
        request.model,
        request.prompt,
        request.params,
        request.count,
        tuple(Picture("", url=ref.url, role=ref.role, link=ref.link) for ref in request.pictures),
        request.sounds,
        request.videos,
        request.origin,
        request.step,
        request.piece,
    )


@dataclass(frozen=True, slots=True)
class House:
    """The operator's rules for all providers: who is let through, second yeses, and when to ask in which place.

    The keys of ``confirm`` are ``platform/id`` of a channel.
    """

    gate: Gate = field(default_factory=Gate)
    approval: ApprovalPolicy = field(default_factory=ApprovalPolicy)
    confirm: Mapping[str, ConfirmPolicy] = field(default_factory=dict)


def place_name(address: Address) -> str:
    """Return a channel as operators name it."""
    return f"{address.platform}/{address.place}"


class Proposals:
    """Makes proposals and the notices that go with them. ``can_publish``: pictures of people get an address of ours."""

    def __init__(
        self,
        catalog: Catalog,
        clock: Clock,
        ids: Ids,
        defaults: Mapping[Task, str],
        house: House,
        treasury: Treasury,
        *,
        can_publish: bool = False,
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._ids = ids
        self._defaults = defaults
        self._can_publish = can_publish
        self._house = house
        self._treasury = treasury

    async def select(self, wanted: Wanted, preference: Preference | None) -> Selection:
        """Choose the model against the live catalogue and check what can be checked without a price."""
        if not self._catalog.offers(wanted.task):
            raise Refused(RefusalCode.NOT_OFFERED)
        models = await self._catalog.models(wanted.task)
        if not wanted.query:
            if wanted.guest is not None:
                models = self._house.gate.open_to(wanted.guest, models, wanted.command)
            models = [m for m in models if m.provider == wanted.maker] or models
            models = [m for m in models if self._takes(m, wanted.inputs)] or models
        default = self._defaults.get(wanted.task, "")
        if wanted.wish is Wish.CHEAPEST and not wanted.query:
            models = await self._least(models, wanted)
        chosen = choose(models, query=wanted.query, wish=wanted.wish, preference=preference, default=default)
        orders.check_prompt(chosen.model, wanted.prompt)
        orders.check_count(chosen.model, wanted.count)
        return chosen

    async def _least(self, models: Sequence[ModelSpec], wanted: Wanted) -> Sequence[ModelSpec]:
        """Return the model that costs the least with the wished settings, or the first provider's where none has them.

        Different units are compared in money. Where that is not known for all, the first provider's models compete.
        """
        offers: list[tuple[Decimal, Decimal | None, ModelSpec]] = []
        for spec in models:
            if spec.needs_subscription or not self._takes(spec, wanted.inputs):
                continue
            try:
                quote = await self._catalog.quote(spec.provider, order_of(self._wish(spec, wanted)))
            except (Refused, ProviderError):
                continue
            offers.append((quote.total, self._catalog.terms(spec.provider).rate, spec))
        if not offers:
            return [m for m in models if m.provider == models[0].provider]
        if any(rate is None for _, rate, _ in offers):
            offers = [(total, None, m) for total, _, m in offers if m.provider == offers[0][2].provider]
        return [min(offers, key=lambda offer: offer[0] * (offer[1] or 1))[2]]

    def _takes(self, spec: ModelSpec, inputs: Inputs) -> bool:
        try:
            self._check(spec, inputs)
        except Refused:
            return False
        return True

    def _check_links(self, spec: ModelSpec, pictures: Sequence[PictureRef]) -> None:
        """Refuse pictures that have no public address, for a provider that reads no others."""
        if not self._catalog.provider(spec.provider).capabilities.needs_links or self._can_publish:
            return
        if any(not ref.link and ref.maker != spec.provider for ref in pictures):
            rule = rules.RULES[Rule.PICTURE_NEEDS_LINK](model=spec.name, count=1)
            raise Refused(RefusalCode.AGAINST_RULES, rule=rule)

    def _check(self, spec: ModelSpec, inputs: Inputs) -> None:
        orders.check_clips(spec, len(inputs.sounds), len(inputs.videos))
        orders.check_mask(spec, inputs.roles)
        if not self._catalog.provider(spec.provider).capabilities.reads_roles:
            orders.check_roles(spec, inputs.roles)

    def _wish(self, spec: ModelSpec, wanted: Wanted) -> Request:
        """Return the request as it would be with a model, its pictures not yet read."""
        pictures = tuple(PictureRef(role=role) for role in wanted.inputs.roles)
        return _request(spec, wanted, self._settings(spec, wanted), pictures)

    async def propose(
        self,
        wanted: Wanted,
        chosen: Selection,
        pictures: tuple[PictureRef, ...] = (),
        uploads: tuple[Upload, ...] = (),
    ) -> Change:
        """Return the change that saves a priced job and says its notice. Raises ``Refused`` when it has no price."""
        spec = chosen.model
        orders.check_pictures(spec, sum(ref.role is not Role.MASK for ref in pictures))
        self._check(spec, wanted.inputs)
        self._check_links(spec, pictures)
        params = self._settings(spec, wanted)
        request = _request(spec, wanted, params, pictures)
        draft = self._draft(wanted, chosen, request, await self._price(spec, request))
        now = draft.created_at
        reserved, limits = await self._treasury.reserve(draft)
        # An offer behind a button always asks, whatever the operator's rule: a double click must not be two orders.
        asks = bool(wanted.parent or wanted.note or wanted.careful) or self._asks(draft, reserved)
        job = draft if asks else jobs.start_confirmed(draft, now)
        card_line = await self.notice(job, asks=asks, spec=spec)
        if wanted.note is not None:
            lines = (wanted.note, *card_line.card.lines)
            card_line = replace(card_line, card=replace(card_line.card, lines=lines))
        change = Change(follow=job, lines=(card_line,), uploads=uploads)
        return change if asks else replace(change, entries=(reserved,), limits=limits)

    def _asks(self, draft: Job, reserved: Entry) -> bool:
        """Whether an order waits for a yes: by the rule of its place or its provider, and always for an approval."""
        if self._house.approval.asks(reserved):
            return True
        terms = self._catalog.terms(draft.request.provider)
        own = None if terms.provider.capabilities.must_ask else self._house.confirm.get(place_name(draft.address))
        return (own or terms.confirm).asks(draft.quote.total)

    async def notice(self, job: Job, *, asks: bool, spec: ModelSpec | None = None, changed: bool = False) -> Line:
        """Return the line that says a job's price: a new message, or after a changed price the same one edited."""
        terms = self._catalog.terms(job.request.provider)
        models: Sequence[ModelSpec] = ()
        spec = spec or await self._catalog.model(job.request.provider, job.request.task, job.request.model)
        if job.quote.total > EXPENSIVE and job.request.deed is None:
            models = await self._catalog.alternatives(job.request, as_long=True)
        card = speech.notice(
            job,
            asks=asks,
            cheaper=cheaper(models, job.quote, but=job.request.model),
            results=job.request.count * (spec.outputs_per_unit if spec else 1),
            age=int((self._clock.now() - job.quote.read_at).total_seconds()),
            rate=terms.rate,
            currency=terms.currency,
            privacy=spec.privacy if spec else None,
            params=spec.params if spec else (),
            changed=changed,
            enhances=self._catalog.enhancer(job.request.provider) is not None,
        )
        if changed:
            return edit_notice(job, card, self._clock.now())
        key = notice_key(job.id)
        return Line(key, LineKind.SAY, job.address, job.person, job.locale, card, self._clock.now(), job.id)

    async def requote(self, job: Job, within: float = 60.0) -> Quote:
        """Return today's exact price of a job. Raises ``Refused`` or ``ProviderError`` when it has none."""
        return await self._catalog.quote(job.request.provider, order_of(job.request), within=within)

    async def _price(self, spec: ModelSpec, request: Request) -> Quote:
        try:
            return await self._catalog.quote(spec.provider, order_of(request), within=FRESH)
        except ProviderError as error:
            if error.rule is not None:
                raise Refused(RefusalCode.AGAINST_RULES, rule=broken_rule(error, spec.name)) from error
            if error.code in {FailureCode.NO_SUCH_COMBINATION, FailureCode.SETTINGS_REFUSED}:
                allowed = Listing(tuple(setting_label(p.name) for p in spec.params if p.name in SETTING_NAMES))
                raise Refused(RefusalCode.NO_EXACT_PRICE, allowed=allowed) from error
            raise Refused(RefusalCode.CATALOGUE_UNREACHABLE) from error

    def _settings(self, spec: ModelSpec, wanted: Wanted) -> dict[str, ParamValue]:
        if wanted.carried is not None:
            return orders.carry(spec, wanted.carried)
        return orders.settle(spec, wanted.typed or {})

    def _draft(self, wanted: Wanted, chosen: Selection, request: Request, quote: Quote) -> Job:
        spec, terms = chosen.model, self._catalog.terms(chosen.model.provider)
        return Job(
            id=self._ids.new(),
            rev=1,
            state=jobs.State.PROPOSED,
            address=wanted.address,
            person=wanted.person,
            locale=wanted.locale,
            request=request,
            model_name=spec.name,
            media=spec.media,
            quote=quote,
            expected=spec.expected,
            pace=Pace(spec.poll_every, spec.progress_every, spec.patience),
            reason=chosen.reason,
            created_at=self._clock.now(),
            shifted=chosen.shifted,
            parent=wanted.parent,
            rate=terms.rate,
            currency=terms.currency,
        )


def _request(
    spec: ModelSpec, wanted: Wanted, params: Mapping[str, ParamValue], pictures: tuple[PictureRef, ...]
) -> Request:
    inputs = wanted.inputs
    return Request(
        wanted.task,
        spec.provider,
        spec.id,
        wanted.prompt,
        params,
        wanted.count,
        pictures,
        inputs.sounds,
        inputs.videos,
        *((wanted.origin, deed.word, deed.number, deed) if (deed := wanted.deed) else ()),
    )


def broken_rule(error: ProviderError, model: str) -> Text:
    """Return which things a model does not take together."""
    most = error.data.get("most", 1)
    if error.rule is None:
        return wording.FAILURES[error.code](**dict(error.data))
    return rules.RULES[error.rule](model=model, count=most)


def notice_key(job: str) -> str:
    """Return the key of the message that is first the notice and then the progress of a job."""
    return f"{job}.notice"


def edit_notice(job: Job, card: Card, now: datetime) -> Line:
    """Return the line that gives a job's first message a new form; the revision makes the key its own."""
    return edit_line(job, card, now, target=notice_key(job.id), key=f"{job.id}.edit.{job.rev}")


def edit_line(job: Job, card: Card, now: datetime, *, target: str, key: str) -> Line:
    """Return the line that gives an earlier message of a job a new form."""
    return Line(key, LineKind.EDIT, job.address, job.person, job.locale, card, now, job.id, target)


def say_line(job: Job, what: str, card: Card, now: datetime) -> Line:
    """Return a new message about a job; ``what`` makes its key stable."""
    return Line(f"{job.id}.{what}", LineKind.SAY, job.address, job.person, job.locale, card, now, job.id)


def edit_question(job: Job, said: Text, now: datetime) -> Line:
    """Return the line that puts a sentence in place of the last question whether to wait, buttons and all."""
    target = f"{job.id}.wait.{job.asked}"
    return edit_line(job, replies.plain(said), now, target=target, key=f"{target}.closed.{job.rev}")
