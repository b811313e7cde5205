"""Who did something in Discord, where, and what that allows, read from the library's objects. Acting is elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import discord

from bot.core.job import Address
from bot.engine.ports import Person
from bot.platforms.discord.wire import DM, ELSEWHERE, NAME, born
from bot.storage.passes import GUEST_FOLLOWUPS, MANY_FOLLOWUPS, Pass


@dataclass(frozen=True, slots=True)
class Caller:
    """An interaction. ``message`` is the pressed message, ``posts`` whether Limner may write there by itself.

    ``is_guest``: only the person has installed Limner. ``file_limit`` is in bytes.
    """

    event: str
    application: str
    token: str = field(repr=False)
    at: datetime
    person: Person
    posts: bool
    is_guest: bool
    file_limit: int
    message: str = ""

    @property
    def is_among_others(self) -> bool:
        """Whether what is said there is read by others than the two."""
        return self.person.address.tenant != DM

    def pass_for(self, *, opens: bool, hidden: bool, message: str) -> Pass:
        """Return the right to answer that comes with it; ``opens``: with a message of its own."""
        address = self.person.address
        return Pass(
            event=self.event,
            application=self.application,
            token=self.token,
            at=self.at,
            tenant=address.tenant,
            place=address.place,
            person=self.person.id,
            opens=opens,
            hidden=hidden,
            posts=self.posts,
            followups=GUEST_FOLLOWUPS if self.is_guest else MANY_FOLLOWUPS,
            file_limit=self.file_limit,
            locale=self.person.locale,
            message=message,
        )


@dataclass(frozen=True, slots=True)
class Offered:
    """A file that a person gave: where it is, and how many bytes it says it has."""

    url: str
    size: int


def caller(interaction: discord.Interaction) -> Caller:
    """Return who did something."""
    address = Address(NAME, _tenant(interaction), str(interaction.channel_id))
    return Caller(
        event=str(interaction.id),
        application=str(interaction.application_id),
        token=interaction.token,
        at=born(str(interaction.id)),
        person=_person(interaction, address),
        posts=_posts(interaction),
        is_guest=not _is_at_home(interaction),
        file_limit=interaction.filesize_limit,
        message=str(interaction.message.id) if interaction.message is not None else "",
    )


def _person(interaction: discord.Interaction, address: Address) -> Person:
    user = interaction.user
    roles = user.roles if isinstance(user, discord.Member) else ()
    return Person(
        address,
        str(user.id),
        interaction.locale.value,
        is_alone=address.tenant == DM,
        name=user.display_name,
        roles=frozenset(f"{NAME}/{role.id}" for role in roles),
        is_age_restricted=_is_age_restricted(interaction.channel),
    )


def _is_age_restricted(channel: object) -> bool:
    return isinstance(channel, discord.TextChannel | discord.VoiceChannel | discord.Thread) and channel.is_nsfw()


def offered(*attachments: discord.Attachment | None) -> tuple[Offered, ...]:
    """Return the files that were given."""
    return tuple(Offered(a.url, a.size) for a in attachments if a is not None)


def pictures_on(message: discord.Message) -> tuple[Offered, ...]:
    """Return the pictures one sees on a message: its files, those in our galleries, those behind its addresses.

    What is not Discord's own is taken from Discord's copy, so that nobody's server is called for it.
    """
    files = [a for a in message.attachments if (a.content_type or "image/").startswith("image/")]
    copies = [*_in_galleries(message.components)]
    for embed in message.embeds:
        copies += [embed.image.proxy_url, embed.thumbnail.proxy_url]
    return (*offered(*files), *(Offered(copy, 0) for copy in copies if copy))


def _in_galleries(components: Sequence[object]) -> Iterator[str | None]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            media = (item.media for item in component.items)
            yield from (m.proxy_url for m in media if (m.content_type or "").startswith("image/"))
        if isinstance(component, discord.Container):
            yield from _in_galleries(component.children)


def _tenant(interaction: discord.Interaction) -> str:
    if interaction.guild_id is not None:
        return str(interaction.guild_id)
    return DM if interaction.context.dm_channel else ELSEWHERE


def _is_at_home(interaction: discord.Interaction) -> bool:
    if interaction.guild_id is None:
        return bool(interaction.context.dm_channel)
    return interaction.is_guild_integration()


def _posts(interaction: discord.Interaction) -> bool:
    """Whether the bot itself may write there: Discord says so with every interaction."""
    if not _is_at_home(interaction):
        return False
    if interaction.guild_id is None:
        return True
    may = interaction.app_permissions
    writes = may.send_messages_in_threads if isinstance(interaction.channel, discord.Thread) else may.send_messages
    return may.administrator or (may.view_channel and writes)
