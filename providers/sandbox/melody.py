"""A small tune as raw sound, different for every seed. Encoding is not here."""

import math
from array import array
from hashlib import sha256

RATE = 22_050
"""Samples per second; one channel, 16 bits, the machine's byte order."""

_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)
_BEATS_PER_SECOND = 3
_LOUDEST = 9_000.0
_FADE = 3.2


def tune(seed: str, seconds: int) -> bytes:
    """Return plucked notes of a pentatonic scale."""
    luck = sha256(seed.encode()).digest()
    samples = array("h", bytes(2 * RATE * seconds))
    root = 196.0 * 2 ** (luck[0] % 7 / 12)
    for beat in range(seconds * _BEATS_PER_SECOND):
        drawn = luck[beat % len(luck)] + beat // len(luck)
        if drawn % 5:
            _pluck(samples, beat * RATE // _BEATS_PER_SECOND, root * 2 ** (_SCALE[drawn % len(_SCALE)] / 12))
        if beat % 4 == 0:
            _pluck(samples, beat * RATE // _BEATS_PER_SECOND, root / 2)
    return samples.tobytes()


def _pluck(samples: "array[int]", start: int, pitch: float) -> None:
    """Add one fading note, with its octave for colour."""
    step = 2 * math.pi * pitch / RATE
    for number in range(min(RATE, len(samples) - start)):
        fade = _LOUDEST * math.exp(-_FADE * number / RATE)
        value = samples[start + number] + fade * (math.sin(step * number) + 0.3 * math.sin(2 * step * number))
        samples[start + number] = max(-32_000, min(32_000, round(value)))
