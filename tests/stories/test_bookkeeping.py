"""`limner budget` and `limner usage` beside a running Limner, in processes of their own."""

import asyncio
import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from bot.core import wording
from bot.core.usage import HEADER
from bot.errors import RefusalCode
from tests.stories.stage import Stage, stage
from tests.stories.test_command_line import limner

ASK = "/video a puppy"  # 40 points
EACH = {"scope": "person", "period": "month", "unit": "points", "amount": 100}


async def _beside(at: Stage, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the database of a running service; its clock is the real one."""
    keys = {"LIMNER_STORE__PATH": str(at.home / "limner.db"), "LIMNER_BUDGETS": json.dumps([EACH])}
    return await asyncio.to_thread(limner, *args, home=at.home, keys=keys)


async def test_an_operator_changes_a_budget_while_it_runs(tmp_path: Path) -> None:
    """The next order knows it, the list says who set it, and clearing goes back to the settings."""
    async with stage(tmp_path) as at:
        await at.make(ASK)
        done = await _beside(at, "budget", "set", "person", "day", "50", "points", "stage/ann")
        assert (done.returncode, done.stderr) == (0, "")
        await at.say(ASK)
        assert at.card.title is not None
        assert at.card.title.phrase == wording.REFUSALS[RefusalCode.BUDGET_SPENT].one
        shown = (await _beside(at, "budget", "show")).stdout.splitlines()
        assert shown[0] == "each person, each month: 100 points (settings)"
        assert shown[1].startswith("stage/ann, each day: 50 points (set by operator, 2")
        await _beside(at, "budget", "clear", "person", "day", "points", "stage/ann")
        assert len((await _beside(at, "budget", "show")).stdout.splitlines()) == 1
        await at.make(ASK)
        assert at.charges == 2


async def test_every_order_can_be_exported(tmp_path: Path) -> None:
    """One line per yes, with its state in the books and its money; a file that exists is left alone."""
    async with stage(tmp_path, rate="0.02") as at:
        at.clock.skip(36_500 * 86_400)  # the command looks at the month of the real clock: this is long after its start
        job = await at.make(ASK)
        at.sandbox.faults.add("4008", "create")
        await at.make(ASK, who="bob")
        done = await _beside(at, "usage", "--csv", "-")
        header, first, second = csv.reader(io.StringIO(done.stdout))
        assert tuple(header) == HEADER
        told = dict(zip(header, first, strict=True))
        assert (told["order"], told["person"]) == (job.id, "ann")
        assert (told["service"], told["model"]) == ("ima_studio", "wan2.6-t2v")
        assert (told["state"], told["amount"], told["unit"], told["money"]) == ("settled", "40", "points", "0.80")
        assert dict(zip(header, second, strict=True))["state"] == "released"
        assert (await _beside(at, "usage", "--csv", "usage.csv")).returncode == 0
        assert (at.home / "usage.csv").read_text(encoding="utf-8") == done.stdout
        again = await _beside(at, "usage", "--csv", "usage.csv")
        assert again.returncode == 2
        assert "usage.csv" in again.stderr
        told_all = (await _beside(at, "usage", "--period", "month")).stdout
        assert "1 orders 40 points · 0.80 USD" in told_all
        assert "person   stage/ann: 1 orders" in told_all
        assert "bob" not in told_all


@pytest.mark.parametrize(
    "args",
    [
        ("budget", "set", "person", "year", "50", "points"),
        ("budget", "set", "person"),
        ("budget", "clear", "nobody", "day", "points"),
        ("budget", "set", "person", "day", "50", "points"),  # there is no database yet
        ("budget", "show"),
        ("usage",),
        ("usage", "--period", "year"),
    ],
)
def test_a_mistake_is_one_clear_line(tmp_path: Path, args: tuple[str, ...]) -> None:
    """With what is wrong, exit code 2, and no database made."""
    done = limner(*args, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
