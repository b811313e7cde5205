"""Reading a chat request as OpenAI's clients send it, refusing what does not hold together. Answers are in ``talk``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from providers.sandbox.katana import tokens
from providers.sandbox.katana.answers import RefusedError, invalid
from providers.sandbox.katana.inputs import Intake, RejectedError
from providers.sandbox.katana.model import TextModel
from providers.sandbox.katana.orders import object_of
from providers.sandbox.katana.shelf import Shelf

Body = Mapping[str, object]

_ROLES = {"system", "developer", "user", "assistant", "tool"}
_USUAL_TOKENS = 16_000
_PICTURE_TOKENS = 85


@dataclass(frozen=True, slots=True)
class Question:
    """A chat request that holds together: the words of the last turn, and what was read altogether, in tokens."""

    model: TextModel
    asked: str
    tokens: int
    pictures: int
    most: int
    prefill: str
    streamed: bool
    with_usage: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads questions: what is sold, and who takes pictures in."""

    shelf: Shelf
    intake: Intake

    def read(self, body: Body) -> Question:
        """Read a chat request. Raises :class:`RefusedError`."""
        model = self.shelf.text(body.get("model"))
        if model is None:
            raise RefusedError(404, f"no such model: {body.get('model')}")
        messages = _messages(body)
        pictures = sum(self._pictures(message, model) for message in messages)
        _check_files(body.get("files", []), model)
        most = _most(body, model)
        last = messages[-1]
        prefill = _words(last) if last.get("role") == "assistant" else ""
        if prefill != prefill.rstrip():
            raise RefusedError(400, "the final assistant message must not end with whitespace")
        read = sum(tokens.count(_words(message)) + 4 for message in messages) + _PICTURE_TOKENS * pictures
        if read + most > model.context:
            raise RefusedError(400, f"this model's context is {model.context} tokens")
        options = body.get("stream_options")
        return Question(
            model=model,
            asked=_asked(messages),
            tokens=read,
            pictures=pictures,
            most=most,
            prefill=prefill,
            streamed=_flag(body, "stream"),
            with_usage=isinstance(options, dict) and options.get("include_usage") is True,
        )

    def _pictures(self, message: Body, model: TextModel) -> int:
        """Count the pictures of a message. Raises :class:`RefusedError` where one cannot be read."""
        content = message.get("content")
        parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
        pictures = [part.get("image_url") for part in parts if part.get("type") == "image_url"]
        if pictures and not model.sees:
            raise RefusedError(400, "this model does not accept images")
        for picture in pictures:
            address = picture.get("url") if isinstance(picture, dict) else picture
            try:
                self.intake.take(address, "image")
            except RejectedError as error:
                raise RefusedError(400, str(error)) from None
        return len(pictures)


def asked(raw: bytes) -> str:
    """Find the last thing the person said, however wrong the rest of the request is."""
    try:
        return _asked(_messages(object_of(raw)))
    except RefusedError:
        return ""


def _check_files(files: object, model: TextModel) -> None:
    if files and not model.house:
        raise RefusedError(400, "this model does not accept files")
    for file in files if isinstance(files, list) else [files]:
        url = file.get("url") if isinstance(file, dict) else None
        if not isinstance(url, str) or not url.startswith("https://"):
            raise invalid("files", "every file needs an https url")


def _messages(body: Body) -> list[Body]:
    sent = body.get("messages")
    if sent is None and isinstance(body.get("prompt"), str):
        return [{"role": "user", "content": body["prompt"]}]
    if not isinstance(sent, list) or not sent:
        raise invalid("messages", "Field required")
    for message in sent:
        if not isinstance(message, dict) or str(message.get("role")) not in _ROLES:
            raise invalid("messages", "every message needs a role")
        if not isinstance(message.get("content"), str | list):
            raise invalid("messages", "every message needs content")
    return sent


def _asked(messages: Sequence[Body]) -> str:
    return next((_words(message) for message in reversed(messages) if message.get("role") == "user"), "")


def _words(message: Body) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, dict) and part.get("type") == "text")
    return "\n".join(text for text in texts if isinstance(text, str))


def _most(body: Body, model: TextModel) -> int:
    """Return how many tokens the answer may have."""
    sent = body.get("max_tokens", body.get("max_completion_tokens"))
    if sent is None:
        return min(_USUAL_TOKENS, model.most)
    if isinstance(sent, bool) or not isinstance(sent, int) or sent < 1:
        raise invalid("max_tokens", "Input should be a positive integer")
    if sent > model.most:
        raise RefusedError(400, f"max_tokens must be at most {model.most} for this model")
    return sent


def _flag(body: Body, name: str) -> bool:
    sent = body.get(name, False)
    if not isinstance(sent, bool):
        raise invalid(name, "Input should be a valid boolean")
    return sent
