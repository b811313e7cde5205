"""The way to the internet, where every address shows one picture."""

from typing_extensions import override

from bot.engine.ports import Intake
from providers.contract import Picture
from providers.intake import checked
from tests.providers.ima_stage import png


class Door(Intake):
    """Fetches the same picture from everywhere and remembers what was asked for."""

    def __init__(self) -> None:
        self.fetched: list[str] = []

    @override
    async def fetch(self, address: str) -> Picture:
        self.fetched.append(address)
        return checked(png(512, 512))

    @override
    def check(self, data: bytes) -> Picture:
        return checked(data)
