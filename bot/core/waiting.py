"""The sentences about waiting for a turn and about too much at once. Who says them is in ``standing``."""

from collections.abc import Mapping

from bot.errors import RefusalCode
from bot.text import Phrase

P = Phrase

FACT_STARTS = P("Starts in")
MINUTES = P("{low}–{high} min")
WITHIN = P("at most {longest}")
NEXT = P("It comes next.")
AHEAD = P("{count} order comes first.", "{count} orders come first.")
PERSON_WHY = P(
    "I work on {count} order of each person at a time. Yours starts by itself.",
    "I work on {count} orders of each person at a time. Yours starts by itself.",
)
SERVICE_WHY = P(
    "This service makes {count} thing at a time, and people take turns. Yours starts by itself.",
    "This service makes {count} things at a time, and people take turns. Yours starts by itself.",
)

FULL = P("⏸️ The service is full right now")
FULL_NOTHING = P("It takes no more orders at the moment. Nothing was charged.")
FULL_AGAIN = P("I'll try again by myself in {wait}.")
FULL_LATER = P("I'll try again by myself as soon as there is room.")

TOO_MANY_OPEN = P(
    "You have {count} offers and orders open, and I keep no more of one person. "
    "Please finish or cancel one first; /jobs shows them."
)
TOO_MUCH_WORK = P(
    "I have as many orders to look after as I can right now. Nothing was started; please try again in a few minutes."
)
TOO_FAST = P("That's more than I can read at once, so I left out what came last. Please send it again in {wait}.")

REFUSALS: Mapping[RefusalCode, Phrase] = {
    RefusalCode.TOO_MANY_OPEN: TOO_MANY_OPEN,
    RefusalCode.TOO_MUCH_WORK: TOO_MUCH_WORK,
    RefusalCode.TOO_FAST: TOO_FAST,
}
