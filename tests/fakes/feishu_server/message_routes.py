"""Messages over REST: create, reply, patch, put, recall, read, list, reactions. The rules of writing are elsewhere."""

import math
from dataclasses import dataclass

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.door import Answer, Ask
from tests.fakes.feishu_server.events import Events
from tests.fakes.feishu_server.messages import Board, Message, Reaction, wire_content
from tests.fakes.feishu_server.posts import Posts
from tests.fakes.feishu_server.refusals import Json, invalid, refuse
from tests.fakes.feishu_server.world import App, Ids, World

EMOJI = frozenset(
    {"OnIt", "Typing", "OneSecond", "DONE", "CrossMark", "THUMBSUP", "OK", "SMILE", "HEART", "Get", "LGTM", "CheckMark"}
)
_ID_TYPES = frozenset({"open_id", "union_id", "user_id", "email", "chat_id"})


@dataclass(slots=True, kw_only=True)
class MessageRoutes:
    """The routes under ``/im/v1/messages``."""

    app: App
    world: World
    posts: Posts
    board: Board
    events: Events
    clock: Clock
    ids: Ids

    def create(self, ask: Ask) -> Answer:
        """Write into a chat."""
        kind = ask.query.get("receive_id_type", "")
        if kind not in _ID_TYPES:
            invalid("receive_id_type", f"is one of {sorted(_ID_TYPES)}")
        receive_id = ask.form.get("receive_id")
        if not isinstance(receive_id, str) or not receive_id:
            invalid("receive_id", "is required")
        chat = self.world.receiver(kind, receive_id)
        return Answer(self.payload(self.posts.create(chat, ask.form, ask.size)))

    def reply(self, ask: Ask) -> Answer:
        """Answer a message."""
        parent = self.posts.known(ask.where["message"])
        return Answer(self.payload(self.posts.reply(parent, ask.form, ask.size)))

    def patch(self, ask: Ask) -> Answer:
        """Replace a card."""
        self.posts.patch(self._mine(ask), ask.form, ask.size)
        return Answer()

    def put(self, ask: Ask) -> Answer:
        """Edit a text or a post."""
        message = self._mine(ask)
        self.posts.put(message, ask.form, ask.size)
        return Answer(self.payload(message))

    def delete(self, ask: Ask) -> Answer:
        """Recall a message of the bot's own."""
        message = self._mine(ask)
        if message.gone:
            refuse(230011)
        if not message.by_bot:
            refuse(230050)
        message.recalled = True
        return Answer()

    def get(self, ask: Ask) -> Answer:
        """Read one message."""
        message = self.posts.known(ask.where["message"])
        if message.deleted:
            refuse(230110)
        return Answer({"items": [self.payload(message)]})

    def read_all(self, ask: Ask) -> Answer:
        """Read the messages of a chat or a thread, a page at a time."""
        found = sorted(self._contained(ask), key=lambda message: message.created)
        if ask.query.get("sort_type") == "ByCreateTimeDesc":
            found.reverse()
        size = min(int(ask.query.get("page_size", "20")), 50)
        start = int(ask.query.get("page_token") or "0")
        page, more = found[start : start + size], start + size < len(found)
        items = [self.payload(message) for message in page]
        return Answer({"items": items, "has_more": more, "page_token": str(start + size) if more else ""})

    def react(self, ask: Ask) -> Answer:
        """Put a reaction under a message."""
        message = self._mine(ask)
        kind = ask.form.get("reaction_type")
        emoji = kind.get("emoji_type") if isinstance(kind, dict) else None
        if emoji not in EMOJI:
            refuse(231001)
        if message.gone:
            refuse(231003)
        self.world.may_write(message.chat)
        reaction = Reaction(self.ids.new(""), str(emoji), None, self.clock.time())
        message.reactions.append(reaction)
        return Answer(self._reaction(reaction))

    def reactions(self, ask: Ask) -> Answer:
        """Read the reactions under a message."""
        message = self._mine(ask)
        return Answer({"items": [self._reaction(reaction) for reaction in message.reactions], "has_more": False})

    def unreact(self, ask: Ask) -> Answer:
        """Take the bot's own reaction back."""
        message = self._mine(ask)
        found = next((r for r in message.reactions if r.id == ask.where["reaction"]), None)
        if found is None or found.by is not None:
            refuse(231007)
        message.reactions.remove(found)
        return Answer(self._reaction(found))

    def payload(self, message: Message) -> Json:
        """Return a message as REST writes it."""
        sender, app = message.sender, self.app
        body: Json = {
            "message_id": message.id,
            "msg_type": message.kind,
            "create_time": str(int(message.created * 1000)),
            "update_time": str(int(message.now.at * 1000)),
            "deleted": message.gone,
            "updated": len(message.versions) > 1,
            "chat_id": message.chat.id,
            "sender": {
                "id": app.app_id if sender is None else sender.open_id,
                "id_type": "app_id" if sender is None else "open_id",
                "sender_type": "app" if sender is None else "user",
                "tenant_key": app.tenant_key,
            },
            "body": {"content": wire_content(message)},
        }
        if message.parent is not None and message.root is not None:
            body |= {"parent_id": message.parent.id, "root_id": message.root.id}
        if message.thread:
            body["thread_id"] = message.thread
        if message.mentions:
            body["mentions"] = [{**mention, "id": mention["id"]["open_id"]} for mention in message.mentions]
        return body

    def _contained(self, ask: Ask) -> list[Message]:
        kind, container = ask.query.get("container_id_type"), ask.query.get("container_id", "")
        start = float(ask.query.get("start_time") or 0)
        end = float(ask.query.get("end_time") or math.inf)
        if kind == "chat":
            chat = self.world.chats.get(container)
            if chat is None:
                refuse(230001, "invalid container_id")
            if not chat.with_bot:
                refuse(230002)
        elif kind != "thread":
            invalid("container_id_type", "is chat or thread")
        return [
            message
            for message in self.board
            if container in {message.chat.id, message.thread} and start <= int(message.created) <= end
        ]

    def _mine(self, ask: Ask) -> Message:
        return self.posts.known(ask.where["message"])

    def _reaction(self, reaction: Reaction) -> Json:
        by = reaction.by
        return {
            "reaction_id": reaction.id,
            "operator": {
                "operator_id": self.app.app_id if by is None else by.open_id,
                "operator_type": "app" if by is None else "user",
            },
            "action_time": str(int(reaction.at * 1000)),
            "reaction_type": {"emoji_type": reaction.emoji},
        }
