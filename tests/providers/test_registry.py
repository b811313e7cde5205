"""Providers are found by name, ours the same way as somebody else's."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from providers.contract import ProviderSettings, Secret
from providers.ima_studio.provider import ImaStudio
from providers.registry import GROUP, UnknownProviderError, load, names

SETTINGS = ProviderSettings(key=Secret("k"), now=lambda: datetime.now(UTC), nonce=lambda: "0" * 32)


def test_ours_is_installed() -> None:
    """The name in settings is enough."""
    assert "ima_studio" in names()
    assert isinstance(load("ima_studio", SETTINGS), ImaStudio)


def test_an_unknown_name_says_what_there_is() -> None:
    """The operator sees the choice."""
    with pytest.raises(UnknownProviderError, match=r"'ima' is not installed; there is: .*ima_studio"):
        load("ima", SETTINGS)


def _installed(folder: Path, distribution: str, value: str) -> None:
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nother = {value}\n")


def test_a_package_of_somebody_else_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of ours has to change for a new provider."""
    _installed(tmp_path, "other-provider", "providers.ima_studio.provider:create")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"ima_studio", "other"} <= set(names())
    assert load("other", SETTINGS).name == "ima_studio"


def test_two_packages_with_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's money goes through an adapter that was picked by chance."""
    _installed(tmp_path, "one-provider", "one:create")
    _installed(tmp_path, "two-provider", "two:create")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UnknownProviderError, match="one:create, two:create"):
        load("other", SETTINGS)


def test_nothing_of_an_adapter_is_imported_before_it_is_loaded() -> None:
    """An adapter that is not used costs no memory and cannot break the start."""
    code = (
        "import sys, providers.registry as r; r.names();"
        "print([m for m in sys.modules if 'ima_studio' in m or m in {'httpx', 'aiohttp', 'pydantic'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
