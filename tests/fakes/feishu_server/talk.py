"""Turns what people do into messages and events, and decides which of them the bot is told. Screens are elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.clicks import Clicks
from tests.fakes.feishu_server.deliveries import Deliveries, Delivery
from tests.fakes.feishu_server.events import Events, Mangle
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.messages import Board, Message, Version
from tests.fakes.feishu_server.posts import Posts
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.sniff import sniff
from tests.fakes.feishu_server.world import Chat, Ids, User, World

P2P_SCOPES = frozenset({"im:message.p2p_msg", "im:message.p2p_msg:readonly"})
AT_SCOPES = frozenset({"im:message.group_at_msg", "im:message.group_at_msg:readonly"})
ALL_SCOPE = "im:message.group_msg"


@dataclass(slots=True, kw_only=True)
class Talk:
    """The platform's side of people's clients."""

    world: World
    board: Board
    posts: Posts
    media: Media
    events: Events
    deliveries: Deliveries
    clicks: Clicks
    clock: Clock
    ids: Ids
    news: News

    def text(
        self,
        by: User,
        chat: Chat,
        text: str,
        *,
        mention: bool = True,
        parent: Message | None = None,
        in_thread: bool = False,
        mangle: Mangle | None = None,
    ) -> Message:
        """Write a text."""
        words, mentions = self._mentions(chat, text, to_bot=mention)
        return self._write(by, chat, "text", {"text": words}, mentions, parent, in_thread=in_thread, mangle=mangle)

    def post(
        self,
        by: User,
        chat: Chat,
        text: str,
        pictures: Sequence[bytes],
        *,
        title: str = "",
        mention: bool = True,
        parent: Message | None = None,
        mangle: Mangle | None = None,
    ) -> Message:
        """Write text with pictures; it reaches the bot without a language."""
        words, mentions = self._mentions(chat, text, to_bot=mention)
        line: list[Json] = []
        for part in re.split(r"(@_user_\d+|@_all)", words):
            if part.startswith("@_"):
                name = next((one["name"] for one in mentions if one["key"] == part), "all")
                line.append({"tag": "at", "user_id": part, "user_name": name, "style": []})
            elif part.strip():
                line.append({"tag": "text", "text": part, "style": []})
        images = [[self._picture(data)] for data in pictures]
        content: Json = {"title": title, "content": [*([line] if line else []), *images]}
        return self._write(by, chat, "post", content, mentions, parent, mangle=mangle)

    def image(self, by: User, chat: Chat, data: bytes, *, mangle: Mangle | None = None) -> Message:
        """Send a picture."""
        key = self.media.add_image(data, by_bot=False).key
        return self._write(by, chat, "image", {"image_key": key}, (), None, mangle=mangle)

    def file(self, by: User, chat: Chat, name: str, data: bytes, *, mangle: Mangle | None = None) -> Message:
        """Send a file."""
        is_video = sniff(data) == "mp4"
        medium = self.media.add_file(data, "mp4" if is_video else "stream", name, by_bot=False)
        content: Json = {"file_key": medium.key, "file_name": name}
        if is_video:
            content |= {"image_key": self.ids.new("img_v3_"), "duration": 5000}
        return self._write(by, chat, "media" if is_video else "file", content, (), None, mangle=mangle)

    def other(self, by: User, chat: Chat, kind: str, content: Json, *, mangle: Mangle | None = None) -> Message:
        """Send any other type of message."""
        return self._write(by, chat, kind, content, (), None, mangle=mangle)

    def recall(self, message: Message) -> Delivery | None:
        """Take a message back."""
        message.recalled = True
        return self.publish(self.events.recalled(message)) if message.chat.with_bot else None

    def react(self, by: User, message: Message, emoji: str) -> Delivery | None:
        """Put a reaction under a message."""
        return self.publish(self.events.reacted(message, by, emoji))

    def publish(self, event: Json, mangle: Mangle | None = None) -> Delivery | None:
        """Tell the bot, if its application subscribes to this type of event and is on."""
        app = self.world.app
        if event["header"]["event_type"] not in app.events or not app.enabled:
            return None
        return self.deliveries.send(mangle(event) if mangle else event)

    def tell_message(self, message: Message, mangle: Mangle | None = None) -> Delivery | None:
        """Tell the bot of a message that its scopes let it hear."""
        return self.publish(self.events.received(message), mangle) if self._hears(message) else None

    def _write(
        self,
        by: User,
        chat: Chat,
        kind: str,
        content: Json,
        mentions: Sequence[Json],
        parent: Message | None,
        *,
        in_thread: bool = False,
        mangle: Mangle | None = None,
    ) -> Message:
        assert by in chat.people, f"{by.name} is not in this chat"
        assert not chat.dissolved, "this chat is dissolved"
        now = self.clock.time()
        root = None if parent is None else parent.root or parent
        message = Message(
            self.ids.new("om_"), chat, by, kind, now, [Version(now, content)], root, parent, mentions=tuple(mentions)
        )
        message.thread = self.posts.thread_of(chat, parent, in_thread=in_thread)
        self.board.add(message)
        self.tell_message(message, mangle)
        return message

    def _mentions(self, chat: Chat, text: str, *, to_bot: bool) -> tuple[str, list[Json]]:
        """Return the text with placeholders, and whom they stand for."""
        bot = f"@{self.world.app.name}"
        if to_bot and not chat.p2p and bot not in text:
            text = f"{bot} {text}"
        found: list[Json] = []
        for name, ids in self._names(chat).items():
            if f"@{name}" in text:
                key = f"@_user_{len(found) + 1}"
                text = text.replace(f"@{name}", key)
                kind = "bot" if name == self.world.app.name else "user"
                tenant = self.world.app.tenant_key
                found.append({"key": key, "id": ids, "name": name, "mentioned_type": kind, "tenant_key": tenant})
        return text.replace("@all", "@_all"), found

    def _names(self, chat: Chat) -> dict[str, Json]:
        app = self.world.app
        names: dict[str, Json] = {app.name: {"open_id": app.bot_open_id, "union_id": "", "user_id": ""}}
        return names | {user.name: self.events.ids_of(user) for user in chat.people}

    def _picture(self, data: bytes) -> Json:
        return {"tag": "img", "image_key": self.media.add_image(data, by_bot=False).key, "width": 64, "height": 64}

    def _hears(self, message: Message) -> bool:
        app, chat = self.world.app, message.chat
        if not chat.with_bot or not app.bot_enabled:
            return False
        if chat.p2p:
            return bool(app.scopes & P2P_SCOPES)
        at_bot = any(one["id"]["open_id"] == app.bot_open_id for one in message.mentions)
        return ALL_SCOPE in app.scopes or (at_bot and bool(app.scopes & AT_SCOPES))
