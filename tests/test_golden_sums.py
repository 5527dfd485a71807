"""A golden file that changes is a change of a format: see tests/golden/README.md."""

from __future__ import annotations

import hashlib

from support.golden import GOLDEN


def test_the_golden_files_are_those_that_were_committed() -> None:
    lines = (GOLDEN / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    recorded = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}

    found = {
        path.relative_to(GOLDEN).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in GOLDEN.glob("*/**/*")
        if path.is_file() and path.name != "README.md" and path.suffix != ".pyc"
    }

    assert found == recorded, "a golden file changed: say so in CHANGELOG.md, then `sha256sum` it anew"


def test_each_folder_says_how_it_was_checked() -> None:
    folders = [path for path in GOLDEN.iterdir() if path.is_dir() and path.name != "__pycache__"]

    assert [path.name for path in folders if "Checked" not in (path / "README.md").read_text(encoding="utf-8")] == []
