"""An order with its price: the terms of a quote and the body of the paid call. Sending it is in ``provider``."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from providers.contract import Order, Picture, Quote, Role
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima2 import form, rules
from providers.ima2.catalogue import Product
from providers.ima2.outcome import step_of
from providers.ima2.ticket import Kind, Links, Ticket
from providers.models import MediaKind, ParamValue, Task
from providers.promise import Promise

Json = dict[str, object]

PATHS: Final[Mapping[Kind, str]] = {
    Kind.PICTURE: "/api/generate",
    Kind.SEQUENCE: "/api/generate/multimode",
    Kind.NODE: "/api/node/generate",
    Kind.VIDEO: "/api/video/generate",
    Kind.EDIT: "/api/edit",
    Kind.WORDS: "/api/video/analyze",
}
"""By which route each kind goes (reference section 1.7); a clip is edited and extended by two of their own."""

_DATA: Final = "data:image/"


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order with its model, every setting and the price of one unit."""

    order: Order
    product: Product
    values: Mapping[str, ParamValue]
    per_unit: Decimal
    read_at: datetime
    links: Links

    @classmethod
    def of(cls, order: Order, product: Product, read_at: datetime, links: Links) -> "Purchase":
        """Price an order. Raises :class:`ProviderError` with ``sent: no``, the rules among them."""
        if not 1 <= order.count <= product.spec.max_count:
            raise form.refused(FailureCode.NO_SUCH_COMBINATION, "count", most=product.spec.max_count)
        values = form.resolved(product.spec.params, order.params)
        rules.check(order, product, links)
        return cls(order, product, values, product.tariff.price(values), read_at, links)

    @property
    def kind(self) -> Kind:
        """By which route it goes."""
        match self.order.task:
            case Task.REWORK_IMAGE:
                return Kind.NODE
            case Task.EXTEND_VIDEO | Task.VIDEO_TO_VIDEO:
                return Kind.FILM
            case Task.VIDEO_TO_TEXT:
                return Kind.WORDS
        if self.product.spec.media is MediaKind.VIDEO:
            return Kind.VIDEO
        if any(picture.role is Role.MASK for picture in self.order.pictures):
            return Kind.EDIT
        return Kind.SEQUENCE if self.values.get(form.SEQUENCE) is True else Kind.PICTURE

    @property
    def path(self) -> str:
        """The route."""
        if self.kind is Kind.FILM:
            return "/api/video/extend" if self.order.task is Task.EXTEND_VIDEO else "/api/video/edit"
        return PATHS[self.kind]

    def ticket(self, token: str, started: datetime) -> Ticket:
        """Return the name that the order is remembered by."""
        # An extended clip is longer than what is added, and an edited one as long as it was: no length was ordered.
        seconds = self.values.get("duration", 0) if self.kind is Kind.VIDEO else 0
        return Ticket(
            self.kind,
            self.product.spec.id,
            token,
            started,
            self.order.count,
            int(seconds),
            str(self.values.get(form.FORMAT, "")),
        )

    @property
    def terms(self) -> Promise:
        """What is promised about the price."""
        return Promise(
            model=self.product.spec.id,
            per_unit=self.per_unit,
            settings=self.values,
            task=self.order.task,
            unit=self.product.tariff.unit,
            units=self.order.count,
        )

    def quote(self) -> Quote:
        """Return the price of the whole order."""
        return Quote(
            per_unit=self.per_unit,
            units=self.order.count,
            total=self.per_unit * self.order.count,
            unit=self.product.tariff.unit,
            basis=self.product.tariff.basis,
            terms=self.terms.model_dump_json(),
            read_at=self.read_at,
        )

    def check(self, quote: Quote) -> None:
        """Refuse if what was promised is not what would be paid now: the server takes no price with an order."""
        self.terms.check(quote)

    def body(self, token: str, source: str) -> bytes:
        """Return what is sent. ``source`` is the file of ours that it goes on from, where there is one."""
        prompt = {"prompt": self.order.prompt}
        told: Json
        match self.kind:
            case Kind.WORDS:
                told = {"videoUrl": source}
            case Kind.FILM:
                length = {"duration": self.values["duration"]} if "duration" in self.values else {}
                told = {**prompt, "videoUrl": source, "model": self.product.model, **length}
            case Kind.VIDEO:
                told = {**prompt, **self._by(token), **self._clip()}
            case _:
                told = {**prompt, **self._by(token), **form.fields(self.values), **self._still(source)}
        return json.dumps(told, ensure_ascii=False).encode()

    def _by(self, token: str) -> Json:
        """Return who shall make it, and that nobody waits: only then is a busy server told plainly (section 1.9)."""
        later = {} if self.kind is Kind.EDIT else {"async": True}
        return {"provider": self.product.lane, "model": self.product.model, "requestId": token, **later}

    def _still(self, source: str) -> Json:
        order = self.order
        pictures = [_data(picture) for picture in order.pictures if picture.role is not Role.MASK]
        match self.kind:
            case Kind.EDIT:
                mask = next(_data(picture) for picture in order.pictures if picture.role is Role.MASK)
                return {"image": pictures[0], "mask": mask}
            case Kind.SEQUENCE:
                return {"maxImages": order.count, "references": pictures}
            case Kind.NODE:
                return {"references": pictures, **({"externalSrc": f"/generated/{source}"} if source else {})}
            case _:
                return {"n": order.count, "references": pictures}

    def _clip(self) -> Json:
        told: Json = {
            "duration": self.values["duration"],
            "resolution": self.values["resolution"],
            "aspectRatio": self.values["aspect_ratio"],
        }
        pictures = self.order.pictures
        if not pictures:
            return told
        names = [self.links.named(picture.url) for picture in pictures]
        if self.order.task is Task.REFERENCE_IMAGE_TO_VIDEO:
            shown = [_data(picture) for picture, name in zip(pictures, names, strict=True) if not name]
            return told | {"referenceImages": shown, "referenceFilenames": [name for name in names if name]}
        if parent := self.links.framed(pictures[0].url):
            return told | {"continueFromVideo": parent}
        return told | ({"sourceFilename": names[0]} if names[0] else {"sourceImage": _data(pictures[0])})

    def source(self) -> str:
        """Return what is to be worked on, as far as the order itself says it: a file of ours, or an https address."""
        if name := step_of(self.order.step):
            return name
        for clip in self.order.videos:
            return self.links.named(clip.url) or clip.url
        if self.kind is Kind.NODE:
            return next((name for p in self.order.pictures if (name := self.links.named(p.url))), "")
        return ""


def embedded(picture: Picture) -> str:
    """Return a picture's bytes as a data URL."""
    if len(picture.data) > rules.LARGEST_PICTURE:
        raise ProviderError(FailureCode.PICTURE_REFUSED, f"{len(picture.data)} bytes", sent=Sent.NO)
    return f"{_DATA}{picture.mime.rpartition('/')[2]};base64,{base64.b64encode(picture.data).decode()}"


def _data(picture: Picture) -> str:
    """Return a prepared picture; nothing else than its bytes ever goes to the server."""
    if not picture.url.startswith(_DATA):
        raise ProviderError(FailureCode.PICTURE_REFUSED, "not prepared", sent=Sent.NO)
    return picture.url
