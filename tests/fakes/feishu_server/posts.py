"""Writing and changing messages: what is allowed, deduplicated and counted. Paths and people are not here."""

from dataclasses import dataclass, field

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.cards import check_card, is_shared
from tests.fakes.feishu_server.contents import check_content, check_size, parsed, words
from tests.fakes.feishu_server.entities import Entities
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.messages import CARD, Board, Message, Version
from tests.fakes.feishu_server.quotas import Quotas
from tests.fakes.feishu_server.refusals import Json, invalid, refuse
from tests.fakes.feishu_server.world import Chat, Ids, World

MODIFIABLE = 14 * 86_400.0
MOST_EDITS = 20
SAME_UUID = 3600.0
LONGEST_UUID = 50


@dataclass(slots=True, kw_only=True)
class Posts:
    """Where messages come to be. Every method refuses as the platform does (reference section 9)."""

    world: World
    board: Board
    media: Media
    entities: Entities
    clock: Clock
    ids: Ids
    quotas: Quotas
    _sent: dict[str, tuple[Message, float]] = field(default_factory=dict)

    def create(self, chat: Chat, form: Json, size: int) -> Message:
        """Write a message into a chat."""
        if (before := self._seen(form)) is not None:
            return before
        if self.world.app.personal:
            refuse(230101, "personal applications may only reply")
        return self._write(chat, form, size, parent=None)

    def reply(self, parent: Message, form: Json, size: int) -> Message:
        """Answer a message."""
        if (before := self._seen(form)) is not None:
            return before
        if parent.gone:
            refuse(230011 if parent.recalled else 230110)
        in_thread = form.get("reply_in_thread", False)
        if not isinstance(in_thread, bool):
            invalid("reply_in_thread", "must be a boolean")
        if in_thread and parent.chat.p2p:
            refuse(230071)
        return self._write(parent.chat, form, size, parent=parent, in_thread=in_thread)

    def patch(self, message: Message, form: Json, size: int) -> None:
        """Replace a card."""
        self._may_change(message, card=True)
        self.quotas.count_message(message.id)
        if message.card_id:
            refuse(300317, "the card is an entity; its sequence number decides")
        check_size(CARD, size)
        content = parsed(form.get("content"))
        if not is_shared(message.content) or not is_shared(content):
            refuse(230001, "only a card with update_multi true, before and after, can be replaced")
        check_card(content, self.media)
        self._audit(message.chat, CARD, content)
        self.board.change(message, Version(self.clock.time(), content, "patched", size))

    def put(self, message: Message, form: Json, size: int) -> None:
        """Edit a text or a post. On a card it succeeds without any effect."""
        self._may_change(message, card=False)
        if message.kind == CARD:
            return
        if form.get("msg_type") != message.kind:
            refuse(230001, "the type of a message cannot be changed")
        if message.edits >= MOST_EDITS:
            refuse(230072)
        check_size(message.kind, size)
        content = parsed(form.get("content"))
        check_content(message.kind, content, self.media)
        self._audit(message.chat, message.kind, content)
        message.edits += 1
        self.board.change(message, Version(self.clock.time(), content, "put", size))

    def answered(self, message: Message, card: Json, *, how: str = "answered") -> None:
        """Replace a card by a callback's answer or a delayed update; it was checked before."""
        self.board.change(message, Version(self.clock.time(), card, how))

    def known(self, number: str, *, own: bool = False) -> Message:
        """Return a message the bot can see. Refused with 230001, 230002, 230050."""
        message = self.board.all.get(number)
        if message is None:
            refuse(230001, "invalid message_id")
        if not message.chat.with_bot:
            refuse(230002)
        if own and not message.by_bot:
            refuse(230050)
        return message

    def _write(self, chat: Chat, form: Json, size: int, *, parent: Message | None, in_thread: bool = False) -> Message:
        kind = form.get("msg_type")
        if not isinstance(kind, str) or not kind:
            invalid("msg_type", "is required")
        self.world.may_write(chat)
        self.quotas.count_chat(chat.id)
        check_size(kind, size)
        content = parsed(form.get("content"))
        card_id = ""
        if kind == CARD:
            card_id, content = self.entities.take(content) if content.get("type") == "card" else ("", content)
            check_card(content, self.media)
        else:
            check_content(kind, content, self.media)
        self._audit(chat, kind, content)
        message = self._new(chat, kind, content, size, parent, in_thread=in_thread)
        message.card_id = card_id
        return self._keep(message, str(form.get("uuid") or ""))

    def _new(
        self, chat: Chat, kind: str, content: Json, size: int, parent: Message | None, *, in_thread: bool
    ) -> Message:
        now = self.clock.time()
        root = None if parent is None else parent.root or parent
        message = Message(self.ids.new("om_"), chat, None, kind, now, [Version(now, content, size=size)], root, parent)
        message.thread = self.thread_of(chat, parent, in_thread=in_thread)
        return message

    def thread_of(self, chat: Chat, parent: Message | None, *, in_thread: bool) -> str:
        """Return the thread of a new message; replying in a thread opens one under the parent."""
        if parent is not None and parent.thread:
            return parent.thread
        if not (in_thread or chat.topics):
            return ""
        thread = self.ids.new("omt_")
        if parent is not None:
            parent.thread = thread
        return thread

    def _keep(self, message: Message, uuid: str) -> Message:
        message.uuid = uuid
        if uuid:
            self._sent[uuid] = (message, self.clock.time())
        return self.board.add(message)

    def _seen(self, form: Json) -> Message | None:
        """Return what was already sent with this uuid within the hour."""
        uuid = form.get("uuid") or ""
        if not isinstance(uuid, str) or len(uuid) > LONGEST_UUID:
            invalid("uuid", f"is a string of at most {LONGEST_UUID}")
        message, at = self._sent.get(uuid, (None, 0.0))
        return message if message is not None and self.clock.time() - at < SAME_UUID else None

    def _may_change(self, message: Message, *, card: bool) -> None:
        if message.gone:
            refuse(230011 if message.recalled else 230110)
        if not message.by_bot:
            refuse(230050)
        if card and message.kind != CARD:
            refuse(230054)
        if not card and message.kind not in {"text", "post", CARD}:
            refuse(230075)
        if self.clock.time() - message.created > MODIFIABLE:
            refuse(230031 if card else 230075)
        if message.chat.dissolved:
            refuse(232009)

    def _audit(self, chat: Chat, kind: str, content: Json) -> None:
        if chat.blocks(words(kind, content)):
            refuse(230028)
