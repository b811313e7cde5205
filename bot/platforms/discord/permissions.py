"""Which permissions Limner needs, each with its reason, and which it has somewhere. Asking Discord is in ``standing``.

A person's command is answered without any of these: Discord lets an app answer wherever it was called. They are about
what Limner says by itself, above all the result of whatever takes longer than an answer may (section 1.3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from urllib.parse import urlencode

AUTHORIZE = "https://discord.com/oauth2/authorize"
_SERVER, _PERSON = 0, 1
_ROLE, _MEMBER = 0, 1


class Permission(IntFlag):
    """The permissions that are used here, by their bits on the wire."""

    ADMINISTRATOR = 1 << 3
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    SEND_MESSAGES_IN_THREADS = 1 << 38


@dataclass(frozen=True, slots=True)
class Need:
    """A permission, its name in Discord's settings, and what breaks without it.

    Not ``vital``: everything still arrives. ``unless`` is the media mode in which nothing needs it.
    """

    permission: Permission
    name: str
    without: str
    vital: bool = True
    unless: str = ""


NEEDS = (
    Need(
        Permission.VIEW_CHANNEL,
        "View Channel",
        "after 14 minutes Limner cannot reach the channel: results have to be fetched, or come as a DM",
    ),
    Need(
        Permission.SEND_MESSAGES,
        "Send Messages",
        "results that take longer than 14 minutes have to be fetched, or come as a DM",
    ),
    Need(
        Permission.SEND_MESSAGES_IN_THREADS,
        "Send Messages in Threads",
        "the same in threads",
    ),
    Need(
        Permission.EMBED_LINKS,
        "Embed Links",
        "the link under a result shows no preview, which is all there is where the gallery stays empty",
        unless="upload",
    ),
    Need(
        Permission.ATTACH_FILES,
        "Attach Files",
        "no result as a file, and no very long link or list, which go as files",
    ),
    Need(
        Permission.READ_MESSAGE_HISTORY,
        "Read Message History",
        "a result does not point at its order, and the preview stays below a gallery that is shown",
        vital=False,
    ),
)
"""All of them, and no other: nothing is managed, nobody is watched, no message is read."""

WANTED = sum(need.permission for need in NEEDS)
"""The number that goes into the link for servers."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a channel allows and denies to a role (``kind`` 0) or to a member (1)."""

    of: str
    kind: int
    allow: int
    deny: int


def server_link(application: str) -> str:
    """Return the address that adds Limner to a server with what it needs."""
    scopes = "bot applications.commands"
    return _link(application, scope=scopes, permissions=str(WANTED), integration_type=str(_SERVER))


def person_link(application: str) -> str:
    """Return the address with which a person brings Limner along everywhere."""
    return _link(application, scope="applications.commands", integration_type=str(_PERSON))


def _link(application: str, **fields: str) -> str:
    return f"{AUTHORIZE}?{urlencode({'client_id': application, **fields})}"


def permitted(server: str, member: str, roles: Iterable[tuple[str, int]], rules: Sequence[Rule] = ()) -> int:
    """Return what a member may do in a channel with these rules; without, what they may do in general.

    ``roles`` are theirs, each with what it allows; that of everybody has the server's own id.
    """
    theirs = dict(roles)
    may = 0
    for allowed in theirs.values():
        may |= allowed
    everybody = [rule for rule in rules if rule.of == server]
    by_role = [rule for rule in rules if rule.kind == _ROLE and rule.of in theirs and rule.of != server]
    own = [rule for rule in rules if rule.kind == _MEMBER and rule.of == member]
    # In this order: what a role allows counts more than what another denies, and the member's own counts most.
    for group in (everybody, by_role, own):
        for rule in group:
            may &= ~rule.deny
        for rule in group:
            may |= rule.allow
    return may


def missing(may: int, media_mode: str, *, in_thread: bool | None = None) -> Sequence[Need]:
    """Return what is missing; for an administrator that is nothing.

    ``in_thread`` leaves out what only the other kind of place needs, ``None`` nothing.
    """
    if may & Permission.ADMINISTRATOR:
        return ()
    elsewhere = Permission(0)
    if in_thread is not None:
        elsewhere = Permission.SEND_MESSAGES if in_thread else Permission(0)
    return [n for n in NEEDS if not may & n.permission and n.unless != media_mode and n.permission != elsewhere]
