"""What lies in a file's place and is no file, or would never end: no command waits for it, or reads it without end."""

from __future__ import annotations

import ast
import os
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.model_repo import write_repo

import encoderfile_runtime
import hatch_encoderfile
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.files import open_below, open_file, read_file
from encoderfile_runtime.start import main as runtime
from hatch_encoderfile.build import build
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.processes import Run

pytestmark = pytest.mark.skipif(os.name == "nt", reason="FIFOs and devices have names elsewhere")

PACKAGES = {"hatch_encoderfile": hatch_encoderfile, "encoderfile_runtime": encoderfile_runtime}


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def directory(path: Path) -> None:
    path.mkdir()


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def sparse(path: Path) -> None:
    """A petabyte that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 43)


UNUSUAL = [fifo, device, directory, loop]
NAMES = ["fifo", "device", "directory", "loop"]

# Each command line that names a file, with PATH where it does.
COMMANDS = {
    "inspect": ("inspect", "PATH"),
    "verify": ("verify", "PATH"),
    "extract": ("extract", "PATH", "-o", "out"),
    "sbom": ("sbom", "PATH"),
    "diff first": ("diff", "PATH", "FILE"),
    "diff second": ("diff", "FILE", "PATH"),
    "reproduce": ("reproduce", "PATH"),
    "reproduce --spec": ("reproduce", "FILE", "--spec", "PATH.toml"),
    "reproduce --provenance": ("reproduce", "FILE", "--provenance", "PATH"),
    "reproduce --base-binary-path": ("reproduce", "FILE", "--base-binary-path", "PATH"),
    "build -f": ("build", "-f", "PATH.toml"),
    "build -f YAML": ("build", "-f", "PATH.yml"),
    "build --base-binary-path": ("build", "--base-binary-path", "PATH"),
    "verify --policy": ("verify", "FILE", "--policy", "PATH"),
    "verify --key": ("verify", "FILE", "--sigstore", "--key", "PATH"),
    "verify --trust-config": (
        *("verify", "FILE", "--sigstore", "--identity", "a", "--issuer", "https://b", "--trust-config", "PATH"),
    ),
    "verify --trusted-root": (
        *("verify", "FILE", "--sigstore", "--identity", "a", "--issuer", "https://b", "--trusted-root", "PATH"),
    ),
    "sign --key": ("sign", "FILE", "--key", "PATH"),
    "sign": ("sign", "PATH", "--key", "KEY"),
    "weights inspect": ("weights", "inspect", "PATH"),
    "weights convert": ("weights", "convert", "PATH", "out.safetensors"),
    "base verify": ("base", "verify", "PATH"),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, a tiny model repo."""
    write_repo(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written_to(paths: list[Path]) -> None:
    """Let whoever waits for one of these FIFOs go on, so that a test that fails ends."""
    for path in paths:
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize("make", UNUSUAL, ids=NAMES)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_waits_for_it(here: Path, built: Path, run: Run, name: str, make: Callable[[Path], None]) -> None:
    [ending] = {Path(word).suffix for word in COMMANDS[name] if word.startswith("PATH")} or {""}
    path = here / f"unusual{ending}"
    make(path)
    arguments = [
        str(path) if word.startswith("PATH") else str(built) if word == "FILE" else word for word in COMMANDS[name]
    ]
    rescue = threading.Timer(20, written_to, [[path]]) if make is fifo else None
    if rescue:
        rescue.daemon = True
        rescue.start()

    outcome = run(*arguments)

    assert rescue is None or rescue.is_alive(), "the command waited for the FIFO"
    if rescue:
        rescue.cancel()
    assert outcome.code not in (0, None)
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("option", ["--policy", "--key", "--trust-config", "--trusted-root", "--provenance", "-f"])
def test_a_file_of_many_terabytes_is_not_read(here: Path, built: Path, run: Run, option: str) -> None:
    path = here / "sparse.toml"
    sparse(path)
    arguments = {
        "--policy": ("verify", built, "--policy", path),
        "--key": ("verify", built, "--sigstore", "--key", path),
        "--trust-config": ("verify", built, "--sigstore", "--identity", "a", "--issuer", "https://b", option, path),
        "--trusted-root": ("verify", built, "--sigstore", "--identity", "a", "--issuer", "https://b", option, path),
        "--provenance": ("reproduce", built, "--provenance", path),
        "-f": ("build", "-f", path),
    }

    tracemalloc.start()
    outcome = run(*arguments[option])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert outcome.code != 0
    assert peak < 200 << 20


@pytest.mark.parametrize("make", UNUSUAL, ids=NAMES)
@pytest.mark.parametrize("command", [("infer", "-i"), ("search", "text"), ("tokenize", "-i")])
def test_the_executable_does_not_wait_for_texts_in_it(
    here: Path, built: Path, command: tuple[str, ...], make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = here / "texts"
    make(path)

    try:
        code = runtime.main(str(built), [*command, str(path)])
    except SystemExit as end:
        code = int(end.code or 0)

    assert code != 0
    assert "texts" in capsys.readouterr().err


def test_a_pipe_that_the_process_has_is_read(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"one text\nanother\n")
    os.close(theirs)

    assert runtime.main(str(built), ["infer", "-i", f"/dev/fd/{ours}", "--format", "jsonl"]) == 0
    os.close(ours)

    assert capsys.readouterr().out.count("\n") == 2


# What a build looks for in a model, and may not find there.
@pytest.mark.parametrize("make", [*UNUSUAL, lambda path: path.symlink_to("nothing")], ids=[*NAMES, "link to nothing"])
@pytest.mark.parametrize(
    "name",
    [
        *("modules.json", "tokenizer_config.json", "README.md", "LICENSE", "NOTICE", "1_Pooling/config.json"),
        *("sentence_bert_config.json", "config_sentence_transformers.json", "model.safetensors", "config.json"),
    ],
)
def test_what_lies_in_an_optional_files_place_is_not_taken_for_none(
    here: Path, name: str, make: Callable[[Path], None]
) -> None:
    path = here / "model" / name
    path.unlink(missing_ok=True)
    make(path)
    [spec] = read_spec(here / "pyproject.toml")

    with pytest.raises(EncoderfileError, match=path.name):
        build(spec, target="portable")


def test_a_link_that_is_put_on_the_way_meanwhile_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(b"secret")
    (tmp_path / "inside" / "folder").symlink_to("../outside")

    with pytest.raises(OSError, match=r"symbolic links|Not a directory"):
        open_file(tmp_path / "inside" / "folder" / "file", tmp_path / "inside")
    with pytest.raises(ValueError, match="no plain name"):
        open_below(str(tmp_path / "inside"), ["..", "outside", "file"], os.O_RDONLY)


def test_a_file_that_takes_the_name_is_not_the_file_that_was_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"first")
    (tmp_path / "other").write_bytes(b"other")
    file = open_file(tmp_path / "file")
    assert file.is_unchanged

    (tmp_path / "other").replace(tmp_path / "file")

    assert file.read(0, 9) == b"first"
    assert not file.is_unchanged
    file.close()


@pytest.mark.parametrize("make", UNUSUAL, ids=NAMES)
def test_the_one_function_refuses_it(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "file")

    with pytest.raises((OSError, ValueError)):
        open_file(tmp_path / "file")
    with pytest.raises((OSError, ValueError)):
        read_file(tmp_path / "file", 9)


# What may open files besides the one function, and why.
MAY_OPEN = {
    "encoderfile_runtime/files.py": "it is the one function",
    "encoderfile_runtime/cli/ahead.py": "pipes to processes that it started itself, by their descriptors",
    "encoderfile_runtime/cli/output.py": "opens what it writes",
    "encoderfile_runtime/encoder/process_group.py": "the null device",
    "encoderfile_runtime/start/main.py": "the null device",
    "hatch_encoderfile/bases/assembled.py": "files of this environment, in a folder that this process made",
    "hatch_encoderfile/bases/assembled_recipes.py": "a table in this package",
    "hatch_encoderfile/bases/build.py": "what it has just built, in a folder of its own",
    "hatch_encoderfile/bases/cache.py": "what is being written to the user's own cache, under a lock",
    "hatch_encoderfile/bases/download.py": "what is being written to the user's own cache, under a lock",
    "hatch_encoderfile/bases/index.py": "a table in this package",
    "hatch_encoderfile/bases/portable.py": "the runtime in this package",
    "hatch_encoderfile/cli/main.py": "the null device",
    "hatch_encoderfile/files/atomic.py": "opens what it writes",
    "hatch_encoderfile/signatures/update.py": "what the TUF client has just fetched and checked",
    "hatch_encoderfile/signatures/trust.py": "a root in this package",
    "hatch_encoderfile/plugin/build_key.py": "this package's own code",
    "hatch_encoderfile/plugin/builder.py": "copies what it has just built",
}
COMPILES_BASES = (
    "hatch_encoderfile/bases/standalone/"  # reads what it unpacked from pinned archives, in folders of its own
)


def test_nothing_else_opens_files() -> None:
    found = set()
    for name, package in PACKAGES.items():
        top = Path(str(package.__file__)).parent
        for path in top.rglob("*.py"):
            if any(map(opens, ast.walk(ast.parse(path.read_bytes())))):
                found.add(f"{name}/{path.relative_to(top).as_posix()}")

    assert {path for path in found if not path.startswith(COMPILES_BASES)} == set(MAY_OPEN)


def opens(node: ast.AST) -> bool:
    """Whether a call opens or reads a file by its name."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in ("open", "fdopen")
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("read_text", "read_bytes", "from_file", "memmap", "fromfile", "copyfile", "copy2"):
        return True
    holder = ast.unparse(node.func.value)
    return node.func.attr == "open" and not holder.endswith(MAY_OPEN_BY_HANDLE)


# Objects whose `open` is the one function's, or opens what is in memory.
MAY_OPEN_BY_HANDLE = ("boundary", "source", "files", "folder", "item", "_folder", "self", "wheel", "tarfile")
