"""Card entities over REST (reference section 6.3): create, replace, change elements, stream text, settings."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.cards import check_card
from tests.fakes.feishu_server.contents import MOST_CARD
from tests.fakes.feishu_server.door import Answer, Ask
from tests.fakes.feishu_server.entities import Entities, Entity
from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.messages import Board, Version
from tests.fakes.feishu_server.quotas import Quotas
from tests.fakes.feishu_server.refusals import Json, refuse

MOST_STREAMED = 100_000
CLOSED, NO_SUCH_ELEMENT = 300309, 300313


@dataclass(slots=True, kw_only=True)
class CardkitRoutes:
    """The routes under ``/cardkit/v1/cards``."""

    entities: Entities
    media: Media
    board: Board
    clock: Clock
    quotas: Quotas

    def create(self, ask: Ask) -> Answer:
        """Create a card."""
        if ask.form.get("type") != "card_json":
            refuse(230001, "type is card_json")
        card = self._card(ask.form.get("data"), ask.size)
        return Answer({"card_id": self.entities.add(card).id})

    def replace(self, ask: Ask) -> Answer:
        """Replace the whole card."""
        given = ask.form.get("card")
        if not isinstance(given, dict) or given.get("type") != "card_json":
            refuse(230001, "card.type is card_json")
        card = self._card(given.get("data"), ask.size)
        return self._change(ask, lambda _: card)

    def configure(self, ask: Ask) -> Answer:
        """Change settings, such as the streaming mode."""
        entity = self._step(ask)
        self.entities.configure(entity, ask.form.get("settings"))
        return self._show(entity)

    def batch(self, ask: Ask) -> Answer:
        """Do several things at once; ``actions`` is JSON in a string."""
        actions = _loaded(ask.form.get("actions"))
        if not isinstance(actions, list):
            refuse(230001, "actions is a list of JSON in a string")

        def work(card: Json) -> Json:
            for action in actions:
                _act(card, str(action.get("action")), action.get("params") or {})
            return card

        return self._change(ask, work)

    def add(self, ask: Ask) -> Answer:
        """Add elements."""
        params = {**ask.form, "elements": _loaded(ask.form.get("elements"))}
        return self._change(ask, lambda card: _act(card, "add_elements", params))

    def put(self, ask: Ask) -> Answer:
        """Replace one element."""
        params = {"element_id": ask.where["element"], "element": _loaded(ask.form.get("element"))}
        return self._change(ask, lambda card: _act(card, "update_element", params))

    def merge(self, ask: Ask) -> Answer:
        """Change properties of one element."""
        params = {"element_id": ask.where["element"], "partial_element": _loaded(ask.form.get("partial_element"))}
        return self._change(ask, lambda card: _act(card, "partial_update_element", params))

    def remove(self, ask: Ask) -> Answer:
        """Delete one element."""
        params = {"element_ids": [ask.where["element"]]}
        return self._change(ask, lambda card: _act(card, "delete_elements", params))

    def stream(self, ask: Ask) -> Answer:
        """Set the whole text so far of one element; only while the card streams."""
        entity = self.entities.known(ask.where["card"])
        if not self.entities.streams(entity):
            refuse(CLOSED, "streaming mode is closed")
        content = ask.form.get("content")
        if not isinstance(content, str) or not 0 < len(content) <= MOST_STREAMED:
            refuse(230001, "content is 1 to 100000 characters")
        params = {"element_id": ask.where["element"], "partial_element": {"content": content}}
        return self._change(ask, lambda card: _act(card, "partial_update_element", params))

    def _change(self, ask: Ask, work: Callable[[Json], Json]) -> Answer:
        entity = self._step(ask)
        changed = work(copy.deepcopy(entity.card))
        check_card(changed, self.media)
        entity.card = changed
        return self._show(entity)

    def _step(self, ask: Ask) -> Entity:
        entity = self.entities.known(ask.where["card"])
        self.quotas.count_card(entity.id)
        self.entities.step(entity, ask.form)
        return entity

    def _show(self, entity: Entity) -> Answer:
        for message in self.board:
            if message.card_id == entity.id:
                self.board.change(message, Version(self.clock.time(), copy.deepcopy(entity.card), "streamed"))
        return Answer()

    def _card(self, data: object, size: int) -> Json:
        card = _loaded(data)
        if not isinstance(card, dict):
            refuse(230001, "data is a card as JSON in a string")
        if size > MOST_CARD:
            refuse(200860, "the card is too large")
        check_card(card, self.media)
        return card


def _loaded(text: object) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _act(card: Json, action: str, params: Json) -> Json:
    if action == "add_elements":
        siblings, at = _place(card, params)
        siblings[at:at] = params.get("elements") or refuse(230001, "elements is JSON in a string")
    elif action == "update_element":
        siblings, at = _find(card, params.get("element_id"))
        siblings[at] = params.get("element")
    elif action == "partial_update_element":
        siblings, at = _find(card, params.get("element_id"))
        siblings[at] = {**siblings[at], **(params.get("partial_element") or {})}
    elif action == "delete_elements":
        for number in params.get("element_ids") or []:
            siblings, at = _find(card, number)
            del siblings[at]
    else:
        refuse(230001, f"unknown action {action!r}")
    return card


def _place(card: Json, params: Json) -> tuple[list[Any], int]:
    kind, target = params.get("type"), params.get("target_element_id")
    if kind == "append":
        top: list[Any] = card["body"]["elements"]
        return top, len(top)
    if kind not in {"insert_before", "insert_after"}:
        refuse(230001, "type is insert_before, insert_after or append")
    siblings, at = _find(card, target)
    return siblings, at + (kind == "insert_after")


def _find(card: Json, number: object) -> tuple[list[Any], int]:
    stack: list[list[Any]] = [card["body"]["elements"]]
    while stack:
        siblings = stack.pop()
        for index, element in enumerate(siblings):
            if element.get("element_id") == number:
                return siblings, index
            stack += [element[key] for key in ("elements", "columns") if isinstance(element.get(key), list)]
    return refuse(NO_SUCH_ELEMENT, f"no element {number!r}")
