"""A person's settings as a form on a card, and what to do with one that is sent in. Which press opens it: ``clicks``.

It is for people's own chats with us: in a group everybody would see it, and change it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.core import lark
from bot.core.grammar import Ask, Verb
from bot.core.preferences import Preference
from bot.engine.ports import Heard, Person, Store
from bot.i18n import Translators, negotiate
from bot.platforms.feishu.hearing import Studio
from bot.platforms.feishu.voices import Voices
from bot.platforms.feishu.wire import Json
from bot.text import Phrase, Value
from providers.models import ModelSpec, Task

SAVE = "form|save"
"""What the button carries that sends the form in."""

AUTO = "auto"
"""No model of one's own: what Limner recommends."""

MOST_MODELS = 50
_LANGUAGE = "lang"
_CAREFUL = "careful"
_KINDS: Mapping[str, tuple[Task, Phrase]] = {
    "video": (Task.TEXT_TO_VIDEO, lark.SETTING_VIDEO),
    "image": (Task.TEXT_TO_IMAGE, lark.SETTING_IMAGE),
}


class Models(Protocol):
    """Who knows what there is to choose from."""

    async def models(self, task: Task) -> Sequence[ModelSpec]:
        """Return the models of a task."""
        ...


class Forms:
    """Draws the form for somebody, and reads it again."""

    def __init__(self, studio: Studio, store: Store, models: Models, translators: Translators) -> None:
        self._studio = studio
        self._store = store
        self._models = models
        self._translators = translators

    async def draw(self, person: Person) -> Json:
        """Return the card; raises ``Refused`` where the models cannot be read, and ``StoreTrouble``."""
        voices = Voices.of(self._translators, person.locale).alone()
        known = await self._known(person)
        menus = [_menu(voices, _LANGUAGE, lark.SETTING_LANGUAGE(), self._translators.choices(), known[_LANGUAGE])]
        for kind, (task, label) in _KINDS.items():
            models = (await self._models.models(task))[:MOST_MODELS]
            options: list[tuple[str, Value]] = [(AUTO, lark.RECOMMENDED())]
            options += [(_query(model), model.name) for model in models]
            menus.append(_menu(voices, kind, label(), options, _chosen(models, known[kind])))
        ways: list[tuple[str, Value]] = [("off", lark.CAREFUL_RULE()), ("on", lark.CAREFUL_ALWAYS())]
        menus.append(_menu(voices, _CAREFUL, lark.SETTING_CAREFUL(), ways, known[_CAREFUL]))
        title = voices.plain(lark.YOUR_SETTINGS())
        form = {
            "tag": "form",
            "name": "settings",
            "elements": [*(part for menu in menus for part in menu), _save(voices)],
        }
        return {
            "schema": "2.0",
            "config": {"update_multi": True, "locales": voices.names, "summary": {"content": title["content"]}},
            "header": {"template": "default", "title": title},
            "body": {"elements": [form]},
        }

    async def take(self, person: Person, event: str, values: Mapping[str, object]) -> None:
        """Have every setting that differs said as if it was typed: what came of it is answered like that, too."""
        known = await self._known(person)
        for kind in _KINDS:
            wanted = values.get(kind)
            current = known[kind]
            models = await self._models.models(_KINDS[kind][0])
            if isinstance(wanted, str) and wanted not in {"", _chosen(models, current)}:
                await self._hear(person, f"{event}.{kind}", Ask(Verb.MODEL, rest=f"{kind} {wanted}"))
        for name, verb in ((_CAREFUL, Verb.CAREFUL), (_LANGUAGE, Verb.LANG)):
            wanted = values.get(name)
            if isinstance(wanted, str) and wanted not in {"", known[name]}:
                await self._hear(person, f"{event}.{name}", Ask(verb, rest=wanted))

    async def _hear(self, person: Person, event: str, ask: Ask) -> None:
        await self._studio.hear(Heard(person, event, "", ask=ask))

    async def _known(self, person: Person) -> Mapping[str, str]:
        """Return what is set now: language, whether always to ask, and for each kind the model's id or nothing."""
        place = person.address
        chosen = await self._store.locale_of(place.platform, place.tenant, person.id)
        preferences = await self._store.preferences(place.platform, place.tenant, person.id)
        always = {kind: _always(preferences.get(task)) for kind, (task, _) in _KINDS.items()}
        careful = await self._store.is_careful(place.platform, place.tenant, person.id)
        return {_LANGUAGE: negotiate(chosen or person.locale), _CAREFUL: "on" if careful else "off", **always}


def _always(preference: Preference | None) -> str:
    return preference.always if preference is not None else ""


def _query(model: ModelSpec) -> str:
    return f"{model.provider}/{model.id}"


def _chosen(models: Sequence[ModelSpec], always: str) -> str:
    return next((_query(model) for model in models if always == model.id), AUTO)


def _menu(
    voices: Voices, name: str, label: Value, options: Sequence[tuple[str, Value]], chosen: str
) -> tuple[Json, Json]:
    listed = [{"text": voices.plain(shown, 60), "value": value} for value, shown in options]
    menu: Json = {"tag": "select_static", "name": name, "options": listed, "width": "fill"}
    if any(value == chosen for value, _ in options):
        menu["initial_option"] = chosen
    return {"tag": "div", "text": voices.plain(label)}, menu


def _save(voices: Voices) -> Json:
    return {
        "tag": "button",
        "name": "save",
        "type": "primary_filled",
        "text": voices.plain(lark.SAVE()),
        "form_action_type": "submit",
        "behaviors": [{"type": "callback", "value": {"action": SAVE}}],
    }
