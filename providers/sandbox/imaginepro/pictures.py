"""What the results of a job look like: the sheet of four, the single pictures, films. Nothing is drawn here."""

from providers.sandbox.cdn import Cdn
from providers.sandbox.faults import without_markers
from providers.sandbox.imaginepro.message import addresses
from providers.sandbox.imaginepro.work import Work
from providers.sandbox.scene import Medium, Scene


def scene(work: Work, number: int, medium: Medium, cdn: Cdn) -> Scene | None:
    """Return what the n-th file of a finished job shows, ``None`` where there is no such file."""
    if addresses(work).get(number) is not medium or work.fate("deleted"):
        return None
    order, sheet = work.order, work.order.grid and number == 0
    looks = work.looks
    return Scene(
        prompt=without_markers(order.prompt),
        model=order.title,
        seed=looks[0] if sheet else looks[number - 1 if order.grid else number],
        width=order.width * (2 if sheet else 1),
        height=order.height * (2 if sheet else 1),
        seconds=order.seconds,
        backdrop=cdn.file_at(order.backdrop) if order.backdrop else None,
        at=_PICTURE_AT if medium is Medium.COVER else None,
        tiles=looks if sheet else (),
    )


_PICTURE_AT = 0.35
"""A JPEG is else a film's cover, which shows its beginning."""
