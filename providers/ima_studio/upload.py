"""Bringing pictures to where IMA Studio can read them: its upload service and its approval. Ordering is not here."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from providers.contract import Picture, ProviderSettings
from providers.errors import FailureCode, ProviderError, Sent
from providers.ima_studio.answer import content
from providers.ima_studio.wire import UploadToken, UploadTokenAnswer, Verified, VerifiedAnswer
from providers.transport import Transport, is_safe

_TOKEN: Final = "/api/rest/oss/getuploadtoken"  # noqa: S105 - a path
_VERIFY: Final = "/open/v1/assets/verify"
_VERIFY_SECONDS: Final = 300.0  # the approval answers when it is done, which can take this long
_PARALLEL: Final = 3
_NONCE_LENGTH: Final = 21
_APP_ID: Final = "webAgent"
_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", "image/gif": "gif"}
_APPROVED: Final = frozenset({"active", "success"})
_SIDES: Final = range(300, 6001)
_RATIOS: Final = (0.4, 2.5)

R = TypeVar("R")


class Uploader:
    """Gives every picture an address: uploads bytes, leaves addresses as they are."""

    def __init__(self, service: Transport, settings: ProviderSettings) -> None:
        self._service = service
        self._settings = settings

    async def addressed(self, pictures: Sequence[Picture]) -> tuple[Picture, ...]:
        """Return the pictures with their addresses, in their order, at most three uploads at a time."""
        return await _side_by_side(self._one, pictures)

    async def _one(self, picture: Picture) -> Picture:
        if picture.url:
            return picture
        token = await self._token(picture.mime)
        reply = await self._service.put(token.ful, picture.data, picture.mime)
        if reply.status not in range(200, 300):
            raise _refused(f"upload: HTTP {reply.status}")
        return replace(picture, url=token.fdl)

    async def _token(self, mime: str) -> UploadToken:
        try:
            return await self._ask(mime)
        except ProviderError:
            # A read may be repeated below us after a lost answer, and then its nonce was used before: with a fresh one
            # it is a fresh question. Nothing is paid here.
            return await self._ask(mime)

    async def _ask(self, mime: str) -> UploadToken:
        reply = await self._service.get(_TOKEN, self._query(mime))
        token = content(reply, UploadTokenAnswer, UploadToken, self._service)
        if not is_safe(token.fdl):
            raise ProviderError(FailureCode.UNREADABLE, "upload token names no https address", sent=Sent.NO)
        return token

    def _query(self, mime: str) -> dict[str, str]:
        """Return the eleven fields in the order the service wants them. They hold the key: never log them."""
        key, app_key = self._settings.key.reveal(), self._settings.app_key.reveal()
        if not app_key:
            raise ProviderError(FailureCode.KEY_INVALID, "the upload service needs the app key setting", sent=Sent.NO)
        if mime not in _ENDINGS:
            raise _refused("upload: not a picture")
        timestamp = str(int(self._settings.now().timestamp()))
        nonce = self._settings.nonce()[:_NONCE_LENGTH]
        signed = f"{_APP_ID}|{app_key}|{timestamp}|{nonce}".encode()
        return {
            "appUid": key,
            "appId": _APP_ID,
            "appKey": app_key,
            "cmimToken": key,
            "sign": hashlib.sha1(signed, usedforsecurity=False).hexdigest().upper(),
            "timestamp": timestamp,
            "nonce": nonce,
            "fService": "privite",  # the service's own spelling
            "fType": "picture",
            "fSuffix": _ENDINGS[mime],
            "fContentType": mime,
        }


async def approve(api: Transport, pictures: Sequence[Picture]) -> None:
    """Have every picture approved, or raise ``PICTURE_REFUSED``. Sizes that are always refused are not even asked."""
    for picture in pictures:
        check_size(picture)

    async def one(picture: Picture) -> None:
        # The optional name is left out: it would be a person's file name.
        reply = await api.post(_VERIFY, json.dumps({"url": picture.url}).encode(), seconds=_VERIFY_SECONDS)
        result = content(reply, VerifiedAnswer, Verified, api).result
        if result.status.strip().lower() not in _APPROVED:
            why = result.error.message if result.error else ""
            raise _refused(api.redacted(f"approval: {result.status} {why}"))

    await _side_by_side(one, pictures)


def check_size(picture: Picture) -> None:
    """Refuse a picture whose known size the approval refuses: 300 to 6000 pixels a side, 2:5 to 5:2."""
    width, height = picture.width, picture.height
    if not width or not height:
        return
    low, high = _RATIOS
    if width not in _SIDES or height not in _SIDES or not low <= width / height <= high:
        raise _refused(f"approval takes 300-6000 px and ratios 0.4-2.5, not {width}x{height}")


async def _side_by_side(do: Callable[[Picture], Awaitable[R]], pictures: Sequence[Picture]) -> tuple[R, ...]:
    gate = asyncio.Semaphore(_PARALLEL)

    async def one(picture: Picture) -> R:
        async with gate:
            return await do(picture)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(picture)) for picture in pictures]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return tuple(task.result() for task in tasks)


def _refused(detail: str) -> ProviderError:
    return ProviderError(FailureCode.PICTURE_REFUSED, detail, sent=Sent.NO)
