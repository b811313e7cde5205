"""Why Limner itself says no, as a closed set of codes with data. The sentences for them are in ``core.wording``.

::

    LimnerError
    |- Refused(code, data)      what a person asked cannot be done as asked: nothing was stored or spent
    |- Conflict                 somebody else changed the job first
    |- AlreadySeen              the platform delivered this event before
    |- OverBudget               a reservation does not fit into a budget
    |- BooksRefuse              an entry cannot follow what the books hold already
    |- StoreTrouble(code)       the database cannot take the change now
    |- PlatformTrouble(...)     the chat did not take what we said
    `- SettingsProblem          the operator's settings cannot be used
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.text import Value


class RefusalCode(StrEnum):
    """Why something that a person asked is not done. Closed; each has a sentence and a docs entry."""

    UNKNOWN_COMMAND = "unknown_command"
    NOT_A_COMMAND = "not_a_command"
    EMPTY_PROMPT = "empty_prompt"
    EMPTY_QUESTION = "empty_question"
    SAID_TWICE = "said_twice"
    PROMPT_TOO_LONG = "prompt_too_long"
    UNKNOWN_SETTING = "unknown_setting"
    NO_SETTINGS = "no_settings"
    VALUE_NOT_OFFERED = "value_not_offered"
    COMBINATION_NOT_OFFERED = "combination_not_offered"
    COUNT_NOT_OFFERED = "count_not_offered"
    UNKNOWN_MODEL = "unknown_model"
    AMBIGUOUS_MODEL = "ambiguous_model"
    AGAINST_RULES = "against_rules"
    NOT_OFFERED = "not_offered"
    NO_BALANCE = "no_balance"
    ON_OR_OFF = "on_or_off"
    UNKNOWN_ROLE = "unknown_role"
    ROLES_DIFFER = "roles_differ"
    NO_MODELS = "no_models"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_LANGUAGE = "unknown_language"
    PICTURE_NEEDED = "picture_needed"
    TOO_MANY_PICTURES = "too_many_pictures"
    NO_PICTURES = "no_pictures"
    TWO_FRAMES_NEEDED = "two_frames_needed"
    ROLE_NEEDED = "role_needed"
    PICTURE_NOT_HTTPS = "picture_not_https"
    PICTURE_PRIVATE = "picture_private"
    PICTURE_UNREACHABLE = "picture_unreachable"
    PICTURE_TOO_BIG = "picture_too_big"
    PICTURE_NOT_A_PICTURE = "picture_not_a_picture"
    RESULT_NEEDED = "result_needed"
    NO_SUCH_RESULT = "no_such_result"
    RESULT_UNFIT = "result_unfit"
    CATALOGUE_UNREACHABLE = "catalogue_unreachable"
    ACCESS_INVALID = "access_invalid"
    NO_EXACT_PRICE = "no_exact_price"
    NOT_YOURS = "not_yours"
    ALREADY_STARTED = "already_started"
    OVER = "over"
    EXPIRED = "expired"
    NO_SUCH_JOB = "no_such_job"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    MESSAGE_TOO_LONG = "message_too_long"
    BUDGET_SPENT = "budget_spent"
    BUDGET_UNPRICED = "budget_unpriced"
    NOT_ALLOWED = "not_allowed"
    ADULTS_ONLY = "adults_only"
    UNWANTED_WORDS = "unwanted_words"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVERS_ONLY = "approvers_only"
    NOT_YOUR_OWN = "not_your_own"
    ADMINS_ONLY = "admins_only"
    BUDGET_UNREADABLE = "budget_unreadable"
    TOO_MANY_OPEN = "too_many_open"
    TOO_MUCH_WORK = "too_much_work"
    TOO_FAST = "too_fast"
    STORE_FULL = "store_full"
    STORE_BUSY = "store_busy"


class LimnerError(Exception):
    """The root of everything that Limner raises on purpose."""


class Refused(LimnerError):
    """Something a person asked is not done; ``data`` fills the sentence of ``code``."""

    def __init__(self, code: RefusalCode, **data: Value) -> None:
        super().__init__(code.value)
        self.code = code
        self.data: Mapping[str, Value] = data


class Conflict(LimnerError):
    """The job was changed by somebody else since it was read: this writer is stale and stops."""


class AlreadySeen(LimnerError):
    """This inbound event was already handled; its effect stands."""


class OverBudget(LimnerError):
    """The reservation of a change does not fit into a budget: nothing of the change was done."""


class BooksRefuse(LimnerError):
    """An entry cannot follow what the books hold already, such as a second settling: nothing of it was done."""


class StoreTrouble(LimnerError):
    """The database cannot take the change: nothing of it was done."""

    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(f"{code.value}: {detail}")
        self.code = code


class PlatformTrouble(LimnerError):
    """The chat did not take a message. ``gone`` means it never will (place deleted, bot removed)."""

    def __init__(self, detail: str, *, gone: bool = False, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.gone = gone
        self.retry_after = retry_after


class SettingsProblem(LimnerError):
    """The settings cannot be used; the message names the field and what is allowed."""


class Unregistered(LimnerError):
    """A chat has made no application for us; the message says why and what to do, and holds no secret."""
