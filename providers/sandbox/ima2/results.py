"""What a finished job answers and saves, per route (reference section 1.7). When it is finished is not decided here."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import without_markers
from providers.sandbox.ima2.answers import Json
from providers.sandbox.ima2.gallery import picture_of
from providers.sandbox.ima2.jobs import Job, stamp
from providers.sandbox.ima2.order import Family, Kind, Order
from providers.sandbox.ima2.shelf import Made, Shelf
from providers.sandbox.ima2.sketch import sketch

_HEAVY = 3 * 1024 * 1024
_KEPT = 4
"""Clips that a lineage remembers: the first and the latest three."""

_ROWS = {
    Kind.CLASSIC: "classic",
    Kind.EDIT: "edit",
    Kind.MULTIMODE: "multimode-image",
    Kind.NODE: "generate",
    Kind.VIDEO: "video",
}
_SUFFIX = {Kind.MULTIMODE: "_multimode_{}", Kind.EDIT: "_edit"}


class Results:
    """Saves what jobs make and words their answers. ``seed`` decides names."""

    def __init__(self, *, clock: SandboxClock, shelf: Shelf, seed: int) -> None:
        self._clock = clock
        self._shelf = shelf
        self._seed = seed

    def still(self, job: Job, number: int, **more: object) -> dict[str, object]:
        """Save one picture and return it as it stands in answers."""
        filename = self._name(job.order, number)
        made = self._save(job.request_id, job.order, filename, **more)
        return {
            "image": preview(job.order, filename),
            "filename": filename,
            "createdAt": made.created_at,
            "revisedPrompt": made.row["revisedPrompt"],
            "providerUrl": None,
        }

    def generated(self, job: Job, items: Sequence[Json]) -> dict[str, object]:
        """Return the answer of ``generate``, whose shape depends on whether one was asked for or several."""
        order = job.order
        told: dict[str, object] = {
            "elapsed": self._elapsed(job),
            "requestId": job.request_id,
            "usage": usage(order, len(items)),
            "provider": order.provider,
            "reasoningEffort": order.effort,
            "webSearchCalls": int(order.search),
            "quality": order.quality,
            "size": order.size,
            "moderation": order.moderation,
            "model": order.model,
            "warnings": list(order.warnings),
            "promptMode": order.mode,
            "webSearchEnabled": order.search,
            **_dropped(order),
        }
        if order.count == 1:
            return {**items[0], **told}
        return {"images": list(items), "count": len(items), **told}

    def edited(self, job: Job, item: Json) -> dict[str, object]:
        """Return the answer of ``edit``: it tells neither the id nor the size."""
        whole = self.generated(job, [item])
        unsaid = {"requestId", "size", "quality"}
        return {name: value for name, value in whole.items() if name not in unsaid}

    def noded(self, job: Job) -> dict[str, object]:
        """Save the picture of a node and return its answer."""
        order = job.order
        node = f"n_{self._secret('node')[:10]}"
        item = self.still(job, 0, nodeId=node, clientNodeId=order.client_node)
        # The node is named by its file, so the file is named by the node.
        return {
            "nodeId": node,
            "parentNodeId": order.parent,
            "requestId": job.request_id,
            "image": item["image"],
            "filename": item["filename"],
            "url": f"/generated/{item['filename']}",
            "elapsed": self._elapsed(job),
            "usage": usage(order, 1),
            "provider": order.provider,
            "model": order.model,
            "refsCount": len(order.references),
            "contextMode": "parent-plus-refs",
            "searchMode": "on" if order.search else "off",
            "warnings": list(order.warnings),
            "revisedPrompt": item["revisedPrompt"],
            **_dropped(order),
        }

    def sequence(self, job: Job, about: Json, items: Sequence[Json], wanted: int) -> dict[str, object]:
        """Return the ``done`` of a sequence; its ``elapsed`` is a text, unlike everywhere else."""
        order = job.order
        return {
            "ok": True,
            **about,
            "requested": wanted,
            "returned": len(items),
            "status": "complete" if len(items) == wanted else "partial",
            "elapsed": str(self._elapsed(job)),
            "images": list(items),
            "provider": order.provider,
            "quality": order.quality,
            "size": order.size,
            "moderation": order.moderation,
            "model": order.model,
            "usage": usage(order, len(items)),
            "webSearchCalls": int(order.search),
            "webSearchEnabled": order.search,
            "warnings": list(order.warnings),
            "extraIgnored": 0,
            "promptMode": order.mode,
            **_dropped(order),
        }

    def filmed(self, job: Job, submitted: Json) -> dict[str, object]:
        """Save a clip and return its ``done``."""
        made = self.clip(job.request_id, job.order, str(submitted["xaiVideoRequestId"]))
        row = made.row
        told = ("filename", "url", "providerUrl", "mediaType", "revisedPrompt", "usage", "video", "videoContinuity")
        whole = {**{name: row[name] for name in told}, "elapsed": self._elapsed(job)}
        return {**submitted, **whole, "requestId": job.request_id}

    def clip(self, request_id: str, order: Order, xai_id: str, **more: object) -> Made:
        """Save a clip."""
        film = order.film
        if film is None:
            raise ValueError("no clip was ordered")
        filename = self._name(order, 0)
        video = {
            "duration": film.seconds,
            "resolution": film.resolution,
            "aspectRatio": film.aspect,
            "mode": film.mode,
            "sourceImageFilename": film.source,
            "xaiVideoRequestId": xai_id,
            **more,
        }
        lineage = self._lineage(order, filename)
        return self._save(request_id, order, filename, video=video, videoContinuity=lineage)

    def xai_id(self) -> str:
        """Return an id as xAI gives them."""
        return str(UUID(self._secret("xai")[:32]))

    def _save(self, request_id: str, order: Order, filename: str, **more: object) -> Made:
        prompt = without_markers(order.prompt)
        row = {
            "filename": filename,
            "url": f"/generated/{filename}",
            "thumb": None,
            "mediaType": "video" if order.film else "image",
            "createdAt": stamp(self._clock.now()),
            "prompt": order.prompt,
            "userPrompt": order.prompt,
            "revisedPrompt": f"{prompt}, in soft light",
            "quality": order.quality,
            "size": order.size,
            "format": filename.rpartition(".")[2],
            "model": order.model,
            "provider": order.provider,
            "providerUrl": f"https://vidgen.example/{filename}" if order.film else None,
            "elapsed": None,
            "usage": usage(order, 1),
            "sessionId": order.session,
            "requestId": request_id,
            "kind": _ROWS[order.kind],
            "refsCount": len(order.references),
            "isFavorite": False,
            **more,
        }
        made = Made(row, picture_of(order, lost=order.fate("deleted") is not None))
        self._shelf.add(made)
        return made

    def _lineage(self, order: Order, filename: str) -> dict[str, object]:
        film = order.film
        parent = self._shelf.file(film.parent) if film and film.parent else None
        known = parent.row.get("videoContinuity") if parent else None
        before = known if isinstance(known, dict) else {}
        entries = [*before.get("entries", ())]
        entry = {
            "id": f"clip:{filename}",
            "ordinal": entries[-1]["ordinal"] + 1 if entries else 1,
            "role": "current" if entries else "start",
            "filename": filename,
            "userPrompt": order.prompt,
            "revisedPrompt": f"{without_markers(order.prompt)}, in soft light",
            "createdAt": stamp(self._clock.now()),
        }
        older = [{**one, "role": "ancestor" if one["role"] != "start" else "start"} for one in entries]
        if older[1:]:
            older[-1]["role"] = "parent"
        return {
            "lineageId": before.get("lineageId", f"lineage:{filename.removesuffix('.mp4')}"),
            "parentFilename": film.parent if film else None,
            "sourceFrame": "last" if parent else None,
            "maxEntries": _KEPT,
            "retention": "keep-start-plus-latest-3",
            "entries": [*older, entry] if len(older) < _KEPT else [older[0], *older[2 - _KEPT :], entry],
        }

    def _name(self, order: Order, number: int) -> str:
        if order.kind is Kind.NODE:
            return f"n_{self._secret('node')[:10]}.{order.format}"
        end = "mp4" if order.film else order.format if order.family is Family.OPENAI else "jpeg"
        usual = f"_{number}" if order.kind is Kind.CLASSIC else ""
        suffix = _SUFFIX.get(order.kind, usual).format(number)
        return f"{stamp(self._clock.now())}_{self._secret('file')[:8]}{suffix}.{end}"

    def _elapsed(self, job: Job) -> float:
        return round(self._clock.elapsed(job.started_at), 1)

    def _secret(self, what: str) -> str:
        return sha256(f"{self._seed}:ima2:{what}:{self._shelf.count}".encode()).hexdigest()


def preview(order: Order, seed: str) -> str:
    """Return a picture as it stands inside answers and events: small, or several megabytes if so ordered."""
    return sketch(f"{seed}:{order.prompt}", _HEAVY if order.fate("heavy") else 0)


def usage(order: Order, made: int) -> dict[str, object]:
    """Return what was used; every upstream counts something else."""
    match order.family:
        case Family.GROK:
            seconds = order.film.seconds if order.film else 0
            return {"grok_cost_usd_ticks": 500_000_000 * seconds if seconds else 700_000_000 * made}
        case Family.GEMINI | Family.AGY:
            return {"promptTokens": 20, "candidatesTokens": 1290 * made, "totalTokens": 20 + 1290 * made}
        case _:
            spent = 1056 * made
            return {"input_tokens": 100 * made, "output_tokens": spent, "total_tokens": 100 * made + spent}


def _dropped(order: Order) -> dict[str, object]:
    """Return how a picture says that it ignored the references."""
    if order.fate("refs-dropped") is None or not order.references:
        return {}
    return {"retryKind": "prompt_only_json_image_tool", "referencesDroppedOnRetry": True}
