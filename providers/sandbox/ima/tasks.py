"""IMA tasks: how long one runs and what ``tasks/detail`` says about it at any moment. Prices are not known here.

A task goes through ``[]`` -> a media without status -> 0 -> 1 without an address -> 1 with one. It takes a number of
seconds drawn from the model's own range; where there are several results, one of them lags behind the others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from pydantic import TypeAdapter

from providers.sandbox.cdn import made_path
from providers.sandbox.faults import Fault
from providers.sandbox.ima import frame
from providers.sandbox.ima.leaf import Category
from providers.sandbox.ima.orders import Order
from providers.sandbox.scene import Medium

Json = dict[str, object]

_MEDIUM = {
    Category.TEXT_TO_IMAGE: Medium.PICTURE,
    Category.IMAGE_TO_IMAGE: Medium.PICTURE,
    Category.TEXT_TO_MUSIC: Medium.SOUND,
    Category.TEXT_TO_SPEECH: Medium.SOUND,
}
_USUAL_SECONDS = {
    Category.TEXT_TO_IMAGE: (20, 40),
    Category.IMAGE_TO_IMAGE: (20, 40),
    Category.TEXT_TO_MUSIC: (60, 120),
    Category.TEXT_TO_SPEECH: (5, 30),
}
_USUAL_VIDEO_SECONDS = (120, 240)

_VISIBLE, _STATUS, _FAILS, _READY, _OTHERS = 0.04, 0.10, 0.6, 0.97, 0.9
"""When things happen, as shares of the running time: a media shows, gets a status, fails, is ready without an
address; and how much earlier the results that do not lag are finished."""

_TIMEOUT_MS = 300_000
_DEFAULT_FAILURE = "generate failed, please try again later"


@dataclass(frozen=True, slots=True)
class Task:
    """One accepted order. ``runs`` is the running time in seconds, ``seconds`` the length of what is made."""

    id: str
    category: Category
    model_id: str
    model_name: str
    prompt: str
    outputs: int
    created_at: datetime
    runs: float
    width: int
    height: int
    seconds: int
    backdrop: str = ""
    fates: tuple[Fault, ...] = ()

    @property
    def medium(self) -> Medium:
        """Return the kind of file this task makes."""
        return _MEDIUM.get(self.category, Medium.VIDEO)

    def fate(self, name: str) -> Fault | None:
        """Return the fault of that name, if it was ordered for this task."""
        return next((fault for fault in self.fates if fault.fault == name), None)


def begin(order: Order, task_id: str, *, at: datetime, seed: int, fates: tuple[Fault, ...]) -> Task:
    """Make the task of an order; its luck is drawn from the seed and its own id."""
    low, high = order.leaf.eet or _USUAL_SECONDS.get(order.category, _USUAL_VIDEO_SECONDS)
    width, height = frame.size(order)
    return Task(
        id=task_id,
        category=order.category,
        model_id=order.leaf.family,
        model_name=order.leaf.name,
        prompt=order.prompt,
        outputs=order.count * order.leaf.per_unit,
        created_at=at,
        runs=low + share(f"{seed}:{task_id}") * (high - low),
        width=width,
        height=height,
        seconds=frame.seconds(order),
        backdrop=order.inputs[0] if order.inputs else "",
        fates=(*fates, *_own_fates(order)),
    )


def _own_fates(order: Order) -> tuple[Fault, ...]:
    """Return what the order brings on itself: Pixverse needs its version in ``model`` and fails late without it."""
    field = order.leaf.field("model") if order.leaf.family == "pixverse" else None
    if field is None or order.params.get("model") == field.value:
        return ()
    fusion = order.category is Category.REFERENCE_IMAGE_TO_VIDEO
    return (Fault(fault="failed", reason="fusion" if fusion else "pixverse"),)


def share(text: str) -> float:
    """Return a number from 0 to 1 that is always the same for the same text."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48


def to_json(task: Task) -> Json:
    """Return the task as it is kept."""
    kept: Json = _TASKS.dump_python(task, mode="json", exclude_defaults=True)
    return kept


def from_json(kept: Mapping[str, object]) -> Task:
    """Read a kept task back."""
    return _TASKS.validate_python(kept)


_TASKS = TypeAdapter(Task)


