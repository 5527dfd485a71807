"""Natural text that every Python has: its own documentation."""

from __future__ import annotations

import ast
import re
import sysconfig
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_PARAGRAPH = re.compile(r"\n\s*\n")


def sentences(count: int = 1000) -> list[str]:
    """Sentences of natural lengths from the standard library's docstrings, in the order of the files; each once."""
    found: dict[str, None] = {}
    for text in docstrings():
        found |= {part: None for part in _SENTENCE.split(" ".join(text.split())) if len(part.split()) > 3}
        if len(found) >= 4 * count:
            break
    return [*found][::4][:count]


def docstrings() -> Iterator[str]:
    """All of the standard library's top modules, in the order of the files."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8", "replace"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""


def reference() -> dict[str, str]:
    """Chapters of Python's language reference by name, as its `help` shows them."""
    from pydoc_data.topics import topics

    return {name: topics[name] for name in sorted(topics)}


def paragraphs() -> list[str]:
    """The paragraphs of the reference, a line each; half a megabyte."""
    found = chain.from_iterable(_PARAGRAPH.split(text) for text in reference().values())
    return [text for text in (" ".join(part.split()) for part in found) if text]


def write_lines(folder: Path, count: int) -> list[Path]:
    """So many lines that have text in them, in files: the chapters of the reference, then docstrings."""
    folder.mkdir(parents=True, exist_ok=True)
    chapters = {name: lines_of(text) for name, text in reference().items()}
    more = count - sum(map(len, chapters.values()))
    chapters["docstrings"] = [*islice(chain.from_iterable(map(lines_of, docstrings())), max(more, 0))]
    written = []
    for name, lines in chapters.items():
        path = folder / f"{name.replace('/', '-')}.txt"
        path.write_text("".join(f"{line}\n" for line in lines[:count]), encoding="utf-8")
        written.append(path)
        count -= len(lines[:count])
    return written


def lines_of(text: str) -> list[str]:
    """Those that have text in them."""
    return [line for line in text.splitlines() if line.strip()]
