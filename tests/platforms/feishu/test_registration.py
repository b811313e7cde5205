"""``limner setup feishu`` with the unmodified lark-oapi: an application by a scanned code, and each way to fail."""

import asyncio
import base64
import gzip
import json
import os
import re
import signal
import stat
import sys
import tomllib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from bot.platforms.feishu.onboarding import drawn
from bot.platforms.feishu.scopes import CALLBACKS, EVENTS, NEEDS
from bot.settings import load
from tests.fakes.feishu_server import FeishuServer
from tests.platforms.feishu.clerk import MARK

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("lark")]
ROOT = Path(__file__).parents[3]
WAITING = "Waiting, 10 minutes"
PATIENCE = 30.0
"""Real seconds for a word of the process, whose first one comes after the library's import."""


@dataclass(slots=True)
class Clerk:
    """The process that runs commands, and the Feishu that it is told to use."""

    process: asyncio.subprocess.Process
    feishu: FeishuServer
    home: Path
    said: str = ""

    async def begin(self, *more: str) -> None:
        """Start the setup."""
        arguments = ["setup", "feishu", "--accounts", self.feishu.domain, *more]
        assert self.process.stdin is not None
        self.said = ""
        order = json.dumps({"home": str(self.home), "arguments": arguments})
        self.process.stdin.write(order.encode() + b"\n")

    async def says(self, words: str) -> str:
        """Return the line with these words, when it comes."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stdout.readline()).decode():
                if words in line:
                    return line
                assert not line.startswith(MARK), f"it has ended before it said {words!r}: {self.said}"
                self.said += line
        raise AssertionError(f"it is gone: {self.said}")

    async def ends(self) -> int:
        """Return the exit code."""
        return int((await self.says(MARK)).removeprefix(MARK))

    async def sets_up(self, *more: str) -> int:
        """Run the setup to its end, and return the exit code."""
        await self.begin(*more)
        return await self.ends()

    @property
    def secret_file(self) -> Path:
        """Where the secret goes."""
        return self.home / "feishu.app_secret"


@pytest_asyncio.fixture(loop_scope="module", scope="module", name="process")
async def a_process() -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that has nothing of ours in its environment."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.platforms.feishu.clerk"),
        env={"PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    yield process
    process.kill()  # it may wait for somebody who never comes
    await process.communicate()


@pytest_asyncio.fixture(loop_scope="module", name="clerk")
async def a_clerk(process: asyncio.subprocess.Process, tmp_path: Path) -> AsyncIterator[Clerk]:
    """A Feishu of its own for each test; nothing that is said holds the secret."""
    async with FeishuServer() as feishu:
        feishu.registration.interval = 0
        clerk = Clerk(process, feishu, tmp_path)
        yield clerk
        assert feishu.app.secret not in clerk.said


async def test_a_scanned_code_becomes_an_application(clerk: Clerk) -> None:
    """The secret is in a file of its owner's alone, and the printed lines are settings that work."""
    await clerk.begin()
    await clerk.says(WAITING)
    assert not clerk.secret_file.exists()
    clerk.feishu.registration.scan("ou_ann")
    assert await clerk.ends() == 0
    assert clerk.secret_file.read_text() == f"{clerk.feishu.app.secret}\n"
    assert stat.S_IMODE(clerk.secret_file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    lines = re.findall(r"^  (\[feishu\]|\w+ = .*)$", clerk.said, re.MULTILINE)
    settings = clerk.home / "limner.toml"
    settings.write_text("\n".join(lines))
    section = load(settings).feishu
    assert (section.app_id, section.region) == (clerk.feishu.app.app_id, "feishu")
    assert clerk.home / str(section.app_secret_file) == clerk.secret_file
    assert "limner doctor feishu --card ou_ann" in clerk.said


async def test_the_link_asks_for_everything_that_is_needed(clerk: Clerk) -> None:
    """Permissions, events and the callback of the cards, so that no page of the console has to be visited."""
    clerk.feishu.registration.scan("ou_ann")
    assert await clerk.sets_up() == 0
    link = next(line.strip() for line in clerk.said.splitlines() if line.startswith("  https://"))
    query = parse_qs(urlsplit(link).query)
    packed = query["addons"][0]
    asked = json.loads(gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))))
    assert set(asked["scopes"]["tenant"]) == {need.scope for need in NEEDS}
    assert set(asked["events"]["items"]["tenant"]) == {kind.value for kind in EVENTS}
    assert asked["callbacks"]["items"] == list(CALLBACKS) == ["card.action.trigger"]
    code = "\n".join(drawn(link, colours=False))
    assert code in clerk.said


