"""What becomes of a click: the answer, its toast and card, the codes a person sees. Where they click is not here."""

import functools
from dataclasses import dataclass

from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.news import News
from tests.fakes.feishu_server.cards import check_card, schema_of
from tests.fakes.feishu_server.deliveries import Deliveries, Delivery
from tests.fakes.feishu_server.events import Events, Mangle
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.messages import Message, Version
from tests.fakes.feishu_server.posts import Posts
from tests.fakes.feishu_server.refusals import Json, Refusal, refuse
from tests.fakes.feishu_server.view import said
from tests.fakes.feishu_server.world import CARD_CLICK, LOCALES, App, Ids, User

NOT_CONFIGURED, TIMED_OUT, UNREACHABLE = 200340, 200341, 200342
NOT_OK, MALFORMED, BAD_CARD, OTHER_SCHEMA = 200671, 200672, 200673, 200830
TOASTS = frozenset({"info", "success", "warning", "error"})
TOKEN_SECONDS = 1800.0
TOKEN_USES = 2


@dataclass(slots=True, eq=False)
class Click:
    """One use of a card by a person. ``code`` is the error on their screen, 0 = none; ``toast`` in their language.

    ``replaced`` = the answer brought a card; ``snapped_back`` = it brought none, and the old card is there again.
    """

    by: User
    message: Message
    action: Json
    token: str
    at: float
    shown: Version
    delivery: Delivery | None = None
    answered_at: float | None = None
    code: int = 0
    toast: str = ""
    toast_type: str = ""
    replaced: bool = False
    snapped_back: bool = False
    updates: int = 0

    @property
    def ended(self) -> bool:
        """Tell whether the person's client has stopped waiting."""
        return self.answered_at is not None

    @property
    def latency(self) -> float:
        """Return the seconds of the fake's clock until the answer."""
        assert self.answered_at is not None, "it is not answered yet"
        return self.answered_at - self.at


@dataclass(slots=True, kw_only=True)
class Clicks:
    """All clicks."""

    app: App
    clock: Clock
    ids: Ids
    news: News
    events: Events
    deliveries: Deliveries
    posts: Posts
    media: Media
    all: list[Click]
    uses: int = TOKEN_USES

    def start(self, by: User, message: Message, action: Json, mangle: Mangle | None = None) -> Click:
        """Send a click on its way."""
        click = Click(by, message, action, self.ids.new("c-"), self.clock.time(), message.seen_by(by))
        self.all.append(click)
        if CARD_CLICK not in self.app.callbacks:
            self._end(click, NOT_CONFIGURED)
            return click
        message.waiting[by.open_id] = click.shown
        event = self.events.clicked(message, by, action, click.token)
        ended = functools.partial(self._answered, click)
        click.delivery = self.deliveries.send(mangle(event) if mangle else event, callback=True, ended=ended)
        return click

    async def done(self, click: Click) -> Click:
        """Wait until the person's client has its answer or has given up."""
        return await self.news.until(lambda: click if click.ended else None, lambda: "the click was not answered")

    def update_later(self, form: Json) -> None:
        """Replace a card by a click's token, after its answer. Refused with the codes of reference section 6.3."""
        click = next((click for click in self.all if click.token == form.get("token")), None)
        if click is None or click.updates >= self.uses:
            refuse(300020)
        if self.clock.time() - click.at > TOKEN_SECONDS:
            refuse(300030)
        if not click.ended:
            refuse(300040)
        card = form.get("card")
        if not isinstance(card, dict):
            refuse(200310, "card is required")
        if schema_of(card) == 1 and not card.get("open_ids") and not card.get("config", {}).get("update_multi"):
            refuse(300090, "open_ids are required")
        check_card({key: value for key, value in card.items() if key != "open_ids"}, self.media)
        click.updates += 1
        self.posts.answered(click.message, card, how="delayed")

    def _answered(self, click: Click, delivery: Delivery) -> None:
        attempt = delivery.attempts[-1]
        if attempt.accepted:
            code = MALFORMED if attempt.problem else self._apply(click, attempt.answer)
        elif attempt.code:
            code = NOT_OK
        else:
            code = TIMED_OUT if "in time" in attempt.problem else UNREACHABLE
        self._end(click, code)

    def _apply(self, click: Click, answer: object) -> int:
        if answer is None:
            answer = {}
        if not isinstance(answer, dict) or not set(answer) <= {"toast", "card"}:
            return MALFORMED
        if (toast := answer.get("toast")) is not None:
            if not _is_toast(toast):
                return MALFORMED
            click.toast, click.toast_type = said(toast, click.by.locale), toast.get("type", "info")
        if (card := answer.get("card")) is None:
            return 0
        if not isinstance(card, dict) or card.get("type") != "raw" or not isinstance(card.get("data"), dict):
            return MALFORMED
        return self._replace(click, card["data"])

    def _replace(self, click: Click, card: Json) -> int:
        if schema_of(card) != schema_of(click.message.content):
            return OTHER_SCHEMA
        try:
            check_card(card, self.media)
        except Refusal:
            return BAD_CARD
        click.replaced = True
        click.message.waiting.pop(click.by.open_id, None)
        self.posts.answered(click.message, card)
        return 0

    def _end(self, click: Click, code: int) -> None:
        click.code, click.answered_at = code, self.clock.time()
        message = click.message
        message.waiting.pop(click.by.open_id, None)
        if not click.replaced:
            click.snapped_back = True
            if message.now is not click.shown:
                message.stale[click.by.open_id] = click.shown
        self.news.tell()


def _is_toast(toast: object) -> bool:
    if not isinstance(toast, dict) or not set(toast) <= {"type", "content", "i18n"}:
        return False
    translated = toast.get("i18n") or {}
    return (
        toast.get("type", "info") in TOASTS
        and isinstance(toast.get("content", ""), str)
        and isinstance(translated, dict)
        and set(translated) <= set(LOCALES)
    )
