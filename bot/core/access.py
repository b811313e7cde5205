"""Who may do what. One rule so far: an order belongs to the person who asked for it."""

from bot.core.job import Job


def may_act(job: Job, platform: str, tenant: str, person: str) -> bool:
    """Whether this person may confirm, cancel or repeat this job."""
    return (job.address.platform, job.address.tenant, job.person) == (platform, tenant, person)
