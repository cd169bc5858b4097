"""Where `simulate say` finds a simulator by itself, and where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from larkgate.cli.simulate import announced, speak
from larkgate.errors import NotRunning


def test_a_simulator_is_announced_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with announced("http://127.0.0.1:1"):
        (file,) = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert file.read_text() == "http://127.0.0.1:1"
    assert not file.exists()


def test_the_announcement_of_a_later_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    later = announced("http://127.0.0.1:2")
    with announced("http://127.0.0.1:1"):
        later.__enter__()
    (file,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert file.read_text() == "http://127.0.0.1:2"
    later.__exit__(None, None, None)
    assert not file.exists()


@pytest.mark.parametrize("home", ["~", "/proc"])
def test_without_a_home_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """As in a container whose user has no entry: "~" stays what it is."""
    monkeypatch.setenv("HOME", home)
    with announced("http://127.0.0.1:1"), pytest.raises(NotRunning, match="--url"):
        speak(None, "张三", "研发群", "在吗", 0, False)
