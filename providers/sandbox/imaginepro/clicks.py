"""What a click on a button of Midjourney's orders. Which buttons a result offers is in ``buttons``."""

from decimal import Decimal

from providers.sandbox.imaginepro import buttons, frame
from providers.sandbox.imaginepro.form import Form
from providers.sandbox.imaginepro.work import MIDJOURNEYS, Kind, Order, Work

_CREDITS = Decimal(5)
_SINGLE_RUNS, _GRID_RUNS = (8, 30), (30, 90)
_ENLARGED, _UPSCALED = 2.0, 1.5
_PANNED = 1.5
_WHOLE = 100


def click(form: Form, parent: Work, elapsed: float) -> Order:
    """Read ``midjourney/button``; what the message does not offer at this moment is refused."""
    button = form.text("button", needed=True)
    if button and button not in _offered(parent, elapsed):
        form.refuse(f"Button {button} is not available on this message.")
    form.check()
    prompt = parent.order.prompt
    if button == buttons.REGION:
        if not form.picture("mask"):
            form.refuse("Mask is required.")
        prompt = form.text("prompt", prompt)
    if button == buttons.CANCEL:
        return _order(parent, button, prompt, runs=(1, 1))
    if button in buttons.ENLARGE:
        return _chosen(parent, button)
    if button in {*buttons.NEW_UPSCALES, *buttons.OLD_UPSCALES, *buttons.REDO_UPSCALES}:
        return _upscaled(parent, button)
    return _grid(parent, button, prompt)


def _offered(parent: Work, elapsed: float) -> tuple[str, ...]:
    status = parent.status(elapsed)
    if parent.order.kind not in MIDJOURNEYS:
        return ()
    if status == "DONE":
        return parent.order.buttons
    return (buttons.CANCEL,) if status == "PROCESSING" else ()


def _chosen(parent: Work, button: str) -> Order:
    """Take one of the four: the same picture, larger."""
    look = parent.looks[buttons.ENLARGE.index(button)]
    upscales = buttons.OLD_UPSCALES if parent.order.old_upscales else buttons.NEW_UPSCALES
    return _single(parent, button, look, _ENLARGED, upscales)


def _upscaled(parent: Work, button: str) -> Order:
    upscales = buttons.REDO_UPSCALES if button.endswith("x)") else ()
    return _single(parent, button, parent.looks[0], _UPSCALED, upscales)


def _single(parent: Work, button: str, look: str, factor: float, upscales: tuple[str, ...]) -> Order:
    width, height = frame.enlarged(parent.order.width, parent.order.height, factor)
    offered = buttons.single(upscales=upscales, square=width == height)
    return _order(
        parent, button, parent.order.prompt, runs=_SINGLE_RUNS, size=(width, height), looks=(look,), offered=offered
    )


def _grid(parent: Work, button: str, prompt: str) -> Order:
    again = button in {buttons.REROLL, *buttons.VARY}
    size = frame.single(_aspect(parent, button))
    offered = buttons.GRID if again else buttons.WIDE_GRID
    return _order(parent, button, prompt, runs=_GRID_RUNS, size=size, offered=offered, grid=True)


def _aspect(parent: Work, button: str) -> tuple[int, int]:
    width, height = parent.order.width, parent.order.height
    if button == buttons.SQUARE:
        return 1, 1
    wider = _PANNED if button in {buttons.LEFT, buttons.RIGHT} else 1.0
    higher = _PANNED if button in {buttons.UP, buttons.DOWN} else 1.0
    return round(_WHOLE * width * wider), round(_WHOLE * height * higher)


def _order(
    parent: Work,
    button: str,
    prompt: str,
    *,
    runs: tuple[int, int],
    size: tuple[int, int] = (0, 0),
    looks: tuple[str, ...] = (),
    offered: tuple[str, ...] = (),
    grid: bool = False,
) -> Order:
    return Order(
        kind=Kind.BUTTON,
        credits=_CREDITS,
        title="Midjourney",
        runs=runs,
        prompt=prompt,
        outputs=4 if grid else 1,
        width=size[0],
        height=size[1],
        grid=grid,
        pictures=parent.order.pictures,
        looks=looks,
        parent=parent.id,
        button=button,
        buttons=offered,
        old_upscales=parent.order.old_upscales,
    )
