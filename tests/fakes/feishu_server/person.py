"""A person in front of a Feishu client: what they can do there, and only that. What the bot makes of it: no."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.feishu_server.clicks import Click
from tests.fakes.feishu_server.deliveries import Delivery
from tests.fakes.feishu_server.events import Mangle
from tests.fakes.feishu_server.media import Medium
from tests.fakes.feishu_server.messages import CARD, Message
from tests.fakes.feishu_server.refusals import Json
from tests.fakes.feishu_server.talk import Talk
from tests.fakes.feishu_server.view import Control, View, pick, view
from tests.fakes.feishu_server.world import Chat, User


@dataclass(slots=True)
class Person:
    """Drives a client for a user. ``home`` is where they are unless ``where`` says otherwise: their chat with the bot.

    Each method returns as soon as the event is on its way. ``AssertionError`` means that no client would have let them.
    """

    user: User
    home: Chat
    _talk: Talk

    @property
    def dm(self) -> Chat:
        """Return their chat with the bot."""
        return self._talk.world.dm(self.user)

    # What they write.

    async def say(self, text: str, *, where: Chat | None = None, mention: bool = True, **how: Any) -> Message:
        """Write a text; ``@name`` mentions a member. In a group the bot is mentioned, unless not ``mention``."""
        return self._talk.text(self.user, where or self.home, text, mention=mention, **how)

    async def reply(
        self, message: Message, text: str, *, mention: bool = True, in_thread: bool = False, **how: Any
    ) -> Message:
        """Answer a message, perhaps in its thread."""
        self._touch(message)
        where = message.chat
        return self._talk.text(self.user, where, text, mention=mention, parent=message, in_thread=in_thread, **how)

    async def post(
        self, text: str, *pictures: bytes, title: str = "", where: Chat | None = None, mention: bool = True, **how: Any
    ) -> Message:
        """Write text and pictures in one message."""
        return self._talk.post(self.user, where or self.home, text, pictures, title=title, mention=mention, **how)

    async def send_image(self, data: bytes, *, where: Chat | None = None, **how: Any) -> Message:
        """Send a picture on its own; in a group nobody is mentioned with it."""
        return self._talk.image(self.user, where or self.home, data, **how)

    async def send_file(self, name: str, data: bytes, *, where: Chat | None = None, **how: Any) -> Message:
        """Send a file; an mp4 becomes a video message."""
        return self._talk.file(self.user, where or self.home, name, data, **how)

    async def send_other(self, kind: str, content: Json, *, where: Chat | None = None, **how: Any) -> Message:
        """Send any other type of message as it comes (sticker, location, merge_forward ...)."""
        return self._talk.other(self.user, where or self.home, kind, content, **how)

    async def recall(self, message: Message) -> Delivery | None:
        """Take a message of their own back."""
        assert message.sender is self.user, "nobody recalls what another has written"
        return self._talk.recall(message)

    async def react(self, message: Message, emoji: str = "THUMBSUP") -> Delivery | None:
        """Put a reaction under a message."""
        self._touch(message)
        return self._talk.react(self.user, message, emoji)

    # What they press.

    async def click(self, message: Message, button: str, *, mangle: Mangle | None = None) -> Click:
        """Press a button (or an entry of an overflow menu) by label, name or element_id."""
        control = self._usable(self.view(message).button(button))
        assert not control.form, "a form is submitted, not clicked"
        assert not control.links, "this button opens an address"
        option = control.element.get("option")
        action = _action(control, {} if option is None else {"option": option.get("value")})
        return self._talk.clicks.start(self.user, message, action, mangle)

    async def select(self, message: Message, menu: str, *choices: str, mangle: Mangle | None = None) -> Click:
        """Choose in a menu outside a form; options are named by value or by what they say."""
        control = self._usable(self.view(message).menu(menu))
        assert not control.form, "inside a form a menu only waits for the submit button"
        chosen = [_choice(control, choice, self.user.locale) for choice in choices]
        many = control.element["tag"].startswith("multi_")
        action = _action(control, {"options": chosen} if many else {"option": chosen[0]})
        return self._talk.clicks.start(self.user, message, action, mangle)

    async def submit(
        self, message: Message, values: Mapping[str, Any], button: str = "", *, mangle: Mangle | None = None
    ) -> Click:
        """Fill in a form, by name, and send it off with its submit button."""
        seen = self.view(message)
        senders = [one for one in seen.buttons if one.form and one.element.get("form_action_type") == "submit"]
        control = self._usable(pick(senders, button, "submit button") if button else senders[0])
        inside = [one for one in (*seen.fields, *seen.menus) if one.form == control.form]
        action = _action(control, {"form_value": _filled(inside, values, self.user.locale)})
        return self._talk.clicks.start(self.user, message, action, mangle)

    async def menu(self, key: str) -> Delivery | None:
        """Choose from the bot's menu, in the chat with the bot."""
        return self._talk.publish(self._talk.events.menu(self.user, key))

    async def enter(self) -> Delivery | None:
        """Open the chat with the bot."""
        chat = self.dm
        last = next(reversed(list(self._talk.board.inside(chat))), None)
        return self._talk.publish(self._talk.events.entered(chat, self.user, last))

    async def add_bot(self, chat: Chat) -> Delivery | None:
        """Bring the bot into a group."""
        assert not chat.with_bot, "the bot is there already"
        chat.with_bot = True
        return self._talk.publish(self._talk.events.bot_moved(chat, self.user, added=True))

    async def remove_bot(self, chat: Chat) -> Delivery | None:
        """Throw the bot out of a group."""
        assert chat.with_bot, "the bot is not there"
        chat.with_bot = False
        return self._talk.publish(self._talk.events.bot_moved(chat, self.user, added=False))

    async def disband(self, chat: Chat) -> Delivery | None:
        """Dissolve a group."""
        chat.dissolved = True
        return self._talk.publish(self._talk.events.disbanded(chat, self.user))

    # What they see.

    def sees(self, message: Message) -> bool:
        """Tell whether a message is there for them."""
        return self.user in message.chat.people and not message.gone

    def view(self, message: Message) -> View:
        """Return a message as it is on their screen."""
        self._touch(message)
        return view(message, self.user, self._talk.media)

    def reads(self, where: Chat | None = None) -> list[Message]:
        """Return the messages of a chat."""
        return [message for message in self._talk.board.inside(where or self.home) if self.sees(message)]

    def cards(self, where: Chat | None = None) -> list[Message]:
        """Return the cards of a chat."""
        return [message for message in self.reads(where) if message.kind == CARD]

    def transcript(self, where: Chat | None = None) -> list[str]:
        """Return a chat as this person reads it, one line for each message: ``name: words``."""
        found = []
        for message in self.reads(where):
            seen = self.view(message)
            name = message.sender.name if message.sender else self._talk.world.app.name
            buttons = "".join(f" ({button.label})" for button in seen.buttons)
            found.append(f"{name}: {seen.text.replace(chr(10), ' / ')}{buttons}")
        return found

    def video(self, message: Message) -> Medium:
        """Return the video of a message. Raises ``AssertionError`` when it would not play or has no length."""
        keys = self.view(message).videos
        assert keys, "there is no video in it"
        medium = self._talk.media.all[keys[0]]
        assert medium.plays, f"uploaded as {medium.type}, but it is {medium.sniffed}"
        assert medium.duration > 0, "no length is shown"
        return medium

    def image(self, message: Message) -> Medium:
        """Return the first picture of a message."""
        keys = self.view(message).images
        assert keys, "there is no picture in it"
        return self._talk.media.all[keys[0]]

    async def finds(self, words: str, *, where: Chat | None = None) -> Message:
        """Wait until the bot has written a message with these words where they can see it, and return the newest."""
        return await self.finds_where(lambda message: words in self.view(message).text, words, where=where)

    async def finds_where(
        self, fits: Callable[[Message], bool], what: str = "that", *, where: Chat | None = None
    ) -> Message:
        """Wait until the bot has written a message that fits, and return the newest of them."""
        place = where or self.home

        def find() -> Message | None:
            return next((one for one in reversed(self.reads(place)) if one.by_bot and fits(one)), None)

        return await self._talk.news.until(find, lambda: f"nobody said {what!r} but {self.transcript(place)}")

    async def answered(self, click: Click) -> Click:
        """Wait for the answer to a click."""
        return await self._talk.clicks.done(click)

    def _touch(self, message: Message) -> None:
        assert self.sees(message), "this message is not there for them"

    def _usable(self, control: Control) -> Control:
        assert control.enabled, f"{control.label!r} is disabled"
        return control


