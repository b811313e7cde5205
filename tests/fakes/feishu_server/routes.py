"""The table of all endpoints: names (for faults, calls and holds), paths and scopes. What they do is not here."""

from tests.fakes.feishu_server.about_routes import AboutRoutes
from tests.fakes.feishu_server.cardkit_routes import CardkitRoutes
from tests.fakes.feishu_server.door import Endpoint
from tests.fakes.feishu_server.message_routes import MessageRoutes
from tests.fakes.feishu_server.registration import Registration

API = "/open-apis"
_IM = f"{API}/im/v1"
_MESSAGES = f"{_IM}/messages"
_ONE = f"{_MESSAGES}/{{message}}"
_SEND = ("im:message:send_as_bot", "im:message", "im:message:send")
_CHANGE = ("im:message:update", "im:message")
_RECALL = ("im:message:recall", "im:message")
_READ = ("im:message:readonly", "im:message")
_REACT = ("im:message.reactions:write_only", "im:message")
_RESOURCE = ("im:resource", "im:message:readonly", "im:message")
_UPLOAD = ("im:resource", "im:resource:upload")
_CHAT = ("im:chat:readonly", "im:chat")


def endpoints(
    about: AboutRoutes, messages: MessageRoutes, cardkit: CardkitRoutes, new: Registration
) -> tuple[Endpoint, ...]:
    """Return every endpoint (reference sections 1.1 and 5 to 8)."""
    apps = Endpoint("apps.register", "POST", "/oauth/v1/app/registration", new.answer, bearer=False)
    return (apps, *_open(about), *_messages(messages), *_media(about), *_cardkit(cardkit))


def _open(about: AboutRoutes) -> tuple[Endpoint, ...]:
    return (
        Endpoint("auth.token", "POST", f"{API}/auth/v3/tenant_access_token/internal", about.token, bearer=False),
        Endpoint("ws.endpoint", "POST", "/callback/ws/endpoint", about.endpoint, bearer=False),
        Endpoint("bot.info", "GET", f"{API}/bot/v3/info", about.bot),
        Endpoint("chats.list", "GET", f"{_IM}/chats", about.chats, _CHAT),
        Endpoint("chats.get", "GET", f"{_IM}/chats/{{chat}}", about.chat, _CHAT),
        Endpoint("chats.members", "GET", f"{_IM}/chats/{{chat}}/members", about.members, _CHAT),
        Endpoint("cards.update", "POST", f"{API}/interactive/v1/card/update", about.update_later),
    )


def _messages(messages: MessageRoutes) -> tuple[Endpoint, ...]:
    return (
        Endpoint("messages.create", "POST", _MESSAGES, messages.create, _SEND),
        Endpoint("messages.list", "GET", _MESSAGES, messages.read_all, _READ),
        Endpoint("messages.reply", "POST", f"{_ONE}/reply", messages.reply, _SEND),
        Endpoint("messages.patch", "PATCH", _ONE, messages.patch, _CHANGE),
        Endpoint("messages.put", "PUT", _ONE, messages.put, _CHANGE),
        Endpoint("messages.delete", "DELETE", _ONE, messages.delete, _RECALL),
        Endpoint("messages.get", "GET", _ONE, messages.get, _READ),
        Endpoint("reactions.add", "POST", f"{_ONE}/reactions", messages.react, _REACT),
        Endpoint("reactions.list", "GET", f"{_ONE}/reactions", messages.reactions, _READ),
        Endpoint("reactions.remove", "DELETE", f"{_ONE}/reactions/{{reaction}}", messages.unreact, _REACT),
    )


def _media(about: AboutRoutes) -> tuple[Endpoint, ...]:
    return (
        Endpoint("messages.resource", "GET", f"{_ONE}/resources/{{key}}", about.resource, _RESOURCE),
        Endpoint("images.upload", "POST", f"{_IM}/images", about.upload_image, _UPLOAD),
        Endpoint("images.get", "GET", f"{_IM}/images/{{key}}", about.download, ("im:resource",)),
        Endpoint("files.upload", "POST", f"{_IM}/files", about.upload_file, _UPLOAD),
        Endpoint("files.get", "GET", f"{_IM}/files/{{key}}", about.download, ("im:resource",)),
    )


def _cardkit(cardkit: CardkitRoutes) -> tuple[Endpoint, ...]:
    many, scopes = f"{API}/cardkit/v1/cards", ("cardkit:card:write",)
    one, element = f"{many}/{{card}}", f"{many}/{{card}}/elements/{{element}}"
    return (
        Endpoint("cardkit.create", "POST", many, cardkit.create, scopes),
        Endpoint("cardkit.replace", "PUT", one, cardkit.replace, scopes),
        Endpoint("cardkit.settings", "PATCH", f"{one}/settings", cardkit.configure, scopes),
        Endpoint("cardkit.batch", "POST", f"{one}/batch_update", cardkit.batch, scopes),
        Endpoint("cardkit.elements.add", "POST", f"{one}/elements", cardkit.add, scopes),
        Endpoint("cardkit.elements.put", "PUT", element, cardkit.put, scopes),
        Endpoint("cardkit.elements.merge", "PATCH", element, cardkit.merge, scopes),
        Endpoint("cardkit.elements.remove", "DELETE", element, cardkit.remove, scopes),
        Endpoint("cardkit.elements.stream", "PUT", f"{element}/content", cardkit.stream, scopes),
    )
