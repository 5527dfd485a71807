"""The `encoderfile` command, run in this process as a user would run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.model_repo import write_repo

from encoderfile_runtime.format.container import Container

if TYPE_CHECKING:
    from pathlib import Path

ARTIFACTS = ("weights", "model_config", "tokenizer")


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny model repo, which is the current directory."""
    root = tmp_path / "repo"
    write_repo(root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def parts(built: Path) -> list[str]:
    """The names of the parts, as `inspect` has them."""
    attachments = [part.name for part in Container(str(built)).attachments]
    assert {"attachments/config.json", "attachments/tokenizer.json"} <= {*attachments}
    return ["base", "manifest", *ARTIFACTS, *attachments]


@pytest.fixture
def damaged(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / "damaged.encoderfile"
    data = bytearray(built.read_bytes())
    part = next(part for part in Container(str(built)).artifacts if part.name == "tokenizer")
    data[part.offset + 100] ^= 1
    path.write_bytes(data)
    return path
