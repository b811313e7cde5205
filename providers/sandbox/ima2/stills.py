"""Reading orders for pictures: generate, edit, multimode, node (reference sections 1.7, 1.9). Nothing is made here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from providers.sandbox.ima2.answers import RefusedError, Shape
from providers.sandbox.ima2.catalogue import (
    DEFAULT_IMAGE,
    GEMINI_IMAGES,
    GROK_IMAGES,
    LONGEST_PROMPT,
    MODERATIONS,
    MOST_IMAGES,
    MOST_IMAGES_BEFORE,
    QUALITIES,
    UNFIT_IMAGES,
)
from providers.sandbox.ima2.inputs import Intake
from providers.sandbox.ima2.order import FAMILIES, Family, Kind, Order
from providers.sandbox.ima2.setup import Setup
from providers.sandbox.ima2.shelf import Shelf

Body = Mapping[str, object]

_DEFAULTS = {
    Family.OPENAI: DEFAULT_IMAGE,
    Family.GROK: GROK_IMAGES[0],
    Family.GEMINI: GEMINI_IMAGES[0],
    Family.AGY: GEMINI_IMAGES[0],
}


@dataclass(frozen=True, slots=True)
class StillDesk:
    """Where orders for pictures are read."""

    setup: Setup
    intake: Intake
    shelf: Shelf

    def generate(self, body: Body) -> Order:
        """Read the body of ``/api/generate``."""
        prompt, count = _prompt(body), self._count(body.get("n", 1), "n")
        order = replace(self._read(Kind.CLASSIC, body), prompt=prompt, count=count)
        _check_moderation(order)
        references = self.intake.references(body.get("references", []), order.family)
        return replace(order, references=references)

    def multimode(self, body: Body) -> Order:
        """Read the body of ``/api/generate/multimode``."""
        prompt = _prompt(body) if self.setup.version.modern else _prompt_before(body)
        count = self._count(body.get("maxImages", 4), "maxImages")
        order = replace(self._read(Kind.MULTIMODE, body), prompt=prompt, count=count)
        _check_moderation(order)
        return replace(order, references=self.intake.references(body.get("references", []), order.family))

    def edit(self, body: Body) -> Order:
        """Read the body of ``/api/edit``."""
        order = self._read(Kind.EDIT, body)
        prompt, image = body.get("prompt"), body.get("image")
        if not isinstance(prompt, str) or not prompt or not image:
            raise RefusedError(400, None, "Prompt and image are required")
        _check_moderation(order)
        kept = self.intake.image(image, body.get("mask"), order.family)
        return replace(order, prompt=prompt, references=(kept,))

    def node(self, body: Body) -> Order:
        """Read the body of ``/api/node/generate``; its errors say which node it was about, but for the prompt's."""
        prompt = _prompt(body)
        parent = _text(body, "parentNodeId")
        try:
            return self._node(body, prompt, parent)
        except RefusedError as error:
            # Errors about references carry their code twice, and no others do.
            coded = {"code": error.code} if (error.code or "").startswith("REF_") else {}
            told = {"parentNodeId": parent, "status": error.status, **coded}
            raise RefusedError(error.status, error.code, error.words, Shape.NESTED, **told) from None

    def _node(self, body: Body, prompt: str, parent: str | None) -> Order:
        order = replace(self._read(Kind.NODE, body), prompt=prompt, parent=parent)
        _check_moderation(order)
        if body.get("contextMode") == "ancestry":
            raise RefusedError(400, "CONTEXT_MODE_UNSUPPORTED", "contextMode is not supported")
        backdrop = None
        if parent is not None:
            found = self.shelf.node(parent)
            if found is None:
                raise RefusedError(404, "NODE_NOT_FOUND", "Node metadata missing")
            backdrop = found.filename
        elif (outside := _text(body, "externalSrc")) is not None:
            backdrop = outside.rpartition("/")[2]
        beside = int(backdrop is not None)
        references = self.intake.references(body.get("references", []), order.family, beside)
        return replace(order, references=references, backdrop=backdrop)

    def _read(self, kind: Kind, body: Body) -> Order:
        """Read what all routes have: who shall do it, with what model and settings."""
        sent = body.get("provider", "auto")
        # An unknown name is taken for the usual provider without a word.
        provider = str(sent) if sent in FAMILIES else "oauth"
        self._check_keys(provider)
        model = self._model(provider, body.get("model"))
        quality = body.get("quality", "medium")
        known = quality in QUALITIES
        effort = body.get("reasoningEffort", "medium")
        if FAMILIES[provider] is Family.OPENAI and effort not in self.setup.version.efforts:
            raise RefusedError(400, "INVALID_REASONING_EFFORT", "reasoningEffort is not supported")
        return Order(
            kind=kind,
            prompt="",
            provider=provider,
            model=model,
            quality=str(quality) if known else "medium",
            size=_text(body, "size") or "1024x1024",
            format=_text(body, "format") or "png",
            moderation=str(body.get("moderation", "low")),
            effort=str(effort),
            mode="direct" if body.get("mode") == "direct" else "auto",
            search=body.get("webSearchEnabled") is not False,
            warnings=() if known else ("QUALITY_DEFAULTED",),
            session=_text(body, "sessionId"),
            client_node=_text(body, "clientNodeId"),
        )

    def _check_keys(self, provider: str) -> None:
        if provider == "api" and not self.setup.api_key:
            raise RefusedError(401, "API_KEY_REQUIRED", "An API key is required for this provider")
        if provider == "gemini-api" and not self.setup.gemini_key:
            raise RefusedError(401, "GEMINI_API_KEY_MISSING", "Gemini has no key")
        if provider == "agy" and not self.setup.agy:
            raise RefusedError(502, "AGY_PROCESS_ERROR", "spawn agy ENOENT")

    def _model(self, provider: str, sent: object) -> str:
        family = FAMILIES[provider]
        if sent is None or sent == "":
            return _DEFAULTS[family]
        if family is Family.AGY:
            return GEMINI_IMAGES[0]
        if family is Family.GROK and sent not in GROK_IMAGES:
            raise RefusedError(400, "INVALID_GROK_IMAGE_MODEL", "model is not one of Grok's")
        if family is Family.GEMINI and sent not in GEMINI_IMAGES:
            raise RefusedError(400, "INVALID_GEMINI_API_IMAGE_MODEL", "model is not one of Gemini's")
        if family is Family.OPENAI and sent in UNFIT_IMAGES:
            raise RefusedError(400, "IMAGE_MODEL_UNSUPPORTED", "model cannot make pictures")
        if family is Family.OPENAI and sent not in self.setup.version.images:
            raise RefusedError(400, "INVALID_IMAGE_MODEL", "model is not known")
        return str(sent)

    def _count(self, sent: object, name: str) -> int:
        whole = sent if isinstance(sent, int) and not isinstance(sent, bool) else None
        if not self.setup.version.modern:
            return min(max(whole or 1, 1), MOST_IMAGES_BEFORE)
        if whole is None or not 1 <= whole <= MOST_IMAGES:
            words = f"{name} must be an integer from 1 to {MOST_IMAGES}"
            raise RefusedError(400, "INVALID_COUNT", words, Shape.NESTED)
        return whole


def _prompt(body: Body) -> str:
    """Return the prompt; one of blanks is taken, as the real server takes it."""
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise RefusedError(400, "INVALID_PROMPT", "Prompt must be a non-empty string", Shape.NESTED)
    if len(prompt) > LONGEST_PROMPT:
        raise RefusedError(400, "PROMPT_TOO_LONG", f"Prompt may not exceed {LONGEST_PROMPT} characters", Shape.NESTED)
    return prompt


def _prompt_before(body: Body) -> str:
    prompt = body.get("prompt")
    if not isinstance(prompt, str) or not prompt:
        raise RefusedError(400, "PROMPT_REQUIRED", "Prompt is required", Shape.EVENT)
    return prompt


def _check_moderation(order: Order) -> None:
    if order.moderation not in MODERATIONS:
        raise RefusedError(400, None, f"moderation must be one of: {', '.join(MODERATIONS)}")


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) and value else None
