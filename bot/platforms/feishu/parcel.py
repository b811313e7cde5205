"""A card on its way, in every form it can still take: as drawn, shorter, without a person's words, as text.

Which form is needed is decided in ``delivery`` by what Feishu says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from bot.core import held, lark
from bot.core.cards import Card, Medium
from bot.core.lark import Why
from bot.platforms.feishu.limits import Form, Json, problems
from bot.platforms.feishu.markup import shortened
from bot.platforms.feishu.render import Brief, Draft, Shape, draw, draw_link, draw_post, draw_text
from bot.platforms.feishu.voices import Voices
from bot.text import Text

log = structlog.get_logger(__name__)

_LONGEST_TEXT = 30_000
_ELSEWHERE = {"receive_id": "o" * 40, "uuid": "u" * 40}
"""What else is in a request, at its longest."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A card with all that is needed to draw it.

    ``media`` are elements of a post: then it becomes one. ``fixed`` is a message that is drawn already.
    """

    card: Card
    voices: Voices
    shape: Shape = field(default_factory=Shape)
    media: tuple[Json, ...] = ()
    fixed: Draft | None = None

    def draft(self) -> Draft:
        """Return the message, as much of it as one takes; as plain text where it does not fit at all."""
        if self.fixed is not None:
            return self.fixed
        if self.card.copy:
            return draw_link(self.card, self.voices)
        found: list[str] = []
        for brief in Brief:
            draft = self._drawn(replace(self.shape, brief=brief))
            found = problems(draft.form, draft.content, {**body(draft), **_ELSEWHERE})
            if not found:
                return draft
        log.error("feishu_message_beyond_limits", problems=found)
        return self.plain()

    def plain(self) -> Draft:
        """Return the message as plain text; what it showed in place is only a link then."""
        notes = self.shape.notes
        if self.media or self.shape.pictures or self.fixed:
            notes = (*notes, lack(self.card.media, Why.NOT_TAKEN))
        draft = draw_text(self.card, self.voices, replace(self.shape, notes=notes))
        text = str(draft.content["text"])
        # An address to copy is worth nothing when it is cut.
        return draft if self.card.copy else Draft(Form.TEXT, {"text": shortened(text, _LONGEST_TEXT)})

    def tamer(self) -> "Parcel | None":
        """Return the message without what a content check may mind: first a person's words, then the media."""
        if self.card.quote or self.card.text:
            card = replace(self.card, quote="", text="")
            return replace(self, card=card, shape=replace(self.shape, notes=(*self.shape.notes, lark.HELD_BACK())))
        if self.media or self.shape.pictures or (self.fixed and self.fixed.form is not Form.TEXT):
            notes = (*self.shape.notes, lack(self.card.media, Why.REFUSED))
            return replace(self, media=(), fixed=None, shape=replace(self.shape, pictures={}, notes=notes))
        return None

    def elsewhere(self) -> "Parcel":
        """Return the message for another place than the one where it belongs, saying why it is there."""
        if self.card.copy:
            return self
        return replace(self, card=replace(self.card, lines=(*self.card.lines, lark.ELSEWHERE())))

    def _drawn(self, shape: Shape) -> Draft:
        if self.media:
            return draw_post(self.card, self.voices, self.media, shape)
        return draw(self.card, self.voices, shape)


def lack(media: Sequence[Medium], why: Why) -> Text:
    """Return what to say of results that are not shown: there is a link, or they are kept where only we reach them."""
    if not any(medium.held for medium in media):
        return lark.ONLY_A_LINK[why]()
    return held.TOO_LARGE() if why is Why.TOO_BIG else held.NOT_BROUGHT()


def body(draft: Draft) -> Mapping[str, object]:
    """Return the part of a request's body that is the message; the content is JSON inside of JSON."""
    content = json.dumps(draft.content, ensure_ascii=False, separators=(",", ":"))
    return {"msg_type": draft.form.value, "content": content}
