"""What the bot does in channels with its own token: read, send, edit, type, open DMs. Permissions decide here."""

from tests.fakes.discord_server.buckets import Buckets
from tests.fakes.discord_server.door import Answer, Ask
from tests.fakes.discord_server.drafts import read_edit, read_new
from tests.fakes.discord_server.messages import Message
from tests.fakes.discord_server.payloads import channel_payload
from tests.fakes.discord_server.posts import Posts
from tests.fakes.discord_server.refusals import Json, refuse
from tests.fakes.discord_server.world import Channel, ChannelKind, Permission


class ChannelRoutes:
    """Answers the routes that need the bot token."""

    def __init__(self, posts: Posts, buckets: Buckets) -> None:
        self._posts = posts
        self._world = posts.world
        self._buckets = buckets

    def get(self, ask: Ask) -> Answer:
        """Answer ``GET /channels/{channel}``."""
        return Answer(channel_payload(self._world.known_channel(ask.where["channel"])))

    def send(self, ask: Ask) -> Answer:
        """Answer ``POST /channels/{channel}/messages``; with an enforced nonce the first message is the only one."""
        channel, form = self._world.known_channel(ask.where["channel"]), ask.form
        self._check_send(channel, form, with_files=bool(ask.uploads))
        version = read_new(form, ask.uploads, self._posts.desk(channel), ephemeral_allowed=False)
        if twin := self._twin(channel, form):
            return Answer(self._posts.shown(twin, settled=True))
        if channel.guild is not None and channel.guild.blocks(version.text):
            refuse(200000)
        message = self._posts.write(channel, self._world.bot, version, form)
        return Answer(self._posts.shown(message, settled=False))

    def read(self, ask: Ask) -> Answer:
        """Answer ``GET /channels/{channel}/messages/{message}``."""
        channel = self._world.known_channel(ask.where["channel"])
        self._need(channel, Permission.READ_MESSAGE_HISTORY)
        return Answer(self._posts.shown(self._message(ask, channel), settled=True))

    def edit(self, ask: Ask) -> Answer:
        """Answer ``PATCH /channels/{channel}/messages/{message}``."""
        channel = self._world.known_channel(ask.where["channel"])
        message = self._message(ask, channel)
        if channel.archived:
            refuse(50083)
        if message.author is not self._world.bot:
            refuse(50005)
        version = read_edit(message.now, ask.form, ask.uploads, self._posts.desk(channel))
        if channel.guild is not None and channel.guild.blocks(version.text):
            refuse(200000)
        if self._posts.clock.time() - message.versions[0].at > self._posts.terms.old_message_seconds:
            self._buckets.edit_old(channel.id)
        self._posts.change(message, version)
        return Answer(self._posts.shown(message, settled=False))

    def delete(self, ask: Ask) -> Answer:
        """Answer ``DELETE /channels/{channel}/messages/{message}``."""
        channel = self._world.known_channel(ask.where["channel"])
        message = self._message(ask, channel)
        if message.author is not self._world.bot:
            refuse(50013)
        self._posts.remove(message)
        return Answer(None)

    def typing(self, ask: Ask) -> Answer:
        """Answer ``POST /channels/{channel}/typing``."""
        channel = self._world.known_channel(ask.where["channel"])
        self._need(channel, _send_permission(channel))
        channel.typing.append(self._posts.clock.time())
        return Answer(None)

    def open_dm(self, ask: Ask) -> Answer:
        """Answer ``POST /users/@me/channels``; the id may come as a number. Opening never fails, writing does."""
        snowflake = ask.form.get("recipient_id")
        user = self._world.users.get(int(snowflake)) if str(snowflake).isdigit() and snowflake is not None else None
        if user is None:
            refuse(10013)
        return Answer(channel_payload(self._world.dm(self._world.bot, user)))

    def _check_send(self, channel: Channel, form: Json, *, with_files: bool) -> None:
        self._need(channel, _send_permission(channel))
        if with_files:
            self._need(channel, Permission.ATTACH_FILES)
        if form.get("message_reference") and Permission.READ_MESSAGE_HISTORY not in channel.permissions(
            self._world.bot
        ):
            refuse(160002)
        for user in channel.people:
            if user is not self._world.bot and not self._world.can_be_written_to(user):
                refuse(50007)

    def _need(self, channel: Channel, permission: Permission) -> None:
        if permission not in channel.permissions(self._world.bot):
            refuse(50013)

    def _twin(self, channel: Channel, form: Json) -> Message | None:
        if not form.get("enforce_nonce") or form.get("nonce") is None:
            return None
        since = self._posts.clock.time() - self._posts.terms.nonce_seconds
        return self._posts.board.twin(channel, str(form["nonce"]), since)

    def _message(self, ask: Ask, channel: Channel) -> Message:
        name = ask.where["message"]
        message = self._posts.board.find(int(name), channel) if name.isdigit() else None
        # To the bot's own token an ephemeral message does not exist.
        if message is None or message.private_to is not None:
            refuse(10008)
        return message


def _send_permission(channel: Channel) -> Permission:
    is_thread = channel.kind is ChannelKind.THREAD
    return Permission.SEND_MESSAGES_IN_THREADS if is_thread else Permission.SEND_MESSAGES
