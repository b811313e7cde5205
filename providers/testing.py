"""What every provider has to keep, as tests that any adapter can run, ours or somebody else's. No test runner here.

Make a class in a test file, give it a fixture, and pytest runs all of it::

    class TestMine(ProviderContract):
        @pytest.fixture
        async def stage(self):
            ...
            yield Stage(provider=..., ...)

The stage is the adapter and a server that plays its provider; nothing here ever talks to a real one.
"""

import contextlib
import io
import logging
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from decimal import Decimal

from providers.contract import Order, PriceBasis, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.models import MediaKind, ModelSpec, ParamKind, ParamValue, Task
from providers.outcomes import Done, Failed, Outcome, Running
from providers.staging import SENT, Fault, Stage


class ProviderContract:
    """The suite. Every test takes the fixture ``stage``."""

    async def test_models_are_complete(self, stage: Stage) -> None:
        """A person can be told name, price and time of every model, and the default is one that can be had."""
        require(bool(stage.tasks), "it can do something")
        for task in stage.tasks:
            models = await stage.provider.models(task)
            require(len({m.id for m in models}) == len(models) > 0, f"{task}: ids are unique and there are some")
            require(sum(m.recommended for m in models) == 1, f"{task}: one model is recommended")
            for model in models:
                _check_model(stage.provider.name, task, model)

    async def test_quotes_are_exact(self, stage: Stage) -> None:
        """The price of the suggested settings is the one in the list; twice as many cost twice as much."""
        restarted = stage.restarted()
        for task in stage.tasks:
            for model in await stage.provider.models(task):
                if model.price is None:
                    continue
                quote = await stage.provider.quote(stage.order(model))
                listed = quote.total >= model.price if _is_limit(quote) else quote.total == model.price
                require(listed and quote.total == quote.per_unit, f"{model.id}: price as listed: {quote}")
                again = await restarted.quote(stage.order(model))
                require((again.terms, again.total) == (quote.terms, quote.total), f"{model.id}: reproducible")
                if model.max_count > 1:
                    double = await stage.provider.quote(stage.order(model, 2))
                    require((double.units, double.total) == (2, 2 * quote.total), f"{model.id}: two cost double")
        await restarted.close()

    async def test_what_is_not_offered_has_no_price(self, stage: Stage) -> None:
        """Banned combinations, unknown values, settings and models are refused and never priced as something else."""
        for task in stage.tasks:
            for model in await stage.provider.models(task):
                for params in _impossible(model):
                    order = stage.order(model)
                    order = replace(order, params={**order.params, **params})
                    error = await _refusal(stage.provider.quote(order))
                    known = {FailureCode.NO_SUCH_COMBINATION, FailureCode.MODEL_MISMATCH}
                    require(error.code in known, f"{model.id} {params}: {error.code}")
        order = stage.order(await stage.model())
        error = await _refusal(stage.provider.quote(replace(order, model="no such model")))
        require(error.code is FailureCode.MODEL_UNAVAILABLE, f"unknown model: {error.code}")

    async def test_an_order_is_charged_once_as_quoted(self, stage: Stage) -> None:
        """Every kind of task: one attempt, one debit of the quoted total or less, every result delivered."""
        for task in stage.tasks:
            model = await stage.model(task)
            order = stage.order(model, min(2, model.max_count))
            before, attempts = list(await stage.charges()), await stage.attempts()
            quote = await stage.provider.quote(order)
            taken = await stage.place(order, f"attempt-{task.value}")
            *others, charge = await stage.charges()
            require(others == before and _is_promised(charge, quote), f"{task}: charged as quoted")
            require(await stage.attempts() == attempts + 1, f"{task}: one attempt")
            *running, last = await stage.finish(taken.ref, model.poll_every)
            require(all(isinstance(each, Running) for each in running), f"{task}: running until it is over")
            _check_result(last, model, order, quote)
            require(await stage.provider.check(taken.ref) == last, f"{task}: a later check says the same")

    async def test_a_restart_between_price_and_order(self, stage: Stage) -> None:
        """What was quoted before a restart can be ordered after it, at the same price."""
        order = stage.order(await stage.model())
        quote = await stage.provider.quote(order)
        restarted = stage.restarted()
        await restarted.submit(await restarted.prepare(order), quote, "attempt-1")
        await restarted.close()
        require((await stage.charges())[-1] == quote.total, "charged as quoted")

    async def test_a_price_of_something_else_is_never_paid(self, stage: Stage) -> None:
        """An order that does not fit its quote is refused before anything is sent."""
        order = stage.order(await stage.model())
        quote = await stage.provider.quote(order)
        attempts = await stage.attempts()
        for wrong in (replace(quote, total=quote.total + 1), replace(quote, terms="")):
            error = await _refusal(stage.provider.submit(order, wrong, "attempt-1"))
            require(error.sent is Sent.NO, f"not sent: {error}")
        error = await _refusal(stage.provider.submit(replace(order, count=2), quote, "attempt-1"))
        require(error.sent is Sent.NO, f"not sent: {error}")
        require(await stage.attempts() == attempts, "nothing was sent")

    async def test_every_fault_is_one_attempt(self, stage: Stage) -> None:
        """Whatever goes wrong with whatever kind: one attempt, and it is said whether money may have been spent."""
        for model in await stage.each_kind():
            order = await stage.provider.prepare(stage.order(model))
            for fault, sent in SENT.items():
                quote = await stage.provider.quote(order)
                attempts, charges = await stage.attempts(), len(await stage.charges())
                await stage.fault(fault)
                said = await self._told(stage, order, quote, f"attempt-{model.media}-{fault}")
                require(said is sent, f"{model.media} {fault}: sent is {sent}, not {said}")
                require(await stage.attempts() == attempts + 1, f"{model.media} {fault}: one attempt")
                charged = len(await stage.charges()) - charges
                done = fault in {Fault.LOST_ANSWER, Fault.GARBLED}
                require(charged == done, f"{model.media} {fault}: {charged} charges")

    async def _told(self, stage: Stage, order: Order, quote: Quote, attempt: str) -> Sent:
        """Return what is known about the money. An answer that streams in can also break after it was taken."""
        try:
            taken = await stage.provider.submit(order, quote, attempt)
        except ProviderError as error:
            return error.sent
        last = (await stage.finish(taken.ref, 1))[-1]
        require(isinstance(last, Failed), f"nothing could be read, and yet: {last}")
        return Sent.MAYBE

    async def test_a_server_that_is_not_there(self, stage: Stage) -> None:
        """Nothing was sent, and the error says so."""
        order = stage.order(await stage.model())
        quote = await stage.provider.quote(order)
        away = stage.unreachable()
        error = await _refusal(away.submit(order, quote, "attempt-1"))
        require((error.code, error.sent) == (FailureCode.UNREACHABLE, Sent.NO), str(error))
        error = await _refusal(away.check("some-order"))
        require(error.code is FailureCode.UNREACHABLE, str(error))
        await away.close()

    async def test_a_run_that_fails(self, stage: Stage) -> None:
        """A failed run ends as a failure and not as an error of asking."""
        model = await stage.model()
        await stage.fault(Fault.RUN_FAILS)
        taken = await stage.place(stage.order(model))
        last = (await stage.finish(taken.ref, model.poll_every))[-1]
        require(isinstance(last, Failed), f"ended as {last}")

    async def test_preparing_twice_does_no_harm(self, stage: Stage) -> None:
        """Pictures get an address, and what has one keeps it."""
        for task in stage.tasks:
            order = stage.order(await stage.model(task))
            once = await stage.provider.prepare(order)
            require(all(picture.url for picture in once.pictures), f"{task}: addresses")
            require(replace(once, pictures=order.pictures) == order, f"{task}: nothing else changed")
            require(await stage.provider.prepare(once) == once, f"{task}: the same again")

    async def test_what_it_cannot_do_it_refuses(self, stage: Stage) -> None:
        """A provider that cannot look an order up never says that there is none: it would invite a second charge."""
        able = stage.provider.capabilities
        order = stage.order(await stage.model())
        if not able.can_find:
            await _refusal(stage.provider.find("attempt-1", order, stage.since))
        if not able.can_cancel:
            await _refusal(stage.provider.cancel("some-order"))

    async def test_no_secret_reaches_a_log(self, stage: Stage) -> None:
        """Not in a log line at any level, not on the terminal, not in an error."""
        with _listening() as heard:
            for task in stage.tasks:
                await stage.place(stage.order(await stage.model(task)), f"attempt-{task.value}")
            model = await stage.model()
            for fault in SENT:
                await stage.fault(fault)
                error = await _refusal(stage.place(stage.order(model), f"attempt-{fault}"))
                heard.write(f"{error} {error.detail} {error.data}\n{stage.provider!r}\n")
        for secret in stage.secrets:
            require(secret not in heard.getvalue(), "a secret was heard")

    async def test_the_balance_falls_by_what_was_charged(self, stage: Stage) -> None:
        """Who tells a balance tells it in the unit of its prices; who cannot says so."""
        if not stage.provider.capabilities.tells_balance:
            await _refusal(stage.provider.balance())
            return
        before = await stage.provider.balance()
        if before.amount is None:
            require(bool(before.quotas), "without an amount it tells how much of a plan is used up")
            require(all(quota.used >= 0 for quota in before.quotas), "in percent")
            return
        model = next(m for m in await stage.each_kind() if m.media is not MediaKind.TEXT)
        await stage.place(stage.order(model))
        after = (await stage.provider.balance()).amount
        fallen = None if after is None else before.amount - after
        require(fallen == (await stage.charges())[-1], f"{before} and then {after}")
        require(before.unit == model.unit, f"in {before.unit}")

    async def test_a_survey_is_the_same_until_something_changes(self, stage: Stage) -> None:
        """What is published can be compared: a page, and a line for every model."""
        if not stage.provider.capabilities.can_be_surveyed:
            await _refusal(stage.provider.survey())
            return
        survey = await stage.provider.survey()
        require(bool(survey.page.strip()), "there is a page")
        models = {model.id for task in stage.tasks for model in await stage.provider.models(task)}
        require(len(survey.models) >= len(models), "every model has its line")
        require(await stage.provider.survey() == survey, "and the same again")

    async def test_richer_words_cost_nothing(self, stage: Stage) -> None:
        """Who makes a prompt richer gives one back and charges nothing for it; who cannot says so."""
        if not stage.provider.capabilities.enhances:
            await _refusal(stage.provider.enhance("a cat"))
            return
        before = list(await stage.charges())
        richer = await stage.provider.enhance("a cat")
        require(len(richer) > len("a cat"), f"richer: {richer}")
        require(list(await stage.charges()) == before, "free")

    async def test_the_list_of_works_has_what_was_made(self, stage: Stage) -> None:
        """Who lists what was made in the account lists our own attempts by our own name; who cannot says so."""
        if not stage.provider.capabilities.tells_history:
            await _refusal(stage.provider.history(10))
            return
        model = await stage.model(Task.TEXT_TO_IMAGE)
        taken = await stage.place(stage.order(model))
        await stage.finish(taken.ref, model.poll_every)
        listed = await stage.provider.history(10)
        require("attempt-1" in {work.token for work in listed}, f"it is there: {listed}")

    async def test_closing_twice_does_no_harm(self, stage: Stage) -> None:
        """And nothing opens again afterwards."""
        provider = stage.restarted()
        await provider.models(stage.tasks[0])
        await provider.close()
        await provider.close()
        await _refusal(provider.models(stage.tasks[0]))


