"""What goes into a video together and what does not: the twelve custom rules and the limits. Nothing is sent here.

The provider refuses a forbidden combination only after it was asked to make it (reference section 2.4, and the
provider's page); here it is refused before it has a price.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from providers.contract import Clip, Order, Picture, Role
from providers.errors import FailureCode, ProviderError, Rule, Sent
from providers.katana.catalogue import Inputs, Product
from providers.katana.pricing import ByLength
from providers.models import MediaKind, ParamValue, Task
from providers.transport import is_safe

_MOST_SOUND: Final = 15  # seconds of all sounds together, where a model has audio_15s_max

_MEANING: Final[Mapping[Task, tuple[Role, ...]]] = {
    Task.IMAGE_TO_VIDEO: (Role.FIRST,),
    Task.FIRST_LAST_FRAME_TO_VIDEO: (Role.FIRST, Role.LAST),
}
"""What pictures without a role are for, in their order; the further ones are references."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The inputs of a video by what they are for."""

    first: tuple[Picture, ...]
    middle: tuple[Picture, ...]
    last: tuple[Picture, ...]
    references: tuple[Picture, ...]
    sounds: tuple[Clip, ...]
    videos: tuple[Clip, ...]

    @classmethod
    def of(cls, order: Order) -> "Pieces":
        """Sort the pictures of an order: by their role, else by the task."""
        free = iter(_MEANING.get(order.task, ()))
        taken = {picture.role for picture in order.pictures}
        sorted_ = [(p.role or next((r for r in free if r not in taken), Role.REFERENCE), p) for p in order.pictures]

        def those(role: Role) -> tuple[Picture, ...]:
            return tuple(picture for each, picture in sorted_ if each is role)

        return cls(
            those(Role.FIRST),
            those(Role.MIDDLE),
            those(Role.LAST),
            those(Role.REFERENCE),
            order.sounds,
            order.videos,
        )

    @property
    def frames(self) -> bool:
        """Whether any picture is a frame of the video."""
        return bool(self.first or self.middle or self.last)


def check(order: Order, product: Product, values: Mapping[str, ParamValue]) -> None:
    """Refuse what the model does not take. Raises ``RULE_BROKEN`` with the rule, all with ``sent: no``."""
    _check_clips((*order.sounds, *order.videos))
    if product.spec.media is MediaKind.VIDEO:
        pieces = Pieces.of(order)
        _check_limits(pieces, product.inputs)
        for rule, broken in _TOGETHER.items():
            if rule in product.inputs.rules and (said := broken(pieces)) is not None:
                raise _broken(*said)
        _check_sounds(pieces, product, values)
        _check_videos(pieces, product, values)
        return
    if order.sounds:
        raise _broken(Rule.NO_SOUNDS)
    if order.videos:
        raise _broken(Rule.NO_VIDEOS)
    if len(order.pictures) > product.spec.max_inputs:
        raise _broken(Rule.TOO_MANY_REFERENCES, product.spec.max_inputs)


def lasts_as_its_sound(sounds: Sequence[Clip], product: Product) -> bool:
    """Whether a video becomes as long as its sounds, of which nobody knows how long they are.

    Then its price is only known to be no more than that of the longest, and a length is not to be chosen beside it.
    """
    drives = "audio_drives_duration" in product.inputs.rules
    return drives and any(sound.seconds is None for sound in sounds)


def _check_clips(clips: Iterable[Clip]) -> None:
    for clip in clips:
        if not is_safe(clip.url):
            raise _broken(Rule.NOT_HTTPS)
        start, end = clip.start or 0.0, clip.end
        if start < 0 or (end is not None and end <= start):
            raise ProviderError(FailureCode.SETTINGS_REFUSED, "part of a clip", sent=Sent.NO)


def _check_limits(pieces: Pieces, takes: Inputs) -> None:
    for rule, given, allowed in (
        (Rule.NO_FIRST_FRAME, pieces.first, takes.first),
        (Rule.NO_MIDDLE_FRAME, pieces.middle, takes.middle),
        (Rule.NO_LAST_FRAME, pieces.last, takes.last),
        (Rule.NO_SOUNDS, pieces.sounds, takes.sounds),
        (Rule.NO_VIDEOS, pieces.videos, takes.videos),
    ):
        if given and not allowed:
            raise _broken(rule)
    for rule, count, most in (
        (Rule.TOO_MANY_SOUNDS, len(pieces.sounds), takes.sounds),
        (Rule.TOO_MANY_VIDEOS, len(pieces.videos), takes.videos),
        (Rule.TOO_MANY_REFERENCES, len(pieces.references), takes.references),
    ):
        if count > most:
            raise _broken(rule, most)
    if max(len(pieces.first), len(pieces.middle), len(pieces.last)) > 1:
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "two pictures for one frame", sent=Sent.NO)


Broken = tuple[Rule, int | None]


def _last_needs_first(pieces: Pieces) -> Broken | None:
    return (Rule.LAST_NEEDS_FIRST, None) if pieces.last and not pieces.first else None


