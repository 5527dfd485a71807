"""Links between the Markdown files of the repository that are no pages of the site; `make docs` checks those of its pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("*.md"), *(ROOT / "examples").glob("*/README.md")]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(file: Path) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", file.read_text(encoding="utf-8"))):
        path, _, anchor = link.partition("#")
        if path.startswith(("https://", "http://")):
            continue
        target = (file.parent / path) if path else file
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_pages_that_are_named_in_code_are_there() -> None:
    named = re.compile(r"(?<![\w-])docs/[a-z-]+/[\w./-]+\.md")
    sources = [path for folder in ("hatch_encoderfile", "runtime", "schemas") for path in (ROOT / folder).rglob("*.py")]
    sources += [ROOT / "action.yml", ROOT / "CONTRIBUTING.md", ROOT / "Makefile"]
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    found = {match for text in texts.values() for match in named.findall(text)}

    assert found
    assert [page for page in sorted(found) if not (ROOT / page).exists()] == []
