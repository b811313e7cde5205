"""What the application has to be allowed, and what has to be subscribed to (reference section 15). Asking: ``checkup``.

One list for everybody who needs it: the code that makes an application asks for exactly this, the doctor looks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.platforms.feishu.events import CLICK, Kind


@dataclass(frozen=True, slots=True)
class Need:
    """A permission. ``others`` hold it as well; ``without`` is what goes wrong without any of them."""

    scope: str
    without: str
    others: tuple[str, ...] = ()
    vital: bool = True


SAY = Need("im:message:send_as_bot", "Limner cannot answer anybody", others=("im:message", "im:message:send"))
CHANGE = Need(
    "im:message:update", "cards stay as they are sent: no progress, and no result on them", others=("im:message",)
)
FILES = Need("im:resource", "no picture and no video in the chat, only links", others=("im:resource:upload",))
READ = Need(
    "im:message:readonly",
    "the picture of a message that somebody replies to is not found",
    others=("im:message",),
    vital=False,
)
HEAR_ONE = Need("im:message.p2p_msg:readonly", "nobody is heard in their own chat with the bot")
HEAR_GROUP = Need("im:message.group_at_msg:readonly", "nobody is heard in groups")
LANGUAGE = Need("im:user_agent:read", "people are answered in the region's language until they use /lang", vital=False)

HEARING = (HEAR_ONE, HEAR_GROUP)
"""They show only in what arrives; no call needs them."""

NEEDS = (SAY, CHANGE, FILES, READ, *HEARING, LANGUAGE)
"""Everything that is used."""

EVENTS = tuple(Kind)
CALLBACKS = (CLICK,)


def wanted() -> Mapping[str, object]:
    """Return everything that is needed, in the form in which an application is asked for."""
    return {
        "scopes": {"tenant": [need.scope for need in NEEDS]},
        "events": {"items": {"tenant": [kind.value for kind in EVENTS]}},
        "callbacks": {"items": list(CALLBACKS)},
    }
