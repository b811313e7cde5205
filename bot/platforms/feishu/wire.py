"""Feishu's names, paths and codes, and the few fields that are read from its answers. Events are in ``events``."""

from enum import IntEnum
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Json: TypeAlias = dict[str, object]
"""An object on its way to Feishu."""

NAME = "feishu"
"""The platform's name in addresses, for Feishu and for Lark."""

DOMAINS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
"""Where the API is, by region; an application belongs to one of them (section 8)."""

API = "/open-apis/"
ENDPOINT = "/callback/ws/endpoint"
TOKEN = "auth/v3/tenant_access_token/internal"  # noqa: S105 - a path
BOT = "bot/v3/info"
MESSAGES = "im/v1/messages"
IMAGES = "im/v1/images"
FILES = "im/v1/files"


def message(name: str) -> str:
    """Return the path of a message."""
    return f"{MESSAGES}/{name}"


def reply(name: str) -> str:
    """Return the path of the answers to a message."""
    return f"{MESSAGES}/{name}/reply"


def resource(name: str, key: str) -> str:
    """Return the path of what a message holds."""
    return f"{MESSAGES}/{name}/resources/{key}"


class Code(IntEnum):
    """The error codes that mean something of their own (reference sections 1.1 and 9)."""

    BUSY = 1
    INTERNAL = 2200
    BAD_SECRET = 10014
    UNKNOWN_APP = 10015
    CHAT_TOO_OFTEN = 11232
    CARD_TOO_OFTEN = 11233
    CARD_NOT_CREATED = 11246
    TOO_OFTEN_ELSEWHERE = 11247
    CARD_TOO_MUCH = 11310
    BEING_SENT_ELSEWHERE = 18121
    CARD_CALLBACK_MISSING = 200340
    BAD_PARAMETER = 230001
    NOT_IN_CHAT = 230002
    BOT_OFF = 230006
    RECALLED = 230011
    PERSON_UNAVAILABLE = 230013
    NOT_SHAREABLE = 230015
    FOREIGN_RESOURCE = 230017
    CHAT_FORBIDS = 230018
    TOPIC_GONE = 230019
    TOO_OFTEN_HERE = 230020
    SENSITIVE = 230022
    TOO_LONG = 230025
    NO_PERMISSION = 230027
    AUDITED = 230028
    PERSON_GONE = 230029
    CARD_TOO_OLD = 230031
    BAD_RECEIVER = 230034
    MUTED = 230035
    ENCRYPTED_CHAT = 230036
    OTHER_TENANT = 230038
    BEING_SENT = 230049
    INVISIBLE = 230050
    PERSON_STOPPED = 230053
    TYPE_UNSUPPORTED = 230054
    TYPE_MISMATCH = 230055
    NO_THREADS = 230071
    NO_MORE_EDITS = 230072
    KIND_NOT_EDITABLE = 230073
    EDITING_OVER = 230074
    NOT_EDITABLE = 230075
    CARD_CONTENT = 230099
    ONLY_REPLIES = 230101
    DELETED = 230110
    SELF_DESTROYED = 230111
    MESSAGE_UNKNOWN = 231003
    CHAT_DISSOLVED = 232009
    CHAT_DISABLED = 232096
    UPLOAD_PARAMETER = 234001
    UPLOAD_FORBIDDEN = 234002
    NOT_IN_MESSAGE = 234003
    APP_NOT_IN_CHAT = 234004
    FILE_TOO_BIG = 234006
    FILE_EMPTY = 234010
    FORMAT = 234011
    DOWNLOAD_TOO_BIG = 234037
    DOWNLOAD_FORBIDDEN = 234038
    RESOLUTION = 234039
    TYPE_HAS_NO_FILES = 234043
    CARD_BUSY = 300120
    CARD_IS_ENTITY = 300317
    LIMITED = 99991400
    IP_FORBIDDEN = 99991401
    QUOTA = 99991403
    TOKEN_MISSING = 99991661
    APP_OFF = 99991662
    TOKEN_INVALID = 99991663
    TOKEN_WRONG = 99991664
    TOKEN_OTHER = 99991665
    TOKEN_UNKNOWN = 99991668
    TOKEN_KIND = 99991671
    SCOPE_MISSING = 99991672
    NOT_INSTALLED = 99991673
    SCOPE_OF_USER_MISSING = 99991679
    FOREIGN_PERSON = 99992361
    BAD_FIELD = 99992402
    CONNECTION_REFUSED = 403
    CONNECTION_INTERNAL = 1000040343
    NO_CREDENTIAL = 1000040344
    SYSTEM_BUSY = 1000040345
    TOO_MANY_CONNECTIONS = 1000040350
    WRONG_DOMAIN = 1000040351


DEAD_TOKEN = frozenset(
    {
        Code.TOKEN_MISSING,
        Code.TOKEN_INVALID,
        Code.TOKEN_WRONG,
        Code.TOKEN_OTHER,
        Code.TOKEN_UNKNOWN,
        Code.TOKEN_KIND,
    }
)
"""Refusals before anything was done: a fresh token and one more try (section 8)."""


class Read(BaseModel):
    """What Feishu says; what we do not know of it is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Trouble(Read):
    """The part of an answer that helps its operators to find it again."""

    log_id: str = ""


class Envelope(Read):
    """What every answer is wrapped in."""

    code: int = 0
    msg: str = ""
    data: dict[str, object] | None = None
    error: Trouble = Trouble()


class Nothing(Read):
    """An answer whose content does not matter."""


class TenantToken(Read):
    """The token of the application; ``expire`` is in seconds."""

    tenant_access_token: str
    expire: int = 7200


class Bot(Read):
    """Who we are here."""

    open_id: str = ""
    app_name: str = ""
    activate_status: int = 0


class BotInfo(Read):
    """The answer about the bot, which has no ``data``."""

    bot: Bot


class ClientConfig(Read):
    """How patient Feishu wants a connection to be, in seconds; what is missing stays as it was."""

    ping_interval: int | None = Field(default=None, alias="PingInterval", gt=0)


class Endpoint(Read):
    """Where the long connection is: an address for one use, with a ticket in it."""

    url: str = Field(alias="URL", repr=False)
    config: ClientConfig = Field(default=ClientConfig(), alias="ClientConfig")


class MessageBody(Read):
    """The content of a message, which is JSON in a text."""

    content: str = ""


class MessageSender(Read):
    """Who has written a message; for a bot ``id`` is its application's."""

    id: str = ""
    sender_type: str = ""


class StoredMessage(Read):
    """A message as Feishu gives it back."""

    message_id: str
    msg_type: str = ""
    root_id: str = ""
    parent_id: str = ""
    chat_id: str = ""
    deleted: bool = False
    sender: MessageSender = MessageSender()
    body: MessageBody = MessageBody()


class StoredMessages(Read):
    """The answer to a question for messages."""

    items: tuple[StoredMessage, ...] = ()
