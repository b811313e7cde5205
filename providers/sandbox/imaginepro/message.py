"""A job as ImaginePro tells it: the message, and its row in the list. What happens when is decided in ``work``."""

from collections.abc import Callable
from datetime import UTC, datetime

from providers.sandbox.cdn import made_path
from providers.sandbox.clock import SandboxClock, moment_of
from providers.sandbox.faults import Style
from providers.sandbox.imaginepro import buttons, writer
from providers.sandbox.imaginepro.work import CHOICES, MIDJOURNEYS, Kind, Work, share
from providers.sandbox.scene import Medium

PROVIDER = "imaginepro"
MIRROR = "-discord"
"""What the task is called in the address of Discord's copy, which only lives for a day."""

_NEARLY = 99
_OFTEN_BARE = 0.5

Json = dict[str, object]


class Messages:
    """Words messages; ``base_url`` is where this sandbox is reached."""

    def __init__(self, clock: SandboxClock, base_url: Callable[[], str]) -> None:
        self._clock = clock
        self._base_url = base_url

    def receipt(self, work: Work) -> Json:
        """Return the answer to an order."""
        return {"success": True, "messageId": work.id, "createdAt": _stamp(work.created_at)}

    def of(self, work: Work, elapsed: float, *, film: bool = False) -> Json:
        """Return the message after so many seconds; ``film`` asks in the words of the films' own address."""
        status = work.status(elapsed)
        if status == "FAIL" and _bare(work):
            return {"status": status, "error": work.error}
        told: Json = {
            "prompt": work.order.prompt,
            "status": status,
            "messageId": work.id,
            "createdAt": _stamp(work.created_at),
            "updatedAt": _stamp(self._changed(work, elapsed)),
            **_about(work),
            **_progress(work, elapsed, done=status == "DONE"),
        }
        if status == "FAIL":
            return {**told, "error": work.error}
        offered = _offered(work, status)
        return {**told, **({"buttons": offered} if offered else {}), **self._result(work, elapsed, film=film)}

    def row(self, work: Work, elapsed: float) -> Json:
        """Return what the list says; it does not tell how a job is doing."""
        uri = self._url(work, 0) if work.shows(elapsed) and work.order.kind is not Kind.DESCRIBE else None
        return {
            "id": work.id,
            "type": work.order.kind.value,
            "button": work.order.button or None,
            "prompt": work.order.prompt,
            "uri": uri,
            "createdAt": _stamp(work.created_at),
        }

    def _result(self, work: Work, elapsed: float, *, film: bool) -> Json:
        if work.done(elapsed) and work.fate("failed-quietly"):
            return {"error": "The result could not be saved"}
        if not work.shows(elapsed) or work.order.button == buttons.CANCEL:
            return {}
        match work.order.kind:
            case Kind.DESCRIBE:
                return {"content": writer.described(work.order.backdrop)}
            case Kind.VIDEO:
                return self._film(work, film=film)
            case _:
                return self._pictures(work)

    def _pictures(self, work: Work) -> Json:
        first = 1 if work.order.grid else 0
        numbers = range(first, first + work.order.outputs - (1 if work.fate("one-fails") else 0))
        told: Json = {"uri": self._url(work, 0), "images": [self._url(work, number) for number in numbers]}
        if work.order.kind in MIDJOURNEYS:
            told["originalUrl"] = self._base_url() + made_path(PROVIDER, work.id + MIRROR, 0, work.order.medium)
        return told

    def _film(self, work: Work, *, film: bool) -> Json:
        url = self._url(work, 0)
        told: Json = {"videoUrl": url, "results": [{"url": url, "index": 0}], "uri": url, "images": [url]}
        if film:
            return {name: told[name] for name in ("videoUrl", "results")}
        # Where the common address puts a film was not found: each time somewhere else.
        name = _chosen(work, "film-field")
        return {name: told[name]}

    def _url(self, work: Work, number: int) -> str:
        return self._base_url() + made_path(PROVIDER, work.id, number, work.order.medium)

    def _changed(self, work: Work, elapsed: float) -> datetime:
        last = max(moment for moment in (0.0, work.begins, work.ends) if moment <= elapsed)
        return moment_of(self._clock, work.created_at, last) if last else work.created_at


def addresses(work: Work) -> dict[int, Medium]:
    """Return the files of a job by their numbers; where there is a sheet of all pictures it is number 0."""
    if work.order.kind is Kind.DESCRIBE or work.order.button == buttons.CANCEL:
        return {}
    return dict.fromkeys(range(work.order.outputs + (1 if work.order.grid else 0)), work.order.medium)


def _about(work: Work) -> Json:
    """Return what only some messages have."""
    midjourney = work.order.kind in MIDJOURNEYS
    about = {
        "type": work.order.kind.value if midjourney else "",
        "button": work.order.button,
        "originatingMessageId": work.order.parent,
        "ref": work.order.ref,
    }
    return {name: value for name, value in about.items() if value}


def _progress(work: Work, elapsed: float, *, done: bool) -> Json:
    percent = 100 if done else min(int(work.share(elapsed) * 100), _NEARLY)
    match _chosen(work, "progress"):
        case "absent":
            return {}
        case "zero":
            return {"progress": 100 if done else 0}
        case "string":
            return {"progress": str(percent)}
        case _:
            return {"progress": percent}


def _offered(work: Work, status: str) -> list[str]:
    if work.order.kind not in MIDJOURNEYS or work.fate("no-buttons"):
        return []
    return list(work.order.buttons) if status == "DONE" else [buttons.CANCEL] if status == "PROCESSING" else []


def _bare(work: Work) -> bool:
    """Tell whether a failure says nothing but that: now so, now so, unless it was ordered in one style."""
    fate = work.fate("failed")
    if fate and fate.style is not None:
        return fate.style is Style.BARE
    return share(f"{work.id}:bare") < _OFTEN_BARE


def _chosen(work: Work, what: str) -> str:
    """Return the way in which something is told: as ordered, else drawn by the job's own luck."""
    fate, choices = work.fate(what), CHOICES[what]
    return fate.text if fate else choices[int(share(f"{work.id}:{what}") * len(choices))]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
