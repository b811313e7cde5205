"""What more can be made of a result and what became of an order, in English. The rules of ``wording`` hold here too."""

from collections.abc import Mapping

from bot.core.wording import setting_label
from bot.text import Lapse, Phrase, Text, Value
from providers.outcomes import Deed, FollowUp, Note, NoteKind, Phase, Refund

P = Phrase

DEEDS: Mapping[Deed, Phrase] = {
    Deed.PICK: P("Picture {number} alone"),
    Deed.VARY: P("Like picture {number}"),
    Deed.AGAIN: P("Once more"),
    Deed.SUBTLE: P("Vary a little"),
    Deed.STRONG: P("Vary a lot"),
    Deed.LARGER: P("Larger {name}"),
    Deed.LARGER_SUBTLE: P("Larger, as it is"),
    Deed.LARGER_CREATIVE: P("Larger, more detail"),
    Deed.ZOOM_OUT: P("Zoom out {name}"),
    Deed.PAN_LEFT: P("Show more on the left"),
    Deed.PAN_RIGHT: P("Show more on the right"),
    Deed.PAN_UP: P("Show more above"),
    Deed.PAN_DOWN: P("Show more below"),
    Deed.SQUARE: P("Make it square"),
    Deed.LONGER: P("Make it longer"),
    Deed.DESCRIBE: P("Describe it in words"),
    Deed.OTHER: P("{name}"),
}
"""What more can be made of a result, as short as a button wants it."""

VARY_THIS = P("Vary this")

PHASES: Mapping[Phase, Phrase] = {
    Phase.WAITING: P("Waiting for its turn at the service."),
    Phase.PLANNING: P("Planning it now."),
    Phase.MAKING: P("It is being made."),
    Phase.STALLED: P("The service says that nothing moves at the moment; I keep watching."),
}

NOTES: Mapping[NoteKind, Phrase] = {
    NoteKind.DURATION: P("It lasts {duration}, not as long as ordered."),
    NoteKind.MODEL: P("The model you saw wasn't available, so {model} made it."),
    NoteKind.REFERENCES_IGNORED: P("The service left your pictures out, so it may not look like them."),
    NoteKind.PROMPT_ONLY: P("The service used your words alone and left the rest out."),
    NoteKind.SETTING: P("The service changed {setting} to {value}."),
    NoteKind.FILE_KIND: P("The file is a {kind}, whatever its name says."),
}

STOPPED: Mapping[Refund, Phrase] = {
    Refund.NOT_CHARGED: P("Stopped. Nothing was charged."),
    Refund.RETURNED: P("Stopped. The {cost} came back to the account."),
    Refund.COMING: P("Stopped. The {cost} should be back in the account within five minutes."),
    Refund.KEPT: P("Stopped. It still cost {cost}."),
    Refund.UNKNOWN: P("Stopped. I can't see whether it still cost {cost}; your admin can look at the records."),
}

BALANCE_NOTHING = P("{service}: it tells nothing about what is left")
QUOTA_USED = P("{percent}% of the plan used")
QUOTA_WINDOW = P("{percent}% of what the plan gives in {window} used")
QUOTA_MONEY = P("{percent}% of the plan used, {spent} of {limit}")
QUOTA_RESETS = P("{service}: {used}, starts anew {when}")


def told(follow: FollowUp) -> Text:
    """Return what a follow-up makes."""
    if follow.deed is Deed.VARY and not follow.number:
        return VARY_THIS()
    return DEEDS[follow.deed](number=follow.number, name=follow.name)


def noted(note: Note) -> Text:
    """Return what came out otherwise than it was ordered."""
    values: dict[str, Value] = dict(note.data)
    if isinstance(seconds := note.data.get("duration"), int):
        values["duration"] = Lapse(seconds)
    if isinstance(name := note.data.get("setting"), str):
        values["setting"] = setting_label(name)
    return NOTES[note.kind](**values)
