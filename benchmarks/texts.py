"""A thousand sentences of natural lengths that every Python has: those of the standard library's own documentation."""

from __future__ import annotations

import ast
import re
import sysconfig
from pathlib import Path

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def sentences(count: int = 1000) -> list[str]:
    """Sentences from docstrings, in the order of the files; each once."""
    found: dict[str, None] = {}
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        tree = ast.parse(path.read_text("utf-8", "replace"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = " ".join((ast.get_docstring(node) or "").split())
                found |= {part: None for part in _SENTENCE.split(text) if len(part.split()) > 3}
        if len(found) >= 4 * count:
            break
    return [*found][::4][:count]
