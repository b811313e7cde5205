"""What the bot of these tests shows: a gallery with buttons that survive, a modal with every kind of field."""

import re
from typing import Any, ClassVar, Self

from typing_extensions import override

from tests.fakes.discord.library import discord
from tests.fakes.discord.stage import Interaction

PICTURE = "https://media.example/boat.png"
VIDEO = "https://media.example/boat.mp4"


def gallery(*addresses: str, words: str = "Here it is", buttons: tuple[Any, ...] = ()) -> discord.ui.LayoutView:
    """Return a fresh Components V2 view: words, a gallery and perhaps buttons, in a container."""
    view = discord.ui.LayoutView(timeout=None)
    container: discord.ui.Container[Any] = discord.ui.Container(discord.ui.TextDisplay(words))
    if addresses:
        container.add_item(discord.ui.MediaGallery(*(discord.MediaGalleryItem(address) for address in addresses)))
    if buttons:
        container.add_item(discord.ui.ActionRow(*buttons))
    view.add_item(container)
    return view


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"again:(?P<job>[0-9]+)"):
    """A button whose job is in its id, so that it works after a restart."""

    clicked: ClassVar[list[str]] = []
    """What was clicked; the library makes an instance per click, so the class keeps it."""

    def __init__(self, job: str) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        self.clicked.append(self.job)
        await interaction.response.edit_message(view=gallery(PICTURE, words=f"again {self.job}"))


class Form(discord.ui.Modal, title="Edit"):
    """A modal with a text, a select and files."""

    words: discord.ui.Label[Any] = discord.ui.Label(
        text="Prompt", component=discord.ui.TextInput(custom_id="prompt", max_length=20)
    )
    size: discord.ui.Label[Any] = discord.ui.Label(
        text="Size",
        component=discord.ui.Select(
            custom_id="size", options=[discord.SelectOption(label=n, value=n) for n in ("small", "large")]
        ),
    )
    files: discord.ui.Label[Any] = discord.ui.Label(
        text="Pictures", component=discord.ui.FileUpload(custom_id="files", max_values=2, required=False)
    )

    @override
    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        words, size, files = self.words.component, self.size.component, self.files.component
        assert isinstance(words, discord.ui.TextInput)
        assert isinstance(size, discord.ui.Select)
        assert isinstance(files, discord.ui.FileUpload)
        names = [file.filename for file in files.values]
        await interaction.response.send_message(f"{words.value} {size.values} {names}", ephemeral=True)


async def open_form(interaction: Interaction, **_: object) -> None:
    """Answer with the modal."""
    await interaction.response.send_modal(Form())


async def deliver(interaction: Interaction, **_: object) -> None:
    """Defer, then show one picture, then a picture and a video."""
    await interaction.response.defer()
    await interaction.edit_original_response(view=gallery(PICTURE, words="half way"))
    await interaction.edit_original_response(view=gallery(PICTURE, VIDEO, words="done"))
