"""What kind of thing is asked for, by the command and by what it starts from. Which model makes it is not here."""

from bot.core.grammar import Ask, Verb
from bot.core.options import Use
from bot.errors import RefusalCode, Refused
from providers.contract import Role
from providers.models import Task

FRAMES = (Role.FIRST, Role.MIDDLE, Role.LAST)

PURPOSES = (None, *FRAMES, Role.REFERENCE, Role.MASK)
"""The order in which pictures go along: for a provider that reads no purposes it is what says them."""

_OF_WORDS = {Verb.ASK: Task.TEXT_TO_TEXT, Verb.MUSIC: Task.TEXT_TO_MUSIC, Verb.SPEAK: Task.TEXT_TO_SPEECH}
_OF_PICTURES = {
    Verb.EDIT: Task.IMAGE_TO_IMAGE,
    Verb.UPSCALE: Task.UPSCALE_IMAGE,
    Verb.CUTOUT: Task.REMOVE_BACKGROUND,
    Verb.DESCRIBE: Task.IMAGE_TO_TEXT,
}
_OF_VIDEOS = {Verb.EDIT: Task.VIDEO_TO_VIDEO, Verb.DESCRIBE: Task.VIDEO_TO_TEXT}


def task_of(ask: Ask, pictures: int, *, of_video: bool = False) -> Task:
    """Return what is asked for. ``of_video``: it starts from a video that was given or made before.

    Raises ``Refused`` where what it needs is missing.
    """
    if ask.verb in _OF_WORDS:
        return _OF_WORDS[ask.verb]
    if ask.verb is Verb.EXTEND:
        return Task.EXTEND_VIDEO
    if of_video and not pictures and ask.verb in _OF_VIDEOS:
        return _OF_VIDEOS[ask.verb]
    if ask.verb is Verb.IMAGE:
        return Task.IMAGE_TO_IMAGE if pictures else Task.TEXT_TO_IMAGE
    if ask.verb in _OF_PICTURES:
        if not pictures:
            raise Refused(RefusalCode.PICTURE_NEEDED)
        return _OF_PICTURES[ask.verb]
    return _video_task(ask, pictures)


def _video_task(ask: Ask, pictures: int) -> Task:
    if ask.roles:
        return _task_of_roles(ask.roles)
    if ask.use is Use.FRAMES:
        if pictures != 2:  # noqa: PLR2004 - a first and a last frame
            raise Refused(RefusalCode.TWO_FRAMES_NEEDED)
        return Task.FIRST_LAST_FRAME_TO_VIDEO
    if pictures == 0 and (ask.use is not None or ask.verb is Verb.ANIMATE):
        raise Refused(RefusalCode.PICTURE_NEEDED)
    if ask.use is Use.REFERENCE:
        return Task.REFERENCE_IMAGE_TO_VIDEO
    if pictures > 1 and ask.use is None:
        raise Refused(RefusalCode.ROLE_NEEDED)
    return Task.IMAGE_TO_VIDEO if pictures else Task.TEXT_TO_VIDEO


def _task_of_roles(roles: tuple[Role, ...]) -> Task:
    """Return the task that pictures with these purposes belong to; what does not go together the model's rules say."""
    if Role.LAST in roles or Role.MIDDLE in roles:
        return Task.FIRST_LAST_FRAME_TO_VIDEO
    return Task.IMAGE_TO_VIDEO if Role.FIRST in roles else Task.REFERENCE_IMAGE_TO_VIDEO
