"""The ways a message can get to a place: by a pass, by the bot's own right, by DM. Which to try is in ``ladder``.

By a pass a message is best *edited* into one that is there already: that can be repeated. In a channel it is *sent*
with a nonce, which Discord enforces for some minutes. A further message of a pass has neither, so it is sent once.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog
from typing_extensions import override

from bot.core import held
from bot.core.cards import Card
from bot.engine.ports import Line
from bot.i18n import Translator
from bot.platforms.discord import transport as calls
from bot.platforms.discord.limits import problems
from bot.platforms.discord.render import Draft, Shape, draw, draw_plain
from bot.platforms.discord.transport import Call, NotTaken, Transport
from bot.platforms.discord.wire import Code, OpenedDm, SentMessage
from bot.storage.passes import Pass, Passes

log = structlog.get_logger(__name__)

_TOKEN_OVER = frozenset({Code.TOKEN_OVER, Code.UNKNOWN_WEBHOOK})
_BLOCKED = frozenset({Code.BLOCKED, Code.TITLE_BLOCKED})
_BAD_REQUEST, _TOO_LARGE = 400, 413


@dataclass(frozen=True, slots=True)
class Ref:
    """A message of ours: where it is, and the interaction whose pass made it, if one did."""

    channel: str
    message: str
    event: str = ""

    @classmethod
    def read(cls, text: str) -> "Ref":
        """Return what :meth:`__str__` wrote."""
        channel, _, rest = text.partition("/")
        message, _, event = rest.partition("/")
        return cls(channel, message, event)

    @override
    def __str__(self) -> str:
        return "/".join(part for part in (self.channel, self.message, self.event) if part)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card with all that is needed to draw it, also in another form."""

    card: Card
    words: Translator
    shape: Shape
    reply_to: str = ""

    def draft(self) -> Draft:
        """Return the message; in its plain form where Discord would not take the other."""
        draft = draw(self.card, self.words, self.shape)
        found = problems(draft.payload)
        if not found:
            return draft
        log.error("message_beyond_limits", problems=found)
        return self.plain()

    def plain(self, *, as_component: bool = False) -> Draft:
        """Return the message as plain text."""
        return draw_plain(self.card, self.words, self.shape, as_component=as_component)

    def after(self, no: NotTaken, before: int = 0) -> "Draft | None":
        """Return the form to try after a refusal, if there is one; ``before``: how often it was the same one before."""
        if no.code == Code.INVALID_FORM or (no.status == _BAD_REQUEST and no.code not in set(Code)):
            log.error("message_refused", detail=str(no))
            # A message that was one of components stays one for ever, so that it takes no bare text.
            return self.plain(as_component=before > 0) if before < _PLAIN_FORMS else None
        if before:
            return None
        if no.code in _BLOCKED and self.card.quote:
            return replace(self, card=replace(self.card, quote="")).draft()
        if (no.code == Code.TOO_LARGE or no.status == _TOO_LARGE) and self.shape.uploads:
            return self._without_files().draft()
        return self.draft() if no.code == Code.CANNOT_REPLY else None

    def _without_files(self) -> "Parcel":
        """Return the message without its files, saying so of those that nobody can get otherwise."""
        media = tuple(medium for medium in self.card.media if not medium.held)
        lines = self.card.lines if len(media) == len(self.card.media) else (*self.card.lines, held.TOO_LARGE())
        card = replace(self.card, media=media, lines=lines)
        return replace(self, card=card, shape=replace(self.shape, uploads={}))


_PLAIN_FORMS = 2