def receipt(task: Task) -> Json:
    """Return what ``tasks/create`` says."""
    created_ms = _milliseconds(task.created_at)
    return {
        "id": task.id,
        "biz_id": _biz_id(task),
        "task_type": task.category.value,
        "medias": [],
        "generate_count": task.outputs,
        "created_at": created_ms,
        "timeout_at": created_ms + _TIMEOUT_MS,
    }


def detail(task: Task, elapsed: float, base_url: str) -> Json:
    """Return what ``tasks/detail`` says after that many seconds of work."""
    medias = [] if elapsed < task.runs * _VISIBLE else _medias(task, elapsed, base_url)
    return {
        "id": task.id,
        "biz_id": _biz_id(task),
        "task_type": task.category.value,
        "status": _overall(medias),
        "prompt": task.prompt,
        "generate_count": task.outputs,
        "created_at": _milliseconds(task.created_at),
        "medias": medias,
    }


def finished(task: Task, number: int, elapsed: float) -> bool:
    """Tell whether the address of the n-th result has been given out."""
    return number < task.outputs and _state(task, number, elapsed)[2]


def _medias(task: Task, elapsed: float, base_url: str) -> list[Json]:
    return [_media(task, number, elapsed, base_url) for number in range(task.outputs)]


def _media(task: Task, number: int, elapsed: float, base_url: str) -> Json:
    resource_status, status, has_url = _state(task, number, elapsed)
    words, remark = _words(task) if status.lower() == "failed" else ("", "")
    url = base_url + made_path("ima", task.id, number, task.medium) if has_url else ""
    cover = base_url + made_path("ima", task.id, number, Medium.COVER) if url and _has_cover(task) else ""
    return {
        "resource_status": resource_status,
        "status": status,
        "url": url,
        "watermark_url": "",
        "preview_url": "",
        "cover": cover,
        "cover_url": cover,
        "format": task.medium.value,
        "width": task.width if _has_cover(task) else 0,
        "height": task.height if _has_cover(task) else 0,
        "duration_str": "" if task.medium is Medium.PICTURE else f"{task.seconds}s",
        "model_id": task.model_id,
        "mode_name": task.model_name,
        "error_msg": words,
        "remark": remark,
    }


def _state(task: Task, number: int, elapsed: float) -> tuple[int | None, str, bool]:
    """Return ``resource_status``, ``status`` and whether the address is there."""
    if elapsed < task.runs * _STATUS:
        return None, "pending", False
    if elapsed >= task.runs * _FAILS:
        if task.fate("failed") or (task.fate("one-fails") and number == task.outputs - 1):
            return 2, "failed", False
        if task.fate("deleted"):
            return 3, "success", False
    finish = _finish(task, number)
    if elapsed < finish - task.runs * (1 - _READY):
        return 0, "processing", False
    if task.fate("failed-quietly"):
        return 1, "Failed", False
    return 1, "completed" if task.medium is Medium.PICTURE else "success", elapsed >= finish + _longer(task, "no-url")


def _finish(task: Task, number: int) -> float:
    lagging = int(share(task.id) * task.outputs)
    runs = task.runs if number == lagging else task.runs * _OTHERS
    return runs + _longer(task, "stuck")


def _longer(task: Task, name: str) -> float:
    fate = task.fate(name)
    if fate is None:
        return 0.0
    return math.inf if fate.lasting is None else fate.lasting


def _words(task: Task) -> tuple[str, str]:
    """Return ``error_msg`` and ``remark``: vendors use the one or the other."""
    fate = task.fate("failed") or task.fate("failed-quietly") or task.fate("one-fails")
    words = (fate.words if fate else "") or _DEFAULT_FAILURE
    return ("", words) if fate and fate.reason == "pixels" else (words, "")


def _overall(medias: list[Json]) -> str:
    if not medias:
        return "pending"
    if any(media["resource_status"] in {None, 0} for media in medias):
        return "processing"
    fine = any(media["resource_status"] == 1 and media["status"] != "Failed" for media in medias)
    return "success" if fine else "failed"


def _biz_id(task: Task) -> str:
    """Return the second id in every answer, which is good for nothing: polls with it find no task."""
    return task.id.replace("task_", "biz_")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _has_cover(task: Task) -> bool:
    """Tell whether there is something to see: everything but speech."""
    return task.category is not Category.TEXT_TO_SPEECH
