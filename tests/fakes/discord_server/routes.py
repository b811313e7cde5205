"""The table of all endpoints: names (for faults, calls and holds), paths and buckets. What they do is not here."""

from tests.fakes.discord_server.application_routes import ApplicationRoutes
from tests.fakes.discord_server.channel_routes import ChannelRoutes
from tests.fakes.discord_server.door import Endpoint
from tests.fakes.discord_server.webhook_routes import WebhookRoutes


def endpoints(about: ApplicationRoutes, channels: ChannelRoutes, webhooks: WebhookRoutes) -> tuple[Endpoint, ...]:
    """Return every endpoint (reference section 3.3, and what a doctor asks)."""
    return (*_about(about), *_commands(about), *_channels(channels), *_webhooks(webhooks))


def _about(about: ApplicationRoutes) -> tuple[Endpoint, ...]:
    return (
        Endpoint("users.me", "GET", "/users/@me", about.me, "users"),
        Endpoint("users.guilds", "GET", "/users/@me/guilds", about.guilds, "users"),
        Endpoint("users.get", "GET", "/users/{user}", about.user, "users"),
        Endpoint("application.get", "GET", "/oauth2/applications/@me", about.application, "application"),
        Endpoint("application.get", "GET", "/applications/@me", about.application, "application"),
        Endpoint("gateway.bot", "GET", "/gateway/bot", about.gateway_bot, "gateway"),
        Endpoint("guilds.get", "GET", "/guilds/{guild}", about.guild, "guilds"),
        Endpoint("guilds.channels", "GET", "/guilds/{guild}/channels", about.channels, "guilds"),
        Endpoint("guilds.member", "GET", "/guilds/{guild}/members/{user}", about.member, "guilds"),
        Endpoint("attachments.refresh", "POST", "/attachments/refresh-urls", about.refresh, "attachments"),
    )


def _commands(about: ApplicationRoutes) -> tuple[Endpoint, ...]:
    found: list[Endpoint] = []
    for scope in ("/applications/{application}", "/applications/{application}/guilds/{guild}"):
        many, one = f"{scope}/commands", f"{scope}/commands/{{command}}"
        found += [
            Endpoint("commands.list", "GET", many, about.list_commands, "commands.list"),
            Endpoint("commands.sync", "PUT", many, about.sync_commands, "commands"),
            Endpoint("commands.add", "POST", many, about.add_command, "commands"),
            Endpoint("commands.get", "GET", one, about.get_command, "commands.list"),
            Endpoint("commands.change", "PATCH", one, about.change_command, "commands"),
            Endpoint("commands.delete", "DELETE", one, about.delete_command, "commands"),
        ]
    return tuple(found)


def _channels(channels: ChannelRoutes) -> tuple[Endpoint, ...]:
    many, one = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
    return (
        Endpoint("channels.get", "GET", "/channels/{channel}", channels.get, "channels.get"),
        Endpoint("channels.typing", "POST", "/channels/{channel}/typing", channels.typing, "channels.typing"),
        Endpoint("channels.send", "POST", many, channels.send, "channels.send"),
        Endpoint("channels.read", "GET", one, channels.read, "channels.read"),
        Endpoint("channels.edit", "PATCH", one, channels.edit, "channels.edit"),
        Endpoint("channels.delete", "DELETE", one, channels.delete, "channels.delete"),
        Endpoint("dms.open", "POST", "/users/@me/channels", channels.open_dm, "dms"),
    )


def _webhooks(webhooks: WebhookRoutes) -> tuple[Endpoint, ...]:
    send, one = "/webhooks/{application}/{token}", "/webhooks/{application}/{token}/messages/{message}"
    answer = "/interactions/{interaction}/{token}/callback"
    return (
        Endpoint("interactions.callback", "POST", answer, webhooks.callback, token_is_key=True),
        Endpoint("webhooks.send", "POST", send, webhooks.follow_up, "webhooks", token_is_key=True),
        Endpoint("webhooks.get", "GET", one, webhooks.get, "webhooks", token_is_key=True),
        Endpoint("webhooks.edit", "PATCH", one, webhooks.edit, "webhooks", token_is_key=True),
        Endpoint("webhooks.delete", "DELETE", one, webhooks.delete, "webhooks", token_is_key=True),
    )
