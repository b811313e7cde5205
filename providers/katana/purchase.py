"""An order with its price: the terms of a quote and the body of the paid call. Sending it is in ``provider``."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from providers.contract import Clip, Order, Picture, Quote
from providers.errors import FailureCode, ProviderError, Sent
from providers.katana import form
from providers.katana.catalogue import UNIT, Product
from providers.katana.rules import Pieces, check, lasts_as_its_sound
from providers.models import MediaKind, ParamValue
from providers.promise import Promise
from providers.transport import is_safe

Json = dict[str, object]

_DATA: Final = "data:image/"


@dataclass(frozen=True, slots=True)
class Purchase:
    """An order with its model, every setting and the price of one unit."""

    order: Order
    product: Product
    values: Mapping[str, ParamValue]
    per_unit: Decimal

    @classmethod
    def of(cls, order: Order, product: Product) -> "Purchase":
        """Price an order. Raises :class:`ProviderError` with ``sent: no``, the custom rules among them."""
        if not 1 <= order.count <= product.spec.max_count:
            data: dict[str, int | str] = {"setting": "count", "most": product.spec.max_count}
            raise ProviderError(FailureCode.NO_SUCH_COMBINATION, "count not offered", sent=Sent.NO, data=data)
        values = form.resolved(product.spec.params, order.params)
        check(order, product, values)
        if lasts_as_its_sound(order.sounds, product):
            del values["duration"]
        return cls(order, product, values, product.tariff.price(order, values))

    @property
    def terms(self) -> Promise:
        """What is promised about the price."""
        order = self.order
        priced = {name: value for name, value in self.values.items() if name != "negative_prompt"}
        return Promise(
            model=self.product.spec.id,
            per_unit=self.per_unit,
            settings=priced,
            task=order.task,
            unit=UNIT,
            units=order.count,
        )

    def quote(self) -> Quote:
        """Return the price of the whole order."""
        return Quote(
            per_unit=self.per_unit,
            units=self.order.count,
            total=self.per_unit * self.order.count,
            unit=UNIT,
            basis=self.product.tariff.basis(self.values),
            terms=self.terms.model_dump_json(),
            read_at=self.product.tariff.read_at,
        )

    def check(self, quote: Quote) -> None:
        """Refuse if what was promised is not what would be paid now: the provider takes no price with an order."""
        self.terms.check(quote)

    def media(self, token: str) -> bytes:
        """Return the body of a media order: as many equal items as results were ordered (reference section 2.2)."""
        _check_pictures(self.order, self.product.spec.min_inputs)
        items = [{"id": str(number), **self._item()} for number in range(1, self.order.count + 1)]
        return _written({"client_request_id": token, "requests": items})

    def question(self) -> bytes:
        """Return the body of a question (reference section 2.6). A streamed one asks for its bill at the end."""
        _check_pictures(self.order, self.product.spec.min_inputs)
        shown = [{"type": "image_url", "image_url": {"url": picture.url}} for picture in self.order.pictures]
        content: object = [{"type": "text", "text": self.order.prompt}, *shown] if shown else self.order.prompt
        body: Json = {
            "model": self.product.spec.id,
            "messages": [{"role": "user", "content": content}],
            **form.fields(self.values),
        }
        if not self.product.polled:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return _written(body)

    def _item(self) -> Json:
        order, media = self.order, self.product.spec.media
        item: Json = {"type": media.value, "model": self.product.spec.id, "prompt": order.prompt}
        item |= form.fields(self.values)
        if media is MediaKind.VIDEO:
            # An empty object is refused, so it goes along only with something in it.
            inputs = _video_inputs(Pieces.of(order))
            return item | ({"video_image_data": inputs} if inputs else {})
        # reference_assets would be documented too, and is ignored for pictures without a word (section 2.2).
        urls = [picture.url for picture in order.pictures]
        return item | ({"image_urls": urls} if urls else {})


def embedded(picture: Picture) -> str:
    """Return an address for a picture: its own, else its bytes as a data URL, which the provider reads."""
    return picture.url or f"data:{picture.mime};base64,{base64.b64encode(picture.data).decode()}"


def _video_inputs(pieces: Pieces) -> Json:
    inputs: Json = {
        "first_frame_image_url": _only(pieces.first),
        "mid_frame_image_url": _only(pieces.middle),
        "last_frame_image_url": _only(pieces.last),
        "reference_image_urls": [picture.url for picture in pieces.references],
        "audio_input_urls": [sound.url for sound in pieces.sounds],
        "video_list": [_clip(video) for video in pieces.videos],
    }
    return {name: value for name, value in inputs.items() if value}


def _only(pictures: tuple[Picture, ...]) -> str:
    return pictures[0].url if pictures else ""


def _clip(video: Clip) -> Json:
    parts = {"start": video.start, "ends": video.end}
    return {"url": video.url, **{name: value for name, value in parts.items() if value is not None}}


def _check_pictures(order: Order, least: int) -> None:
    if len(order.pictures) < least:
        raise ProviderError(FailureCode.SETTINGS_REFUSED, "number of pictures", sent=Sent.NO)
    if not all(picture.url.startswith(_DATA) or is_safe(picture.url) for picture in order.pictures):
        raise ProviderError(FailureCode.PICTURE_REFUSED, "a picture has no address", sent=Sent.NO)


def _written(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
