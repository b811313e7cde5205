"""What a film model takes: lengths, numbers of inputs, and the twelve custom rules. Reading requests is not here.

What exactly each rule forbids was never recorded beyond one line each (the seed's glossary); where that line only says
what happens, the refusal is ours: a length that does not follow the audio, more voices than faces.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.sandbox.katana.inputs import Given, RejectedError
from providers.sandbox.katana.model import Rule, VideoModel

MOST_AUDIOS = 4
_AUDIO_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A film that is put in, from ``start`` to ``ends`` in seconds where those were sent."""

    medium: Given
    start: float | None = None
    ends: float | None = None

    @property
    def seconds(self) -> float:
        """Return how long the piece is that is used."""
        whole = self.medium.seconds
        return (whole if self.ends is None else self.ends) - (self.start or 0.0)


@dataclass(frozen=True, slots=True)
class FilmInputs:
    """Everything that goes into a film besides words."""

    first: Given | None = None
    middle: Given | None = None
    last: Given | None = None
    references: tuple[Given, ...] = ()
    audios: tuple[Given, ...] = ()
    videos: tuple[Clip, ...] = ()

    @property
    def frames(self) -> bool:
        """Tell whether there is a first or last frame."""
        return self.first is not None or self.last is not None

    @property
    def heard(self) -> float:
        """Return how many seconds of audio there are."""
        return sum(audio.seconds for audio in self.audios)


def check(model: VideoModel, inputs: FilmInputs) -> None:
    """Hold inputs against a model's limits and rules. Raises :class:`RejectedError`."""
    _check_frames(model, inputs)
    _check_numbers(model, inputs)
    for rule in sorted(model.rules & _BROKEN.keys()):
        broken, words = _BROKEN[rule]
        if broken(inputs):
            raise RejectedError(f"{rule.value}: {words}")
    moved = any(clip.start is not None or clip.ends is not None for clip in inputs.videos)
    if moved and Rule.VIDEO_OFFSET_ALLOWED not in model.rules:
        raise RejectedError("video_offset_allowed: this model does not accept start or ends")


def length(model: VideoModel, inputs: FilmInputs, asked: object) -> int:
    """Return the listed length that is made and paid for. Raises :class:`RejectedError`."""
    if asked is not None and (type(asked) not in {int, float} or asked not in model.prices):
        raise RejectedError(f"duration_seconds must be one of {', '.join(map(str, model.prices))}")
    if Rule.INPUT_VIDEO_DRIVES_LENGTH in model.rules:
        return _following(model, sum(clip.seconds for clip in inputs.videos), asked, Rule.INPUT_VIDEO_DRIVES_LENGTH)
    if Rule.AUDIO_DRIVES_DURATION in model.rules and inputs.audios:
        return _following(model, inputs.heard, asked, Rule.AUDIO_DRIVES_DURATION)
    if asked is None:
        raise RejectedError("duration_seconds is required")
    return next(seconds for seconds in model.prices if seconds == asked)


def _following(model: VideoModel, seconds: float, asked: object, rule: Rule) -> int:
    fits = next((listed for listed in sorted(model.prices) if listed >= seconds), None)
    if fits is None:
        raise RejectedError(f"{rule.value}: the input is longer than {max(model.prices)} seconds")
    if asked is not None and asked != fits:
        raise RejectedError(f"{rule.value}: duration_seconds must follow the input ({fits})")
    return fits


def _check_frames(model: VideoModel, inputs: FilmInputs) -> None:
    taken = {
        "first_frame_image_url": (inputs.first, model.first),
        "mid_frame_image_url": (inputs.middle, model.middle),
        "last_frame_image_url": (inputs.last, model.last),
    }
    for name, (sent, supported) in taken.items():
        if sent is not None and not supported:
            raise RejectedError(f"{name} is not supported by this model")
    if model.needs_image and inputs.first is None:
        raise RejectedError("this model requires an image input")


def _check_numbers(model: VideoModel, inputs: FilmInputs) -> None:
    if len(inputs.audios) > MOST_AUDIOS:
        raise RejectedError(f"at most {MOST_AUDIOS} audio inputs are accepted")
    numbers = {
        "reference images": (len(inputs.references), model.references),
        "audio inputs": (len(inputs.audios), model.audios),
        "video inputs": (len(inputs.videos), model.videos),
    }
    for name, (count, most) in numbers.items():
        if count > most:
            raise RejectedError(f"at most {most} {name} are accepted by this model" if most else f"no {name} here")


_BROKEN: Mapping[Rule, tuple[Callable[[FilmInputs], bool], str]] = {
    Rule.AUDIO_15S_MAX: (
        lambda inputs: inputs.heard > _AUDIO_SECONDS,
        "combined audio input is limited to 15 seconds",
    ),
    Rule.AUDIO_FF_ONLY: (
        lambda inputs: bool(
            inputs.audios and (inputs.first is None or inputs.middle or inputs.last or inputs.references)
        ),
        "audio input needs a first frame and nothing beside it",
    ),
    Rule.AUDIO_NEEDS_REFERENCE_IMAGE: (
        lambda inputs: bool(inputs.audios and not inputs.references),
        "audio input needs at least one reference image",
    ),
    Rule.AUDIO_OR_FFLF_EXCLUSIVE: (
        lambda inputs: bool(inputs.audios and inputs.frames),
        "audio input cannot be combined with first or last frame",
    ),
    Rule.LF_NEEDS_FF: (
        lambda inputs: inputs.last is not None and inputs.first is None,
        "a last frame needs a first frame",
    ),
    Rule.REFERENCE_FF_ONLY: (
        lambda inputs: bool(inputs.references and (inputs.last or inputs.middle)),
        "reference images can only be combined with a first frame",
    ),
    Rule.REFERENCE_IS_VOICE_TIMBRE: (
        lambda inputs: len(inputs.audios) > len(inputs.references) > 0,
        "each audio input is the voice of one reference image",
    ),
    Rule.REFERENCE_NO_FF_OR_LF: (
        lambda inputs: bool(inputs.references and inputs.frames),
        "reference images cannot be combined with first or last frame",
    ),
    Rule.VIDEO_REQUIRED: (lambda inputs: not inputs.videos, "this model needs a video input"),
}
