"""Neutral cards as Discord messages: a container of components, a bare link, or plain text. Nothing is sent here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from bot.core import held
from bot.core.cards import Button, Card, Medium, Style, Tone
from bot.i18n import Translator
from bot.platforms.discord.limits import (
    MOST_ADDRESS,
    MOST_BUTTONS,
    MOST_CONTENT,
    MOST_GALLERY,
    MOST_LABEL,
    MOST_OPTION,
    MOST_OPTIONS,
    MOST_TEXT,
    length,
)
from bot.platforms.discord.quoting import (
    LONGEST_BARE_LINK,
    escaped,
    fenced,
    harmless,
    shortened,
    visible,
    without_previews,
)
from bot.platforms.discord.sketches import Sketch
from bot.platforms.discord.wire import MORE_MENU, File, Flag, Json, Kind
from providers.models import MediaKind

_COLOURS: Mapping[Tone, int | None] = {
    Tone.PLAIN: None,
    Tone.ASKING: 0xFEE75C,
    Tone.WORKING: 0x5865F2,
    Tone.GOOD: 0x57F287,
    Tone.BAD: 0xED4245,
}
_STYLES: Mapping[Style, int] = {Style.PRIMARY: 1, Style.PLAIN: 2, Style.DANGER: 4}
_CELLS = 20
"""The length of a progress bar."""

_ROOM = MOST_TEXT - 700
"""Characters for the lines of a card, beside its title, its quote and who is called."""

MOST_TITLE = 250
_FENCE_END = "\n```"
_MOST_BESIDE = MOST_TEXT - 100
"""Characters for everything on a card but who is called and how far it is."""

_BUTTON_ROWS = 3
"""Rows of buttons; what is more goes into a menu below them: on a phone a wall of buttons hides the picture."""

_LIST = "list.txt"
_ANSWER = "answer.md"
_LINK = "link.txt"


@dataclass(frozen=True, slots=True)
class Draft:
    """A message on its way: what goes into the JSON, and the files beside it."""

    payload: Json
    files: tuple[File, ...] = ()

    def hidden(self) -> "Draft":
        """Return the same message for one person alone."""
        flags = self.payload.get("flags", 0)
        return self.having(flags=(flags if isinstance(flags, int) else 0) | Flag.EPHEMERAL)

    def having(self, **fields: object) -> "Draft":
        """Return the same message with other fields."""
        return replace(self, payload={**self.payload, **fields})


@dataclass(frozen=True, slots=True)
class Shape:
    """How a card is to be drawn.

    ``rings`` is the id of the person it rings for. ``inline`` shows media in place; ``uploads`` are the files that
    stand in for remote addresses, by those. ``quiet`` hides the preview of a bare link. ``sketch`` is an unfinished
    picture.
    """

    rings: str = ""
    inline: bool = True
    uploads: Mapping[str, File] = field(default_factory=dict)
    quiet: bool = False
    sketch: Sketch | None = None


def draw(card: Card, words: Translator, shape: Shape | None = None) -> Draft:
    """Return a card as a message."""
    shape = shape or Shape()
    return _link(card, words, shape) if card.copy else _container(card, words, shape)


def draw_plain(card: Card, words: Translator, shape: Shape | None = None, *, as_component: bool = False) -> Draft:
    """Return a card as plain text with its buttons, for when Discord does not take the other form.

    ``as_component``: as the one component of a message that has to be made of components. What is too long for the
    text goes as a file.
    """
    shape = shape or Shape()
    said = [words.say(card.title)] if card.title else []
    said += [words.say(line) for line in card.lines]
    said += [f"{words.say(fact.label)}: {words.say(fact.value)}" for fact in card.facts]
    call = f"<@{shape.rings}>\n" if shape.rings else ""
    room = MOST_CONTENT - 100
    text = shortened(call + without_previews(escaped("\n".join(said))), room)
    left_out = []
    links = [medium.url for medium in card.media if not (medium.held or medium.is_drawn)]
    for address in links + ([card.copy] if card.copy else []):
        if length(text) + length(address) < room:
            text += f"\n{address}"
        else:
            left_out.append(address)
    files = (*_file_of(_LINK, left_out), *_file_of(_ANSWER, [card.text] if card.text else []))
    rows, payload = _rows(card.buttons, words), Json(allowed_mentions=_mentions(shape))
    if as_component:
        components = [_text(text or "…"), *(_file(file.name) for file in files), *rows]
        return Draft({**payload, "flags": int(Flag.COMPONENTS_V2), "components": components}, files)
    return Draft({**payload, "content": text, "components": rows}, files)


def _file_of(name: str, lines: Sequence[str]) -> tuple[File, ...]:
    return (File(name, visible("\n".join(lines)).encode()),) if lines else ()


def bar(percent: int) -> str:
    """Return a percentage as a bar; it is full only at 100."""
    full = min(percent, 99) * _CELLS // 100 if percent < 100 else _CELLS  # noqa: PLR2004 - that is what a percentage is
    return "▰" * full + "▱" * (_CELLS - full)


def _link(card: Card, words: Translator, shape: Shape) -> Draft:
    """Return a bare address on a line of its own, so that it can be copied as it is; a very long one as a file."""
    title = escaped(words.say(card.title)) if card.title else ""
    below = [escaped(words.say(line)) for line in card.lines]
    is_long = length(card.copy) > LONGEST_BARE_LINK
    parts = [title, *([] if is_long else [visible(card.copy)]), *below]
    room = MOST_CONTENT - (0 if is_long else length(card.copy) + 1)
    if sum(length(part) + 1 for part in (title, *below)) > room:
        parts = [visible(card.copy)]
    content = "\n".join(part for part in parts if part)
    payload: Json = {"content": content, "allowed_mentions": _mentions(shape)}
    if shape.quiet:
        payload["flags"] = int(Flag.SUPPRESS_EMBEDS)
    return Draft(payload, (File(_LINK, card.copy.encode()),) if is_long else ())


def _container(card: Card, words: Translator, shape: Shape) -> Draft:
    inside: list[Json] = []
    if card.title:
        inside.append(_text(f"### {shortened(_one_line(words.say(card.title)), MOST_TITLE)}"))
    if card.quote and (quoted := fenced(card.quote)):
        inside.append(_text(quoted))
    shown, files = _lines(card, words)
    if card.text:
        written, whole = _written(card, _MOST_BESIDE - sum(length(str(t["content"])) for t in inside) - length(shown))
        inside.append(_text(written))
        files += whole
    if shown:
        inside.append(_text(shown))
    if card.bar is not None:
        inside.append(_text(f"{bar(card.bar.percent)} {card.bar.percent}%"))
    inside += [*_sketch(shape), *_media(card.media, shape), *_rows(card.buttons, words)]
    inside += [_file(file.name) for file in files]
    sketched = (shape.sketch.file,) if shape.sketch is not None and shape.sketch.file is not None else ()
    uploads = tuple(file for url, file in shape.uploads.items() if any(url == m.url for m in card.media))
    inside = inside or [_text("…")]
    container: Json = {"type": int(Kind.CONTAINER), "components": inside}
    if (colour := _COLOURS[card.tone]) is not None:
        container["accent_color"] = colour
    above = [_text(f"<@{shape.rings}>")] if shape.rings else []
    payload: Json = {
        "flags": int(Flag.COMPONENTS_V2),
        "components": [*above, container],
        "allowed_mentions": _mentions(shape),
    }
    return Draft(payload, (*sketched, *uploads, *files))


def _lines(card: Card, words: Translator) -> tuple[str, tuple[File, ...]]:
    """Return the facts and lines of a card; where they do not fit, as many as do, and all of them in a file."""
    facts = [f"**{escaped(words.say(f.label))}** {escaped(words.say(f.value))}" for f in card.facts]
    every = facts + [escaped(words.say(line)) for line in card.lines]
    shown = "\n".join(every)
    if length(shown) <= _ROOM:
        return shown, ()
    kept = ""
    for line in every:
        if length(kept) + length(line) + 2 > _ROOM:
            break
        kept += f"{line}\n"
    whole = [visible(f"{words.say(f.label)}: {words.say(f.value)}") for f in card.facts]
    whole += [visible(words.say(line)) for line in card.lines]
    return f"{kept}…", (File(_LIST, "\n".join(whole).encode()),)


def _written(card: Card, room: int) -> tuple[str, tuple[File, ...]]:
    """Return a written answer, or as much of it as there is room for, and then all of it in a file.

    Of one that is still being written the end is shown, and no file is sent again and again.
    """
    text = harmless(card.text)
    if length(text) <= room:
        return text or "…", ()
    if card.tone is Tone.WORKING:
        return shortened(text[-room // 2 :], room), ()
    kept = shortened(text, room - length(_FENCE_END))
    # A block of code that was cut would swallow what follows.
    return kept + _FENCE_END if kept.count("```") % 2 else kept, _file_of(_ANSWER, [card.text])


def _media(media: Sequence[Medium], shape: Shape) -> Iterator[Json]:
    """Yield the gallery of what can be shown in place, and sounds as files where they were uploaded."""
    items: list[Json] = []
    for medium in media if shape.inline else ():
        upload = shape.uploads.get(medium.url)
        if medium.kind is MediaKind.AUDIO:
            if upload is not None:
                yield _file(upload.name)
        elif upload is not None:
            items.append({"media": {"url": f"attachment://{upload.name}"}})
        elif not medium.held and showable(medium.url):
            items.append({"media": {"url": medium.url}})
    if items:
        yield {"type": int(Kind.GALLERY), "items": items[:MOST_GALLERY]}


def _sketch(shape: Shape) -> Iterator[Json]:
    """Yield the unfinished picture, whether it goes with this message or is on it already."""
    if shape.sketch is not None:
        yield {"type": int(Kind.GALLERY), "items": [{"media": {"url": f"attachment://{shape.sketch.name}"}}]}


def showable(url: str) -> bool:
    """Return whether Discord may be asked to fetch an address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and length(url) <= MOST_ADDRESS


