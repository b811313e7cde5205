"""Jobs taken, charged, remembered, found again. What a body must hold is in ``orders``, the wire in ``message``.

Every order that comes is a new job and a new charge: the real service knows no idempotency key either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from pydantic import TypeAdapter

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault
from providers.sandbox.imaginepro import buttons, frame, pictures
from providers.sandbox.imaginepro.answers import NO_CREDITS, RefusedError
from providers.sandbox.imaginepro.line import waiting
from providers.sandbox.imaginepro.message import MIRROR, PROVIDER
from providers.sandbox.imaginepro.rules import Rules
from providers.sandbox.imaginepro.work import Kind, Order, Work, share
from providers.sandbox.ledger import Charge, Ledger, Refund
from providers.sandbox.records import Record, Records
from providers.sandbox.scene import Medium, Scene

_KIND = "imaginepro.work"
_DAY = 86_400.0
_WORKS = TypeAdapter(Work)


class Desk:
    """All jobs of one ImaginePro."""

    def __init__(
        self, *, records: Records, ledger: Ledger, clock: SandboxClock, cdn: Cdn, rules: Rules, seed: int
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._clock = clock
        self._cdn = cdn
        self._rules = rules
        self._seed = seed
        self._works: dict[str, Work] = {}
        self._open: dict[str, None] = {}
        cdn.galleries[PROVIDER] = self._scene

    def load(self) -> None:
        """Read what an earlier run left."""
        self._works = {record.key: _WORKS.validate_python(record.body) for record in self._records.all(_KIND)}
        self._open = dict.fromkeys(self._works)

    def find(self, work_id: str) -> Work | None:
        """Return a job, however new it is."""
        return self._works.get(work_id)

    def seen(self, work_id: str) -> Work | None:
        """Return a job that can be found by now."""
        work = self._works.get(work_id)
        return work if work is not None and self._is_seen(work) else None

    def recent(self) -> Iterator[Work]:
        """Return the jobs of the last 24 hours that can be found by now, newest first."""
        for work in reversed(self._works.values()):
            if self._clock.elapsed(work.created_at) < _DAY and self._is_seen(work):
                yield work

    def unfinished(self) -> Iterator[Work]:
        """Return the jobs that are not over, oldest first."""
        for work_id in list(self._open):
            work = self._works[work_id]
            if self.elapsed(work) < work.ends:
                yield work
            else:
                del self._open[work_id]

    def elapsed(self, work: Work) -> float:
        """Return the seconds since a job was taken."""
        return self._clock.elapsed(work.created_at)

    def begin(self, order: Order, fates: Sequence[Fault]) -> Work:
        """Charge and remember, in one transaction. Raises :class:`RefusedError` without money, or where so ordered."""
        if self._ledger.account(PROVIDER).balance < order.credits:
            raise RefusedError(401, NO_CREDITS)
        number = len(self._works) + 1
        work_id = str(UUID(bytes=sha256(f"{self._seed}:{PROVIDER}:{number}".encode()).digest()[:16], version=4))
        work = Work(
            id=work_id,
            order=self._looked_at(order),
            created_at=self._clock.now(),
            luck=share(f"{work_id}:runs"),
            waits=0.0 if order.button == buttons.CANCEL else self._waiting(),
            fates=tuple(fates),
        )
        charge = Charge(PROVIDER, work_id, order.credits, work.created_at, order.prompt)
        self._ledger.charge(charge, _record(work), _refunds(work))
        self._works[work_id] = work
        self._open[work_id] = None
        return work

    def cancel(self, work_id: str) -> Sequence[Work]:
        """End a job now; those behind it move up. Return all that changed."""
        work = self._works[work_id]
        changed = [replace(work, cancelled=self.elapsed(work))]
        self._keep(changed[0])
        ahead: list[float] = []
        for other in self.unfinished():
            passed = self.elapsed(other)
            if other.waits > passed:
                changed.append(replace(other, waits=passed + waiting(ahead, self._rules.concurrency)))
                self._keep(changed[-1])
            ahead.append(self._works[other.id].ends - passed)
        return changed

    def _waiting(self) -> float:
        places = self._rules.concurrency
        if len(self._open) < places:
            return 0.0
        return waiting([work.ends - self.elapsed(work) for work in self.unfinished()], places)

    def _looked_at(self, order: Order) -> Order:
        """Turn down what shows a picture of ours that is not there; enlarge what can be measured."""
        ours = [address for address in order.pictures if self._cdn.is_ours(address)]
        if any(not self._cdn.holds(address) for address in ours):
            return replace(order, doom="[Image denied] The picture could not be fetched")
        seen = self._cdn.scene_at(order.backdrop) if ours and order.kind is Kind.UPSCALE else None
        if seen is None:
            return order
        width, height = frame.enlarged(seen.width, seen.height, order.scale)
        return replace(order, width=width, height=height)

    def _is_seen(self, work: Work) -> bool:
        return work.seen(self.elapsed(work), self._rules.unseen)

    def _keep(self, work: Work) -> None:
        self._records.keep(_record(work))
        self._works[work.id] = work

    def _scene(self, task: str, number: int, medium: Medium) -> Scene | None:
        work = self._works.get(task.removesuffix(MIRROR))
        if work is None or not work.shows(self.elapsed(work)):
            return None
        if task.endswith(MIRROR) and (number or self.elapsed(work) >= work.ends + _DAY):
            return None
        return pictures.scene(work, number, medium, self._cdn)


def _record(work: Work) -> Record:
    return Record(_KIND, work.id, _WORKS.dump_python(work, mode="json", exclude_defaults=True))


def _refunds(work: Work) -> list[Refund]:
    if not (work.error and work.fate("paid-back")):
        return []
    return [Refund(PROVIDER, work.id, work.order.credits, work.created_at, work.ends)]
