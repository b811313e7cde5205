"""What each type of message may hold (reference section 5). Cards have their own rules; who may write is not here."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.fakes.feishu_server.media import Media
from tests.fakes.feishu_server.refusals import Json, refuse
from tests.fakes.feishu_server.world import LOCALES

MOST_TEXT = 150 << 10
MOST_CARD = 30 << 10
"""Bytes of the whole request, for posts and cards."""

POST_TAGS = frozenset({"text", "a", "at", "img", "media", "emotion", "hr", "code_block", "md"})
_POST_LOCALES = frozenset(LOCALES)
_MENTION = re.compile(r"<at user_id=\"(?P<id>[^\"]*)\">(?P<name>[^<]*)</at>")


def check_size(kind: str, size: int) -> None:
    """Refuse a body that is too long (230025)."""
    if size > (MOST_TEXT if kind == "text" else MOST_CARD):
        refuse(230025)


def parsed(content: object) -> Json:
    """Return the object in a content string. Refused with 230001."""
    if not isinstance(content, str):
        refuse(230001, "content is not a string in json format")
    try:
        found = json.loads(content)
    except ValueError:
        refuse(230001, "content is not a string in json format")
    if not isinstance(found, dict):
        refuse(230001, "content is not an object")
    return found


def check_content(kind: str, content: Json, media: Media) -> None:
    """Refuse what this type of message may not hold: 230001, 230017, 230054, 230055."""
    check = _CHECKS.get(kind)
    if check is None:
        refuse(230054 if kind in _NOT_FOR_BOTS else 230001, f"unsupported msg_type {kind!r}")
    check(content, media)


def words(kind: str, content: Json) -> str:
    """Return the words the audit reads."""
    if kind == "text":
        return str(content.get("text", ""))
    return json.dumps(content, ensure_ascii=False)


def without_tags(text: str) -> str:
    """Return a text as it is read: mentions as ``@name``, links by their labels, no style tags."""
    text = _MENTION.sub(lambda found: f"@{found['name'] or 'all'}", text)
    return re.sub(r"</?[bius]>", "", text)


def _text(content: Json, _: Media) -> None:
    _only(content, {"text"})
    if not isinstance(content.get("text"), str) or not content["text"]:
        refuse(230001, "text is empty")


def _image(content: Json, media: Media) -> None:
    _only(content, {"image_key"})
    media.image(content.get("image_key"))


def _media(content: Json, media: Media) -> None:
    _only(content, {"file_key", "image_key", "file_name", "duration"})
    if media.file(content.get("file_key")).type != "mp4":
        refuse(230055)
    if content.get("image_key"):
        media.image(content["image_key"])


def _audio(content: Json, media: Media) -> None:
    _only(content, {"file_key"})
    if media.file(content.get("file_key")).type != "opus":
        refuse(230055)


def _file(content: Json, media: Media) -> None:
    _only(content, {"file_key"})
    if media.file(content.get("file_key")).type in {"mp4", "opus"}:
        refuse(230055)


def _post(content: Json, media: Media) -> None:
    if not content or not set(content) <= _POST_LOCALES:
        refuse(230001, f"a post is a map of locales, not {sorted(content)}")
    for body in content.values():
        if not isinstance(body, dict) or not isinstance(body.get("content"), list):
            refuse(230001, "a post has a content of paragraphs")
        _only(body, {"title", "content"})
        for element in elements(body):
            _post_element(element, media)


def elements(body: Json) -> Iterator[Json]:
    """Return the elements of one language of a post. Refused with 230001 where a paragraph is none."""
    for paragraph in body["content"]:
        if not isinstance(paragraph, list):
            refuse(230001, "a paragraph is a list of elements")
        yield from paragraph


def _post_element(element: Any, media: Media) -> None:
    if not isinstance(element, dict) or element.get("tag") not in POST_TAGS:
        refuse(230001, f"unknown element of a post: {element!r:.80}")
    tag = element["tag"]
    if tag in {"text", "a", "md", "code_block"} and not isinstance(element.get("text"), str):
        refuse(230001, f"{tag} without a text")
    if tag == "a" and not isinstance(element.get("href"), str):
        refuse(230001, "a link without href")
    if tag == "img":
        media.image(element.get("image_key"))
    if tag == "media":
        _media({key: value for key, value in element.items() if key != "tag"}, media)


def _share(content: Json, _: Media) -> None:
    if not any(isinstance(content.get(key), str) for key in ("chat_id", "user_id")):
        refuse(230001, "nothing is shared")


def _only(content: Json, keys: set[str]) -> None:
    if extra := set(content) - keys:
        refuse(230001, f"unknown fields {sorted(extra)}")


_NOT_FOR_BOTS = frozenset({"folder", "location", "todo", "merge_forward", "vote", "video_chat"})
_CHECKS: dict[str, Callable[[Json, Media], None]] = {
    "text": _text,
    "post": _post,
    "image": _image,
    "media": _media,
    "audio": _audio,
    "file": _file,
    "share_chat": _share,
    "share_user": _share,
}
