"""What a model does not take together, in English: one sentence per rule. Whether it is broken the adapter says.

The rules of ``wording`` hold here too.
"""

from collections.abc import Mapping

from bot.text import Phrase
from providers.errors import Rule

P = Phrase

RULES: Mapping[Rule, Phrase] = {
    Rule.SOUNDS_TOO_LONG: P("{model} takes sounds of 15 seconds at most, all together. Please send shorter ones."),
    Rule.SOUND_SETS_LENGTH: P("With {model} the sound decides the length. Please leave the duration out."),
    Rule.SOUND_NEEDS_FIRST_FRAME: P("{model} takes a sound only with a first frame. Please add just that picture."),
    Rule.SOUND_NEEDS_REFERENCE: P(
        "{model} takes a sound only with a reference picture. Please add one, use=reference."
    ),
    Rule.SOUND_OR_FRAMES: P("{model} takes either a sound or frames. Please leave one of them out."),
    Rule.VIDEO_SETS_LENGTH: P("With {model} your video decides the length. Please leave the duration out."),
    Rule.LAST_NEEDS_FIRST: P("{model} takes a last frame only after a first one. Please add the first frame too."),
    Rule.REFERENCES_WITH_FIRST_ONLY: P(
        "Beside reference pictures {model} takes a first frame and no other. Please leave the other frames out."
    ),
    Rule.SOUND_IS_A_VOICE: P(
        "Beside pictures {model} takes sounds as voices, no more than there are pictures. Please send fewer."
    ),
    Rule.REFERENCES_WITHOUT_FRAMES: P("{model} takes either reference pictures or frames. Please leave one kind out."),
    Rule.NO_PART_OF_A_VIDEO: P("{model} takes your video as a whole. Please leave start and end out."),
    Rule.VIDEO_NEEDED: P("{model} works from a video. Please add video= and its address."),
    Rule.NO_SOUNDS: P("{model} takes no sound. Please leave it out or take another model."),
    Rule.NO_VIDEOS: P("{model} takes no video. Please leave it out or take another model."),
    Rule.TOO_MANY_SOUNDS: P(
        "{model} takes at most {count} sound. Please send fewer.",
        "{model} takes at most {count} sounds. Please send fewer.",
    ),
    Rule.TOO_MANY_VIDEOS: P(
        "{model} takes at most {count} video. Please send fewer.",
        "{model} takes at most {count} videos. Please send fewer.",
    ),
    Rule.TOO_MANY_REFERENCES: P(
        "{model} takes at most {count} reference picture. Please send fewer.",
        "{model} takes at most {count} reference pictures. Please send fewer.",
    ),
    Rule.NO_FIRST_FRAME: P("{model} takes no first frame. Please leave it out or take another model."),
    Rule.NO_MIDDLE_FRAME: P("{model} takes no frame in the middle. Please leave it out or take another model."),
    Rule.NO_LAST_FRAME: P("{model} takes no last frame. Please leave it out or take another model."),
    Rule.PICTURE_NEEDS_LINK: P(
        "{model} reads pictures only from a public https:// address. Please send the address instead of the file."
    ),
    Rule.MASK_ALONE: P("A mask goes with exactly one picture. Please send the picture and its mask: use=edit,mask."),
    Rule.NO_MASK: P("{model} takes no mask. Please leave it out or take another model."),
    Rule.MASK_UNFIT: P("The mask has to be a PNG with see-through parts, exactly as large as the picture."),
    Rule.OWN_VIDEO_ONLY: P("{model} works only with videos made by the same service. Please use one of those."),
    Rule.NOT_HTTPS: P("A sound or a video needs an address that starts with https:// so that it can be found."),
}
