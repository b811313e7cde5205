"""Reading one media item with all its aliases (reference section 2.2): a piece of work, or why it is rejected.

What was sent wrongly is rejected item by item; nothing is charged or stored here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from providers.sandbox.katana import frame, rules
from providers.sandbox.katana.inputs import Given, Intake, RejectedError
from providers.sandbox.katana.model import ImageModel
from providers.sandbox.katana.piece import Kind, Piece
from providers.sandbox.katana.rules import Clip, FilmInputs
from providers.sandbox.katana.shelf import Shelf

Body = Mapping[str, object]

_SINGLE = ("image_url", "input_image_url", "input_image", "input_image_b64")
_SEVERAL = ("image_urls", "input_images", "input_image_urls")
_FORMATS = {"png": "png", "jpeg": "jpg", "jpg": "jpg", "webp": "webp"}
_REFERENCE_KINDS = {"style_reference", "reference_image", "image"}
_AUDIO_KINDS = {"audio", "source_audio", "reference_audio", "audio_reference"}
_CLIP_FIELDS = {"url", "start", "ends"}
_LONGEST_PROMPT = 10_000


@dataclass(frozen=True, slots=True)
class Desk:
    """Where items are read: what is sold, and who takes inputs in."""

    shelf: Shelf
    intake: Intake

    def read(self, item: Body, number: int, kind: str = "") -> Piece:
        """Read an item; ``kind`` is given where the door says it. A rejected one has its reason in ``rejected``."""
        label = item.get("id")
        named = label if isinstance(label, str) and label else f"item-{number + 1}"
        prompt = item.get("prompt")
        told = prompt if isinstance(prompt, str) else ""
        sent = kind or item.get("type")
        try:
            piece = self._image(item) if sent == "image" else self._video(item, sent)
        except RejectedError as error:
            shown = Kind.VIDEO if sent == "video" else Kind.IMAGE
            return Piece(named, shown, str(item.get("model", "")), prompt=told, rejected=str(error))
        return piece.named(named)

    def _image(self, item: Body) -> Piece:
        model = self.shelf.image(item.get("model"))
        if model is None:
            raise RejectedError(f"no such model: {item.get('model')}")
        prompt = _prompt(item)
        # ``reference_assets`` is not looked at: on images it is ignored, however wrong it is.
        inputs = [self.intake.take(sent, "image") for sent in (*_listed(item, _SEVERAL), *_alone(item))]
        if len(inputs) > model.references:
            raise RejectedError(f"at most {model.references} image inputs are accepted by this model")
        if model.needs_image and not inputs:
            raise RejectedError("this model requires an image input")
        fast, uhd = _mode(model, item)
        aspect = _aspect(item, model.aspects, "1:1", inputs)
        width, height = frame.picture(aspect, fast=fast, uhd=uhd)
        return Piece(
            label="",
            kind=Kind.IMAGE,
            model=model.key,
            title=model.title,
            prompt=prompt,
            credits=model.price(fast=fast, uhd=uhd),
            runs=model.runs,
            width=width,
            height=height,
            format=_format(item),
            backdrop=inputs[0].address if inputs else "",
            house=model.house,
        )

    def _video(self, item: Body, kind: object) -> Piece:
        if kind != "video":
            raise RejectedError("type must be image or video")
        model = self.shelf.video(item.get("model"))
        if model is None:
            raise RejectedError(f"no such model: {item.get('model')}")
        prompt = _prompt(item)
        if item.get("mode") is not None and item["mode"] not in model.modes:
            raise RejectedError("mode is not supported by this model")
        inputs = self._film_inputs(item)
        rules.check(model, inputs)
        seconds = rules.length(model, inputs, item.get("duration_seconds"))
        pictures = [medium for medium in (inputs.first, *inputs.references) if medium is not None]
        width, height = frame.film(_aspect(item, model.aspects, "16:9", pictures))
        return Piece(
            label="",
            kind=Kind.VIDEO,
            model=model.key,
            title=model.title,
            prompt=prompt,
            credits=model.prices[seconds],
            runs=model.runs,
            width=width,
            height=height,
            seconds=seconds,
            format="mp4",
            backdrop=pictures[0].address if pictures else "",
            sounds=model.sounds,
            house=model.key == "imgnh3",
        )

    def _film_inputs(self, item: Body) -> FilmInputs:
        data = item.get("video_image_data", ())
        if data == ():
            data = {}
        elif not isinstance(data, dict) or not any(data.values()):
            raise RejectedError("video_image_data must not be empty")
        audios, references = _assets(item)
        first = [data.get("first_frame_image_url"), *_alone(item)]
        references = [
            *_listed(data, ("reference_image_urls",)),
            *_listed(item, ("reference_image_urls", *_SEVERAL)),
            *references,
        ]
        return FilmInputs(
            first=self._one("image", [sent for sent in first if sent is not None]),
            middle=self._one("image", _present(data, "mid_frame_image_url")),
            last=self._one("image", _present(data, "last_frame_image_url")),
            references=tuple(self.intake.take(sent, "image") for sent in references),
            audios=tuple(self.intake.take(sent, "audio") for sent in (*_listed(data, ("audio_input_urls",)), *audios)),
            videos=tuple(self._clip(sent) for sent in _listed(data, ("video_list",))),
        )

    def _one(self, kind: str, sent: Sequence[object]) -> Given | None:
        return self.intake.take(sent[0], kind) if sent else None

    def _clip(self, sent: object) -> Clip:
        if not isinstance(sent, dict) or not sent.keys() <= _CLIP_FIELDS:
            raise RejectedError("video_list takes objects with url, start and ends")
        start, ends = (_second(sent.get(name), name) for name in ("start", "ends"))
        clip = Clip(self.intake.take(sent.get("url"), "video"), start, ends)
        if clip.seconds <= 0:
            raise RejectedError("ends must be after start")
        return clip


def _prompt(item: Body) -> str:
    prompt = item.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise RejectedError("prompt is required")
    if len(prompt) > _LONGEST_PROMPT:
        raise RejectedError(f"prompt must not be longer than {_LONGEST_PROMPT} characters")
    if item.get("output") is not None:
        raise RejectedError("output is not allowed")
    return prompt


def _mode(model: ImageModel, item: Body) -> tuple[bool, bool]:
    fast, uhd = _switch(item, "is_fast", "fast_mode"), _switch(item, "is_uhd", "uhd_mode")
    if (fast or uhd) and not model.house:
        raise RejectedError("is_fast and is_uhd are only supported by imgnAI models")
    if _switch(item, "use_assistant", "prompt_assist", "use_prompt_assist") and not model.tags:
        raise RejectedError("use_assistant is only supported by tag models")
    return fast, uhd


def _switch(item: Body, *names: str) -> bool:
    sent = [item[name] for name in names if item.get(name) is not None]
    if not all(isinstance(value, bool) for value in sent):
        raise RejectedError(f"{names[0]} must be true or false")
    return any(sent)


def _format(item: Body) -> str:
    sent = item.get("output_format", "png")
    if not isinstance(sent, str) or sent not in _FORMATS:
        raise RejectedError("output_format must be png, jpeg or webp")
    return _FORMATS[sent]


def _aspect(item: Body, aspects: tuple[str, ...], usual: str, pictures: Sequence[Given]) -> str:
    sent = item.get("aspect_ratio", usual)
    if sent == "auto":
        measured = next((picture for picture in pictures[:1] if picture.height), None)
        sent = frame.nearest(measured.width, measured.height, aspects) if measured else "1:1"
        return sent if sent in aspects else aspects[0]
    if sent not in aspects:
        raise RejectedError(f"aspect_ratio must be one of {', '.join(aspects)}")
    return str(sent)


def _alone(item: Body) -> list[object]:
    """Return the picture under any of the names for a single one; two names for two pictures are too many."""
    sent = list(dict.fromkeys(str(item[name]) for name in _SINGLE if item.get(name) is not None))
    if len(sent) > 1:
        raise RejectedError("only one input image field can be used")
    return list(sent)


def _listed(item: Body, names: Sequence[str]) -> list[object]:
    found: list[object] = []
    for name in names:
        sent = item.get(name)
        if sent is not None and not isinstance(sent, list):
            raise RejectedError(f"{name} must be a list")
        found += sent or []
    return found


def _present(data: Body, name: str) -> list[object]:
    return [data[name]] if data.get(name) is not None else []


def _assets(item: Body) -> tuple[list[object], list[object]]:
    """Return the audios and the pictures among a film's ``reference_assets``."""
    audios: list[object] = []
    pictures: list[object] = []
    for kind, sent in _assets_of(item):
        if kind in _AUDIO_KINDS:
            audios.append(sent)
        elif kind in _REFERENCE_KINDS:
            pictures.append(sent)
        else:
            raise RejectedError(f"unknown reference asset kind: {kind}")
    return audios, pictures


def _assets_of(item: Body) -> Iterator[tuple[str, object]]:
    for asset in _listed(item, ("reference_assets",)):
        if not isinstance(asset, dict):
            raise RejectedError("reference_assets takes objects")
        yield str(asset.get("kind")), asset.get("url") or asset.get("base64_data")


def _second(sent: object, name: str) -> float | None:
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, int | float) or sent < 0:
        raise RejectedError(f"{name} must be a number of seconds")
    return float(sent)
