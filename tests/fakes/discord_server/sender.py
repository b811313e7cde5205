"""Making INTERACTION_CREATE out of what a person did, and sending it to the bot. What the person may do is not here."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.discord_server.calls import Calls
from tests.fakes.discord_server.clock import Clock
from tests.fakes.discord_server.exchange import Exchange
from tests.fakes.discord_server.gateway import Gateway
from tests.fakes.discord_server.interactions import Asked, Interaction, Interactions, Terms
from tests.fakes.discord_server.messages import Message
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.payloads import channel_payload, member_payload, user_payload
from tests.fakes.discord_server.posts import Posts
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.world import FOREIGN, ORDINARY, Channel, Member, Permission, User

Mangle = Callable[[Json], object]
"""Changes an event before it is sent, to make it malformed."""


@dataclass(slots=True)
class Sender:
    """Sends interactions."""

    posts: Posts
    interactions: Interactions
    gateway: Gateway
    clock: Clock
    terms: Terms
    news: News
    calls: Calls
    application: int

    def installs(self, person: User, channel: Channel) -> frozenset[int]:
        """Return how the app got there: 0 = the guild (or the bot's own DM), 1 = the person."""
        bot = self.posts.world.bot
        at_home = channel.guild.with_bot if channel.guild is not None else bot in channel.people
        return frozenset({0} if at_home else set()) | frozenset({1} if person.installed else set())

    def context(self, channel: Channel) -> int:
        """Return where that is: 0 a guild, 1 the bot's DM, 2 anybody else's."""
        if channel.guild is not None:
            return 0
        return 1 if self.posts.world.bot in channel.people else 2

    def send(
        self,
        asked: Asked,
        person: User,
        channel: Channel,
        data: Json,
        *,
        installs: frozenset[int],
        locale: str | None = None,
        source: Message | None = None,
        focused_kind: int | None = None,
        mangle: Mangle | None = None,
    ) -> Exchange:
        """Send an interaction of this moment and return what will come of it."""
        own_limit = channel.guild.file_limit if channel.guild else None
        limit = own_limit if own_limit is not None else self.terms.file_limit
        interaction = self.interactions.open(asked, person, channel, installs=installs, file_limit=limit)
        interaction.source, interaction.focused_kind = source, focused_kind
        interaction.forced_private = self._forced_private(interaction)
        interaction.payload = self._event(interaction, data, locale or person.locale)
        if mangle is not None:
            mangle(interaction.payload)
        self._deliver(interaction)
        return Exchange(
            interaction,
            clock=self.clock,
            terms=self.terms,
            news=self.news,
            calls=self.calls,
            resend=lambda: self._deliver(interaction),
        )

    def _deliver(self, interaction: Interaction) -> int:
        guild = interaction.guild.id if interaction.guild else None
        reached = self.gateway.publish("INTERACTION_CREATE", copy.deepcopy(interaction.payload), guild)
        interaction.delivered += reached
        return reached

    def _forced_private(self, interaction: Interaction) -> bool:
        """A user's app speaks aloud in a guild only where the person may use external apps."""
        if interaction.guild is None or interaction.installs != {1}:
            return False
        return Permission.USE_EXTERNAL_APPS not in interaction.channel.permissions(interaction.person)

    def _event(self, interaction: Interaction, data: Json, locale: str) -> Json:
        person, channel = interaction.person, interaction.channel
        event: Json = {
            "version": 1,
            "id": str(interaction.id),
            "application_id": str(self.application),
            "type": int(interaction.asked),
            "token": interaction.token,
            "data": data,
            "channel_id": str(channel.id),
            "channel": channel_payload(channel, person),
            "locale": locale,
            "app_permissions": str(int(self._app_permissions(channel))),
            "entitlements": [],
            "attachment_size_limit": interaction.file_limit,
            "authorizing_integration_owners": self._owners(interaction),
            "context": self.context(channel),
        }
        if interaction.source is not None:
            event["message"] = self.posts.shown(interaction.source, settled=True)
        if channel.guild is None:
            return event | {"user": user_payload(person)}
        guild = channel.guild
        member = guild.members.get(person.id) or Member(person)
        return event | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": member_payload(member, channel),
        }

    def _owners(self, interaction: Interaction) -> Json:
        owners: Json = {}
        if 0 in interaction.installs:
            owners["0"] = str(interaction.guild.id) if interaction.guild else "0"
        if 1 in interaction.installs:
            owners["1"] = str(interaction.person.id)
        return owners

    def _app_permissions(self, channel: Channel) -> Permission:
        bot = self.posts.world.bot
        if channel.guild is None:
            return ORDINARY
        return channel.permissions(bot) if channel.guild.with_bot else FOREIGN