def nonce(key: str) -> str:
    """Return the name under which Discord shows a line once: 24 characters, the same for the same key."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:18]).decode()


class Delivery:
    """Sends parcels. Every method raises :class:`NotTaken`."""

    def __init__(self, transport: Transport, passes: Passes) -> None:
        self._transport = transport
        self._passes = passes

    async def into_answer(self, by: Pass, parcel: Parcel, key: str) -> Ref:
        """Let a pass's own message carry the words of the line ``key``; may be repeated."""
        if not await self._passes.claim(by.event, key):
            raise NotTaken(404, Code.UNKNOWN_MESSAGE, "the answer carries other words")
        sent = await self._by(by, calls.edit_answer(by.application, by.token), parcel)
        await self._passes.became(by.event, sent.id, hidden=by.hidden or sent.hidden)
        return Ref(by.place, sent.id, by.event)

    async def further(self, by: Pass, parcel: Parcel, *, hidden: bool = False) -> Ref:
        """Send a further message with a pass; what is sent twice is there twice."""
        if not by.followups:
            raise NotTaken(400, Code.NO_MORE_FOLLOWUPS, "no followups left")
        if by.is_guest:
            await self._passes.spend_followup(by.event)
        sent = await self._by(by, calls.follow_up(by.application, by.token), parcel, hidden=hidden)
        return Ref(by.place, sent.id, by.event)

    async def instead_of_answer(self, by: Pass, parcel: Parcel, key: str) -> Ref:
        """Take a pass's public thinking message away and tell its person alone."""
        if await self._passes.claim(by.event, key):
            try:
                await self._transport.tell(calls.drop_answer(by.application, by.token))
            except NotTaken as no:
                if no.code != Code.UNKNOWN_MESSAGE:
                    raise await self._noted(by, no) from no
        return await self.further(by, parcel, hidden=True)

    async def bluntly(self, by: Pass, parcel: Parcel) -> None:
        """Answer with a pass that may be stored nowhere."""
        if by.opens:
            await self._take(calls.edit_answer(by.application, by.token), parcel)
        else:
            await self._take(calls.follow_up(by.application, by.token), parcel, hidden=True)

    async def into_channel(self, channel: str, parcel: Parcel, key: str) -> Ref:
        """Send a new message by the bot's own right, once per key for some minutes."""
        fields: dict[str, object] = {"nonce": nonce(key), "enforce_nonce": True}
        if parcel.reply_to:
            fields["message_reference"] = {"message_id": parcel.reply_to, "fail_if_not_exists": False}
        sent = await self._take(calls.send(channel), parcel, fields)
        return Ref(channel, sent.id)

    async def into_dm(self, person: str, parcel: Parcel, key: str) -> Ref:
        """Send a new message to a person's DMs, once per key for some minutes."""
        opened = await self._transport.ask(calls.OPEN_DM, OpenedDm, {"recipient_id": person})
        return await self.into_channel(opened.id, replace(parcel, reply_to=""), key)

    async def edit_by(self, by: Pass, ref: Ref, parcel: Parcel, *, patient: bool = True) -> Ref:
        """Give a message another form with a pass."""
        name = "@original" if by.message == ref.message else ref.message
        call, fields = calls.edit_answer(by.application, by.token, name), _files_after(patient=patient)
        await self._by(by, call, parcel, fields, patient=patient)
        return ref

    async def edit(self, ref: Ref, parcel: Parcel, *, patient: bool = True) -> Ref:
        """Give a message another form by the bot's own right."""
        await self._take(calls.edit(ref.channel, ref.message), parcel, _files_after(patient=patient), patient=patient)
        return ref

    async def _by(
        self,
        by: Pass,
        call: Call,
        parcel: Parcel,
        fields: Mapping[str, object] | None = None,
        *,
        hidden: bool = False,
        patient: bool = True,
    ) -> SentMessage:
        try:
            return await self._take(call, parcel, fields, hidden=hidden, patient=patient)
        except NotTaken as no:
            raise await self._noted(by, no) from no

    async def _noted(self, by: Pass, no: NotTaken) -> NotTaken:
        """Remember what a refusal tells about a pass."""
        if no.code in _TOKEN_OVER:
            await self._passes.end(by.event)
        if no.code == Code.NO_MORE_FOLLOWUPS:
            await self._passes.spend_followup(by.event, all_of_them=True)
        return no

    async def _take(
        self,
        call: Call,
        parcel: Parcel,
        fields: Mapping[str, object] | None = None,
        *,
        hidden: bool = False,
        patient: bool = True,
    ) -> SentMessage:
        sent, draft, met = dict(fields or {}), parcel.draft(), Counter[int]()
        while True:
            draft = (draft.hidden() if hidden else draft).having(**sent)
            try:
                return await self._transport.ask(call, SentMessage, draft.payload, draft.files, patient=patient)
            except NotTaken as no:
                other = parcel.after(no, met[no.code])
                if other is None:
                    raise
                draft = other
                met[no.code] += 1
                sent.pop("message_reference", None)


def _files_after(*, patient: bool) -> Mapping[str, object]:
    """Return what becomes of a message's files in an edit: one for good drops them, progress leaves them."""
    return {"attachments": []} if patient else {}


def is_news(line: Line) -> bool:
    """Return whether a line tells something that its person did not ask for just now, so that it may ring."""
    return bool(line.job) and not line.event and not line.card.copy
