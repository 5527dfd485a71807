"""Model repos for the plugin's tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.hatch_repo import HatchRepo, tiny_repo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_hatch_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("HATCH_", "ENCODERFILE_", "SOURCE_DATE_EPOCH")):
            monkeypatch.delenv(name)


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., HatchRepo]:
    """Write a repo with these tables."""

    def make(*tables: str, **settings: str) -> HatchRepo:
        return tiny_repo(tmp_path / "repo", *tables, **settings)

    return make
