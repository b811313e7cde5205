"""A stage whose second provider is one of our adapters, made anew at each start and closed at each stop."""

import abc

from typing_extensions import override

from providers.contract import Provider, ProviderSettings, Secret
from tests.fakes.clock import StoryClock
from tests.stories.stage import Stage


class GuestStage(Stage, abc.ABC):
    """A service that has one of our adapters as its second provider, pointed at ``path`` of the sandbox."""

    adapter: Provider
    path: str
    key = ""

    @abc.abstractmethod
    def create(self, settings: ProviderSettings) -> Provider:
        """Return the adapter."""

    @override
    async def start(self) -> None:
        self.guest = self._made
        await super().start()

    @override
    async def stop(self) -> None:
        await super().stop()
        await self.adapter.close()

    def _made(self, clock: StoryClock) -> Provider:
        names = (f"{number:032x}" for number in range(10_000))
        address = f"{self.sandbox.base_url}{self.path}"
        self.adapter = self.create(
            ProviderSettings(Secret(self.key), clock.now, lambda: next(names), address, sleep=clock.sleep)
        )
        return self.adapter
