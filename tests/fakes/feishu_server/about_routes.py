"""Token, endpoint, bot, chats and media over REST. Messages have routes of their own."""

from dataclasses import dataclass

from tests.fakes.feishu_server.clicks import Clicks
from tests.fakes.feishu_server.door import Answer, Ask
from tests.fakes.feishu_server.lines import Lines
from tests.fakes.feishu_server.media import MOST_DOWNLOAD, Media
from tests.fakes.feishu_server.messages import Message
from tests.fakes.feishu_server.posts import Posts
from tests.fakes.feishu_server.refusals import Json, refuse
from tests.fakes.feishu_server.tokens import Tokens
from tests.fakes.feishu_server.world import App, Chat, World

_IMAGE_KINDS = frozenset({"image"})
_FILE_KINDS = frozenset({"file", "audio", "media"})


@dataclass(slots=True, kw_only=True)
class AboutRoutes:
    """Everything that is no message."""

    app: App
    world: World
    tokens: Tokens
    lines: Lines
    media: Media
    posts: Posts
    clicks: Clicks

    def token(self, ask: Ask) -> Answer:
        """Give out a tenant token."""
        return Answer(body=self.tokens.answer(ask.form))

    def endpoint(self, ask: Ask) -> Answer:
        """Say where the long connection is."""
        return Answer(body=self.lines.endpoint(ask.form))

    def bot(self, _: Ask) -> Answer:
        """Describe the bot."""
        bot: Json = {
            "activate_status": 2 if self.app.enabled else 1,
            "app_name": self.app.name,
            "avatar_url": "",
            "ip_white_list": [],
            "open_id": self.app.bot_open_id,
        }
        return Answer(body={"code": 0, "msg": "ok", "bot": bot})

    def chat(self, ask: Ask) -> Answer:
        """Describe a chat."""
        return Answer(_chat(self._known(ask), whole=True))

    def chats(self, _: Ask) -> Answer:
        """List the groups the bot is in."""
        return Answer({"items": [_chat(chat) for chat in self.world.bot_groups()], "has_more": False, "page_token": ""})

    def members(self, ask: Ask) -> Answer:
        """List the people in a chat."""
        chat = self._known(ask)
        items = [{"member_id_type": "open_id", "member_id": one.open_id, "name": one.name} for one in chat.people]
        return Answer({"items": items, "has_more": False, "member_total": len(items)})

    def upload_image(self, ask: Ask) -> Answer:
        """Keep a picture."""
        if ask.form.get("image_type") not in {"message", "avatar"} or "image" not in ask.uploads:
            refuse(234001)
        return Answer({"image_key": self.media.add_image(ask.uploads["image"].data).key})

    def upload_file(self, ask: Ask) -> Answer:
        """Keep a file."""
        form = ask.form
        duration = str(form.get("duration") or "0")
        if "file" not in ask.uploads or not duration.isdigit():
            refuse(234001)
        data = ask.uploads["file"].data
        medium = self.media.add_file(data, str(form.get("file_type")), str(form.get("file_name") or ""), int(duration))
        return Answer({"file_key": medium.key})

    def download(self, ask: Ask) -> Answer:
        """Return a picture or file that the bot itself has uploaded."""
        medium = self.media.all.get(ask.where["key"])
        if medium is None or not medium.by_bot:
            refuse(234001)
        return Answer(raw=medium.data, headers={"Content-Type": "application/octet-stream"})

    def resource(self, ask: Ask) -> Answer:
        """Return what a message holds, whole or in parts. Refused with 234003, 234004, 234037, 234038, 234043."""
        kind = ask.query.get("type")
        if kind not in {"image", "file"}:
            refuse(234001)
        message = self.posts.board.all.get(ask.where["message"])
        if message is None:
            refuse(234003)
        if message.chat.restricted:
            refuse(234038)
        data = self.media.all[self._held(message, ask.where["key"], kind)].data
        if len(data) > MOST_DOWNLOAD:
            refuse(234037)
        return _ranged(data, ask.headers)

    def update_later(self, ask: Ask) -> Answer:
        """Replace a card by the token of a click."""
        self.clicks.update_later(ask.form)
        return Answer(body={"code": 0, "msg": "ok"})

    def _held(self, message: Message, key: str, kind: str) -> str:
        if not message.chat.with_bot:
            refuse(234004)
        if message.gone:
            refuse(234003)
        if message.kind in {"interactive", "merge_forward", "sticker"}:
            refuse(234043)
        images, files = _keys(message)
        if key not in (images if kind == "image" else files) or key not in self.media.all:
            refuse(234003)
        return key

    def _known(self, ask: Ask) -> Chat:
        chat = self.world.chats.get(ask.where["chat"])
        if chat is None:
            refuse(230001, "invalid chat_id")
        if chat.dissolved:
            refuse(232009)
        if not chat.with_bot:
            refuse(232011, "Operator can NOT be out of the chat.")
        return chat


def _keys(message: Message) -> tuple[set[str], set[str]]:
    """Return the keys of a message: those of pictures and those of files."""
    content = message.content
    if message.kind == "post":
        bodies = [content] if "content" in content else list(content.values())
        inside = [element for body in bodies for line in body["content"] for element in line]
        images = {str(one["image_key"]) for one in inside if one["tag"] == "img"}
        return images, {str(one["file_key"]) for one in inside if one["tag"] == "media"}
    images = {str(content["image_key"])} if message.kind in _IMAGE_KINDS else set()
    return images, {str(content["file_key"])} if message.kind in _FILE_KINDS else set()


def _chat(chat: Chat, *, whole: bool = False) -> Json:
    body: Json = {"name": chat.name, "description": "", "chat_status": "normal", "external": False}
    if whole:
        mode = "p2p" if chat.p2p else "topic" if chat.topics else "group"
        return body | {"chat_mode": mode, "chat_type": "private", "user_count": str(len(chat.people)), "bot_count": "1"}
    return body | {"chat_id": chat.id}


def _ranged(data: bytes, headers: "dict[str, str] | object") -> Answer:
    kind = {"Content-Type": "application/octet-stream"}
    wanted = dict(headers).get("Range", "") if isinstance(headers, dict) else ""
    if not wanted:
        return Answer(raw=data, headers=kind)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start, end = int(first or 0), min(int(last or len(data) - 1), len(data) - 1)
    if start > end:
        return Answer(raw=b"", status=416, headers={"Content-Range": f"bytes */{len(data)}"})
    told = {**kind, "Content-Range": f"bytes {start}-{end}/{len(data)}"}
    return Answer(raw=data[start : end + 1], status=206, headers=told)