def _rows(buttons: Sequence[Button], words: Translator) -> list[Json]:
    """Return buttons in rows, the rest in one menu; what even that does not hold is left out, the last ones first."""
    every = [*{button.action: button for button in buttons}.values()]
    shown = _BUTTON_ROWS * MOST_BUTTONS
    drawn = [_button(button, words) for button in every[:shown]]
    starts = range(0, len(drawn), MOST_BUTTONS)
    rows: list[Json] = [{"type": int(Kind.ROW), "components": drawn[at : at + MOST_BUTTONS]} for at in starts]
    if len(every) > shown:
        rows.append({"type": int(Kind.ROW), "components": [_menu(every[shown:], words)]})
    return rows


def _button(button: Button, words: Translator) -> Json:
    return {
        "type": int(Kind.BUTTON),
        "style": _STYLES[button.style],
        "label": shortened(visible(words.say(button.label)), MOST_LABEL),
        "custom_id": button.action,
    }


def _menu(buttons: Sequence[Button], words: Translator) -> Json:
    """Return a menu whose choices are what the buttons would be: nothing has to be remembered for it."""
    options = [
        {"label": shortened(visible(words.say(button.label)), MOST_OPTION), "value": button.action}
        for button in buttons[:MOST_OPTIONS]
    ]
    return {
        "type": int(Kind.MENU),
        "custom_id": MORE_MENU,
        "placeholder": words.say(held.MORE()),
        "options": options,
    }


def _one_line(text: str) -> str:
    return " ".join(escaped(text).split())


def _text(content: str) -> Json:
    return {"type": int(Kind.TEXT), "content": content}


def _file(name: str) -> Json:
    return {"type": int(Kind.FILE), "file": {"url": f"attachment://{name}"}}


def _mentions(shape: Shape) -> Json:
    return {"parse": [], "users": [shape.rings]} if shape.rings else {"parse": []}
