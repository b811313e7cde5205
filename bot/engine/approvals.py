"""A second person's yes: asked for under the notice, said by a button, written down with who and when."""

from dataclasses import dataclass

from bot.core import approval, speech, treasury
from bot.core import job as jobs
from bot.core.actions import Verb
from bot.core.approval import ApprovalPolicy
from bot.core.budget import Scope
from bot.core.job import Job, State
from bot.core.ledger import Entry
from bot.core.pricing import same_price
from bot.engine.ports import Change, Clock, Person
from bot.engine.proposals import Proposals, edit_notice
from bot.engine.treasury import Treasury
from bot.errors import RefusalCode, Refused
from bot.text import Text


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an approver's press does: the change to save, what they see, and whether the job is to be driven then."""

    change: Change
    toast: Text
    drive: bool = False


class Approvals:
    """Asks for approvals and takes them. Who may press is checked here, since it is not the one who asked."""

    def __init__(self, policy: ApprovalPolicy, proposals: Proposals, treasury_: Treasury, clock: Clock) -> None:
        self._policy = policy
        self._proposals = proposals
        self._treasury = treasury_
        self._clock = clock

    def asks(self, reserved: Entry) -> bool:
        """Whether an order needs a second yes."""
        return self._policy.asks(reserved)

    def seek(self, job: Job) -> Verdict:
        """Return what asks for the second yes. Nothing is reserved meanwhile; it runs out like an offer."""
        now = self._clock.now()
        waiting = jobs.seek_approval(job, now)
        return Verdict(
            Change(waiting, lines=(edit_notice(waiting, speech.awaiting(waiting), now),)), treasury.APPROVAL_ASKED()
        )

    def check(self, job: Job, person: Person) -> None:
        """Make sure that somebody may decide about an order. Raises ``Refused``."""
        if not self._policy.knows(person.guest.spender):
            raise Refused(RefusalCode.APPROVERS_ONLY)
        if approval.is_own(job, person.guest.spender):
            raise Refused(RefusalCode.NOT_YOUR_OWN)
        if job.state is not State.PROPOSED or job.sought_at is None:
            raise Refused(RefusalCode.ALREADY_STARTED if job.is_open and job.approved_by else RefusalCode.OVER)

    async def decide(self, job: Job, person: Person, verb: Verb) -> Verdict:
        """Return what an approver's yes or no does, at the price that they read."""
        now = self._clock.now()
        if verb is Verb.DECLINE:
            over = jobs.decline(job, now)
            card = speech.declined(over, person.shown, now)
            return Verdict(Change(over, lines=(edit_notice(over, card, now),)), treasury.DECLINED_TOAST())
        quote = await self._proposals.requote(job)
        if not same_price(job.quote, quote):
            changed = jobs.reprice(job, quote, now)
            line = await self._proposals.notice(changed, asks=True, changed=True)
            return Verdict(Change(changed, lines=(line,)), treasury.APPROVAL_PRICE_CHANGED())
        approved = jobs.approve(job, person.guest.spender.name(Scope.PERSON), person.shown, now)
        reserved, limits = await self._treasury.reserve(approved)
        line = edit_notice(approved, speech.starting(approved), now)
        change = Change(approved, lines=(line,), entries=(reserved,), limits=limits)
        return Verdict(change, treasury.APPROVED_TOAST(), drive=True)
