"""Cython, which numpy's build asks for: a program in Python, so there is nothing to compile."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()


def build(step: Step) -> None:
    """Copy it as it is."""
    shutil.copytree(step.source, step.result, dirs_exist_ok=True)
