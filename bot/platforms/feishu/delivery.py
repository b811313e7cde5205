"""Brings parcels where they belong: which ways there are, and what to do when Feishu says no. Words are in ``parcel``.

A message carries a ``uuid`` made of its line: within an hour Feishu shows the same one once. What was taken is stored
at once, so that a line which is said again later finds its message. Only what was sent right before a crash that lasted
longer than an hour can be there twice.
"""

import base64
import hashlib
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.engine.ports import Clock, Line, Store
from bot.engine.proposals import notice_key
from bot.platforms.feishu import verdicts, wire
from bot.platforms.feishu.client import Call, Client, NotTaken
from bot.platforms.feishu.limits import Form
from bot.platforms.feishu.parcel import Parcel, body
from bot.platforms.feishu.render import Draft
from bot.platforms.feishu.turns import Turns
from bot.platforms.feishu.verdicts import Verdict, verdict
from bot.platforms.feishu.wire import Nothing, Read
from bot.storage.shipments import Sent, Shipments

log = structlog.get_logger(__name__)

CLOSED_FOR = timedelta(hours=1)
"""How long a chat that did not let us write is left alone before it is tried again."""

CHANGEABLE = timedelta(days=14)
"""How long Feishu lets a card be changed (section 6.3)."""

MOST_EDITS = 20
"""How often it lets a text be changed."""

_KEPT = 2000
_PERSON = "ou_"
_MESSAGE = re.compile(r"om_\w+")


class Undelivered(Exception):
    """Feishu will not take this message, in any form, by any way."""


