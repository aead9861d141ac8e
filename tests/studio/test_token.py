"""The token is kept, and only where nobody else can have read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from yanmo.core.errors import ConfigError
from yanmo.studio.token import token_of


def test_a_restart_finds_the_same_token(tmp_path: Path) -> None:
    token = token_of(tmp_path / "runs")
    assert token_of(tmp_path / "runs") == token and len(token) > 30
    assert (tmp_path / "runs" / ".studio" / "token").stat().st_mode & 0o077 == 0


def test_a_token_that_others_could_read_is_made_anew(tmp_path: Path) -> None:
    token = token_of(tmp_path)
    (tmp_path / ".studio" / "token").chmod(0o644)
    assert token_of(tmp_path) != token
    assert (tmp_path / ".studio" / "token").stat().st_mode & 0o077 == 0


def test_a_damaged_token_is_made_anew(tmp_path: Path) -> None:
    token_of(tmp_path)
    path = tmp_path / ".studio" / "token"
    path.write_bytes(b"\xff\x00")
    assert len(token_of(tmp_path)) > 30


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(ConfigError, match="cannot write"):
        token_of(tmp_path / "runs")
