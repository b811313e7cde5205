"""Events and callbacks as the platform writes them, version 2.0 (reference section 3). Who gets them is not here."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.messages import Message, wire_content
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.world import CARD_CLICK, App, Chat, Ids, User

Mangle = Callable[[Json], Json]
"""Changes an event before it is sent, for what the platform may do one day."""

AGENT = "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Lark/7.32.4 LarkLocale/{locale} Channel/Feishu"


class Events:
    """Builds the JSON of events."""

    def __init__(self, app: App, clock: Clock, ids: Ids) -> None:
        self._app = app
        self._clock = clock
        self._ids = ids

    def wrap(self, kind: str, body: Mapping[str, Any]) -> Json:
        """Return an event of this type with its header."""
        header = {
            "event_id": self._ids.new(""),
            "token": self._app.verification_token,
            "create_time": str(self._now()),
            "event_type": kind,
            "tenant_key": self._app.tenant_key,
            "app_id": self._app.app_id,
        }
        return {"schema": "2.0", "header": header, "event": dict(body)}

    def received(self, message: Message) -> Json:
        """Return that somebody (a person or a bot) wrote a message."""
        sender = message.sender
        who = self.ids_of(sender) if sender else {"open_id": self._app.bot_open_id, "union_id": "", "user_id": ""}
        body: Json = {
            "sender": {
                "sender_id": who,
                "sender_type": "user" if sender else "bot",
                "tenant_key": self._app.tenant_key,
            },
            "message": self._message(message),
        }
        return self.wrap("im.message.receive_v1", body)

    def recalled(self, message: Message) -> Json:
        """Return that a message was recalled."""
        body = {
            "message_id": message.id,
            "chat_id": message.chat.id,
            "recall_time": str(self._now()),
            "recall_type": "message_owner",
        }
        return self.wrap("im.message.recalled_v1", body)

    def bot_moved(self, chat: Chat, by: User, *, added: bool) -> Json:
        """Return that the bot was added to a group or removed from it."""
        kind = "im.chat.member.bot.added_v1" if added else "im.chat.member.bot.deleted_v1"
        return self.wrap(kind, {**self._about(chat, by), "name": chat.name, "i18n_names": {"zh_cn": chat.name}})

    def disbanded(self, chat: Chat, by: User) -> Json:
        """Return that a group was dissolved."""
        return self.wrap("im.chat.disbanded_v1", {**self._about(chat, by), "name": chat.name})

    def entered(self, chat: Chat, by: User, last: Message | None) -> Json:
        """Return that a person has opened the chat with the bot."""
        body: Json = {"chat_id": chat.id, "operator_id": self.ids_of(by)}
        if last is not None:
            body |= {"last_message_id": last.id, "last_message_create_time": str(int(last.created * 1000))}
        return self.wrap("im.chat.access_event.bot_p2p_chat_entered_v1", body)

    def menu(self, by: User, key: str) -> Json:
        """Return that a person chose from the bot's menu; there is no chat in it."""
        operator = {"operator_name": by.name, "operator_id": self.ids_of(by)}
        return self.wrap("application.bot.menu_v6", {"operator": operator, "event_key": key, "timestamp": self._now()})

    def reacted(self, message: Message, by: User, emoji: str) -> Json:
        """Return that a person put a reaction under a message."""
        body = {
            "message_id": message.id,
            "reaction_type": {"emoji_type": emoji},
            "operator_type": "user",
            "user_id": self.ids_of(by),
            "action_time": str(self._now()),
        }
        return self.wrap("im.message.reaction.created_v1", body)

    def clicked(self, message: Message, by: User, action: Json, token: str) -> Json:
        """Return that a person used a card."""
        body = {
            "operator": {"tenant_key": self._app.tenant_key, **self.ids_of(by)},
            "token": token,
            "action": action,
            "host": "im_message",
            "context": {"open_message_id": message.id, "open_chat_id": message.chat.id},
        }
        return self.wrap(CARD_CLICK, body)

    def ids_of(self, user: User) -> Json:
        """Return a person's ids; ``user_id`` only with the scope for it."""
        known = "contact:user.employee_id:readonly" in self._app.scopes
        return {"open_id": user.open_id, "union_id": user.union_id, "user_id": user.user_id if known else None}

    def _about(self, chat: Chat, by: User) -> Json:
        return {
            "chat_id": chat.id,
            "operator_id": self.ids_of(by),
            "external": False,
            "operator_tenant_key": self._app.tenant_key,
        }

    def _message(self, message: Message) -> Json:
        body: Json = {
            "message_id": message.id,
            "create_time": str(int(message.created * 1000)),
            "update_time": str(int(message.now.at * 1000)),
            "chat_id": message.chat.id,
            "chat_type": "p2p" if message.chat.p2p else "group",
            "message_type": message.kind,
            "content": wire_content(message),
        }
        if message.parent is not None and message.root is not None:
            body |= {"parent_id": message.parent.id, "root_id": message.root.id}
        if message.thread:
            body["thread_id"] = message.thread
        if message.mentions:
            body["mentions"] = [dict(mention) for mention in message.mentions]
        if "im:user_agent:read" in self._app.scopes and message.sender is not None:
            language, _, country = message.sender.locale.partition("_")
            body["user_agent"] = AGENT.format(locale=f"{language}_{country.upper()}")
        return body

    def _now(self) -> int:
        return int(self._clock.time() * 1000)
