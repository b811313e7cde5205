"""The commands and menus that Discord lists, and what can be filled in. What they mean is in ``asking``."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

import discord
from discord import Attachment, Interaction, Message, app_commands
from discord.app_commands import Choice, Range

from bot.core import slash
from bot.core.grammar import Ask, Verb
from bot.engine.desk import KINDS
from bot.i18n import Translators
from bot.platforms.discord import modals
from bot.platforms.discord.asking import Form, always, order
from bot.platforms.discord.callers import caller, offered, pictures_on
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.limits import MOST_CHOICE
from bot.platforms.discord.menu import Menu
from bot.platforms.discord.quoting import shortened
from bot.platforms.discord.translator import told
from bot.text import Phrase
from providers.models import Task

Tree: TypeAlias = app_commands.CommandTree[discord.AutoShardedClient]
"""Where commands are put."""

_Function = TypeVar("_Function")

FORGET = "auto"
"""What stands for our recommendation after /model, as people type it elsewhere."""

_TASKS: Mapping[str, tuple[Task, ...]] = {
    "video": (Task.TEXT_TO_VIDEO,),
    "image": (Task.TEXT_TO_IMAGE,),
    "animate": (Task.IMAGE_TO_VIDEO,),
    "edit": (Task.IMAGE_TO_IMAGE,),
    "music": (Task.TEXT_TO_MUSIC,),
    "speak": (Task.TEXT_TO_SPEECH,),
    "ask": (Task.TEXT_TO_TEXT,),
}
"""What each command makes when nothing else is filled in."""

_WITH_PICTURE: Mapping[str, tuple[Task, ...]] = {"video": (Task.IMAGE_TO_VIDEO,), "image": (Task.IMAGE_TO_IMAGE,)}
_MAKING_VIDEO = frozenset({"video", "animate"})

Prompt = Range[str, 1, 6000]
Seconds = Range[int, 1, 600]
Count = Range[int, 1, 10]


def _listed(phrases: Mapping[str, Phrase]) -> list[Choice[str]]:
    return [Choice(name=told(phrase.one, phrase), value=value) for value, phrase in phrases.items()]


def _plain(*values: str) -> list[Choice[str]]:
    return [Choice(name=value, value=value) for value in values]


_RESOLUTIONS = _plain("480p", "720p", "1080p", "2k", "4k")
_SHAPES = _plain("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
_SETTINGS = ("model", "duration", "resolution", "aspect_ratio", "count")


def _options(*names: str) -> Callable[[_Function], _Function]:
    """Name and describe what can be filled in, in every language."""
    words = {name: slash.SLASH_OPTIONS[name] for name in names}

    def decorate(function: _Function) -> _Function:
        described = app_commands.describe(**{name: told(what.one, what) for name, (_, what) in words.items()})
        renamed = app_commands.rename(**{name: told(name, called) for name, (called, _) in words.items()})
        return renamed(described(function))

    return decorate


def tasks(command: str, *, has_picture: bool = False, use: str = "", kind: str = "") -> tuple[Task, ...]:
    """Return what a half-filled command will make, as far as that is known."""
    if command == "model":
        return KINDS.get(kind, tuple(Task))
    if use and command in _MAKING_VIDEO:
        return KINDS.get(use, _TASKS[command])
    if has_picture and command in _WITH_PICTURE:
        return _WITH_PICTURE[command]
    return _TASKS.get(command, tuple(Task))


class Commands:
    """Puts every command and menu on a tree."""

    def __init__(self, inbound: Inbound, menu: Menu, translators: Translators) -> None:
        self._inbound = inbound
        self._menu = menu
        self._translators = translators

    def join(self, tree: Tree) -> None:
        """Add everything."""
        self._add_words(tree)
        self._add_pictures(tree)
        self._add_spoken(tree)
        self._add_free(tree)
        self._add_choosing(tree)
        for menu, phrase in slash.MENUS.items():
            self._add_menu(tree, menu, phrase)

    def _add_words(self, tree: Tree) -> None:
        @tree.command(name=_name(Verb.VIDEO), description=_what(Verb.VIDEO))
        @_options("prompt", "picture", "second", "use", *_SETTINGS)
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES, use=_listed(slash.SLASH_USES))
        @app_commands.autocomplete(model=self.offer_models)
        async def video(
            interaction: Interaction,
            prompt: Prompt,
            picture: Attachment | None = None,
            second: Attachment | None = None,
            use: str = "",
            model: str = "",
            duration: Seconds | None = None,
            resolution: str = "",
            aspect_ratio: str = "",
            count: Count | None = None,
        ) -> None:
            form = Form(prompt, model, duration, resolution, aspect_ratio, count, use)
            await self._inbound.ask(caller(interaction), order(Verb.VIDEO, form), offered(picture, second))

        @tree.command(name=_name(Verb.IMAGE), description=_what(Verb.IMAGE))
        @_options("prompt", "picture", "model", "resolution", "aspect_ratio", "count")
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES)
        @app_commands.autocomplete(model=self.offer_models)
        async def image(
            interaction: Interaction,
            prompt: Prompt,
            picture: Attachment | None = None,
            model: str = "",
            resolution: str = "",
            aspect_ratio: str = "",
            count: Count | None = None,
        ) -> None:
            form = Form(prompt, model, None, resolution, aspect_ratio, count)
            await self._inbound.ask(caller(interaction), order(Verb.IMAGE, form), offered(picture))

    def _add_pictures(self, tree: Tree) -> None:
        @tree.command(name=_name(Verb.ANIMATE), description=_what(Verb.ANIMATE))
        @_options("picture", "prompt", "second", "use", *_SETTINGS)
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES, use=_listed(slash.SLASH_USES))
        @app_commands.autocomplete(model=self.offer_models)
        async def animate(
            interaction: Interaction,
            picture: Attachment,
            prompt: Prompt,
            second: Attachment | None = None,
            use: str = "",
            model: str = "",
            duration: Seconds | None = None,
            resolution: str = "",
            aspect_ratio: str = "",
            count: Count | None = None,
        ) -> None:
            form = Form(prompt, model, duration, resolution, aspect_ratio, count, use)
            await self._inbound.ask(caller(interaction), order(Verb.ANIMATE, form), offered(picture, second))

        @tree.command(name=_name(Verb.EDIT), description=_what(Verb.EDIT))
        @_options("picture", "prompt", "second", "model", "resolution", "aspect_ratio", "count")
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES)
        @app_commands.autocomplete(model=self.offer_models)
        async def edit(
            interaction: Interaction,
            picture: Attachment,
            prompt: Prompt,
            second: Attachment | None = None,
            model: str = "",
            resolution: str = "",
            aspect_ratio: str = "",
            count: Count | None = None,
        ) -> None:
            form = Form(prompt, model, None, resolution, aspect_ratio, count)
            await self._inbound.ask(caller(interaction), order(Verb.EDIT, form), offered(picture, second))

    def _add_spoken(self, tree: Tree) -> None:
        @tree.command(name=_name(Verb.MUSIC), description=_what(Verb.MUSIC))
        @_options("prompt", "model", "duration")
        @app_commands.autocomplete(model=self.offer_models)
        async def music(
            interaction: Interaction, prompt: Prompt, model: str = "", duration: Seconds | None = None
        ) -> None:
            await self._inbound.ask(caller(interaction), order(Verb.MUSIC, Form(prompt, model, duration)))

        @tree.command(name=_name(Verb.SPEAK), description=_what(Verb.SPEAK))
        @_options("text", "model")
        @app_commands.autocomplete(model=self.offer_models)
        async def speak(interaction: Interaction, text: Prompt, model: str = "") -> None:
            await self._inbound.ask(caller(interaction), order(Verb.SPEAK, Form(text, model)))

        @tree.command(name=_name(Verb.ASK), description=_what(Verb.ASK))
        @_options("question", "picture", "model")
        @app_commands.autocomplete(model=self.offer_models)
        async def ask(
            interaction: Interaction, question: Prompt, picture: Attachment | None = None, model: str = ""
        ) -> None:
            form = Form(question, model)
            await self._inbound.ask(caller(interaction), order(Verb.ASK, form), offered(picture))

    def _add_free(self, tree: Tree) -> None:
        for verb in (Verb.PREFS, Verb.JOBS, Verb.HISTORY, Verb.BALANCE):
            self._add_simple(tree, verb)

        @tree.command(name=_name(Verb.CANCEL), description=_what(Verb.CANCEL))
        @_options("code")
        async def cancel(interaction: Interaction, code: Range[str, 1, 40] = "") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.CANCEL, rest=code))

        @tree.command(name=_name(Verb.CAREFUL), description=_what(Verb.CAREFUL))
        @_options("always")
        @app_commands.choices(always=_listed(slash.SLASH_ONS))
        async def careful(interaction: Interaction, always: str) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.CAREFUL, rest=always))

        @tree.command(name=_name(Verb.LANG), description=_what(Verb.LANG))
        @_options("language")
        @app_commands.choices(language=[Choice(name=own, value=code) for code, own in self._translators.choices()])
        async def lang(interaction: Interaction, language: str) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.LANG, rest=language))

        @tree.command(name=_name(Verb.HELP), description=_what(Verb.HELP))
        async def help_(interaction: Interaction) -> None:
            await self._inbound.tell(caller(interaction), slash.welcome(self._menu.unserved(_TASKS)))

    def _add_simple(self, tree: Tree, verb: Verb) -> None:
        @tree.command(name=_name(verb), description=_what(verb))
        async def simple(interaction: Interaction) -> None:
            await self._inbound.ask(caller(interaction), Ask(verb))

    def _add_choosing(self, tree: Tree) -> None:
        @tree.command(name=_name(Verb.MODELS), description=_what(Verb.MODELS))
        @_options("kind")
        @app_commands.choices(kind=_listed(slash.SLASH_KINDS))
        async def models(interaction: Interaction, kind: str = "") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.MODELS, rest=kind))

        @tree.command(name=_name(Verb.MODEL), description=_what(Verb.MODEL))
        @_options("kind", "model")
        @app_commands.choices(kind=_listed(slash.SLASH_KINDS))
        @app_commands.autocomplete(model=self.offer_models)
        async def model(interaction: Interaction, kind: str, model: str) -> None:
            await self._inbound.ask(caller(interaction), always(kind, model))

    def _add_menu(self, tree: Tree, menu: str, phrase: Phrase) -> None:
        @tree.context_menu(name=told(phrase.one, phrase))
        async def choose(interaction: Interaction, message: Message) -> None:
            form = modals.form(menu, str(interaction.id), self._translators.get(interaction.locale.value))
            await self._inbound.open(caller(interaction), form, pictures_on(message)[:1])

    async def offer_models(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        """Return the models that fit a half-filled command."""
        command = interaction.command.name if interaction.command is not None else ""
        filled = interaction.namespace
        use, kind = getattr(filled, "use", None) or "", getattr(filled, "kind", None) or ""
        has_picture = getattr(filled, "picture", None) is not None
        words = self._translators.get(interaction.locale.value)
        wanted = tasks(command, has_picture=has_picture, use=str(use), kind=str(kind))
        found = [Choice(name=c.name, value=c.value) for c in await self._menu.choices(wanted, current, words)]
        if command == Verb.MODEL and not current:
            own = Choice(name=shortened(words.say(slash.SLASH_FORGET()), MOST_CHOICE), value=FORGET)
            found = [own, *found[:-1]] if len(found) == 25 else [own, *found]  # noqa: PLR2004 - Discord's most choices
        return found


def _name(verb: Verb) -> app_commands.locale_str:
    return told(verb.value, slash.SLASH[verb.value][0])


def _what(verb: Verb) -> app_commands.locale_str:
    what = slash.SLASH[verb.value][1]
    return told(what.one, what)
