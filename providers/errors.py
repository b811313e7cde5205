"""What can go wrong at a provider, as a closed set of codes. The sentences people read are not here.

::

    ProviderError(code, detail, sent, data)
    PictureError(problem, data)
"""

from collections.abc import Mapping
from enum import StrEnum


class FailureCode(StrEnum):
    """Why a provider did not do what was asked. Closed: every adapter maps onto these."""

    KEY_INVALID = "key_invalid"  # the operator's key is missing, wrong or revoked
    NO_POINTS = "no_points"  # the provider account has too few points
    SUBSCRIPTION_NEEDED = "subscription_needed"  # the model belongs to a higher plan
    PRICE_MISMATCH = "price_mismatch"  # the provider computed another price than ours
    NO_SUCH_COMBINATION = "no_such_combination"  # no price row for these settings
    MODEL_MISMATCH = "model_mismatch"  # the settings belong to another model or task
    SETTINGS_REFUSED = "settings_refused"  # a setting has a value that the provider refuses
    CATALOGUE_STALE = "catalogue_stale"  # the model list we used is out of date
    SIZE_TOO_SMALL = "size_too_small"  # data: pixels = the least number of pixels, when it was said
    PICTURE_REFUSED = "picture_refused"  # an input picture could not be read, uploaded or approved
    CONTENT_REFUSED = "content_refused"  # the provider's content rules forbid the prompt or the picture
    GENERATION_FAILED = "generation_failed"  # it was started and did not work out
    RESULT_DELETED = "result_deleted"  # it was made and is gone
    MODEL_UNAVAILABLE = "model_unavailable"  # the model is not in the catalogue or is switched off
    BUSY = "busy"  # too many requests; data: retry_after in seconds, when it was said
    UNAVAILABLE = "unavailable"  # the provider has trouble (5xx)
    UNREACHABLE = "unreachable"  # the network or the address failed
    TIMED_OUT = "timed_out"  # no answer in time
    UNREADABLE = "unreadable"  # the answer was no answer: HTML, cut-off JSON, a wrong shape
    RULE_BROKEN = "rule_broken"  # the model does not take these things together; the error names the rule
    BROKEN_OFF = "broken_off"  # an answer stopped in the middle and its rest cannot be had
    STOPPED = "called_off"  # somebody cancelled it at the provider
    CANNOT_STOP = "cannot_stop"  # it cannot be cancelled any more
    PRIVACY_UNPROVEN = "privacy_unproven"  # the model's proof of privacy could not be had: nothing was sent
    UNKNOWN = "unknown"  # anything else; the detail is in the log


class Rule(StrEnum):
    """What a model does not take together. Closed; each has a sentence. ``data`` may name ``most``."""

    SOUNDS_TOO_LONG = "sounds_too_long"  # the sounds may last 15 seconds together
    SOUND_SETS_LENGTH = "sound_sets_length"  # the sound decides the length, and another one was chosen
    SOUND_NEEDS_FIRST_FRAME = "sound_needs_first_frame"  # a sound goes with a first frame and nothing else
    SOUND_NEEDS_REFERENCE = "sound_needs_reference"
    SOUND_OR_FRAMES = "sound_or_frames"
    VIDEO_SETS_LENGTH = "video_sets_length"  # the given video decides the length: no other can be chosen
    LAST_NEEDS_FIRST = "last_needs_first"
    REFERENCES_WITH_FIRST_ONLY = "references_with_first_only"
    SOUND_IS_A_VOICE = "sound_is_a_voice"  # beside pictures a sound is taken as a voice to imitate
    REFERENCES_WITHOUT_FRAMES = "references_without_frames"
    NO_PART_OF_A_VIDEO = "no_part_of_a_video"  # start and end cannot be chosen
    VIDEO_NEEDED = "video_needed"
    NO_SOUNDS = "no_sounds"
    NO_VIDEOS = "no_videos"
    TOO_MANY_SOUNDS = "too_many_sounds"
    TOO_MANY_VIDEOS = "too_many_videos"
    TOO_MANY_REFERENCES = "too_many_references"
    NO_MIDDLE_FRAME = "no_middle_frame"
    NO_LAST_FRAME = "no_last_frame"
    NO_FIRST_FRAME = "no_first_frame"
    NOT_HTTPS = "not_https"  # a sound or video has to be at a public https address
    PICTURE_NEEDS_LINK = "picture_needs_link"  # the provider reads pictures only at a public https address
    MASK_ALONE = "mask_alone"  # a mask needs the one picture that it belongs to
    NO_MASK = "no_mask"  # the model takes no mask
    MASK_UNFIT = "mask_unfit"  # the mask is no transparent PNG, or not as large as its picture
    OWN_VIDEO_ONLY = "own_video_only"  # it works only with a video that this service made


class Sent(StrEnum):
    """Did the request reach the provider? It decides whether trying again could charge twice."""

    NO = "no"  # surely not: safe to try again
    MAYBE = "maybe"  # nobody knows
    YES = "yes"  # it did, and the provider answered


class ProviderError(Exception):
    """A provider call did not succeed.

    ``detail`` is for the log and never for a person: it may hold the provider's own words.
    ``data`` holds the facts that the sentence for ``code`` names, ``rule`` what ``RULE_BROKEN`` is about.
    """

    def __init__(
        self,
        code: FailureCode,
        detail: str = "",
        *,
        sent: Sent = Sent.YES,
        data: Mapping[str, int | str] | None = None,
        rule: Rule | None = None,
    ) -> None:
        super().__init__(f"{code.value} (sent: {sent.value}): {detail}")
        self.code = code
        self.detail = detail
        self.sent = sent
        self.data: Mapping[str, int | str] = dict(data or {})
        self.rule = rule


class PictureProblem(StrEnum):
    """Why a picture that a person gave cannot be used. Closed."""

    NOT_HTTPS = "not_https"  # the address does not start with https://
    BAD_ADDRESS = "bad_address"  # no address at all, or one with a password, a port or a number for a name
    PRIVATE_ADDRESS = "private_address"  # the address leads into somebody's own network
    UNREACHABLE = "unreachable"  # nobody answered, or with an error; data: status, when there was one
    TOO_SLOW = "too_slow"  # the picture did not arrive in time; data: seconds
    TOO_BIG = "too_big"  # data: megabytes = the most that is taken
    EMPTY = "empty"  # no bytes
    NOT_A_PICTURE = "not_a_picture"  # not PNG, JPEG, WebP or GIF


class PictureError(Exception):
    """A picture cannot be used; nothing was sent to a provider. ``data`` holds the facts its sentence names."""

    def __init__(self, problem: PictureProblem, data: Mapping[str, int | str] | None = None) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.data: Mapping[str, int | str] = dict(data or {})
