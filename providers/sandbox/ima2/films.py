"""Reading orders for clips: generate, edit, extend (reference sections 1.7 and 1.9). Nothing is made here."""

from collections.abc import Mapping
from dataclasses import dataclass

from providers.sandbox.ima2.answers import RefusedError, Shape
from providers.sandbox.ima2.catalogue import ASPECTS, BASE_VIDEO, MOST_VIDEO_REFERENCES, NEWER_VIDEOS
from providers.sandbox.ima2.inputs import Intake
from providers.sandbox.ima2.order import Film, Kind, Order
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ima2.shelf import Shelf

Body = Mapping[str, object]

GUIDANCE = "Say what is seen, how it moves, what is heard and how it ends."
_LONGEST, _LONGEST_BY_REFERENCES = 15, 10
_EXTENSIONS = range(2, 11)
_MODES = ("text-to-video", "image-to-video", "reference-to-video")
"""From no picture, from one, from several."""

_FOLDER = "/srv/ima2/generated"


@dataclass(frozen=True, slots=True)
class FilmDesk:
    """Where orders for clips are read."""

    setup: Setup
    intake: Intake
    shelf: Shelf

    def generate(self, body: Body) -> Order:
        """Read the body of ``/api/video/generate``, checking in the order of the real server."""
        provider = body.get("provider", "grok")
        if provider not in {"grok", "grok-api"}:
            code = "AGY_VIDEO_UNSUPPORTED" if provider == "agy" else "VIDEO_PROVIDER_UNSUPPORTED"
            raise _refused(code, "video needs provider grok or grok-api")
        prompt = body.get("prompt")
        if not isinstance(prompt, str) or not prompt.strip():
            raise RefusedError(400, "PROMPT_REQUIRED", "Prompt is required", Shape.EVENT, guidance=GUIDANCE)
        model = self._model(body.get("model"))
        seconds = _seconds(body.get("duration", 5))
        resolution, aspect = str(body.get("resolution", "480p")), str(body.get("aspectRatio", "auto"))
        if resolution not in self.setup.version.resolutions:
            raise _refused("INVALID_VIDEO_RESOLUTION", "resolution is not offered")
        if aspect not in ASPECTS:
            raise _refused("INVALID_VIDEO_ASPECT_RATIO", "aspectRatio is not offered")
        session = body.get("sessionId")
        parent = self._parent(body)
        pictures, names = self._pictures(body, parent)
        if len(pictures) > MOST_VIDEO_REFERENCES:
            raise _refused("GROK_VIDEO_REF_TOO_MANY", f"at most {MOST_VIDEO_REFERENCES} pictures")
        mode = _MODES[min(len(pictures), 2)]
        if resolution == "1080p" and (model == BASE_VIDEO or mode == _MODES[2]):
            raise _refused("INVALID_VIDEO_RESOLUTION", "1080p is for the newer model, from words or one picture")
        most = _LONGEST_BY_REFERENCES if mode == _MODES[2] else _LONGEST
        return Order(
            kind=Kind.VIDEO,
            prompt=prompt,
            provider=str(provider),
            model=model,
            references=tuple(pictures),
            session=session if isinstance(session, str) else None,
            backdrop=parent or next(iter(names), None),
            film=Film(min(seconds, most), resolution, aspect, mode, next(iter(names), None), parent),
        )

    def rework(self, body: Body, operation: str) -> Order:
        """Read the body of ``/api/video/edit`` or ``/extend``; most of its errors have no code."""
        prompt, source, model = body.get("prompt"), body.get("videoUrl"), body.get("model", BASE_VIDEO)
        if not isinstance(prompt, str) or not prompt.strip():
            raise RefusedError(400, "PROMPT_REQUIRED", "prompt required", guidance=GUIDANCE)
        if not isinstance(source, str) or not source:
            raise RefusedError(400, None, "videoUrl required")
        if model != BASE_VIDEO:
            raise RefusedError(400, None, f"Only {BASE_VIDEO} is supported here")
        more = 0
        if operation == "extend":
            sent = body.get("duration", 6)
            if not isinstance(sent, int) or isinstance(sent, bool) or sent not in _EXTENSIONS:
                raise RefusedError(400, None, "duration must be an integer from 2 to 10")
            more = sent
        parent = self._source(source)
        length = self.shelf.seconds(parent) if parent else 6
        film = Film(length + more, "480p", "auto", operation, None, parent)
        return Order(Kind.VIDEO, prompt, "grok", BASE_VIDEO, backdrop=parent, film=film)

    def generated(self, source: object) -> str:
        """Return the name of a generated clip, for ``frame`` and ``analyze``. Raises :class:`RefusedError`."""
        if not isinstance(source, str) or not source:
            raise RefusedError(400, None, "videoUrl required")
        if source.startswith(("http:", "https:", "data:")):
            raise RefusedError(400, None, "videoUrl must be the name of a generated clip")
        name = source.rpartition("/")[2]
        if not name.endswith(".mp4"):
            raise RefusedError(400, None, "an .mp4 is required")
        if self.shelf.file(name) is None:
            raise RefusedError(404, None, _missing(name))
        return name

    def _source(self, source: str) -> str | None:
        """Return the generated clip that a source names, ``None`` for one from elsewhere."""
        if source.startswith(("http:", "https:", "data:video/", "file-", "file_")):
            return None
        return self.generated(source)

    def _model(self, sent: object) -> str:
        if sent is None or sent == "":
            return BASE_VIDEO
        if sent in NEWER_VIDEOS and (self.setup.version.modern or sent in self.setup.version.videos):
            return self.setup.version.videos[1]
        if sent != BASE_VIDEO:
            raise _refused("INVALID_GROK_VIDEO_MODEL", "model is not one for video")
        return BASE_VIDEO

    def _parent(self, body: Body) -> str | None:
        sent = body.get("continueFromVideo")
        if not isinstance(sent, str) or not sent.strip():
            return None
        if not sent.endswith(".mp4") or "/" in sent:
            raise _refused("GROK_VIDEO_INVALID_MODE", "not the name of a generated clip")
        if self.shelf.file(sent) is None:
            raise RefusedError(404, "GROK_VIDEO_FRAME_FAILED", f"no frame of {_FOLDER}/{sent}", Shape.EVENT)
        return sent

    def _pictures(self, body: Body, parent: str | None) -> tuple[list[str], list[str]]:
        """Return the addresses of all pictures, and the names of those that are results."""
        images = [*_listed(body, "referenceImages"), *_present(body, "sourceImage")]
        names = [str(name) for name in (*_listed(body, "referenceFilenames"), *_present(body, "sourceFilename"))]
        for name in names:
            if "/" in name or ".." in name or name.endswith(".mp4"):
                raise _refused("GROK_VIDEO_INVALID_MODE", "invalid source filename")
            if self.shelf.file(name) is None:
                raise _refused("ENOENT", _missing(name))
        frames = [parent] if parent and not (body.get("sourceImage") or body.get("sourceFilename")) else []
        return [*(self.intake.clip_image(image) for image in images), *names, *frames], names


def _seconds(sent: object) -> int:
    """Read a length; digits as text are taken, too."""
    if isinstance(sent, str) and sent.isdecimal():
        sent = int(sent)
    if not isinstance(sent, int) or isinstance(sent, bool) or not 1 <= sent <= _LONGEST:
        raise _refused("INVALID_VIDEO_DURATION", f"duration must be an integer from 1 to {_LONGEST}")
    return sent


def _missing(name: str) -> str:
    """Return words that tell where the server keeps its files, as the real one's do."""
    return f"ENOENT: no such file or directory, open '{_FOLDER}/{name}'"


def _refused(code: str, words: str) -> RefusedError:
    return RefusedError(400, code, words, Shape.EVENT)


def _listed(body: Body, name: str) -> list[object]:
    sent = body.get(name)
    return sent if isinstance(sent, list) else []


def _present(body: Body, name: str) -> list[object]:
    return [body[name]] if body.get(name) else []
