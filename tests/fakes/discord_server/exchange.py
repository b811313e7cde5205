"""What came of one thing a person did: the first answer, the messages with their history, and ways to wait for more."""

from collections.abc import Callable
from typing import TypeVar

from tests.fakes.discord_server.calls import Calls
from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.interactions import Ack, Interaction, Terms
from tests.fakes.discord_server.messages import Message
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.refusals import Json

Found = TypeVar("Found")


class Exchange:
    """One interaction as the person sees it. Every waiting method ends as soon as it is true; none of them polls."""

    def __init__(
        self,
        interaction: Interaction,
        *,
        clock: Clock,
        terms: Terms,
        news: News,
        calls: Calls,
        resend: Callable[[], int],
    ) -> None:
        self.interaction = interaction
        self._clock = clock
        self._terms = terms
        self._news = news
        self._calls = calls
        self._resend = resend

    @property
    def ack(self) -> Ack | None:
        """Return how the bot answered first, if it has."""
        return self.interaction.ack

    @property
    def latency(self) -> float | None:
        """Return the seconds (of the fake's clock) until the first answer."""
        at = self.interaction.acked_at
        return None if at is None else at - self.interaction.created

    @property
    def failed(self) -> bool:
        """Tell whether the person reads *The application did not respond*."""
        late = self._clock.time() - self.interaction.created > self._terms.ack_seconds
        return self.interaction.ack is None and late

    @property
    def token_expired(self) -> bool:
        """Tell whether the token has had its 15 minutes."""
        return self._clock.time() - self.interaction.created >= self._terms.token_seconds

    @property
    def message(self) -> Message:
        """Return the message that is the answer. Raises ``AssertionError`` while there is none."""
        assert self.interaction.original is not None, f"no message answers this; {self._calls.tail()}"
        return self.interaction.original

    @property
    def messages(self) -> tuple[Message, ...]:
        """Return every message this interaction wrote or changed, in that order, without deleted ones."""
        return tuple(message for message in self.interaction.messages if not message.deleted)

    async def acked(self) -> Ack:
        """Wait for the first answer and return how it was given."""
        return await self._until(lambda: self.interaction.ack, "the bot did not answer")

    async def replied(self, count: int = 1) -> Message:
        """Wait until so many messages have words, and return the last of those."""

        def find() -> Message | None:
            ready = [message for message in self.messages if not message.thinking]
            return ready[count - 1] if len(ready) >= count else None

        return await self._until(find, f"there are not {count} messages with words")

    async def shows(self, words: str) -> Message:
        """Wait until one of the messages has these words, and return it."""

        def find() -> Message | None:
            return next((message for message in self.messages if words in message.text), None)

        return await self._until(find, f"nobody said {words!r} but {[m.text for m in self.messages]}")

    async def edited(self, versions: int) -> Message:
        """Wait until the answering message has so many versions (*thinking* is the first), and return it."""

        def find() -> Message | None:
            original = self.interaction.original
            return original if original is not None and len(original.versions) >= versions else None

        return await self._until(find, f"there are not {versions} versions")

    async def opened(self) -> Json:
        """Wait for a modal and return it."""
        return await self._until(lambda: self.interaction.modal, "no modal was opened")

    async def choices(self) -> list[Json]:
        """Wait for what autocomplete offers."""
        return await self._until(lambda: self.interaction.choices, "nothing was offered")

    def redeliver(self) -> int:
        """Send the same event again, as Discord may; return how many sessions it went to."""
        return self._resend()

    async def _until(self, find: Callable[[], Found | None], what: str) -> Found:
        return await self._news.until(find, lambda: f"{what}; the last calls: {self._calls.tail()}")
