"""Card entities of the cardkit API (reference section 6.3): content, sequence, streaming. Paths are not here."""

import json
from dataclasses import dataclass

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.refusals import Json, refuse
from tests.fakes.feishu_server.world import Ids

LIFE = 14 * 86_400.0
STREAMING_SECONDS = 600.0


@dataclass(slots=True, eq=False)
class Entity:
    """One card. ``sequence`` is the highest that was taken."""

    id: str
    card: Json
    born: float
    sequence: int = 0
    streaming_since: float | None = None
    sent: bool = False


class Entities:
    """All card entities."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self.all: dict[str, Entity] = {}

    def add(self, card: Json) -> Entity:
        """Create a card; there is no key that would make it idempotent."""
        entity = Entity(self._ids.new("7"), card, self._clock.time())
        self.all[entity.id] = entity
        self._stream(entity)
        return entity

    def take(self, content: Json) -> tuple[str, Json]:
        """Return a card that is being sent, as its id and content; it can be sent once."""
        data = content.get("data")
        entity = self.all.get(str(data.get("card_id"))) if isinstance(data, dict) else None
        if entity is None or entity.sent:
            refuse(230099, "Failed to create card content, ext=ErrCode: 300315; ErrMsg: no such card entity; ")
        entity.sent = True
        return entity.id, entity.card

    def known(self, number: str) -> Entity:
        """Return a card that can still be changed."""
        entity = self.all.get(number)
        if entity is None or self._clock.time() - entity.born > LIFE:
            refuse(300315, "the card entity does not exist or is too old")
        return entity

    def step(self, entity: Entity, form: Json) -> None:
        """Take the next sequence number. Refused with 300317, and 200770 for a uuid that is too long."""
        sequence = form.get("sequence")
        if not isinstance(sequence, int) or not 0 < sequence < 2**31 or sequence <= entity.sequence:
            refuse(300317, f"sequence {sequence} after {entity.sequence}")
        if len(str(form.get("uuid") or "")) > 64:
            refuse(200770, "uuid is too long")
        entity.sequence = sequence

    def streams(self, entity: Entity) -> bool:
        """Tell whether the card is in streaming mode; it ends by itself."""
        since = entity.streaming_since
        return since is not None and self._clock.time() - since < STREAMING_SECONDS

    def configure(self, entity: Entity, settings: object) -> None:
        """Merge settings, which are JSON in a string."""
        if not isinstance(settings, str):
            refuse(230001, "settings is JSON in a string")
        try:
            config = json.loads(settings)["config"]
            entity.card = {**entity.card, "config": {**entity.card.get("config", {}), **config}}
        except (ValueError, KeyError, TypeError):
            refuse(230001, "settings is JSON in a string")
        self._stream(entity)

    def _stream(self, entity: Entity) -> None:
        on = entity.card.get("config", {}).get("streaming_mode") is True
        entity.streaming_since = self._clock.time() if on else None
