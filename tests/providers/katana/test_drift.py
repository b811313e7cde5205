"""The watch over what Katana publishes: the command compares with what was approved, and changes nothing by itself."""

import asyncio
import hashlib
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import surveys
from bot.errors import SettingsProblem
from providers.outcomes import Survey
from providers.sandbox.server import KATANA_KEY, KATANA_SECRET
from tests.providers.katana.stage import PAIR, KatanaStage

LIMNER = Path(sys.executable).parent / "limner"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SURVEY = Survey("# Page\n\nOne\nTwo\n", {"image gen": '{"credits": 3}', "video ltx": '{"seconds": 5}'})


@pytest.fixture
def settings(katana: KatanaStage, tmp_path: Path) -> Path:
    """Return a settings file for the sandbox, whose key is in a file of the provider's own form."""
    secret = tmp_path / "katana.env"
    secret.write_text(f"KATANA_API_KEY={KATANA_KEY}\nKATANA_API_SECRET={KATANA_SECRET}\n", encoding="utf-8")
    secret.chmod(0o600)
    file = tmp_path / "limner.toml"
    base_url = katana.settings.base_url
    file.write_text(
        f'store = {{ path = "{tmp_path}/data/limner.db" }}\n'
        f'[providers.katana]\nkey_file = "{secret}"\nbase_url = "{base_url}"\n',
        encoding="utf-8",
    )
    return file


async def check(settings: Path, *more: str) -> tuple[int, str]:
    """Run the installed command beside the sandbox; return its exit code and what it printed."""
    words = ["providers", "check", "katana", "--config", str(settings), *more]
    pipe = asyncio.subprocess.PIPE
    limner = await asyncio.create_subprocess_exec(LIMNER, *words, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    out, _ = await limner.communicate()
    assert limner.returncode is not None
    for part in (*PAIR.split(":", 1), "Traceback"):
        assert part not in out.decode()
    return limner.returncode, out.decode()


async def test_the_command_watches_for_changes(katana: KatanaStage, settings: Path, tmp_path: Path) -> None:
    """First nothing is approved; after an approval all is the same; then page and models change, and it says how."""
    code, said = await check(settings)
    assert (code, "Nothing was approved yet" in said, "--approve" in said) == (1, True, True)
    kept = tmp_path / "data" / "providers" / "katana.json"
    assert not kept.exists()

    code, said = await check(settings, "--approve")
    assert (code, "Approved" in said) == (0, True)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    state = kept.read_bytes()

    katana.sandbox.katana.page.text += "- There is a new rule.\n"
    katana.sandbox.katana.shelf.reprice("gen", 5)
    katana.sandbox.katana.shelf.withdraw("veo3-1")
    code, said = await check(settings)
    today = hashlib.sha256(katana.sandbox.katana.page.text.encode()).hexdigest()
    assert code == 1
    assert today in said
    assert "+- There is a new rule." in said
    assert "0 added, 1 removed, 1 different" in said
    assert "- video veo3-1:" in said
    assert '+ image gen: {"credits": 8,' in said
    assert kept.read_bytes() == state, "nothing changes by itself"
    assert katana.attempts == 0


def test_the_same_is_no_difference(tmp_path: Path) -> None:
    """Also after it was kept and read again."""
    file = surveys.place(tmp_path / "limner.db", "katana")
    assert surveys.approved(file) is None
    surveys.approve(file, SURVEY, NOW)
    kept = surveys.approved(file)
    assert kept is not None
    assert (kept.approved_at, surveys.differences(kept, SURVEY)) == (NOW, ())
    surveys.approve(file, SURVEY, NOW)
    assert [each.name for each in file.parent.iterdir()] == ["katana.json"]


def test_a_difference_names_what_came_went_and_changed() -> None:
    """The page's checksum first, then its lines, then the models."""
    before = surveys.Approved(approved_at=NOW, page=SURVEY.page, models=SURVEY.models)
    today = Survey("# Page\n\nOne\nThree\n", {"image gen": '{"credits": 4}', "text new": "{}"})
    assert surveys.differences(before, today) == (
        "The page changed.",
        f"  approved {surveys.checksum(SURVEY.page)} (2026-11-20 12:00 UTC)",
        f"  today    {surveys.checksum(today.page)}",
        "--- approved",
        "+++ today",
        "@@ -2,3 +2,3 @@",
        " ",
        " One",
        "-Two",
        "+Three",
        "The models changed: 1 added, 1 removed, 1 different.",
        "+ text new: {}",
        '- video ltx: {"seconds": 5}',
        '- image gen: {"credits": 3}',
        '+ image gen: {"credits": 4}',
    )


def test_a_page_cannot_command_the_terminal() -> None:
    """It comes from somebody else's server."""
    before = surveys.Approved(approved_at=NOW, page="", models={})
    changes = surveys.differences(before, Survey("\x1b]0;owned\x07 \u202e hi", {"image \x1b[2J": "{}"}))
    assert all(line.isprintable() for line in changes)


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"page": 7}'])
def test_a_spoilt_file_is_said_and_not_overwritten(tmp_path: Path, spoilt: bytes) -> None:
    """An approval that was lost is not the same as one that was never given."""
    file = tmp_path / "katana.json"
    file.write_bytes(spoilt)
    with pytest.raises(SettingsProblem, match="cannot be read"):
        surveys.approved(file)
    assert file.read_bytes() == spoilt


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path) -> None:
    """In one clear line."""
    (tmp_path / "providers").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(SettingsProblem, match="cannot be written"):
        surveys.approve(surveys.place(tmp_path / "limner.db", "katana"), SURVEY, NOW)
