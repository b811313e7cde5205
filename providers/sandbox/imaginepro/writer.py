"""The words this ImaginePro makes up: longer prompts, and what it sees in a picture. Nothing is drawn here."""

from providers.sandbox.imaginepro.work import share

_LIGHTS = ("golden hour light", "soft overcast light", "neon glow at night", "low winter sun")
_MOODS = ("a calm, dreamlike mood", "a bold graphic look", "quiet cinematic tension", "a warm nostalgic palette")
_LENSES = ("wide angle view", "shallow depth of field", "view from above", "close portrait framing")
_SUBJECTS = ("a red fox in tall grass", "a harbour at dawn", "an old tram in the rain", "a glass tower among hills")
_STYLES = ("oil painting", "35mm photograph", "ink drawing", "paper collage")
_RATIO = "--ar 1:1"
DESCRIPTIONS = 4


def extended(prompt: str) -> str:
    """Return a longer prompt, always the same for the same one."""
    return ", ".join((prompt, *(_pick(choices, prompt) for choices in (_LIGHTS, _LENSES, _MOODS)), "highly detailed"))


def described(address: str) -> list[str]:
    """Return four prompts that could have made the picture at an address."""
    return [_description(f"{address}:{number}") for number in range(DESCRIPTIONS)]


def _description(seed: str) -> str:
    words = (_pick(choices, seed) for choices in (_SUBJECTS, _STYLES, _LIGHTS))
    return f"{', '.join(words)} {_RATIO}"


def _pick(choices: tuple[str, ...], seed: str) -> str:
    return choices[int(share(f"{seed}:{choices[0]}") * len(choices))]
