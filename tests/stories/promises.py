"""What every story keeps, whatever it is about: no vendor's words in any language, and never two orders for one yes."""

import re

from bot.core.job import Job
from bot.engine.ports import Answer
from bot.i18n import SHIPPED, Translators
from providers.sandbox.server import Sandbox
from tests.fakes.chat import Chat, text_of
from tests.repository.plain_words import technical

VENDOR_WORDS = re.compile(
    r"credit_rule|insufficient|subscription|moderation|fusion|pixels|gateway|generate failed|quota|"
    r"wan2\.6|kling-v|pixverse-v|gemini-3|minimax|ima_studio|"
    r"\b(?:400017|401|402|403|404|429|4008|4014|500|502|503|504|6006|6009|6010|7777)\b",
    re.IGNORECASE,
)
"""What the provider says or calls things in these stories; words of programs in general are in ``plain_words``."""

PAID = ("ima.create", "katana.create", "katana.chat", "imaginepro.create", "imaginepro.button")
"""The doors behind which something is charged."""

_LINK = re.compile(r"\S*://\S*")
"""A link is the provider's own, and people want it as it is."""


def unfit(sentence: str) -> list[str]:
    """Return the words of a sentence that nobody who asked for a video should read. Figures are judged above."""
    words = _LINK.sub("…", sentence)
    return [*VENDOR_WORDS.findall(words), *(word for word in technical(words) if not word.isdigit())]


def said(chat: Chat, answers: list[Answer], translators: Translators, locale: str) -> str:
    """Return everything that was ever on the screen in one language: every form of every message, and every toast."""
    words = translators.get(locale)
    cards = [text_of(card, words) for shown in chat.messages.values() for card in shown.forms]
    return "\n".join([*cards, *(words.say(answer.toast) for answer in answers if answer.toast is not None)])


def check_words(chat: Chat, answers: list[Answer], translators: Translators) -> None:
    """Fail where a person could read a word of the vendor's."""
    for locale in SHIPPED:
        found = {word for line in said(chat, answers, translators, locale).splitlines() for word in unfit(line)}
        assert not found, f"{locale}: {found}"


def check_money(sandbox: Sandbox, jobs: list[Job]) -> None:
    """Fail where more was sent than was said yes to; an attempt's token is saved before the attempt is made.

    What a full provider certainly did not take may be sent once more for each time that it was turned away.
    """
    attempts = [job for job in jobs if job.token]
    turned_away = sum(job.turned_away.times for job in jobs if job.turned_away is not None)
    assert sum(sandbox.gate.requests[door] for door in PAID) <= len(attempts) + turned_away, "sent twice"
    assert len(sandbox.ledger.charges) <= len(attempts), "charged twice"
    assert all(job.confirmed_at is not None for job in attempts), "sent without a yes"
