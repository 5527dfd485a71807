"""Every command of the documentation is run, or the page says why it is not."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import minilm
from support.documentation import (
    LANGUAGES,
    MARKS,
    RUN,
    Block,
    blocks,
    commands,
    differs,
    plain_words,
    shell_environment,
)
from support.signed_files import write_keys
from support.task_repos import write_task_repo

from encoderfile_runtime.start import main as runtime
from hatch_encoderfile.build import build
from hatch_encoderfile.cli import main
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*/*.md")),
]
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks_of(page: Path) -> list[Block]:
    return list(blocks(page.read_text(encoding="utf-8")))


def to_run(page: Path) -> list[Block]:
    """The blocks of a page that a sandbox is needed for."""
    return [block for block in blocks_of(page) if "file" in block.marks or _runs(block)]


def _runs(block: Block) -> bool:
    return block.language in RUN and ("not run" not in block.marks or "instead" in block.marks)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages' commands find: a model repo, finished files, keys, texts; not to be changed."""
    folder = tmp_path_factory.mktemp("documentation")
    shutil.copytree(minilm.model_directory(), folder / "model", copy_function=_link)
    shutil.copy(ROOT / "examples" / "minilm" / "pyproject.toml", folder)
    shutil.copy(ROOT / "LICENSE", folder)
    [spec] = read_spec(folder / "pyproject.toml")
    build(spec, target="portable", output=folder / "minilm.encoderfile")
    for task, file in (("sequence_classification", "tiny-texts"), ("token_classification", "tiny-tokens")):
        [spec] = read_spec(write_task_repo(folder / "tiny" / file, task))
        build(spec, target="portable", output=folder / f"{file}.encoderfile")
    (folder / "lines.txt").write_text("first line\nsecond line\n", encoding="utf-8")
    (folder / "long.txt").write_text("one file, one model " * 84, encoding="utf-8")
    private, _ = write_keys(folder, "release")
    sign(folder / "minilm.encoderfile", lambda: KeySigner(read_private(private)))
    return folder


def _link(source: str, target: str) -> None:
    """A hard link where the file systems are one, else a copy."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy(source, target)


class Sandbox:
    """A folder where the commands of one page are run one after the other."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.capsys = capsys
        self.monkeypatch = monkeypatch

    def run(self, command: str) -> tuple[int, str]:
        """The exit code and the output; in this process where that shows the same as a shell would."""
        self.monkeypatch.chdir(self.folder)
        words = plain_words(command)
        if words and words[0] == "cd":
            self.folder = (self.folder / words[1]).resolve(strict=True)
            return 0, ""
        if words and words[0] == "encoderfile":
            return self._here(words[1:], None)
        if words and words[0].endswith(".encoderfile"):
            assert os.access(words[0], os.X_OK), f"{words[0]} is not there, or cannot be run"
            return self._here(words[1:], words[0])
        done = self.start(["sh", "-c", command])
        return done.returncode, done.stdout

    def start(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A process of its own, whose errors stand among its output as on a terminal."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=shell_environment(self.folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def _here(self, arguments: list[str], file: str | None) -> tuple[int, str]:
        handler = signal.getsignal(signal.SIGTERM)
        self.capsys.readouterr()
        try:
            if file:
                code: object = runtime.main(file, arguments)
            else:
                self.monkeypatch.setattr(sys, "argv", ["encoderfile", *arguments])
                main()
                code = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            signal.signal(signal.SIGTERM, handler)
        assert isinstance(code, int)
        return code, _STYLE.sub("", "".join(self.capsys.readouterr()))


@pytest.fixture
def sandbox(
    prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    folder = tmp_path / "sandbox"
    shutil.copytree(prepared, folder, copy_function=_link)
    # A write through a hard link would change what the other pages find.
    for path in ("pyproject.toml", "lines.txt"):
        (folder / path).unlink()
        shutil.copy(prepared / path, folder)
    for variable in ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "ENCODERFILE_CACHE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield Sandbox(folder, capsys, monkeypatch)
    monkeypatch.undo()
    shutil.rmtree(folder)


def check(block: Block, sandbox: Sandbox) -> None:
    """Run a block, or what stands in for it."""
    where = f"line {block.line}"
    if "file" in block.marks:
        (sandbox.folder / block.marks["file"]).write_text(block.text, encoding="utf-8")
        return
    if "instead" in block.marks:
        code, output = sandbox.run(block.marks["instead"])
        assert code == 0, f"{where}: {output}"
        return
    if block.language == "python":
        done = sandbox.start([sys.executable, "-c", block.text])
        assert done.returncode == 0, f"{where}: {done.stdout}"
        return
    found = list(commands(block))
    for command in found:
        expected = int(block.marks.get("exit", "0")) if command is found[-1] else 0
        code, output = sandbox.run(command.text)
        assert code == expected, f"{where}: {command.text}: exit code {code}\n{output}"
        if command.output is not None and "output varies" not in block.marks:
            difference = differs(command.output, output)
            assert difference is None, f"{where}: {command.text}: {difference}"


@pytest.mark.parametrize("page", [page for page in PAGES if to_run(page)], ids=name)
def test_commands_do_what_the_page_says(page: Path, sandbox: Sandbox) -> None:
    for block in to_run(page):
        check(block, sandbox)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_that_are_not_run_say_why(page: Path) -> None:
    for block in blocks_of(page):
        assert set(block.marks) <= set(MARKS), f"line {block.line}: unknown mark"
        assert all(block.marks.values()), f"line {block.line}: a mark without a reason or value"
        assert block.language in LANGUAGES, f"line {block.line}: {block.language} is none of {LANGUAGES}"
        assert block.language in RUN or set(block.marks) <= {"file"}, f"line {block.line}: nothing is run here"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_command_hides_in_a_block_of_another_kind(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    others = "".join(block.text for block in blocks(text) if block.language in ("text", ""))
    indented = "\n".join(re.findall(r"(?<=\n\n) {4}\S.*", text))

    assert re.findall(r"(?m)^\s*(?:\$ |encoderfile |hatch |pip |make |\./).*", others + indented) == []
