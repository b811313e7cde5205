"""The commands that go on from a picture or a result: larger, cut out, described, longer; and richer words."""

from collections.abc import Callable, Coroutine

from discord import Attachment, Interaction, app_commands
from discord.app_commands import Choice, Range

from bot.core.grammar import Ask, Verb
from bot.platforms.discord.asking import Form, order
from bot.platforms.discord.callers import caller, offered
from bot.platforms.discord.inbound import Inbound
from bot.platforms.discord.naming import Tree, name_of, options, what_of

Offer = Callable[[Interaction, str], Coroutine[object, object, list[Choice[str]]]]
"""Who lists models while somebody types."""

Code = Range[str, 1, 40]
Prompt = Range[str, 1, 6000]
Scale = Range[int, 2, 4]
Seconds = Range[int, 1, 600]


class Finishing:
    """Puts them on a tree."""

    def __init__(self, inbound: Inbound, offer_models: Offer) -> None:
        self._inbound = inbound
        self._offer_models = offer_models

    def join(self, tree: Tree) -> None:
        """Add everything."""
        self._add_upscale(tree)
        for verb in (Verb.CUTOUT, Verb.DESCRIBE):
            self._add_of_picture(tree, verb)
        self._add_extend(tree)
        self._add_enhance(tree)

    def _add_upscale(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.UPSCALE), description=what_of(Verb.UPSCALE))
        @options("picture", "of", "scale", "model")
        @app_commands.autocomplete(model=self._offer_models)
        async def upscale(
            interaction: Interaction,
            picture: Attachment | None = None,
            of: Code = "",
            scale: Scale | None = None,
            model: str = "",
        ) -> None:
            form = Form(model=model, of=of, scale=scale)
            await self._inbound.ask(caller(interaction), order(Verb.UPSCALE, form), offered(picture))

    def _add_of_picture(self, tree: Tree, verb: Verb) -> None:
        @tree.command(name=name_of(verb), description=what_of(verb))
        @options("picture", "of", "model")
        @app_commands.autocomplete(model=self._offer_models)
        async def made(
            interaction: Interaction, picture: Attachment | None = None, of: Code = "", model: str = ""
        ) -> None:
            form = Form(model=model, of=of)
            await self._inbound.ask(caller(interaction), order(verb, form), offered(picture))

    def _add_extend(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.EXTEND), description=what_of(Verb.EXTEND))
        @options("of", "prompt", "duration", "model")
        @app_commands.autocomplete(model=self._offer_models)
        async def extend(
            interaction: Interaction,
            of: Code,
            prompt: Prompt = "",
            duration: Seconds | None = None,
            model: str = "",
        ) -> None:
            form = Form(prompt, model, duration, of=of)
            await self._inbound.ask(caller(interaction), order(Verb.EXTEND, form))

    def _add_enhance(self, tree: Tree) -> None:
        @tree.command(name=name_of(Verb.ENHANCE), description=what_of(Verb.ENHANCE))
        @options("prompt")
        async def enhance(interaction: Interaction, prompt: Prompt) -> None:
            await self._inbound.ask(caller(interaction), Ask(Verb.ENHANCE, rest=prompt))
