"""The commands and menus that Discord lists, and what can be filled in. What they mean is in ``asking``."""

from collections.abc import Mapping

from discord import Attachment, Interaction, Message, app_commands
from discord.app_commands import Choice, Range

from bot.core import slash
from bot.core.grammar import Ask, Verb
from bot.engine.desk import KINDS
from bot.i18n import Translators
from bot.platforms.discord import modals
from bot.platforms.discord.asking import Form, always, order
from bot.platforms.discord.callers import caller, offered, pictures_on
from bot.platforms.discord.finishing import Finishing
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.limits import MOST_CHOICE
from bot.platforms.discord.menu import Menu
from bot.platforms.discord.naming import Tree, listed, name_of, options, plain, what_of
from bot.platforms.discord.quoting import shortened
from bot.platforms.discord.translator import told
from bot.text import Phrase
from providers.models import Task

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
    "upscale": (Task.UPSCALE_IMAGE,),
    "cutout": (Task.REMOVE_BACKGROUND,),
    "describe": (Task.IMAGE_TO_TEXT, Task.VIDEO_TO_TEXT),
    "extend": (Task.EXTEND_VIDEO,),
}
"""What each command makes when nothing else is filled in."""

_WITH_PICTURE: Mapping[str, tuple[Task, ...]] = {"video": (Task.IMAGE_TO_VIDEO,), "image": (Task.IMAGE_TO_IMAGE,)}
_MAKING_VIDEO = frozenset({"video", "animate"})

Prompt = Range[str, 1, 6000]
Seconds = Range[int, 1, 600]
Count = Range[int, 1, 10]
Code = Range[str, 1, 40]
NamePart = Range[str, 1, 60]