def _references_alone(pieces: Pieces) -> Broken | None:
    return (Rule.REFERENCES_WITHOUT_FRAMES, None) if pieces.references and pieces.frames else None


def _references_with_first(pieces: Pieces) -> Broken | None:
    return (Rule.REFERENCES_WITH_FIRST_ONLY, None) if pieces.references and (pieces.last or pieces.middle) else None


def _sound_with_first(pieces: Pieces) -> Broken | None:
    others = pieces.middle or pieces.last or pieces.references
    return (Rule.SOUND_NEEDS_FIRST_FRAME, None) if pieces.sounds and (not pieces.first or others) else None


def _sound_with_reference(pieces: Pieces) -> Broken | None:
    return (Rule.SOUND_NEEDS_REFERENCE, None) if pieces.sounds and not pieces.references else None


def _sound_or_frames(pieces: Pieces) -> Broken | None:
    return (Rule.SOUND_OR_FRAMES, None) if pieces.sounds and pieces.frames else None


def _one_voice(pieces: Pieces) -> Broken | None:
    """Beside references each sound is a voice to imitate, and there is one for each of them at most."""
    most = len(pieces.references)
    return (Rule.SOUND_IS_A_VOICE, most) if len(pieces.sounds) > most > 0 else None


def _short_sounds(pieces: Pieces) -> Broken | None:
    known = sum(sound.seconds or 0.0 for sound in pieces.sounds)
    return (Rule.SOUNDS_TOO_LONG, _MOST_SOUND) if known > _MOST_SOUND else None


def _video_there(pieces: Pieces) -> Broken | None:
    return None if pieces.videos else (Rule.VIDEO_NEEDED, None)


_TOGETHER: Final[Mapping[str, Callable[[Pieces], Broken | None]]] = {
    "video_required": _video_there,
    "lf_needs_ff": _last_needs_first,
    "reference_no_ff_or_lf": _references_alone,
    "reference_ff_only": _references_with_first,
    "audio_needs_reference_image": _sound_with_reference,
    "audio_or_fflf_exclusive": _sound_or_frames,
    "audio_ff_only": _sound_with_first,
    "reference_is_voice_timbre": _one_voice,
    "audio_15s_max": _short_sounds,
}
"""The rules that look at the inputs alone; the other three also look at the length or at parts of clips."""


def _check_sounds(pieces: Pieces, product: Product, values: Mapping[str, ParamValue]) -> None:
    # Addresses of sounds are sent alone: there is no field for a part of one.
    if any(sound.start is not None or sound.end is not None for sound in pieces.sounds):
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "part of a sound", sent=Sent.NO)
    if lasts_as_its_sound(pieces.sounds, product):
        shortest = min(product.tariff.lengths) if isinstance(product.tariff, ByLength) else None
        if values.get("duration") != shortest:
            raise _broken(Rule.SOUND_SETS_LENGTH)
    elif pieces.sounds and "audio_drives_duration" in product.inputs.rules:
        lengths = [sound.seconds for sound in pieces.sounds]
        _check_length(Rule.SOUND_SETS_LENGTH, lengths, product, values)


def _check_videos(pieces: Pieces, product: Product, values: Mapping[str, ParamValue]) -> None:
    rules = product.inputs.rules
    parts = any(video.start is not None or video.end is not None for video in pieces.videos)
    if parts and "video_offset_allowed" not in rules:
        raise _broken(Rule.NO_PART_OF_A_VIDEO)
    if pieces.videos and "input_video_drives_length" in rules:
        _check_length(Rule.VIDEO_SETS_LENGTH, [_length(video) for video in pieces.videos], product, values)


def _length(clip: Clip) -> float | None:
    end = clip.seconds if clip.end is None else clip.end
    return None if end is None else end - (clip.start or 0.0)


def _check_length(
    rule: Rule, lengths: Sequence[float | None], product: Product, values: Mapping[str, ParamValue]
) -> None:
    """Refuse a length that the inputs do not have: the price would be that of another one.

    Where it is known it has to fit into the chosen length and into no shorter one; ``data`` names the fitting one.
    Where it is not, only a model with a single price can be priced.
    """
    prices = product.tariff.lengths if isinstance(product.tariff, ByLength) else {}
    whole = None if None in lengths else sum(length or 0.0 for length in lengths)
    if whole is None:
        if len(set(prices.values())) > 1:
            raise _broken(rule)
        return
    fitting = min((seconds for seconds in prices if seconds >= whole), default=None)
    if fitting is None:
        raise _broken(rule, max(prices, default=None))
    if fitting != values.get("duration"):
        raise ProviderError(FailureCode.RULE_BROKEN, rule.value, sent=Sent.NO, rule=rule, data={"seconds": fitting})


def _broken(rule: Rule, most: int | None = None) -> ProviderError:
    data = {} if most is None else {"most": most}
    return ProviderError(FailureCode.RULE_BROKEN, rule.value, sent=Sent.NO, rule=rule, data=data)
