"""The site of `make docs`: no warning, the same bytes wherever it is built, and nothing that is fetched from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The arguments of the Makefile's target.
[RECIPE] = re.findall(
    r"^\t\$\(BIN\)/python (-m sphinx .*) docs build/docs$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
)


def make(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Build the site of a tree into its `site`."""
    return subprocess.run(
        [sys.executable, *RECIPE.split(), "docs", "site"],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def tree(root: Path) -> Path:
    """A copy of the pages and of what they offer for download."""
    for pattern in ("docs/**/*", "schemas/*", "hatch_encoderfile/bases/*.json"):
        for path in ROOT.glob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                target = root / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
    return root


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tree(tmp_path_factory.mktemp("site"))
    done = make(root, TZ="UTC", PYTHONHASHSEED="1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return root / "site"


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a site by name, but for what Sphinx keeps to build faster the next time."""
    own = (".doctrees", ".buildinfo")
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files if not set(path.parts) & set(own)}


@pytest.mark.slow
def test_it_has_the_same_bytes_elsewhere(site: Path, tmp_path: Path) -> None:
    other = tree(tmp_path / "another place")
    done = make(other, TZ="Asia/Tokyo", PYTHONHASHSEED="2", LC_ALL="C")

    assert done.returncode == 0, done.stderr
    one, two = contents(site), contents(other / "site")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


class Requests(HTMLParser):
    """Collects what a browser fetches to show a page; links to follow are none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in ("src", "srcset", "data", "poster") or (name == "href" and tag == "link")):
                self.found.append(value)


@pytest.mark.slow
def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    requests = Requests()
    for page in site.rglob("*.html"):
        requests.feed(page.read_text(encoding="utf-8"))
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    requests.found += re.findall(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""", styles)

    assert requests.found
    assert [where for where in requests.found if re.match(r"(?:https?:)?//", where)] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "link",
    ["[a page](reference/nothing.md)", "[a heading](reference/spec.md#nothing)", "[a file](../schemas/nothing.json)"],
)
def test_a_link_that_leads_nowhere_ends_it(tmp_path: Path, link: str) -> None:
    root = tree(tmp_path)
    with (root / "docs" / "index.md").open("a", encoding="utf-8") as page:
        page.write(f"\n{link}\n")

    done = make(root)

    assert done.returncode != 0
    assert "nothing" in done.stderr
