"""A small bot on the unmodified lark-oapi client, as its users write one. ``test_lark.py`` runs it as a process.

The client's import costs seconds and most of 200 MB, so it happens once and never in the tests' own process. Orders
come as lines of JSON; answers and news go out as lines of JSON behind a mark, because the client logs to stdout too.
"""

import asyncio
import base64
import importlib
import io
import json
import sys
import threading
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

MARK = "@@ "


def say(**what: Any) -> None:
    """Tell the tests something."""
    sys.stdout.write(f"{MARK}{json.dumps(what)}\n")
    sys.stdout.flush()


class Bot:
    """The client of one application."""

    def __init__(self, domain: str, app_id: str, secret: str) -> None:
        # Not imported by name: it ships no types, and importing it for mypy takes longer than for Python.
        self.lark: Any = importlib.import_module("lark_oapi")
        self.im: Any = importlib.import_module("lark_oapi.api.im.v1")
        self.answers: Any = importlib.import_module("lark_oapi.event.callback.model.p2_card_action_trigger")
        self.errors: Any = importlib.import_module("lark_oapi.scene.registration.errors")
        self.refusals: Any = importlib.import_module("lark_oapi.ws.exception")
        quiet = self.lark.LogLevel.CRITICAL
        self.domain, self.app_id, self.secret = domain, app_id, secret
        self.client = (
            self.lark.Client.builder().app_id(app_id).app_secret(secret).domain(domain).log_level(quiet).build()
        )

    def run(self) -> None:
        """Connect and listen, as the documentation says; this never returns."""
        handler = self.handler("", "")
        quiet = self.lark.LogLevel.CRITICAL
        self.lark.ws.Client(
            self.app_id, self.secret, event_handler=handler, domain=self.domain, log_level=quiet
        ).start()

    def handler(self, key: str, token: str) -> Any:
        """Return a dispatcher for messages and clicks."""
        builder = self.lark.EventDispatcherHandler.builder(key, token, self.lark.LogLevel.CRITICAL)
        builder = builder.register_p2_im_message_receive_v1(self.on_message)
        return builder.register_p2_card_action_trigger(self.on_click).build()

    def on_message(self, data: Any) -> None:
        """Tell of a message, or fail where it asks for that."""
        message = data.event.message
        say(news="message", id=message.message_id, content=message.content, sender=data.event.sender.sender_id.open_id)
        if "boom" in message.content:
            raise RuntimeError("the handler has failed")

    def on_click(self, data: Any) -> Any:
        """Answer a click with what its value says."""
        value = data.event.action.value
        say(news="click", form=data.event.action.form_value, operator=data.event.operator.open_id)
        return self.answers.P2CardActionTriggerResponse(value.get("answer") or {})

    def connect(self) -> Any:
        """Try to connect once more, and return how that failed."""
        client = self.lark.ws.Client(
            self.app_id, self.secret, domain=self.domain, log_level=self.lark.LogLevel.CRITICAL
        )
        loop = asyncio.new_event_loop()
        try:
            loop.run_until_complete(client._connect())
        except (self.refusals.ClientException, self.refusals.ServerException) as error:
            return {"error": type(error).__name__, "code": error.code}
        finally:
            loop.close()

    # Orders: one call of the client each.

    def create(self, to: str, kind: str, content: Any, uuid: str) -> Any:
        """Send a message."""
        body = self.im.CreateMessageRequestBody.builder().receive_id(to).msg_type(kind).content(json.dumps(content))
        request = self.im.CreateMessageRequest.builder().receive_id_type("chat_id")
        return self.client.im.v1.message.create(request.request_body(body.uuid(uuid).build()).build())

    def reply(self, message: str, kind: str, content: Any, uuid: str) -> Any:
        """Answer a message."""
        body = self.im.ReplyMessageRequestBody.builder().msg_type(kind).content(json.dumps(content)).uuid(uuid)
        request = self.im.ReplyMessageRequest.builder().message_id(message).request_body(body.build())
        return self.client.im.v1.message.reply(request.build())

    def patch(self, message: str, content: Any) -> Any:
        """Replace a card."""
        body = self.im.PatchMessageRequestBody.builder().content(json.dumps(content)).build()
        request = self.im.PatchMessageRequest.builder().message_id(message).request_body(body).build()
        return self.client.im.v1.message.patch(request)

    def update(self, message: str, kind: str, content: Any) -> Any:
        """Edit a text."""
        body = self.im.UpdateMessageRequestBody.builder().msg_type(kind).content(json.dumps(content)).build()
        request = self.im.UpdateMessageRequest.builder().message_id(message).request_body(body).build()
        return self.client.im.v1.message.update(request)

    def delete(self, message: str) -> Any:
        """Recall a message."""
        return self.client.im.v1.message.delete(self.im.DeleteMessageRequest.builder().message_id(message).build())

    def get(self, message: str) -> Any:
        """Read a message."""
        return self.client.im.v1.message.get(self.im.GetMessageRequest.builder().message_id(message).build())

    def react(self, message: str, emoji: str) -> Any:
        """Put a reaction under a message."""
        kind = self.im.Emoji.builder().emoji_type(emoji).build()
        body = self.im.CreateMessageReactionRequestBody.builder().reaction_type(kind).build()
        request = self.im.CreateMessageReactionRequest.builder().message_id(message).request_body(body).build()
        return self.client.im.v1.message_reaction.create(request)

    def image(self, data: str) -> Any:
        """Upload a picture."""
        body = self.im.CreateImageRequestBody.builder().image_type("message").image(_file(data, "a.png")).build()
        return self.client.im.v1.image.create(self.im.CreateImageRequest.builder().request_body(body).build())

    def file(self, data: str, kind: str, name: str, duration: int) -> Any:
        """Upload a file."""
        body = self.im.CreateFileRequestBody.builder().file_type(kind).file_name(name).duration(duration)
        request = self.im.CreateFileRequest.builder().request_body(body.file(_file(data, name)).build()).build()
        return self.client.im.v1.file.create(request)

    def resource(self, message: str, key: str, kind: str) -> Any:
        """Download what a message holds."""
        request = self.im.GetMessageResourceRequest.builder().message_id(message).file_key(key).type(kind).build()
        return self.client.im.v1.message_resource.get(request)

    def register(self) -> Any:
        """Create an application by a code that somebody scans."""
        try:
            return self.lark.register_app(
                on_qr_code=lambda code: say(news="code", **code),
                on_status_change=lambda status: say(news="status", **status),
                domain=self.domain,
                lark_domain=self.domain,
            )
        except self.errors.RegisterAppError as error:
            return {"error": type(error).__name__}

    def webhook(self, key: str, token: str) -> int:
        """Serve the client's own dispatcher on a free port, and return the port."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _hook(self.lark, self.handler(key, token)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port


def _hook(lark: Any, handler: Any) -> type[BaseHTTPRequestHandler]:
    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = lark.RawRequest()
            request.uri, request.headers = self.path, dict(self.headers)
            request.body = self.rfile.read(int(self.headers["Content-Length"]))
            response = handler.do(request)
            self.send_response(response.status_code)
            self.send_header("Content-Length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        @override
        def log_message(self, *_: Any) -> None:
            """Say nothing: the tests look at what comes back."""

    return Hook


def _file(data: str, name: str) -> io.BytesIO:
    found = io.BytesIO(base64.b64decode(data))
    found.name = name
    return found


def _obey(bot: Bot) -> None:
    for line in sys.stdin:
        order = json.loads(line)
        number, work = order.pop("number"), order.pop("do")
        call: Callable[..., Any] = getattr(bot, work)
        say(number=number, **_told(bot, call(**order)))


def _told(bot: Bot, response: Any) -> dict[str, Any]:
    if isinstance(response, int | dict):
        return {"data": response}
    told: dict[str, Any] = {"code": response.code, "msg": response.msg}
    if response.success() and getattr(response, "file", None) is not None:
        told["data"] = base64.b64encode(response.file.read()).decode()
    elif response.success() and getattr(response, "data", None) is not None:
        told["data"] = json.loads(bot.lark.JSON.marshal(response.data))
    return told


def main() -> None:
    """Serve one application until the tests end the process."""
    warnings.simplefilter("ignore")
    bot = Bot(*sys.argv[1:4])
    threading.Thread(target=_obey, args=(bot,), daemon=True).start()
    bot.run()


if __name__ == "__main__":
    main()
