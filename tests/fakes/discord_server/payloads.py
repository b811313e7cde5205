"""Objects as Discord puts them on the wire, built from the world. Nothing is decided or changed here."""

from typing import Any

from tests.fakes.discord_server.cdn import Cdn
from tests.fakes.discord_server.clock import born, stamp
from tests.fakes.discord_server.components import Kind
from tests.fakes.discord_server.messages import Message, Version
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.world import (
    EVERYTHING,
    NOTHING,
    Channel,
    ChannelKind,
    Guild,
    Member,
    Permission,
    User,
)


def user_payload(user: User) -> Json:
    """Return an account."""
    return {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": user.bot,
        "public_flags": 0,
    }


def member_payload(member: Member, channel: Channel | None = None) -> Json:
    """Return a member; with ``channel`` also what they may do there, as interactions carry it."""
    payload: Json = {
        "user": user_payload(member.user),
        "roles": [str(role) for role in member.roles],
        "joined_at": stamp(born(member.user.id)),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
    }
    if channel is not None:
        payload["permissions"] = str(int(channel.permissions(member.user)))
    return payload


def channel_payload(channel: Channel, viewer: User | None = None) -> Json:
    """Return a channel; with ``viewer`` also their permissions, as interactions carry it."""
    payload: Json = {"id": str(channel.id), "type": int(channel.kind), "flags": 0, "last_message_id": None}
    if viewer is not None:
        payload["permissions"] = str(int(channel.permissions(viewer)))
    if channel.guild is None:
        others = [user for user in channel.people if not user.bot]
        return {**payload, "recipients": [user_payload(user) for user in others], "owner_id": str(others[0].id)}
    payload |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "nsfw": channel.nsfw,
        "rate_limit_per_user": 0,
        "parent_id": str(channel.parent.id) if channel.parent else None,
    }
    if channel.kind is ChannelKind.THREAD:
        return payload | _thread(channel)
    overwrites = [
        {
            "id": str(whose),
            "type": 0 if whose == channel.guild.id else 1,
            "allow": str(int(channel.granted.get(whose, NOTHING))),
            "deny": str(int(channel.denied.get(whose, NOTHING))),
        }
        for whose in {**channel.denied, **channel.granted}
    ]
    return payload | {"position": 0, "topic": None, "permission_overwrites": overwrites}


def _thread(channel: Channel) -> Json:
    created = stamp(born(channel.id))
    return {
        "owner_id": str(channel.guild.owner.id) if channel.guild else None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": created,
            "create_timestamp": created,
            "locked": False,
        },
    }


def guild_payload(guild: Guild, bot: User) -> Json:
    """Return a guild as GUILD_CREATE carries it. The bot's permissions are those of a role of its own."""
    member = guild.members.get(bot.id)
    bot_role = guild.id + 1
    me = [{**member_payload(member), "roles": roles_of(member, guild)}] if member else []
    channels = guild.channels.values()
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "splash": None,
        "description": None,
        "owner_id": str(guild.owner.id),
        "preferred_locale": guild.locale,
        "features": [],
        "emojis": [],
        "stickers": [],
        "roles": [
            _role(guild.id, "@everyone", 0, 0),
            _role(bot_role, bot.name, 1, int(member.permissions if member else NOTHING)),
            _role(guild.id + 2, "Moderators", 2, int(Permission.ADMINISTRATOR)),
        ],
        "member_count": len(guild.members),
        "members": me,
        "channels": [channel_payload(c) for c in channels if c.kind is ChannelKind.TEXT],
        "threads": [channel_payload(c) for c in channels if c.kind is ChannelKind.THREAD],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
        "joined_at": stamp(born(guild.id)),
        "large": False,
        "unavailable": False,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "afk_timeout": 300,
        "system_channel_flags": 0,
    }


def roles_of(member: Member, guild: Guild) -> list[str]:
    """Return a member's roles. Only the bot has one: its own."""
    return [str(guild.id + 1)] if member.user is guild.bot else []


def own_guild_payload(guild: Guild, bot: User) -> Json:
    """Return a guild as the list of an account's own guilds has it: with what it may do there, channels aside."""
    whole = guild_payload(guild, bot)
    member = guild.members[bot.id]
    owner = guild.owner is bot
    may = EVERYTHING if owner else member.permissions
    plain = {key: whole[key] for key in ("id", "name", "icon", "features")}
    return plain | {"owner": owner, "permissions": str(int(may))}


def _role(snowflake: int, name: str, position: int, permissions: int) -> Json:
    return {
        "id": str(snowflake),
        "name": name,
        "position": position,
        "permissions": str(permissions),
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": position > 0,
        "mentionable": False,
        "flags": 0,
    }


def message_payload(message: Message, cdn: Cdn, application: int, *, settled: bool = True) -> Json:
    """Return a message. The answer to a write is not ``settled``: media of other hosts are still loading."""
    now = message.now
    previews = [cdn.preview(address) for address in now.unfurls] if settled else []
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel.id),
        "type": 0 if message.interaction is None else 20,
        "author": user_payload(message.author),
        "content": now.content,
        "timestamp": stamp(born(message.id)),
        "edited_timestamp": stamp(now.at) if len(message.versions) > 1 else None,
        "tts": False,
        "mention_everyone": message.everyone,
        "mentions": [user_payload(user) for user in message.pinged],
        "mention_roles": [],
        "attachments": [cdn.attachment(file) for file in now.files],
        "embeds": [*now.embeds, *(preview for preview in previews if preview)],
        "components": [_component(component, now, cdn, settled=settled) for component in now.components],
        "flags": int(now.flags),
        "pinned": False,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.author.bot:
        payload["application_id"] = str(application)
    if message.interaction is not None:
        payload |= {"webhook_id": str(application), "interaction_metadata": message.interaction}
    if message.reply_to is not None:
        payload["message_reference"] = {"message_id": str(message.reply_to), "channel_id": str(message.channel.id)}
        payload["type"] = 19
    return payload


def _component(component: Json, version: Version, cdn: Cdn, *, settled: bool) -> Json:
    """Return a component with its media looked up."""
    shown = dict(component)

    def medium(item: Any) -> Json:
        return cdn.medium(item["url"], version.files, settled=settled)

    if component["type"] == Kind.GALLERY:
        shown["items"] = [{**item, "media": medium(item["media"])} for item in component["items"]]
    if component["type"] == Kind.THUMBNAIL:
        shown["media"] = medium(component["media"])
    if component["type"] == Kind.FILE:
        shown["file"] = medium(component["file"])
        name = component["file"]["url"].removeprefix("attachment://")
        size = next(len(file.upload.data) for file in version.files if file.upload.filename == name)
        shown |= {"name": name, "size": size}
    if "components" in component:
        shown["components"] = [_component(child, version, cdn, settled=settled) for child in component["components"]]
    if "accessory" in component:
        shown["accessory"] = _component(component["accessory"], version, cdn, settled=settled)
    return shown


def application_payload(application: int, bot: User) -> Json:
    """Return the application as ``GET /oauth2/applications/@me`` does."""
    return {
        "id": str(application),
        "name": bot.name.title(),
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user_payload(User(application + 1, "developer")),
        "verify_key": "00" * 32,
        "flags": 0,
        "rpc_origins": [],
        "team": None,
        "tags": [],
        "interactions_endpoint_url": None,
        "integration_types_config": {"0": {}, "1": {}},
        "approximate_guild_count": 0,
        "approximate_user_install_count": 0,
    }
