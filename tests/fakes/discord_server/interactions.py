"""The interactions: their tokens, their three seconds, what answered them. Nothing is sent from here."""

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum

from tests.fakes.discord_server.clock import Clock, Snowflakes, born
from tests.fakes.discord_server.messages import Message
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.refusals import Json, refuse
from tests.fakes.discord_server.world import Channel, Guild, User


class Asked(IntEnum):
    """What a person did, by its number on the wire."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Ack(IntEnum):
    """How the bot answered first, by its number on the wire."""

    MESSAGE = 4
    THINKING = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True)
class Terms:
    """The deadlines and limits of interactions (reference section 1.2); seconds on the fake's clock."""

    ack_seconds: float = 3.0
    token_seconds: float = 900.0
    user_install_followups: int = 5
    nonce_seconds: float = 300.0
    old_message_seconds: float = 3600.0
    file_limit: int = 10 * 1024 * 1024


@dataclass(slots=True, eq=False)
class Interaction:
    """One thing a person did. ``installs`` = how the app got there (0 the guild, 1 the person)."""

    id: int
    token: str
    asked: Asked
    person: User
    channel: Channel
    installs: frozenset[int]
    file_limit: int
    payload: Json = field(default_factory=dict)
    focused_kind: int | None = None
    source: Message | None = None
    forced_private: bool = False
    delivered: int = 0
    ack: Ack | None = None
    acked_at: float | None = None
    original: Message | None = None
    deferred: bool = False
    private: bool = False
    followups: int = 0
    modal: Json | None = None
    choices: list[Json] | None = None
    messages: list[Message] = field(default_factory=list)

    @property
    def created(self) -> float:
        """Return when it happened."""
        return born(self.id)

    @property
    def guild(self) -> Guild | None:
        """Return the guild it happened in."""
        return self.channel.guild


class Interactions:
    """All interactions, by id and by token."""

    def __init__(self, clock: Clock, ids: Snowflakes, terms: Terms, news: News) -> None:
        self._clock = clock
        self._ids = ids
        self._terms = terms
        self._by_token: dict[str, Interaction] = {}
        self.all: dict[int, Interaction] = {}
        self.news = news

    def open(
        self, asked: Asked, person: User, channel: Channel, *, installs: frozenset[int], file_limit: int
    ) -> Interaction:
        """Create an interaction of this moment, with a token that works for 15 minutes."""
        snowflake = self._ids.new()
        token = "aW50ZXJhY3Rpb24" + hashlib.sha256(f"pretend {snowflake}".encode()).hexdigest() * 2
        interaction = Interaction(snowflake, token, asked, person, channel, installs, file_limit)
        self.all[snowflake] = self._by_token[token] = interaction
        return interaction

    @property
    def tokens(self) -> list[str]:
        """Return every token that was given out: none of them may be in a log."""
        return list(self._by_token)

    def to_answer(self, snowflake: str, token: str) -> Interaction:
        """Return the interaction that is answered for the first time (10062, 40060)."""
        interaction = self._by_token.get(token)
        if interaction is None or str(interaction.id) != snowflake:
            refuse(10062)
        if interaction.ack is not None:
            refuse(40060)
        if self._clock.time() - interaction.created > self._terms.ack_seconds:
            refuse(10062)
        return interaction

    def to_continue(self, token: str) -> Interaction:
        """Return the interaction whose token is used as a webhook (50027, 10015)."""
        interaction = self._by_token.get(token)
        if interaction is None or self._clock.time() - interaction.created >= self._terms.token_seconds:
            refuse(50027)
        if interaction.ack is None:
            refuse(10015)
        return interaction
