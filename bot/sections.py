"""The sections of the settings about who may do and spend what. The others, and reading them, are in ``settings``."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.core.access import Effect, Rule
from bot.core.approval import ApprovalPolicy
from bot.core.budget import Budget, Period, Scope
from bot.core.grammar import Verb


def _name(text: str) -> str:
    platform, _, name = text.partition("/")
    if text and not (platform and name):
        msg = f"{text!r} is not platform/id, such as discord/81384788765712384"
        raise ValueError(msg)
    return text


def _command(word: str) -> str:
    if word and word not in set(Verb):
        # A rule about nothing would quietly allow what it should deny.
        allowed = ", ".join(verb for verb in Verb if verb is not Verb.ALWAYS)
        msg = f"{word!r} is no command; there is {allowed}"
        raise ValueError(msg)
    return word


class Section(BaseModel):
    """One section: fixed once it is read, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BudgetSection(Section):
    """``[[budgets]]``: how much may be spent. Each is one table; what admins set later takes its place."""

    scope: Scope = Field(description="Whom it is for: each person, channel or team, or total for everybody together.")
    period: Period = Field(description="For how long: day or month, in the time zone of the chat section.")
    unit: str = Field(
        min_length=1, max_length=20, description="A currency such as USD, a service's unit, or plan_uses."
    )
    amount: Decimal = Field(ge=0, description="How much may be spent of it.")
    who: Annotated[str, AfterValidator(_name)] = Field(
        default="", description="One person, channel or team instead of each one, as platform/id."
    )

    @property
    def budget(self) -> Budget:
        """The same as the core knows it."""
        return Budget(self.scope, self.period, self.unit, self.amount, self.who)


class AdminsSection(Section):
    """``[admins]``: who may change budgets and see everybody's usage in the chat."""

    people: tuple[Annotated[str, AfterValidator(_name)], ...] = Field(
        default=(), description="The admins, each as platform/id."
    )


class ApprovalSection(Section):
    """``[approval]``: what needs a second person's yes."""

    above: Decimal | None = Field(default=None, ge=0, description="An order above this amount needs one.")
    unit: str = Field(default="", max_length=20, description="What the amount is counted in: a currency or a unit.")
    people: tuple[Annotated[str, AfterValidator(_name)], ...] = Field(
        default=(), description="Who may approve, each as platform/id; never the one who asked."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.above is not None and not (self.unit and self.people):
            msg = "above needs unit and people: without them nothing could ever be approved"
            raise ValueError(msg)
        return self

    @property
    def policy(self) -> ApprovalPolicy:
        """The same as the core knows it."""
        return ApprovalPolicy(self.above, self.unit, frozenset(self.people))


class RuleSection(Section):
    """``[[rules]]``: who may do what. The first that fits decides; what it does not name it does not ask about."""

    effect: Effect = Field(description="What it does: allow or deny.")
    person: Annotated[str, AfterValidator(_name)] = Field(default="", description="A person, as platform/id.")
    role: Annotated[str, AfterValidator(_name)] = Field(default="", description="A role, as platform/id.")
    channel: Annotated[str, AfterValidator(_name)] = Field(default="", description="A channel, as platform/id.")
    team: Annotated[str, AfterValidator(_name)] = Field(default="", description="A team, as platform/id.")
    provider: str = Field(default="", description="A service, by its name in these settings.")
    model: str = Field(default="", description="A model, by its id or its name.")
    command: Annotated[str, AfterValidator(_command)] = Field(
        default="", description="A typed command in English without its slash."
    )

    @property
    def rule(self) -> Rule:
        """The same as the core knows it."""
        return Rule(**self.model_dump())


class WordsSection(Section):
    """``[words]``: what is not ordered, whoever asks."""

    blocked: tuple[str, ...] = Field(default=(), description="Words and phrases that no order may hold.")


class AdultsSection(Section):
    """``[adults]``: what is used only in places that the chat keeps for adults."""

    models: tuple[str, ...] = Field(default=(), description="Models for adults, by their id or name.")