_RESOLUTIONS = plain("480p", "720p", "1080p", "2k", "4k")
_SHAPES = plain("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")
_SETTINGS = ("model", "duration", "resolution", "aspect_ratio", "count")


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
        Finishing(self._inbound, self.offer_models).join(tree)
        self._add_spoken(tree)
        self._add_free(tree)
        self._add_money(tree)
        self._add_choosing(tree)
        for menu, phrase in slash.MENUS.items():
            self._add_menu(tree, menu, phrase)

    def _add_words(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.VIDEO), description=what_of(Verb.VIDEO))
        @options("prompt", "picture", "second", "use", *_SETTINGS)
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES, use=listed(slash.SLASH_USES))
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

        @tree.command(name=name_of(Verb.IMAGE), description=what_of(Verb.IMAGE))
        @options("prompt", "picture", "model", "resolution", "aspect_ratio", "count")
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
        @tree.command(name=name_of(Verb.ANIMATE), description=what_of(Verb.ANIMATE))
        @options("picture", "prompt", "second", "use", *_SETTINGS)
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES, use=listed(slash.SLASH_USES))
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

        @tree.command(name=name_of(Verb.EDIT), description=what_of(Verb.EDIT))
        @options("prompt", "picture", "of", "second", "model", "resolution", "aspect_ratio", "count")
        @app_commands.choices(resolution=_RESOLUTIONS, aspect_ratio=_SHAPES)
        @app_commands.autocomplete(model=self.offer_models)
        async def edit(
            interaction: Interaction,
            prompt: Prompt,
            picture: Attachment | None = None,
            of: Code = "",
            second: Attachment | None = None,
            model: str = "",
            resolution: str = "",
            aspect_ratio: str = "",
            count: Count | None = None,
        ) -> None:
            form = Form(prompt, model, None, resolution, aspect_ratio, count, of=of)
            await self._inbound.ask(caller(interaction), order(Verb.EDIT, form), offered(picture, second))

    def _add_spoken(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.MUSIC), description=what_of(Verb.MUSIC))
        @options("prompt", "model", "duration")
        @app_commands.autocomplete(model=self.offer_models)
        async def music(
            interaction: Interaction, prompt: Prompt, model: str = "", duration: Seconds | None = None
        ) -> None:
            await self._inbound.ask(caller(interaction), order(Verb.MUSIC, Form(prompt, model, duration)))

        @tree.command(name=name_of(Verb.SPEAK), description=what_of(Verb.SPEAK))
        @options("text", "model")
        @app_commands.autocomplete(model=self.offer_models)
        async def speak(interaction: Interaction, text: Prompt, model: str = "") -> None:
            await self._inbound.ask(caller(interaction), order(Verb.SPEAK, Form(text, model)))

        @tree.command(name=name_of(Verb.ASK), description=what_of(Verb.ASK))
        @options("question", "picture", "model")
        @app_commands.autocomplete(model=self.offer_models)
        async def ask(
            interaction: Interaction, question: Prompt, picture: Attachment | None = None, model: str = ""
        ) -> None:
            form = Form(question, model)
            await self._inbound.ask(caller(interaction), order(Verb.ASK, form), offered(picture))

    def _add_free(self, tree: Tree) -> None:
        for verb in (Verb.PREFS, Verb.JOBS, Verb.HISTORY, Verb.BALANCE, Verb.FORGET):
            self._add_simple(tree, verb)

        @tree.command(name=name_of(Verb.CANCEL), description=what_of(Verb.CANCEL))
        @options("code")
        async def cancel(interaction: Interaction, code: Range[str, 1, 40] = "") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.CANCEL, rest=code))

        @tree.command(name=name_of(Verb.CAREFUL), description=what_of(Verb.CAREFUL))
        @options("always")
        @app_commands.choices(always=listed(slash.SLASH_ONS))
        async def careful(interaction: Interaction, always: str) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.CAREFUL, rest=always))

        @tree.command(name=name_of(Verb.LANG), description=what_of(Verb.LANG))
        @options("language")
        @app_commands.choices(language=[Choice(name=own, value=code) for code, own in self._translators.choices()])
        async def lang(interaction: Interaction, language: str) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.LANG, rest=language))

        @tree.command(name=name_of(Verb.HELP), description=what_of(Verb.HELP))
        async def help_(interaction: Interaction) -> None:
            await self._inbound.tell(caller(interaction), slash.welcome(self._menu.unserved(_TASKS)))

    def _add_money(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.BUDGET), description=what_of(Verb.BUDGET))
        @options("change")
        async def budget(interaction: Interaction, change: Range[str, 1, 100] = "") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.BUDGET, rest=change))

        @tree.command(name=name_of(Verb.USAGE), description=what_of(Verb.USAGE))
        @options("whose")
        @app_commands.choices(whose=listed(slash.SLASH_WHOSE))
        async def usage(interaction: Interaction, whose: str = "me") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.USAGE, rest=whose))

        @tree.command(name=name_of(Verb.RECEIPT), description=what_of(Verb.RECEIPT))
        @options("code")
        async def receipt(interaction: Interaction, code: Range[str, 1, 40]) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.RECEIPT, rest=code))

    def _add_simple(self, tree: Tree, verb: Verb) -> None:
        @tree.command(name=name_of(verb), description=what_of(verb))
        async def simple(interaction: Interaction) -> None:
            await self._inbound.ask(caller(interaction), Ask(verb))

    def _add_choosing(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.MODELS), description=what_of(Verb.MODELS))
        @options("kind", "sort", "name")
        @app_commands.choices(kind=listed(slash.SLASH_KINDS), sort=listed(slash.SLASH_SORTS))
        async def models(interaction: Interaction, kind: str = "", sort: str = "", name: NamePart = "") -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.MODELS, rest=f"{kind} {sort} {name}".strip()))

        @tree.command(name=name_of(Verb.MODEL), description=what_of(Verb.MODEL))
        @options("kind", "model")
        @app_commands.choices(kind=listed(slash.SLASH_KINDS))
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
