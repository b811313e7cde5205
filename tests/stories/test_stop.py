"""A stop in order, of a real process: what is being ordered arrives, the rest comes later, nothing is in doubt."""

import asyncio
from collections import Counter
from pathlib import Path

from providers.sandbox.clock import ScaledClock
from providers.sandbox.server import Sandbox
from tests.stories.stage import stage
from tests.stories.test_kills import Person, Service, free_port

SPEED = 400.0
PEOPLE = 6


async def test_a_stop_while_orders_are_placed_leaves_no_doubt(tmp_path: Path) -> None:
    """The provider takes a second to answer and SIGTERM comes meanwhile: exit 0, then every order is delivered once."""
    sandbox = Sandbox(home=tmp_path / "sandbox", clock=ScaledClock(SPEED))
    await sandbox.start()
    sandbox.faults.add("slow", "create", times=None, lasting=1.0)
    service = Service(tmp_path, sandbox.base_url, free_port())
    await service.start()
    people = [Person(service.url, number) for number in range(PEOPLE)]
    lives = [asyncio.create_task(person.live()) for person in people]
    await _ordered(sandbox, PEOPLE // 2)
    assert await service.stop() == 0
    await service.start()
    ends = await asyncio.wait_for(asyncio.gather(*lives), 60)
    assert await service.stop() == 0
    service.close()
    for person in people:
        await person.visitor.session.close()
    charges = Counter(charge.prompt for charge in sandbox.ledger.charges)
    await sandbox.close()
    assert charges == {person.prompt: 1 for person in people}
    for messages in ends:
        kinds = Counter(message["id"].rsplit(".", 1)[-1] for message in messages)
        assert (kinds["result"], kinds["doubt"]) == (1, 0)


async def _ordered(sandbox: Sandbox, count: int) -> None:
    while True:
        if sandbox.gate.requests["ima.create"] >= count:
            return
        await asyncio.sleep(0.01)


async def test_nothing_is_begun_once_the_stop_has_begun(tmp_path: Path) -> None:
    """A yes at that moment is saved and answered; it is sent at the next start, once."""
    async with stage(tmp_path) as at:
        await at.say("/video a puppy")
        await at.service.runner.settle(0.1)
        await at.press_action(at.chat.cards()[-1].buttons[0].action)
        assert at.sandbox.gate.requests["ima.create"] == 0
        await at.restart()
        await at.finish()
        assert (at.sandbox.gate.requests["ima.create"], at.charges) == (1, 1)
