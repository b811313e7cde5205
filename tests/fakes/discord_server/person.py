"""A person in front of Discord's client: what they can do there, and only that. What the bot makes of it: no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.fakes.discord_server.command_rules import CHAT, MESSAGE_MENU, USER_MENU
from tests.fakes.discord_server.commands import Commands
from tests.fakes.discord_server.components import Kind
from tests.fakes.discord_server.exchange import Exchange
from tests.fakes.discord_server.interactions import Asked
from tests.fakes.discord_server.messages import Message, Upload, Version
from tests.fakes.discord_server.options import Field, Filled, Value, focused_option, modal_payload, options_payload
from tests.fakes.discord_server.payloads import member_payload, user_payload
from tests.fakes.discord_server.refusals import Json
from tests.fakes.discord_server.sender import Mangle, Sender
from tests.fakes.discord_server.world import Channel, Permission, User


@dataclass(slots=True)
class Person:
    """Drives Discord's client for a user. ``home`` is where they are unless ``where`` says otherwise.

    Each method returns as soon as the event is on its way. ``AssertionError`` means that no client would have let them.
    """

    user: User
    home: Channel
    _sender: Sender
    _commands: Commands

    @property
    def dm(self) -> Channel:
        """Return their DM with the bot."""
        return self._sender.posts.world.dm(self.user, self._sender.posts.world.bot)

    async def slash(
        self,
        name: str,
        options: Mapping[str, Value] | None = None,
        *,
        where: Channel | None = None,
        locale: str | None = None,
        checked: bool = True,
        mangle: Mangle | None = None,
    ) -> Exchange:
        """Run a slash command (``group sub`` with spaces). Not ``checked`` = as a client with an old command list."""
        channel, path = where or self.home, name.split()
        command = self._command(path[0], CHAT, channel)
        filled = self._filled()
        sent = options_payload(command, path[1:], options or {}, filled, checked=checked, focus=None)
        data = self._command_data(command, filled, {"options": sent} if sent else {})
        return self._send(Asked.COMMAND, channel, data, command=command, locale=locale, mangle=mangle)

    async def autocomplete(
        self,
        name: str,
        option: str,
        text: str = "",
        *,
        options: Mapping[str, Value] | None = None,
        where: Channel | None = None,
        locale: str | None = None,
    ) -> Exchange:
        """Type in an option that completes; ``options`` are those that are filled in already."""
        channel, path = where or self.home, name.split()
        command = self._command(path[0], CHAT, channel)
        kind = focused_option(command, path[1:], option)["type"]
        filled, values = self._filled(), {**(options or {}), option: text}
        sent = options_payload(command, path[1:], values, filled, checked=True, focus=option)
        data = self._command_data(command, filled, {"options": sent})
        return self._send(Asked.AUTOCOMPLETE, channel, data, command=command, locale=locale, focused_kind=kind)

    async def context_menu(self, name: str, target: Message | User, *, where: Channel | None = None) -> Exchange:
        """Choose an app from the menu of a message or a person."""
        on_message = isinstance(target, Message)
        channel = where or (target.channel if isinstance(target, Message) else self.home)
        command = self._command(name, MESSAGE_MENU if on_message else USER_MENU, channel)
        filled = self._filled()
        if isinstance(target, Message):
            assert self.sees(target), "this message is not there for them"
            filled.resolved["messages"] = {str(target.id): self._sender.posts.shown(target, settled=True)}
        else:
            filled.resolved["users"] = {str(target.id): user_payload(target)}
            if channel.guild is not None and target.id in channel.guild.members:
                member = member_payload(channel.guild.members[target.id], channel)
                filled.resolved["members"] = {str(target.id): {k: v for k, v in member.items() if k != "user"}}
        data = self._command_data(command, filled, {"target_id": str(target.id)})
        return self._send(Asked.COMMAND, channel, data, command=command)

    async def click(
        self, message: Message, button: str, *, locale: str | None = None, mangle: Mangle | None = None
    ) -> Exchange:
        """Press a button, by label or custom id."""
        self._touch(message)
        data = {"component_type": int(Kind.BUTTON), "custom_id": message.button(button)["custom_id"]}
        return self._send(Asked.COMPONENT, message.channel, data, source=message, locale=locale, mangle=mangle)

    async def select(self, message: Message, menu: str, values: Sequence[str]) -> Exchange:
        """Choose in a select menu, by placeholder or custom id; options are named by value or label."""
        self._touch(message)
        found = message.menu(menu)
        chosen = [_option_value(found, value) for value in values]
        least, most = found.get("min_values", 1), found.get("max_values", 1)
        assert least <= len(chosen) <= most, f"the menu takes {least} to {most}"
        data = {"component_type": found["type"], "custom_id": found["custom_id"], "values": chosen}
        return self._send(Asked.COMPONENT, message.channel, data, source=message)

    async def submit_modal(self, opened: Exchange, values: Mapping[str, Field]) -> Exchange:
        """Fill in the modal that an exchange has opened, fields by label or custom id, and send it off."""
        modal = await opened.opened()
        filled = self._filled()
        data: Json = {"custom_id": modal["custom_id"], "components": modal_payload(modal, values, filled)}
        if filled.resolved:
            data["resolved"] = filled.resolved
        before = opened.interaction
        return self._send(Asked.MODAL, before.channel, data, source=before.source, installs=before.installs)

    async def upload(self, *files: Upload, text: str = "", where: Channel | None = None) -> Message:
        """Post a message with files."""
        channel = where or self.home
        assert Permission.SEND_MESSAGES in channel.permissions(self.user), "they may not write here"
        posts = self._sender.posts
        desk = posts.desk(channel)
        kept = tuple(desk.keep(file) for file in files)
        return posts.write(channel, self.user, Version(at=desk.now, content=text, files=kept))

    async def say(self, text: str, *, where: Channel | None = None) -> Message:
        """Post a message."""
        return await self.upload(text=text, where=where)

    def sees(self, message: Message) -> bool:
        """Tell whether a message is there for them."""
        visible = Permission.VIEW_CHANNEL in message.channel.permissions(self.user)
        return visible and not message.deleted and message.private_to in {None, self.user}

    def reads(self, where: Channel | None = None) -> list[Message]:
        """Return what they see in a channel."""
        channel = where or self.home
        return list(self._sender.posts.board.inside(channel, reader=self.user))

    async def finds(self, words: str, *, where: Channel | None = None) -> Message:
        """Wait until they see a message with these words, and return it."""
        return await self._sender.news.until(
            lambda: next((message for message in self.reads(where) if words in message.text), None),
            lambda: f"nobody said {words!r}; {self._sender.calls.tail()}",
        )

    def _touch(self, message: Message) -> None:
        assert self.sees(message), "this message is not there for them"

    def _send(
        self,
        asked: Asked,
        channel: Channel,
        data: Json,
        *,
        command: Json | None = None,
        source: Message | None = None,
        installs: frozenset[int] | None = None,
        locale: str | None = None,
        focused_kind: int | None = None,
        mangle: Mangle | None = None,
    ) -> Exchange:
        there = installs if installs is not None else self._sender.installs(self.user, channel)
        if command is not None:
            there &= set(command["integration_types"] or [0])
        return self._sender.send(
            asked,
            self.user,
            channel,
            data,
            installs=there,
            locale=locale,
            source=source,
            focused_kind=focused_kind,
            mangle=mangle,
        )

    def _command(self, name: str, kind: int, channel: Channel) -> Json:
        assert Permission.VIEW_CHANNEL in channel.permissions(self.user), "they do not see this channel"
        guild = channel.guild.id if channel.guild else None
        context, installs = self._sender.context(channel), self._sender.installs(self.user, channel)
        offered = list(self._commands.offered(guild, kind=kind, context=context, installs=installs))
        for command in offered:
            if name in {command["name"], *(command["name_localizations"] or {}).values()}:
                return command
        raise AssertionError(f"they are not offered {name!r}, only {[c['name'] for c in offered]}")

    def _command_data(self, command: Json, filled: Filled, more: Json) -> Json:
        data: Json = {"id": command["id"], "name": command["name"], "type": command["type"], **more}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if filled.resolved:
            data["resolved"] = filled.resolved
        return data

    def _filled(self) -> Filled:
        return Filled(self._sender.posts.cdn, f"ephemeral-attachments/{self._sender.application}")


def _option_value(menu: Json, wanted: str) -> str:
    if menu["type"] != Kind.STRING_SELECT:
        return wanted
    for option in menu["options"]:
        if wanted in {option["value"], option["label"]}:
            return str(option["value"])
    raise AssertionError(f"the menu offers only {[option['label'] for option in menu['options']]}")
