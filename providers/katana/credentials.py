"""Katana's pair of key and secret: reading it from one setting and showing it as headers. Nothing here is logged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from providers.contract import Secret

_LINE: Final = re.compile(
    r"""^\s*(?:export\s+)?KATANA_API_(?P<part>KEY|SECRET)\s*=\s*(?P<quote>["']?)(?P<value>.*?)(?P=quote)\s*$"""
)
_WRONG: Final = (
    "the key of Katana is a pair: write key:secret, or two lines KATANA_API_KEY=... and KATANA_API_SECRET=..., "
    "as https://app.imgnai.com/katana-api gives them"
)
_SHOWN: Final = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Pair:
    """The key and its secret."""

    key: Secret
    secret: Secret

    @classmethod
    def read(cls, written: Secret) -> "Pair":
        """Read ``key:secret``, split at the first colon, or the two lines of the provider's own client.

        Raises ``ValueError`` that says how it is written and never what was found.
        """
        lines = written.reveal().strip().splitlines()
        named = {found["part"]: found["value"] for line in lines if (found := _LINE.match(line))}
        if named:
            key, secret = named.get("KEY", ""), named.get("SECRET", "")
        else:
            key, _, secret = lines[0].partition(":") if len(lines) == 1 else ("", "", "")
        if not (_SHOWN.fullmatch(key) and _SHOWN.fullmatch(secret)):
            raise ValueError(_WRONG)
        return cls(Secret(key), Secret(secret))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must never be shown, the longest first."""
        key, secret = self.key.reveal(), self.secret.reveal()
        return (f"{key}:{secret}", key, secret)

    def headers(self) -> Mapping[str, str]:
        """Return the headers of media calls: the pair in two fields (reference section 2.1)."""
        return {"X-API-Key": self.key.reveal(), "X-API-Secret": self.secret.reveal()}

    def bearer(self) -> Mapping[str, str]:
        """Return the headers of text and account calls: the pair in one field."""
        return {"Authorization": f"Bearer {self.key.reveal()}:{self.secret.reveal()}"}