def _action(control: Control, more: Mapping[str, Any]) -> Json:
    element = control.element
    action: Json = {"tag": element["tag"], "timezone": "Asia/Shanghai", **more}
    for behavior in element.get("behaviors") or []:
        if behavior.get("type") == "callback":
            action["value"] = behavior["value"]
    if "value" not in action and isinstance(element.get("value"), dict):
        action["value"] = element["value"]
    if control.name:
        action["name"] = control.name
    return action


def _choice(control: Control, wanted: str, locale: str) -> str:
    options: Sequence[Json] = control.element.get("options") or []
    labels = [str(said_option(option, locale)) for option in options]
    for option, label in zip(options, labels, strict=True):
        if wanted in {option["value"], label}:
            return str(option["value"])
    raise AssertionError(f"the menu offers only {labels}")


def said_option(option: Json, locale: str) -> str:
    """Return what an option says."""
    text = option.get("text") or {}
    return str((text.get("i18n_content") or {}).get(locale) or text.get("content", ""))


def _filled(controls: Sequence[Control], values: Mapping[str, Any], locale: str) -> Json:
    known = {control.name: control for control in controls}
    assert set(values) <= set(known), f"the form has only {sorted(known)}"
    filled: Json = {}
    for name, control in known.items():
        value = values.get(name, _initial(control.element))
        assert value not in (None, "") or not control.element.get("required"), f"{name} is required"
        if value is not None and "options" in control.element:
            chosen = [_choice(control, one, locale) for one in ([value] if isinstance(value, str) else value)]
            value = chosen if control.element["tag"].startswith("multi_") else chosen[0]
        if value is not None:
            filled[name] = value
    return filled


def _initial(element: Json) -> Any:
    for key in ("default_value", "initial_option", "selected_values", "initial_date", "initial_time", "checked"):
        if key in element:
            return element[key]
    return "" if element["tag"] == "input" else None
