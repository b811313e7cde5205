"""Earlier results that people start from by naming their code: ``of=a1b2c3``. Buttons under them are in ``presses``."""

from dataclasses import dataclass

from bot.core.job import Job, PictureRef, State
from bot.engine.ports import Person, Store
from bot.errors import RefusalCode, Refused
from providers.models import MediaKind, Task
from providers.outcomes import Asset, ExtraKind, FollowUp

_STEPS = frozenset({Task.EXTEND_VIDEO, Task.VIDEO_TO_TEXT})
"""What the maker of a result does with it only as a step on from its own order."""


@dataclass(frozen=True, slots=True)
class Origin:
    """One result of an earlier order; ``piece`` counts from 1."""

    job: Job
    asset: Asset
    piece: int

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.asset.kind is MediaKind.VIDEO

    def picture(self) -> PictureRef:
        """Return the picture to start from: the result itself, or the last frame of a video."""
        ends = [extra.url for extra in self.asset.extras if extra.kind is ExtraKind.FINAL_FRAME]
        url = self.asset.url if self.asset.kind is MediaKind.IMAGE else next(iter(ends), "")
        if not url:
            raise Refused(RefusalCode.RESULT_UNFIT)
        return PictureRef(url=url, maker=self.job.request.provider, link="" if self.asset.held else url)

    def step(self, task: Task) -> FollowUp | None:
        """Return the step that makes this of it, ``None`` for what is an order of its own."""
        if task not in _STEPS:
            return None
        fitting = [f for f in self.job.follow_ups if f.task is task and f.number in {0, self.piece}]
        if not fitting:
            raise Refused(RefusalCode.RESULT_UNFIT)
        return fitting[0]


class Origins:
    """Finds earlier results."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, person: Person, said: str) -> Origin:
        """Return the result that somebody means by ``a1b2c3`` or ``a1b2c3.2``. Raises ``Refused``."""
        code, _, number = said.partition(".")
        piece = int(number) if number.isdecimal() else 1
        mine = await self._store.jobs_of(person.address.platform, person.tenant, person.id)
        found = [job for job in mine if code and job.id.startswith(code) and job.state is State.SUCCEEDED]
        if not found or not 1 <= piece <= len(found[0].assets):
            raise Refused(RefusalCode.NO_SUCH_RESULT, name=said[:40])
        return Origin(found[0], found[0].assets[piece - 1], piece)
