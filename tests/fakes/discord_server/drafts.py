"""Reading what the bot wants to post or change, and refusing what Discord would. Whether it may post is not here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tests.fakes.discord_server.components import Layout, everything, needs_v2
from tests.fakes.discord_server.messages import Flag, StoredFile, Upload, Version
from tests.fakes.discord_server.refusals import Form, Json, Path, refuse

MOST_CONTENT = 2000
MOST_EMBEDDED = 6000
MOST_NONCE = 25
_FOR_ANYBODY = Flag.SUPPRESS_EMBEDS | Flag.SILENT | Flag.COMPONENTS_V2
_LEGACY_WITH_V2 = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
_LEGACY = ("content", "embeds", "poll", "sticker_ids")
_EMBED_TEXT = {"title": 256, "description": 4096}
_EMBED_PARTS = {"footer": ("text", 2048), "author": ("name", 256)}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the reader needs to know of the place: how files are kept, the largest one, and the time."""

    keep: Callable[[Upload], StoredFile]
    file_limit: int
    now: float


def read_new(payload: Json, uploads: Mapping[int, Upload], desk: Desk, *, ephemeral_allowed: bool) -> Version:
    """Return the first version of a new message. Raises :class:`Refusal`."""
    form = Form()
    flags = Flag(payload.get("flags") or 0)
    strange = flags & ~(_FOR_ANYBODY | (Flag.EPHEMERAL if ephemeral_allowed else Flag(0)))
    if strange:
        form.wrong(("flags",), "MESSAGE_FLAGS_INVALID", f"These flags cannot be set here: {int(strange)}.")
    nonce = payload.get("nonce")
    if nonce is not None:
        form.length(("nonce",), str(nonce), MOST_NONCE, 1)
    _check_mentions(form, payload.get("allowed_mentions") or {})
    blank = Version(at=desk.now, flags=flags)
    return _finished(payload, uploads, desk, form, blank)


def read_edit(old: Version, payload: Json, uploads: Mapping[int, Upload], desk: Desk) -> Version:
    """Return the next version of a message. What the payload leaves out stays as it is. Raises :class:`Refusal`."""
    form = Form()
    flags = old.flags & ~Flag.LOADING
    if payload.get("flags") is not None:
        wish = Flag(payload["flags"])
        flags = (flags & ~Flag.SUPPRESS_EMBEDS) | (wish & (Flag.SUPPRESS_EMBEDS | Flag.COMPONENTS_V2))
    _check_mentions(form, payload.get("allowed_mentions") or {})
    if old.files and "attachments" not in payload and flags & ~old.flags & Flag.COMPONENTS_V2:
        form.wrong(("attachments",), _LEGACY_WITH_V2, "Name the files that shall stay.")
    return _finished(payload, uploads, desk, form, replace(old, at=desk.now, flags=flags))


def _finished(payload: Json, uploads: Mapping[int, Upload], desk: Desk, form: Form, old: Version) -> Version:
    if any(len(upload.data) > desk.file_limit for upload in uploads.values()):
        refuse(40005)
    version = replace(old, content=_content(payload, old), files=_files(payload, uploads, desk, form, old))
    if "embeds" in payload:
        version = replace(version, embeds=tuple(payload["embeds"] or ()))
    if "components" in payload:
        version = replace(version, components=tuple(payload["components"] or ()))
    _check(form, version, payload)
    form.close()
    if not (version.content or version.embeds or version.components or version.files):
        refuse(50006)
    return replace(version, components=_numbered(version.components))


def _content(payload: Json, old: Version) -> str:
    return str(payload["content"] or "") if "content" in payload else old.content


def _files(
    payload: Json, uploads: Mapping[int, Upload], desk: Desk, form: Form, old: Version
) -> tuple[StoredFile, ...]:
    listed = payload.get("attachments")
    if listed is None:
        return (*old.files, *(desk.keep(upload) for upload in uploads.values()))
    kept, before = [], {str(file.id): file for file in old.files}
    form.count(("attachments",), listed, 10)
    for index, entry in enumerate(listed):
        name = str(entry.get("id"))
        upload = uploads.get(int(name)) if name.isdigit() else None
        if name in before:
            kept.append(before[name])
        elif upload is not None:
            kept.append(desk.keep(replace(upload, description=entry.get("description"))))
        else:
            form.wrong(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", f"Attachment data for {name} not found.")
    return tuple(kept)


def _check(form: Form, version: Version, payload: Json) -> None:
    layout = Layout(form, frozenset(file.upload.filename for file in version.files))
    if Flag.COMPONENTS_V2 in version.flags:
        _check_v2_alone(form, version, payload)
        layout.check(list(version.components), v2=True)
        return
    if needs_v2(version.components):
        form.wrong(("components",), "UNION_TYPE_CHOICES", "These need the IS_COMPONENTS_V2 flag.")
        return
    form.length(("content",), version.content, MOST_CONTENT)
    _check_embeds(form, version.embeds)
    layout.check(list(version.components), v2=False)


def _check_v2_alone(form: Form, version: Version, payload: Json) -> None:
    why = "This cannot be used together with the IS_COMPONENTS_V2 flag."
    present = {name for name in _LEGACY if payload.get(name)} | {
        name for name in ("content", "embeds") if getattr(version, name)
    }
    for name in sorted(present):
        form.wrong((name,), _LEGACY_WITH_V2, why)
    if not version.components:
        form.wrong(("components",), "BASE_TYPE_REQUIRED", "This field is required.")


def _check_mentions(form: Form, allowed: Json) -> None:
    for name in ("users", "roles"):
        listed = allowed.get(name) or []
        form.count(("allowed_mentions", name), listed, 100)
        if listed and name in allowed.get("parse", ()):
            why = f"parse:[{name!r}] and {name}: [ids...] are mutually exclusive."
            form.wrong(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", why)


def _check_embeds(form: Form, embeds: tuple[Json, ...]) -> None:
    form.count(("embeds",), list(embeds), 10)
    total = 0
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        for key, most in _EMBED_TEXT.items():
            total += _check_text(form, embed.get(key), (*path, key), most)
        for part, (key, most) in _EMBED_PARTS.items():
            total += _check_text(form, (embed.get(part) or {}).get(key), (*path, part, key), most)
        fields = embed.get("fields") or []
        form.count((*path, "fields"), fields, 25)
        for number, field in enumerate(fields):
            for key, most in (("name", 256), ("value", 1024)):
                total += _check_text(form, field.get(key), (*path, "fields", number, key), most)
    if total > MOST_EMBEDDED:
        form.wrong(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"{total} characters, the most is {MOST_EMBEDDED}.")


def _check_text(form: Form, text: object, path: Path, most: int) -> int:
    if text is None:
        return 0
    form.length(path, text, most)
    return len(str(text))


def _numbered(components: tuple[Json, ...]) -> tuple[Json, ...]:
    """Return copies in which each component has an id, as Discord sends them back."""
    copies = tuple(_copy(component) for component in components)
    taken = {component.get("id") for component in everything(copies)}
    free = (number for number in range(1, 10_000) if number not in taken)
    for component in everything(copies):
        component["id"] = component.get("id") or next(free)
    return copies


def _copy(component: Json) -> Json:
    copied = dict(component)
    if isinstance(component.get("components"), list):
        copied["components"] = [_copy(child) for child in component["components"]]
    if isinstance(component.get("accessory"), dict):
        copied["accessory"] = _copy(component["accessory"])
    return copied