def require(holds: bool, fact: str) -> None:  # noqa: FBT001 - it reads as an assertion
    """Fail with the fact that does not hold; ``assert`` is stripped from packages that are run optimised."""
    if not holds:
        raise AssertionError(fact)


def _check_model(provider: str, task: Task, model: ModelSpec) -> None:
    require((model.provider, model.task) == (provider, task), f"{model.id}: belongs to the provider and task")
    require(bool(model.id and model.name and model.unit), f"{model.id}: has id, name and unit")
    prices = (model.price_from, model.price, model.price_to)
    if model.price_from is not None and model.price is not None and model.price_to is not None:
        require(0 <= model.price_from <= model.price <= model.price_to, f"{model.id}: prices {prices}")
    require(0 < model.expected.low <= model.expected.high, f"{model.id}: expected {model.expected}")
    require(model.expected_source in {"catalogue", "table", "default"}, f"{model.id}: source of the time")
    require(min(model.poll_every, model.progress_every, model.patience) > 0, f"{model.id}: rhythm")
    require(0 <= model.min_inputs <= model.max_inputs, f"{model.id}: inputs")
    require(model.max_count >= 1 and model.outputs_per_unit >= 1, f"{model.id}: counts")
    require(len({p.name for p in model.params}) == len(model.params), f"{model.id}: settings have one name each")
    for param in model.params:
        values = [c.value for c in param.choices]
        offered = param.default is None or param.kind is not ParamKind.CHOICE or param.default in values
        require(offered, f"{model.id}: the default of {param.name} is offered")


