"""``limner setup feishu``: a code in the terminal, a secret in a file, the next step. Asking is in ``registration``.

The place of the secret is tried before anything is made, because an application whose secret is lost is of no use.
"""

import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import segno

from bot.errors import SettingsProblem, Unregistered
from bot.platforms.feishu.registration import ACCOUNTS, Registered, register
from bot.platforms.feishu.wire import DOMAINS, NAME
from providers.transport import is_safe

Tell = Callable[[str], None]

SAY_EVERY = 60
"""Seconds between two words that nobody has scanned it yet."""

_MARGIN = 2
_HALVES = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
"""A character for two modules, the upper and the lower one; dark modules are left blank."""

_WHITE_ON_BLACK, _PLAIN = "\x1b[38;5;231;48;5;16m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator wants. ``accounts`` is the address of another Feishu; empty is the region's."""

    region: str
    secret_file: Path
    accounts: str = ""

    def check(self) -> None:
        """Raise ``SettingsProblem`` where it could not come to a good end."""
        if self.region not in ACCOUNTS:
            raise SettingsProblem(f"--region {self.region!r} is none; there is {', '.join(ACCOUNTS)}.")
        if self.accounts and not is_safe(self.accounts):
            raise SettingsProblem("--accounts has to start with https:// unless it is on this machine.")
        if self.secret_file.exists():
            raise SettingsProblem(f"{self.secret_file} exists. Move it away, or name another one with --secret-file.")
        try:
            with tempfile.TemporaryFile(dir=self.secret_file.absolute().parent):
                pass
        except OSError as error:
            raise SettingsProblem(f"{self.secret_file} cannot be written ({error.strerror}).") from None


class _Screen:
    """Shows how it goes. ``colours``: the terminal knows them, so that the code is dark on light in any of them."""

    def __init__(self, tell: Tell, *, colours: bool) -> None:
        self._tell = tell
        self._colours = colours
        self._since = 0.0

    def code(self, link: str, seconds: int) -> None:
        link = "".join(letter for letter in link if letter.isascii() and letter.isprintable())
        self._tell("\n".join(["", *drawn(link, colours=self._colours), ""]))
        self._tell("Scan this with the Feishu or Lark app on a telephone, or open the link, and agree:\n")
        self._tell(f"  {link}\n")
        self._tell(f"Waiting, {seconds // 60} minutes at most. Ctrl-C ends it, and nothing is written then.")

    def waiting(self) -> None:
        now = asyncio.get_running_loop().time()
        self._since = self._since or now
        if now - self._since >= SAY_EVERY:
            self._since = now
            self._tell("Nobody has agreed yet; still waiting.")


async def onboard(plan: Plan, tell: Tell, *, colours: bool) -> None:
    """Make an application and keep its secret. Raises ``SettingsProblem`` and ``Unregistered``."""
    plan.check()
    tell("Asking for a code; that takes some seconds.")
    made = await register(plan.accounts or ACCOUNTS[plan.region], _Screen(tell, colours=colours))
    region = made.region or plan.region
    _keep(made, plan.secret_file, region)
    tell(_told(made, plan.secret_file, region))


def drawn(link: str, *, colours: bool) -> list[str]:
    """Return the code for a link, line by line: two rows of modules in each."""
    made = segno.make(link, error="l", micro=False, boost_error=False)
    rows = [[bool(module) for module in row] for row in made.matrix_iter(border=_MARGIN)]
    if len(rows) % 2:
        rows.append([False] * len(rows[0]))
    lines = [
        "".join(_HALVES[pair] for pair in zip(*two, strict=True)) for two in zip(rows[::2], rows[1::2], strict=True)
    ]
    return [f"{_WHITE_ON_BLACK}{line}{_PLAIN}" for line in lines] if colours else lines


def _keep(made: Registered, place: Path, region: str) -> None:
    """Write the secret where only its owner reads it, never over another file."""
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            try:
                file.write(made.secret.get_secret_value() + "\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                place.unlink()
                raise
    except OSError as error:
        raise Unregistered(
            f"The application {made.app_id} was made, but its secret could not be written to {place} "
            f"({error.strerror}). Copy it from {DOMAINS[region]}/app/{made.app_id}, page Credentials & Basic Info, "
            "into a file of your own, and name that in feishu.app_secret_file."
        ) from None


def _told(made: Registered, place: Path, region: str) -> str:
    lines = ["[feishu]", f'app_id = "{made.app_id}"', f"app_secret_file = {json.dumps(str(place), ensure_ascii=False)}"]
    if region != NAME:
        lines.append(f'region = "{region}"')
    block = "\n".join(f"  {line}" for line in lines)
    card = f"--card {made.open_id or '<your open_id>'}"
    return f"""
The application {made.app_id} is made. Its secret is in {place}, which only you can read.

1. Put this into limner.toml:

{block}

2. See whether all is well: limner doctor feishu
3. See whether buttons work, before the service runs: limner doctor feishu {card}
4. Start it: limner run
"""
