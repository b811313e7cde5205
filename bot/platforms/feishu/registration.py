"""The one door to the platform's own library: an application made by a code that somebody scans. Nothing is kept here.

The service never opens it: the import takes seconds and most of 200 MB (section 0). It belongs to a command of its own.
"""

import asyncio
import importlib
import logging
import re
from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.errors import SettingsProblem, Unregistered
from bot.platforms.feishu.scopes import wanted

ACCOUNTS = {"feishu": "https://accounts.feishu.cn", "lark": "https://accounts.larksuite.com"}
"""Where people sign in, by region."""

_BY_HAND = "make the application by hand: docs/platforms/feishu.md shows how"


class Registered(BaseModel):
    """An application, and who has made it."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    app_id: str = Field(alias="client_id", pattern=r"^[\w-]+$")
    secret: SecretStr = Field(alias="client_secret", min_length=1)
    person: object = Field(default=None, alias="user_info")

    @property
    def open_id(self) -> str:
        """Who has made it, where that is told."""
        found = self._told("open_id")
        return found if re.fullmatch(r"ou_\w+", found) else ""

    @property
    def region(self) -> str:
        """Where the application is at home, where that is told."""
        found = self._told("tenant_brand")
        return found if found in ACCOUNTS else ""

    def _told(self, name: str) -> str:
        found = self.person.get(name) if isinstance(self.person, dict) else None
        return found if isinstance(found, str) else ""


class Show(Protocol):
    """Who shows the operator how it goes."""

    def code(self, link: str, seconds: int) -> None:
        """Show what is to be scanned or opened within so many seconds."""
        ...

    def waiting(self) -> None:
        """Show that nobody has agreed yet; called every few seconds."""
        ...


async def register(accounts: str, show: Show) -> Registered:
    """Make an application with everything that Limner needs; ``accounts`` is where to begin.

    Raises ``Unregistered``, or ``SettingsProblem`` where the library is missing. Being cancelled ends it at once.
    """
    library = await asyncio.to_thread(_library)
    try:
        made = await library.aregister_app(
            on_qr_code=lambda told: show.code(str(told["url"]), int(told["expire_in"])),
            on_status_change=lambda _: show.waiting(),
            source="limner",
            domain=accounts,
            lark_domain=ACCOUNTS["lark"] if accounts in ACCOUNTS.values() else accounts,
            app_preset={"name": "Limner"},
            addons=wanted(),
        )
        return Registered.model_validate(made)
    except Exception as trouble:  # noqa: BLE001 - the library raises whatever its parts raise, and all of it is told
        raise _unregistered(trouble, library) from None


def _library() -> Any:  # noqa: ANN401 - it ships no types, and reading it takes mypy minutes
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        return importlib.import_module("lark_oapi.scene.registration")
    except ModuleNotFoundError as missing:
        raise SettingsProblem(f"{missing.name} is not installed: pip install 'limner[feishu]'.") from None


def _unregistered(trouble: Exception, library: Any) -> Unregistered:  # noqa: ANN401 - as above
    refusals: Mapping[type[Exception], str] = {
        library.AppAccessDeniedError: f"Whoever scanned it did not agree, or may not. Ask an admin, or {_BY_HAND}.",
        library.AppExpiredError: "Nobody agreed in time. Begin again: the next code is a new one.",
        library.RegisterAppError: f"Feishu makes no application this way here. Begin again, or {_BY_HAND}.",
        library.httpx.HTTPError: "Feishu cannot be reached. Look at this machine's network, then begin again.",
    }
    for kind, told in refusals.items():
        if isinstance(trouble, kind):
            return Unregistered(told)
    is_unread = isinstance(trouble, ValidationError | KeyError | ValueError | TypeError)
    said = "Feishu's answer cannot be read" if is_unread else f"It broke ({type(trouble).__name__})"
    return Unregistered(f"{said}. Begin again, or {_BY_HAND}.")