def _is_limit(quote: Quote) -> bool:
    return quote.basis is PriceBasis.AT_MOST


def _is_promised(amount: Decimal, quote: Quote) -> bool:
    """Whether an amount keeps a quote: the very sum, or no more where the quote is a limit."""
    return 0 < amount <= quote.total if _is_limit(quote) else amount == quote.total


def _check_result(last: Outcome, model: ModelSpec, order: Order, quote: Quote) -> None:
    if not isinstance(last, Done):
        raise AssertionError(f"{model.task}: {last}")  # noqa: TRY004 - a failed test and no mistake of a type
    wanted = order.count * model.outputs_per_unit
    require((len(last.assets), last.lost) == (wanted, 0), f"{model.task}: all results are kept: {last}")
    for asset in last.assets:
        usable = bool(asset.text) if model.media is MediaKind.TEXT else asset.url.startswith("http")
        require(asset.kind is model.media and usable, f"{model.task}: usable: {asset}")
        others = (*asset.others, *(extra.url for extra in asset.extras))
        require(all(other and other != asset.url for other in others), f"{model.task}: other addresses: {asset}")
    require(last.receipt is None or bool(last.receipt.reference), f"{model.task}: a receipt names the order")
    require(last.cost is None or _is_promised(last.cost, quote), f"{model.task}: cost {last.cost}")


def _impossible(model: ModelSpec) -> Iterator[dict[str, ParamValue]]:
    yield {"no such setting": 1}
    for param in model.params:
        if param.kind is ParamKind.CHOICE:
            yield {param.name: "no such value"}
        for choice in param.choices:
            for other, values in choice.excludes.items():
                for value in values:
                    yield {param.name: choice.value, other: value}


async def _refusal(call: Awaitable[object]) -> ProviderError:
    """Return the error of a call that has to fail; any other exception fails the test by itself."""
    try:
        result = await call
    except ProviderError as error:
        return error
    raise AssertionError(f"it should have failed and returned {result!r}")


@contextlib.contextmanager
def _listening() -> Iterator[io.StringIO]:
    """Hear everything that is logged at any level or printed."""
    heard = io.StringIO()
    root, handler = logging.getLogger(), logging.StreamHandler(heard)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(heard), contextlib.redirect_stderr(heard):
            yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
