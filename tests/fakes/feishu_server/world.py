"""Who and what there is: the application, people, chats and what is allowed in them. No message and no wire format."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.fakes.feishu_server.refusals import refuse

LOCALES = (
    *("zh_cn", "en_us", "zh_hk", "zh_tw", "ja_jp", "id_id", "vi_vn", "th_th"),
    *("pt_br", "es_es", "ko_kr", "de_de", "fr_fr", "it_it", "ru_ru", "ms_my"),
)
"""The languages a client can have, and the only keys of texts per viewer."""

EVENTS = frozenset(
    {
        "im.message.receive_v1",
        "im.message.recalled_v1",
        "im.message.message_read_v1",
        "im.message.reaction.created_v1",
        "im.chat.member.bot.added_v1",
        "im.chat.member.bot.deleted_v1",
        "im.chat.disbanded_v1",
        "im.chat.updated_v1",
        "im.chat.access_event.bot_p2p_chat_entered_v1",
        "application.bot.menu_v6",
    }
)
CARD_CLICK = "card.action.trigger"
SCOPES = frozenset(
    {
        "im:message:send_as_bot",
        "im:message:update",
        "im:message:recall",
        "im:message:readonly",
        "im:message.p2p_msg:readonly",
        "im:message.group_at_msg:readonly",
        "im:message.reactions:write_only",
        "im:resource",
        "im:chat:readonly",
        "cardkit:card:write",
    }
)
"""What the application was granted unless a test says otherwise: neither all group messages nor the user agent."""


@dataclass(slots=True, eq=False)
class App:
    """A self-built application with its bot. ``events`` and ``callbacks`` are what its console subscribes to."""

    app_id: str
    secret: str
    bot_open_id: str
    name: str = "Limner"
    encrypt_key: str = ""
    verification_token: str = ""
    tenant_key: str = "736588c9260f175d"
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    events: set[str] = field(default_factory=lambda: set(EVENTS))
    callbacks: set[str] = field(default_factory=lambda: {CARD_CLICK})
    enabled: bool = True
    bot_enabled: bool = True
    personal: bool = False


@dataclass(slots=True, eq=False)
class User:
    """A person. ``open_id`` is theirs in this application; ``foreign_open_id`` in another one.

    ``available`` = within the application's range; ``stopped`` = told the bot to send no more; ``left`` = resigned.
    """

    name: str
    open_id: str
    union_id: str
    user_id: str
    locale: str = "en_us"
    available: bool = True
    stopped: bool = False
    left: bool = False

    @property
    def foreign_open_id(self) -> str:
        """Return the id another application knows them by."""
        return f"ou_other{self.open_id[8:]}"


@dataclass(slots=True, eq=False)
class Chat:
    """A place for messages. ``topics`` = every message starts or answers a topic. A p2p chat has one person.

    ``muted`` = only owners may write; ``blocked`` are the words the audit stops; ``restricted`` = nothing leaves it.
    """

    id: str
    name: str = ""
    p2p: bool = False
    topics: bool = False
    threads: bool = True
    people: list[User] = field(default_factory=list)
    with_bot: bool = True
    muted: bool = False
    dissolved: bool = False
    restricted: bool = False
    blocked: set[str] = field(default_factory=set)

    def blocks(self, text: str) -> bool:
        """Tell whether the audit stops this text."""
        return any(word in text for word in self.blocked)


class Ids:
    """Gives ids that look like the platform's and never come twice."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return an id such as ``om_…``."""
        self._count += 1
        return f"{prefix}{self._random.getrandbits(96):024x}{self._count:08x}"


class World:
    """Everything that is there, and the only place where it changes."""

    def __init__(self, ids: Ids, app: App) -> None:
        self._ids = ids
        self.app = app
        self.users: list[User] = []
        self.chats: dict[str, Chat] = {}
        self.foreign_keys: set[str] = set()

    def add_user(self, name: str, *, locale: str = "en_us") -> User:
        """Bring in a person."""
        assert locale in LOCALES, f"clients speak only {LOCALES}"
        user = User(name, self._ids.new("ou_"), self._ids.new("on_"), self._ids.new("")[:8], locale)
        self.users.append(user)
        return user

    def add_group(self, name: str, people: Iterable[User] = (), *, topics: bool = False, with_bot: bool = True) -> Chat:
        """Create a group."""
        chat = Chat(self._ids.new("oc_"), name, topics=topics, people=list(people), with_bot=with_bot)
        self.chats[chat.id] = chat
        return chat

    def dm(self, user: User) -> Chat:
        """Return the chat between a person and the bot; it is created the first time."""
        for chat in self.chats.values():
            if chat.p2p and chat.people == [user]:
                return chat
        chat = Chat(self._ids.new("oc_"), p2p=True, threads=False, people=[user])
        self.chats[chat.id] = chat
        return chat

    def bot_groups(self) -> Iterator[Chat]:
        """Return the groups the bot is in."""
        return (chat for chat in self.chats.values() if not chat.p2p and chat.with_bot and not chat.dissolved)

    def foreign_key(self, prefix: str = "img_v3_") -> str:
        """Return the key of an image or file that another application has uploaded."""
        key = self._ids.new(prefix)
        self.foreign_keys.add(key)
        return key

    def receiver(self, kind: str, receive_id: str) -> Chat:
        """Return the chat that a message goes to. Refused with 230034, 99992361 and 230013."""
        if kind == "chat_id":
            chat = self.chats.get(receive_id)
            if chat is None:
                refuse(230034, "Bot/User can NOT be out of the chat or invalid receive_id.")
            return chat
        if kind == "open_id" and any(user.foreign_open_id == receive_id for user in self.users):
            refuse(99992361)
        for user in self.users:
            if receive_id == {"open_id": user.open_id, "union_id": user.union_id, "user_id": user.user_id}.get(kind):
                if not user.available or user.left:
                    refuse(230013 if not user.left else 230029)
                return self.dm(user)
        return refuse(230034)

    def may_write(self, chat: Chat) -> None:
        """Let the bot write here. Refused with 230006, 232009, 230002, 230018, 230053."""
        if not self.app.bot_enabled:
            refuse(230006)
        if chat.dissolved:
            refuse(232009)
        if not chat.with_bot:
            refuse(230002)
        if chat.muted:
            refuse(230018)
        if chat.p2p and chat.people[0].stopped:
            refuse(230053)
