"""What each address takes (reference section 2.2): a body becomes an order, or is refused. Nothing is charged here.

Prices are the seed's; those it does not know (describe, face swap, extending a film) and all running times are ours.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from providers.sandbox.faults import without_markers
from providers.sandbox.imaginepro import buttons, frame, parameters
from providers.sandbox.imaginepro.form import Form, Json, is_link
from providers.sandbox.imaginepro.work import LONGEST, Kind, Order, Work
from providers.sandbox.scene import Medium

Reader = Callable[[Form], Order]
"""Reads one address's body; what is wrong with it is noted in the form."""

LEAST_TIMEOUT = 10
FILM_SECONDS, MORE_SECONDS = 5, 4
FILM_CREDITS, FILM_RUNS = Decimal(10), (120, 700)
PREFIX = "Image creation: "

_FAST, _RELAXED = Decimal(10), Decimal(5)
_FAST_RUNS, _RELAXED_RUNS = (30, 120), (90, 300)
_FLUX, _BANANA, _LUMI = Decimal(6), Decimal(6), Decimal(6)
_UPSCALE, _CUTOUT, _DESCRIBE, _FACESWAP = Decimal(2), Decimal(5), Decimal(5), Decimal(5)
_BANANAS = ("nano-banana-2", "nano-banana", "gemini-2.5-flash-image-preview", "gemini-3-pro-image-preview")
_FORMATS = {"png": Medium.PICTURE, "webp": Medium.WEBP, "jpg": Medium.COVER, "jpeg": Medium.COVER}
_MOST_SIDE, _USUAL_SIDE, _STEP, _MOST_FLUX = 1440, 1024, 8, 4
_UNKNOWN_SIDE = 512
"""What is taken for the side of a picture that cannot be looked at."""


def read(reader: Reader, form: Form) -> Order:
    """Read a body with what every one may hold. Raises :class:`providers.sandbox.imaginepro.answers.RefusedError`."""
    order = reader(form)
    ref, webhook = form.text("ref"), form.link("webhookOverride")
    timeout = form.number("timeout", LONGEST, LEAST_TIMEOUT, LONGEST)
    form.check()
    return replace(order, ref=ref, webhook=webhook, timeout=timeout)


def imagine(form: Form) -> Order:
    """Read ``midjourney/imagine``: everything is in the prompt."""
    prompt = form.text("prompt", needed=True)
    wish = parameters.read(without_markers(prompt))
    width, height = frame.single(wish.aspect)
    return Order(
        kind=Kind.IMAGINE,
        credits=_RELAXED if wish.relaxed else _FAST,
        title="Midjourney",
        runs=_RELAXED_RUNS if wish.relaxed else _FAST_RUNS,
        prompt=prompt,
        outputs=4,
        grid=True,
        width=width,
        height=height,
        pictures=(wish.picture,) if wish.picture else (),
        doom=wish.doom,
        buttons=buttons.GRID,
        old_upscales=wish.old_upscales,
    )


def flux(form: Form) -> Order:
    """Read ``flux/imagine``."""
    prompt = form.text("prompt", needed=True)
    number = form.number("n", 1, 1, _MOST_FLUX)
    width, height = _flux_size(form)
    return Order(
        kind=Kind.FLUX,
        credits=_FLUX * number,
        title="Flux 1.1 Pro",
        runs=(8, 16),
        prompt=prompt,
        outputs=number,
        width=width,
        height=height,
        medium=_FORMATS.get(form.choice("output_format", tuple(_FORMATS), "png"), Medium.PICTURE),
    )


def universal(form: Form) -> Order:
    """Read ``universal/imagine``: a text with its prefix first, then pictures."""
    prompt, pictures = _contents(form)
    form.choice("model", _BANANAS)
    return Order(
        kind=Kind.UNIVERSAL,
        credits=_BANANA,
        title="Nano Banana",
        runs=(10, 30),
        prompt=prompt,
        width=768,
        height=768,
        pictures=pictures,
    )


def zimage(form: Form) -> Order:
    """Read ``universal/zimage``: proportions in the prompt win over the sides that were sent."""
    prompt = form.text("prompt", needed=True)
    form.number("steps", 4, 4, 4)
    sides = (form.number(name, _USUAL_SIDE, _STEP, _USUAL_SIDE, _STEP) for name in ("width", "height"))
    width, height = sides
    asked = parameters.aspect(without_markers(prompt))
    if asked:
        width, height = frame.fitted(asked)
    return Order(Kind.ZIMAGE, _LUMI, "Lumi Girl", (6, 14), prompt, width=width, height=height)