class _New(Read):
    message_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where a message goes: a chat, or a person's own one; perhaps as an answer to a message, perhaps in its topic.

    ``is_astray``: it is not where the message belongs.
    """

    chat: str
    reply_to: str = ""
    in_thread: bool = False
    is_astray: bool = False


def uuid(line: str, part: str) -> str:
    """Return the name under which Feishu shows a piece of a line once: 40 characters, the same for the same one."""
    return base64.urlsafe_b64encode(hashlib.sha256(f"{line}/{part}".encode()).digest()[:30]).decode()


class Delivery:
    """Sends and changes messages. Raises ``NotTaken`` where the same may be taken later, else :class:`Undelivered`."""

    def __init__(self, client: Client, turns: Turns, shipments: Shipments, store: Store, clock: Clock) -> None:
        self._client = client
        self._turns = turns
        self._shipments = shipments
        self._store = store
        self._clock = clock
        self._newest: OrderedDict[str, Sent] = OrderedDict()

    async def bring(self, line: Line, parcel: Parcel, part: str = "") -> Sent:
        """Say a piece of a line once, by the first way that is open."""
        if (already := await self._shipments.of_line(line.key, part)) is not None:
            return already
        last: NotTaken | None = None
        async for target in self._targets(line):
            sent = parcel.elsewhere() if target.is_astray else parcel
            try:
                message, form = await self._send(target, sent, line.key, part)
            except NotTaken as no:
                await self._note(target.chat, no)
                last = no
                continue
            return await self._kept(line, part, target, message, form)
        raise Undelivered(f"{line.key}: {last or 'there is no way'}")

    async def change(self, line: Line, message: str, parcel: Parcel) -> Sent:
        """Give a message another form for good; where it cannot be changed any more, a new one takes its place."""
        sent = await self.newest(message)
        if sent is None or not self._is_changeable(sent, parcel):
            return await self._replace(line, message, parcel)
        try:
            await self._change(sent, parcel)
        except NotTaken as no:
            await self._note(sent.chat, no)
            if verdict(no) is Verdict.CHAT_CLOSED:
                raise Undelivered(str(no)) from no
            log.info("feishu_message_not_changed", message=message, detail=str(no))
            return await self._replace(line, sent.message, parcel)
        return sent

    async def show(self, chat: str, message: str, parcel: Parcel) -> None:
        """Give a card another form for now; the caller has its turn. Raises ``NotTaken`` where that failed."""
        draft = parcel.draft()
        if draft.form is not Form.CARD:
            return
        try:
            await self._client.ask(_patch(message, draft), Nothing)
        except NotTaken as no:
            if verdict(no) is Verdict.WAIT:
                self._turns.too_often(chat, verdicts.pause(no) or 1.0)
            raise

    async def newest(self, message: str) -> Sent | None:
        """Return the message that stands for another one now."""
        if message not in self._newest:
            found = await self._shipments.newest(message)
            if found is None:
                return None
            self._newest[message] = found
            if len(self._newest) > _KEPT:
                self._newest.popitem(last=False)
        return self._newest[message]

    # --- new messages --------------------------------------------------------------------------------------------

    async def _targets(self, line: Line) -> AsyncIterator[Target]:
        chat, _, root = line.address.place.partition("/")
        state = await self._shipments.chat(chat)
        is_own = chat == line.person or (state is not None and state.kind == "p2p")
        is_closed = state is not None and bool(state.closed) and self._clock.now() - state.at < CLOSED_FOR
        if line.private and not is_own:
            yield Target(line.person)
        if not is_closed:
            answered = line.event if _MESSAGE.fullmatch(line.event) else await self._notice(line, chat)
            if answered:
                yield Target(chat, answered, in_thread=bool(root))
            if not answered or root != answered:
                yield Target(chat, root, in_thread=bool(root))
        if not line.private and (is_closed or not is_own):
            yield Target(line.person, is_astray=True)

    async def _notice(self, line: Line, chat: str) -> str:
        """Return the message that a line's job began with, if it is in the same chat."""
        message = await self._store.message_of(notice_key(line.job)) if line.job else ""
        sent = await self.newest(message) if message else None
        return sent.message if sent is not None and sent.chat == chat and sent.line != line.key else ""

    async def _send(self, target: Target, parcel: Parcel, key: str, part: str) -> tuple[str, Form]:
        """Send a parcel in the first form that is taken."""
        draft, met = parcel.draft(), set[Verdict]()
        while True:
            try:
                return await self._once(target, draft, uuid(key, part)), draft.form
            except NotTaken as no:
                said = verdict(no)
                tamer = parcel.tamer() if said is Verdict.BLOCKED else None
                if said is Verdict.WITHOUT_THREAD and target.in_thread:
                    target = replace(target, in_thread=False)
                elif tamer is not None:
                    parcel = tamer
                    draft = parcel.draft()
                elif said is Verdict.PLAIN and said not in met and draft.form is not Form.TEXT:
                    log.error("feishu_message_refused", key=key, detail=str(no))  # noqa: TRY400 - another form is tried
                    draft = parcel.plain()
                else:
                    raise
                met.add(said)

    async def _once(self, target: Target, draft: Draft, name: str) -> str:
        payload = {**body(draft), "uuid": name}
        if target.reply_to:
            payload["reply_in_thread"] = target.in_thread
            call = Call("POST", wire.reply(target.reply_to), body=payload)
        else:
            kind = "open_id" if target.chat.startswith(_PERSON) else "chat_id"
            payload["receive_id"] = target.chat
            call = Call("POST", wire.MESSAGES, {"receive_id_type": kind}, payload)
        await self._turns.delivery(target.chat, "reply" if target.reply_to else "create")
        return (await self._client.ask(call, _New)).message_id

    async def _kept(self, line: Line, part: str, target: Target, message: str, form: Form) -> Sent:
        sent = Sent(
            message=message,
            line=line.key,
            part=part,
            chat=target.chat,
            place=line.address.place,
            tenant=line.address.tenant,
            person=line.person,
            job=line.job,
            form=form.value,
            at=self._clock.now(),
        )
        await self._shipments.keep(sent)
        return sent

    # --- other forms of a message --------------------------------------------------------------------------------

    async def _change(self, sent: Sent, parcel: Parcel) -> None:
        async with self._turns.changing(sent.chat, sent.message):
            while True:
                await self._turns.delivery(sent.chat, "change")
                try:
                    return await self._changed(sent, parcel)
                except NotTaken as no:
                    tamer = parcel.tamer() if verdict(no) is Verdict.BLOCKED else None
                    if tamer is None:
                        raise
                    parcel = tamer

    async def _changed(self, sent: Sent, parcel: Parcel) -> None:
        if sent.form == Form.CARD:
            await self._client.ask(_patch(sent.message, parcel.draft()), Nothing)
            return
        call = Call("PUT", wire.message(sent.message), body=body(parcel.plain()))
        await self._client.ask(call, Nothing)
        await self._shipments.edited(sent.message)
        self._newest.clear()

    async def _replace(self, line: Line, message: str, parcel: Parcel) -> Sent:
        new = await self.bring(line, parcel)
        await self._shipments.replaced(message, new.message)
        self._newest.clear()
        return new

    def _is_changeable(self, sent: Sent, parcel: Parcel) -> bool:
        if self._clock.now() - sent.at >= CHANGEABLE:
            return False
        if sent.form == Form.CARD:
            return parcel.draft().form is Form.CARD
        return sent.form == Form.TEXT and sent.edits < MOST_EDITS

    async def _note(self, chat: str, no: NotTaken) -> None:
        """Remember what a refusal tells about a chat; raise it again where the same may be taken later."""
        said = verdict(no)
        if said is Verdict.WAIT:
            self._turns.too_often(chat, verdicts.pause(no) or 1.0)
        if said is Verdict.OPERATOR:
            log.error("feishu_needs_operator", code=no.code, log_id=no.log_id)
        if said is Verdict.RELOAD or verdicts.passes(no):
            raise no
        if said is Verdict.CHAT_CLOSED:
            log.warning("feishu_chat_closed", chat=chat, code=no.code)
            await self._shipments.closed(chat, str(no.code), self._clock.now())


def _patch(message: str, draft: Draft) -> Call:
    return Call("PATCH", wire.message(message), body={"content": body(draft)["content"]})
