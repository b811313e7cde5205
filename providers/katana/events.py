"""A streamed answer as it arrives: bytes to events, events to text and bill. Reading the network is not here.

The shape is that of OpenAI's streams: ``data: {chunk}`` lines, the usage in the last chunk, ``data: [DONE]``
(reference section 2.6). Pieces of the network end anywhere, also in the middle of a character.
"""

import codecs
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from providers.errors import FailureCode
from providers.katana.failures import code_of
from providers.katana.outcome import receipt_of
from providers.katana.wire import Chunk, Problem, Usage, read
from providers.models import MediaKind, Privacy
from providers.outcomes import Asset, Done, Failed, Refund

_DONE: Final = "[DONE]"


class Lines:
    """Puts a stream of bytes together to the contents of its ``data:`` lines."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, piece: bytes, *, final: bool = False) -> Iterator[str]:
        """Yield what is complete now; with ``final`` also a last line without an end."""
        *lines, self._rest = (self._rest + self._decoder.decode(piece, final)).split("\n")
        if final:
            lines.append(self._rest)
        for line in lines:
            if line.startswith("data:"):
                yield line.removeprefix("data:").strip()


class Writing:
    """One answer while it is being written, and how it ended."""

    def __init__(self, reserve: Decimal, privacy: Privacy | None, redacted: Callable[[str], str]) -> None:
        self._reserve = reserve
        self._privacy = privacy
        self._redacted = redacted
        self._parts: list[str] = []
        self._usage: Usage | None = None
        self._problem: Problem | None = None
        self._name = ""
        self._complete = False
        self._gap = False
        self._refused = False

    @property
    def text(self) -> str:
        """What has been written so far; what the model only thinks is not part of it."""
        return "".join(self._parts)

    def take(self, data: str) -> None:
        """Take the content of one ``data:`` line, or a whole answer that was not streamed after all."""
        if data == _DONE:
            self._complete = True
            return
        if not data.startswith("{"):
            return
        chunk = read(Chunk, data.encode())
        if chunk is None:
            self._gap = True
            return
        self._name = chunk.request_id or chunk.id or self._name
        self._usage = chunk.usage or self._usage
        self._problem = chunk.error or self._problem
        for choice in chunk.choices:
            if choice.delta.content or choice.message.content:
                self._parts.append(choice.delta.content or choice.message.content)
            self._complete = self._complete or bool(choice.finish_reason)
            self._refused = self._refused or choice.finish_reason == "content_filter"

    def end(self) -> Done | Failed:
        """Return how it ended, now that nothing more comes.

        Without a bill the provider keeps its whole reserve; what an answer cost that broke off is not known.
        """
        broken = self._problem is not None or self._gap or not self._complete
        if not self._parts:
            return self._nothing(broken=broken)
        charged = self._usage.imgnai.credits_charged if self._usage else None
        receipt = receipt_of(self._name, self._usage, self._privacy)
        cost = charged if charged is not None else None if broken else self._reserve
        return Done((Asset(MediaKind.TEXT, "", text=self.text),), cost, lost=int(broken), receipt=receipt)

    def _nothing(self, *, broken: bool) -> Failed:
        if self._problem is not None:
            detail = self._redacted(f"{self._problem.code} {self._problem.message}".strip())
            return Failed(code_of(self._problem, FailureCode.GENERATION_FAILED), detail, Refund.UNKNOWN)
        if self._refused:
            return Failed(FailureCode.CONTENT_REFUSED, "content filter", Refund.KEPT)
        code = FailureCode.BROKEN_OFF if broken else FailureCode.GENERATION_FAILED
        return Failed(code, "no text", Refund.KEPT)