def film(form: Form) -> Order:
    """Read ``video/mj/generate``: both frames are needed."""
    pictures = tuple(form.link(name, needed=True) for name in ("startFrameUrl", "endFrameUrl"))
    width, height = frame.film((16, 9))
    return Order(
        kind=Kind.VIDEO,
        credits=FILM_CREDITS,
        title="Midjourney Video",
        runs=FILM_RUNS,
        prompt=form.text("prompt", "smooth motion transition"),
        width=width,
        height=height,
        seconds=FILM_SECONDS,
        medium=Medium.VIDEO,
        pictures=pictures,
    )


def upscale(form: Form) -> Order:
    """Read ``flux/upscale``; the size is that of the pretend picture times ``scale``."""
    picture = form.link("image", needed=True)
    scale = form.body.get("scale")
    if type(scale) not in {int, float} or not 2 <= float(str(scale)) <= 4:  # noqa: PLR2004 - the documented limits
        form.refuse("scale must be between 2 and 4.")
        scale = 2
    width, height = frame.enlarged(_UNKNOWN_SIDE, _UNKNOWN_SIDE, float(str(scale)))
    return Order(
        Kind.UPSCALE,
        _UPSCALE,
        "Upscale",
        (6, 20),
        width=width,
        height=height,
        scale=float(str(scale)),
        pictures=(picture,),
    )


def longer(form: Form, parent: Work, *, ready: bool) -> Order:
    """Read ``video/mj/extend``: ``index`` counts from 0, and there is one film."""
    if not ready:
        form.refuse("The video cannot be extended.")
    form.number("index", 0, 0, 0)
    form.text("animateMode")
    return replace(parent.order, parent=parent.id, seconds=MORE_SECONDS)


def cutout(form: Form) -> Order:
    """Read ``tools/remove-bg``."""
    return _of_pictures(form, Kind.CUTOUT, _CUTOUT, "Background removed", "image")


def describe(form: Form) -> Order:
    """Read ``midjourney/describe``."""
    return _of_pictures(form, Kind.DESCRIBE, _DESCRIBE, "Describe", "url")


def faceswap(form: Form) -> Order:
    """Read ``midjourney/faceswap``; the result is drawn on the target."""
    return _of_pictures(form, Kind.FACESWAP, _FACESWAP, "Face swap", "target", "source")


def prompt_of(body: Json) -> str:
    """Find the prompt in a body, however wrong the rest of it is."""
    contents = body.get("contents")
    prompt = body.get("prompt") or (_text_of(contents[0]) if isinstance(contents, list) and contents else "")
    return prompt if isinstance(prompt, str) else ""


def _of_pictures(form: Form, kind: Kind, price: Decimal, title: str, *names: str) -> Order:
    pictures = tuple(form.link(name, needed=True) for name in names)
    side = _UNKNOWN_SIDE
    return Order(kind, price, title, (6, 20), width=side, height=side, pictures=pictures)


def _flux_size(form: Form) -> tuple[int, int]:
    """Read the size: sides win over proportions, which the document knows beside them."""
    sides = [form.number(name, _USUAL_SIDE, _STEP, _MOST_SIDE, _STEP) for name in ("width", "height")]
    asked = form.text("aspect_ratio", "1:1")
    proportions = parameters.aspect(f"--ar {asked}")
    if proportions is None:
        form.refuse("aspect_ratio must look like 16:9.")
    elif not {"width", "height"} & form.body.keys():
        return frame.fitted(proportions)
    return sides[0], sides[1]


def _contents(form: Form) -> tuple[str, tuple[str, ...]]:
    contents = form.body.get("contents")
    items = contents if isinstance(contents, list) else []
    first, *others = items or [None]
    prompt = _text_of(first)
    if not prompt.startswith(PREFIX) or not prompt.removeprefix(PREFIX).strip():
        form.refuse(f'The first item of contents must be a text that starts with "{PREFIX}".')
    pictures = tuple(str(item["url"]) for item in others if _is_picture(item))
    if len(pictures) < len([item for item in others if not _text_of(item)]):
        form.refuse("Every further item of contents must be an image with a url.")
    return prompt, pictures


def _text_of(item: object) -> str:
    if not isinstance(item, dict) or item.get("type") != "text":
        return ""
    text: object = item.get("text")
    return text if isinstance(text, str) else ""


def _is_picture(item: object) -> bool:
    return isinstance(item, dict) and item.get("type") == "image" and is_link(item.get("url"))
