"""Cython, which numpy's build needs. It is a program in Python, so nothing is compiled."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()


def build(step: Step) -> None:
    """Copy its files."""
    shutil.copytree(step.source, step.result, dirs_exist_ok=True)