async def test_whoever_scans_with_lark_gets_an_application_there(clerk: Clerk) -> None:
    """The region is the scanner's, whatever the command began with."""
    clerk.feishu.registration.brand = "lark"
    clerk.feishu.registration.scan("ou_ann")
    assert await clerk.sets_up("--secret-file", "lark.secret") == 0
    lines = re.findall(r"^  (\w+ = .*)$", clerk.said, re.MULTILINE)
    told = tomllib.loads("\n".join(lines))
    assert (told["region"], told["app_secret_file"]) == ("lark", "lark.secret")


# --- nothing comes of it ------------------------------------------------------------------------------------------


async def test_who_scans_says_no(clerk: Clerk) -> None:
    """The step is the way by hand."""
    clerk.feishu.registration.deny()
    assert await clerk.sets_up() == 1
    assert "Ask an admin" in clerk.said
    assert not clerk.secret_file.exists()


async def test_nobody_scans(clerk: Clerk) -> None:
    """After ten minutes a new code is needed."""
    await clerk.begin()
    await clerk.says(WAITING)
    clerk.feishu.clock.advance(601)
    assert await clerk.ends() == 1
    assert "Nobody agreed in time" in clerk.said
    assert not clerk.secret_file.exists()


async def test_an_interrupted_wait_leaves_nothing(clerk: Clerk) -> None:
    """Ctrl-C ends it at once."""
    await clerk.begin()
    await clerk.says(WAITING)
    clerk.process.send_signal(signal.SIGINT)
    assert await clerk.ends() == 130
    assert "Nothing was written" in clerk.said
    assert not clerk.secret_file.exists()


@pytest.mark.parametrize("fault,said", [("drop", "network"), ("html", "cannot be read")])
async def test_trouble_on_the_way(clerk: Clerk, fault: str, said: str) -> None:
    """A line with what to do, and no traceback."""
    getattr(clerk.feishu.faults, fault)("apps.register")
    assert await clerk.sets_up() == 1
    assert said in clerk.said
    assert "Traceback" not in clerk.said
    assert not clerk.secret_file.exists()


async def test_a_secret_that_cannot_be_kept_is_not_lost(clerk: Clerk) -> None:
    """The application is there by then, so its name is said, and where its secret is found."""
    folder = clerk.home / "gone"
    await asyncio.to_thread(folder.mkdir)
    await clerk.begin("--secret-file", "gone/feishu.app_secret")
    await clerk.says(WAITING)
    await asyncio.to_thread(os.rmdir, folder)
    clerk.feishu.registration.scan("ou_ann")
    assert await clerk.ends() == 1
    assert clerk.feishu.app.app_id in clerk.said
    assert "Credentials & Basic Info" in clerk.said


async def test_a_file_that_has_come_meanwhile_is_not_written_over(clerk: Clerk) -> None:
    """It may hold the secret of another application."""
    await clerk.begin()
    await clerk.says(WAITING)
    clerk.secret_file.write_text("mine")
    clerk.feishu.registration.scan("ou_ann")
    assert await clerk.ends() == 1
    assert clerk.secret_file.read_text() == "mine"


@pytest.mark.parametrize(
    "more,said",
    [
        (("--secret-file", "taken"), "exists"),
        (("--secret-file", "nowhere/secret"), "cannot be written"),
        (("--region", "mars"), "feishu, lark"),
        (("--accounts", "http://example.com"), "https://"),
    ],
)
async def test_a_mistake_is_said_before_anything_is_made(clerk: Clerk, more: tuple[str, str], said: str) -> None:
    """Nobody is asked, and no file is touched."""
    taken = clerk.home / "taken"
    taken.write_text("mine")
    assert await clerk.sets_up(*more) == 2
    assert said in clerk.said
    assert not len(clerk.feishu.calls)
    assert taken.read_text() == "mine"


async def test_a_code_is_drawn_as_it_is_scanned() -> None:
    """Two rows in each line, light around it, the three corners in place; with colours it is the same on any screen."""
    lines = drawn("https://example.com/a", colours=False)
    rows = [row for line in lines for row in ("".join("█ "[c in end] for c in line) for end in (" ▄", " ▀"))]
    size = len(lines[0]) - 4
    corner = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"]
    for top, left in ((2, 2), (2, 2 + size - 7), (2 + size - 7, 2)):
        found = [row[left : left + 7].replace(" ", "#").replace("█", " ") for row in rows[top : top + 7]]
        assert found == corner
    assert {row[:2] + row[-2:] for row in rows} == {"████"}
    coloured = drawn("https://example.com/a", colours=True)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == lines
    assert all(line.startswith("\x1b") for line in coloured)
