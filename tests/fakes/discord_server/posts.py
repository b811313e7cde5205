"""Writing, changing and deleting messages, and telling the gateway. Who is allowed to is decided by the routes."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.discord_server.cdn import Cdn
from tests.fakes.discord_server.clock import Clock, Snowflakes
from tests.fakes.discord_server.drafts import Desk
from tests.fakes.discord_server.interactions import Terms
from tests.fakes.discord_server.messages import (
    Board,
    Flag,
    Message,
    Version,
    rings_everyone,
    rings_for,
)
from tests.fakes.discord_server.news import News
from tests.fakes.discord_server.payloads import message_payload
from tests.fakes.discord_server.refusals import Json, refuse
from tests.fakes.discord_server.world import Channel, User, World

Publish = Callable[[str, Json, int | None], object]
"""What carries an event to the bot: its name, its data, and the guild it belongs to."""


@dataclass(slots=True)
class Posts:
    """The one way messages change. ``news`` wakes those who wait for a message."""

    world: World
    board: Board
    cdn: Cdn
    clock: Clock
    ids: Snowflakes
    terms: Terms
    news: News
    application: int
    publish: Publish

    def desk(self, channel: Channel, limit: int | None = None) -> Desk:
        """Return what reading a draft needs to know of this channel."""
        own = channel.guild.file_limit if channel.guild else None
        most = limit if limit is not None else own if own is not None else self.terms.file_limit
        folder = f"attachments/{channel.id}"
        return Desk(lambda upload: self.cdn.keep(upload, folder), most, self.clock.time())

    def write(
        self,
        channel: Channel,
        author: User,
        version: Version,
        payload: Json | None = None,
        *,
        private_to: User | None = None,
        interaction: Json | None = None,
    ) -> Message:
        """Write a new message; it rings for those whom the payload lets it."""
        form = payload or {}
        reply_to = self._replied(channel, form)
        told = form.get("allowed_mentions")
        silent = private_to is not None or Flag.SILENT in version.flags
        message = Message(
            id=self.ids.new(),
            channel=channel,
            author=author,
            versions=[version],
            private_to=private_to,
            interaction=interaction,
            nonce=str(form["nonce"]) if form.get("nonce") is not None else None,
            reply_to=reply_to.id if reply_to else None,
            pinged=()
            if silent
            else rings_for(version.text, told, self.world.users, reply_to.author if reply_to else None),
            everyone=not silent and rings_everyone(version.text, told),
        )
        self.board.add(message)
        self._tell("MESSAGE_CREATE", message)
        return message

    def change(self, message: Message, version: Version) -> None:
        """Add a version. Nobody is notified of an edit."""
        message.versions.append(version)
        self._tell("MESSAGE_UPDATE", message)

    def remove(self, message: Message) -> None:
        """Delete a message."""
        message.deleted_at = self.clock.time()
        self._tell("MESSAGE_DELETE", message)

    def shown(self, message: Message, *, settled: bool) -> Json:
        """Return a message for the wire."""
        return message_payload(message, self.cdn, self.application, settled=settled)

    def _replied(self, channel: Channel, payload: Json) -> Message | None:
        reference = payload.get("message_reference") or {}
        if not reference.get("message_id"):
            return None
        found = self.board.find(int(reference["message_id"]), channel)
        if found is None and reference.get("fail_if_not_exists", True):
            refuse(10008)
        return found

    def _tell(self, event: str, message: Message) -> None:
        self.news.tell()
        if message.private_to is not None:
            return
        channel = message.channel
        where: Json = {"channel_id": str(channel.id)}
        if channel.guild is not None:
            where["guild_id"] = str(channel.guild.id)
        data = {"id": str(message.id)} if event == "MESSAGE_DELETE" else self.shown(message, settled=True)
        self.publish(event, {**data, **where}, channel.guild.id if channel.guild else None)
