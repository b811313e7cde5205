"""The addresses of ImaginePro's service. The vendor has two families for Midjourney (reference section 2.2)."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

BASE_URL: Final = "https://api.imaginepro.ai/api/v1"

FLUX: Final = "/flux/imagine"
FLUX_UPSCALE: Final = "/flux/upscale"
UNIVERSAL: Final = "/universal/imagine"
LUMI: Final = "/universal/zimage"
VIDEO: Final = "/video/mj/generate"
REMOVE_BACKGROUND: Final = "/tools/remove-bg"
EXTEND_PROMPT: Final = "/tools/prompt-extend"
ACCOUNT: Final = "/subscription/account-info"


@dataclass(frozen=True, slots=True)
class Family:
    """Where Midjourney's calls and every message are."""

    name: str
    messages: str

    @property
    def imagine(self) -> str:
        """Where a picture is ordered."""
        return f"/{self.name}/imagine"

    @property
    def button(self) -> str:
        """Where a button is pressed."""
        return f"/{self.name}/button"

    @property
    def describe(self) -> str:
        """Where a picture is described."""
        return f"/{self.name}/describe"

    @property
    def recent(self) -> str:
        """Where the last 24 hours are listed."""
        return f"/{self.name}/images"

    def message(self, message_id: str) -> str:
        """Where one job is read. The name comes from a server, so it must not lead anywhere else."""
        return f"{self.messages}/{quote(message_id, safe='')}"


FAMILIES: Final = {
    "midjourney": Family("midjourney", "/midjourney/message"),
    "nova": Family("nova", "/message/fetch"),
}


def family(name: str) -> Family:
    """Return a family by the operator's word, the seed's without one. Raises ``ValueError`` that names both."""
    found = FAMILIES.get(name or "midjourney")
    if found is None:
        raise ValueError(f"paths must be one of {' or '.join(FAMILIES)}")
    return found
