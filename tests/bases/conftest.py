"""Executables, and folders of fake Pythons to put on PATH."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Programs = Callable[..., Path]


@pytest.fixture
def executable(tiny: Path) -> Path:
    """An encoderfile that can be started; it has no model, but knows its version."""
    tiny.chmod(0o755)
    return tiny


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Make a folder of scripts, each of which becomes the given command with its own arguments after it."""
    count = 0

    def make(**scripts: str) -> Path:
        nonlocal count
        count += 1
        folder = tmp_path / f"bin{count}"
        folder.mkdir()
        for name, command in scripts.items():
            path = folder / name.replace("_", ".")
            path.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            path.chmod(0o755)
        return folder

    return make


@pytest.fixture
def good() -> str:
    """A Python that has all it needs, as a command."""
    return f"'{sys.executable}'"


@pytest.fixture
def bare() -> str:
    """A Python without numpy, as a command."""
    return f"'{sys.executable}' -I -S"
