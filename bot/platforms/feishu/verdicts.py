"""What Feishu's error codes mean for what we wanted to say (reference section 9). Acting on that is in ``delivery``.

Feishu's own words for them are technical, in two languages at once, and never shown to anybody.
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.core.lark import Why
from bot.platforms.feishu.client import NotTaken
from bot.platforms.feishu.wire import DEAD_TOKEN, Code


class Verdict(StrEnum):
    """What to do after a refusal."""

    WAIT = "wait"  # too often: the same again when the chat says so
    AGAIN = "again"  # the same again soon, under the same uuid
    OPERATOR = "operator"  # nothing works until the operator has done something: the same again, rarely
    FRESH = "fresh"  # that message cannot be changed or answered any more: a new one
    WITHOUT_THREAD = "without_thread"  # the same outside of the topic
    PLAIN = "plain"  # this form is not taken: a simpler one
    BLOCKED = "blocked"  # the words are not let through: without the person's own
    RELOAD = "reload"  # the file is not known any more: once more with a new upload
    CHAT_CLOSED = "chat_closed"  # we cannot write in that chat: to the person directly
    PERSON_CLOSED = "person_closed"  # this person cannot be written to


_CODES: Mapping[Verdict, frozenset[Code]] = {
    Verdict.WAIT: frozenset(
        {Code.TOO_OFTEN_HERE, Code.CHAT_TOO_OFTEN, Code.CARD_TOO_OFTEN, Code.TOO_OFTEN_ELSEWHERE, Code.LIMITED}
    ),
    Verdict.AGAIN: DEAD_TOKEN | {Code.BUSY, Code.BEING_SENT, Code.BEING_SENT_ELSEWHERE, Code.INTERNAL, Code.CARD_BUSY},
    Verdict.OPERATOR: frozenset(
        {Code.BOT_OFF, Code.NO_PERMISSION, Code.SCOPE_MISSING, Code.SCOPE_OF_USER_MISSING, Code.APP_OFF}
        | {Code.NOT_INSTALLED, Code.IP_FORBIDDEN, Code.QUOTA, Code.BAD_SECRET, Code.UNKNOWN_APP}
    ),
    Verdict.FRESH: frozenset(
        {Code.RECALLED, Code.DELETED, Code.SELF_DESTROYED, Code.MESSAGE_UNKNOWN, Code.CARD_TOO_OLD, Code.ONLY_REPLIES}
        | {Code.NO_MORE_EDITS, Code.KIND_NOT_EDITABLE, Code.EDITING_OVER, Code.NOT_EDITABLE, Code.CARD_IS_ENTITY}
    ),
    Verdict.WITHOUT_THREAD: frozenset({Code.TOPIC_GONE, Code.NO_THREADS}),
    Verdict.PLAIN: frozenset(
        {Code.BAD_PARAMETER, Code.BAD_FIELD, Code.TOO_LONG, Code.TYPE_UNSUPPORTED, Code.TYPE_MISMATCH}
        | {Code.CARD_CONTENT, Code.CARD_NOT_CREATED, Code.CARD_TOO_MUCH, Code.CARD_CALLBACK_MISSING}
    ),
    Verdict.BLOCKED: frozenset({Code.SENSITIVE, Code.AUDITED}),
    Verdict.RELOAD: frozenset({Code.FOREIGN_RESOURCE}),
    Verdict.CHAT_CLOSED: frozenset(
        {Code.NOT_IN_CHAT, Code.CHAT_FORBIDS, Code.MUTED, Code.CHAT_DISSOLVED, Code.CHAT_DISABLED}
    ),
    Verdict.PERSON_CLOSED: frozenset(
        {Code.PERSON_UNAVAILABLE, Code.PERSON_GONE, Code.BAD_RECEIVER, Code.ENCRYPTED_CHAT, Code.OTHER_TENANT}
        | {Code.INVISIBLE, Code.PERSON_STOPPED, Code.FOREIGN_PERSON}
    ),
}
_VERDICTS: Mapping[int, Verdict] = {code: verdict for verdict, codes in _CODES.items() for code in codes}

_REASONS: Mapping[int, Why] = {
    Code.FILE_TOO_BIG: Why.TOO_BIG,
    Code.RESOLUTION: Why.TOO_BIG,
    Code.FILE_EMPTY: Why.FORMAT,
    Code.FORMAT: Why.FORMAT,
    Code.UPLOAD_FORBIDDEN: Why.NO_PERMISSION,
    Code.NO_PERMISSION: Why.NO_PERMISSION,
    Code.SCOPE_MISSING: Why.NO_PERMISSION,
    Code.SCOPE_OF_USER_MISSING: Why.NO_PERMISSION,
}
REENCODED = frozenset({Code.FILE_TOO_BIG, Code.FORMAT, Code.RESOLUTION})
"""Refusals of an upload after which another encoding of the same thing may be taken."""

PAUSES: Mapping[Verdict, float] = {Verdict.WAIT: 1.0, Verdict.AGAIN: 3.0, Verdict.OPERATOR: 60.0}
"""Seconds until the same is tried again where Feishu does not say."""

_SERVER_TROUBLE = 500
_BUSY = frozenset({408, 429})


def verdict(no: NotTaken) -> Verdict:
    """Return what to do after a refusal; one that we do not know speaks against the form of the message."""
    if no.code in _VERDICTS:
        return _VERDICTS[no.code]
    if no.unclear or not no.status or no.status >= _SERVER_TROUBLE:
        return Verdict.AGAIN
    return Verdict.WAIT if no.status in _BUSY else Verdict.PLAIN


def passes(no: NotTaken) -> bool:
    """Return whether the same may well be taken later."""
    return verdict(no) in PAUSES


def pause(no: NotTaken) -> float | None:
    """Return the seconds until the same is worth another try; ``None`` where nobody can know."""
    return no.retry_after or (PAUSES.get(verdict(no)) if no.code in _VERDICTS else None)


def why(no: NotTaken) -> Why:
    """Return why a file that was refused is only a link."""
    return _REASONS.get(no.code, Why.NOT_TAKEN)
