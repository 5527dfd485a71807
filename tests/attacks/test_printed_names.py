"""Names, labels, tokens, texts and paths that are terminal escapes, line ends or commands of a CI service, through every command."""

from __future__ import annotations

import ast
import json
import os
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.hatch_repo import MODEL, tiny_repo
from support.model_repo import CONFIG, tensors, tokenizer, write_json, write_repo, write_safetensors
from support.task_repos import write_task_repo

import encoderfile_runtime
import hatch_encoderfile
from encoderfile_runtime.commands import COMMANDS
from encoderfile_runtime.errors import EncoderfileError, ModelError
from encoderfile_runtime.escaping import data_line, dumped, line, lines, printable
from encoderfile_runtime.start import main as runtime
from hatch_encoderfile.build import build
from hatch_encoderfile.cli.app import COMMANDS as BUILD_COMMANDS
from hatch_encoderfile.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.processes import Run

HOSTILE = {
    "escape": "\x1b]0;owned\x07\x1b[2J\b",
    "C1": "\x9b31m\x85\x90",
    "DEL": "a\x7fb",
    "bidi": "\u202egnp.exe\u2066\u200f",
    "separators": "a\u2028b\u2029c",
    "GitHub": "x\n::error::owned\r::add-mask::x",
    "GitHub first": "::error::owned",
    "Azure": "##vso[task.setvariable variable=x]y ##[error]z",
    "surrogate": "x\udc9by",
}


def harms(text: str) -> list[str]:
    """What a terminal or a CI service would not take for text."""
    found = [ascii(c) for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
    found += [line for line in text.split("\n") if line.lstrip().startswith("::")]
    return found + [mark for mark in ("##vso[", "##[") if mark in text]


@pytest.fixture(scope="module", params=HOSTILE.values(), ids=[*HOSTILE])
def hostile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_escaping_itself(hostile: str) -> None:
    assert not harms(line(hostile))
    assert not harms(line(printable(hostile)))
    assert not harms(data_line(hostile))
    assert not harms(lines(f"a\n{hostile}\nb"))
    for ascii_only in (True, False):
        for indent in (None, 2):
            text = dumped({hostile: [hostile]}, indent=indent, ascii_only=ascii_only)
            assert not harms(text)
            assert json.loads(text) == {hostile: [hostile]}


@pytest.mark.parametrize("text", ["größe", "日本語", "a b", "naïve café", "12 %", "👍", "a::b", "#"])
def test_what_is_harmless_stays(text: str) -> None:
    assert (printable(text), line(text), data_line(text)) == (text, text, text)
    assert json.loads(dumped(text)) == text


def test_errors_have_no_line_of_somebody_elses(hostile: str) -> None:
    for error in (
        EncoderfileError(f"{hostile}: x"),
        ModelError(hostile, [hostile]),
        ModelError(hostile, [hostile] * 2),
    ):
        text = error.diagnostics()
        assert not harms(lines(text))
        assert text.count("\n") == (2 if isinstance(error, ModelError) and len(error.faults) == 2 else 0)


@pytest.fixture(scope="module")
def classifiers(hostile: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models whose labels and tokens are hostile, by their type; and one for embeddings."""
    hostile = hostile.replace("\udc9b", "\x9b")  # JSON in a model has no half of a character
    found = {}
    for kind in ("sentence_embedding", "embedding", "sequence_classification", "token_classification"):
        root = tmp_path_factory.mktemp("hostile")
        write_task_repo(root, kind)
        definition = tokenizer()
        vocabulary = definition["model"]["vocab"]
        vocabulary[hostile] = vocabulary.pop("runs")
        write_json(root / "model" / "tokenizer.json", definition)
        path = root / "model" / "config.json"
        config = json.loads(path.read_text("utf-8"))
        labels = {"0": hostile, "1": f"{hostile}1", "2": f"2{hostile}"}
        write_json(path, config | {"id2label": labels, "label2id": {name: int(i) for i, name in labels.items()}})
        [spec] = read_spec(root / "pyproject.toml")
        found[kind] = build(spec, target="portable").path
    return found


RUNTIME: dict[str, list[tuple[str, ...]]] = {
    "infer": [
        ("infer", "TEXT"),
        ("infer", "-i", "FILE", "--format", "jsonl"),
        ("infer", "-i", "FILE", "--format", "csv"),
        ("infer", "-i", "FILE", "--format", "text"),
        ("infer", "-i", "MISSING"),
        ("infer", "--format", "TEXT", "a"),
    ],
    "classify": [("classify", "TEXT"), ("classify", "--json", "-i", "FILE"), ("classify", "-i", "FILE")],
    "similarity": [("similarity", "TEXT", "b"), ("similarity", "TEXT")],
    "rank": [("rank", "TEXT", "TEXT", "b"), ("rank", "--json", "TEXT", "TEXT")],
    "search": [("search", "TEXT", "FILE"), ("search", "TEXT", "MISSING"), ("search", "--json", "a", "FILE")],
    "tokenize": [("tokenize", "TEXT"), ("tokenize", "--json", "TEXT"), ("tokenize", "--special", "TEXT")],
    "bench": [("bench", "TEXT"), ("bench", "--help")],
    "inspect": [("inspect",), ("inspect", "--json"), ("inspect", "TEXT")],
    "verify": [("verify",), ("verify", "--json"), ("verify", "TEXT")],
    "none": [("TEXT",), ("--TEXT",), ("--help",), ("--version",), ("infer", "--TEXT"), ("infer", "--help")],
}


def test_every_command_of_an_executable_is_walked() -> None:
    assert {*RUNTIME} == {*COMMANDS, "none"}


@pytest.mark.parametrize("command", RUNTIME)
def test_an_executable_prints_them_harmless(
    classifiers: dict[str, Path],
    hostile: str,
    tmp_path: Path,
    command: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / hostile.replace("/", "")
    folder.mkdir()
    texts = folder / "texts"
    texts.write_bytes(f"{hostile}\none {hostile} text\n".encode(errors="surrogateescape"))
    for path in classifiers.values():
        mine = folder / f"{hostile.replace('/', '')}.encoderfile"
        if not mine.exists():
            os.link(path, mine)
        for words in RUNTIME[command]:
            known = {"TEXT": hostile, "--TEXT": f"--{hostile}", "FILE": str(texts), "MISSING": f"{texts}-missing"}
            with suppress(SystemExit):
                runtime.main(str(mine), [known.get(word, word) for word in words])
            out, err = capsys.readouterr()
            assert not harms(out), words
            assert not harms(err), words
        mine.unlink()


BUILD: dict[str, list[tuple[str, ...]]] = {
    "build": [
        ("build", "REPO"),
        ("build", "REPO", "--json"),
        ("build", "MISSING"),
        ("build", "REPO", "--model", "TEXT"),
    ],
    "base": [("base", "list"), ("base", "list", "--json"), ("base", "verify", "MISSING"), ("base", "TEXT")],
    "weights": [
        ("weights", "inspect", "WEIGHTS"),
        ("weights", "inspect", "--json", "WEIGHTS"),
        ("weights", "convert", "WEIGHTS", "MISSING"),
        ("weights", "convert", "WEIGHTS", "WEIGHTS.embd"),
    ],
    "inspect": [("inspect", "FILE"), ("inspect", "--json", "FILE"), ("inspect", "MISSING"), ("inspect", "WEIGHTS")],
    "extract": [
        ("extract", "FILE", "-o", "OUT"),
        ("extract", "FILE", "TEXT"),
        ("extract", "FILE", "-o", "OUT", "--json"),
    ],
    "diff": [("diff", "FILE", "OTHER"), ("diff", "--json", "FILE", "OTHER"), ("diff", "FILE", "MISSING")],
    "sbom": [("sbom", "FILE"), ("sbom", "--outer", "FILE"), ("sbom", "MISSING")],
    "verify": [
        ("verify", "FILE"),
        ("verify", "--json", "FILE"),
        ("verify", "MISSING"),
        ("verify", "--json", "MISSING"),
        ("verify", "--sigstore", "FILE", "--key", "MISSING"),
        ("verify", "--sigstore", "FILE", "--identity", "TEXT", "--issuer", "TEXT"),
        ("verify", "FILE", "--policy", "WEIGHTS"),
    ],
    "sign": [("sign", "FILE", "--key", "MISSING"), ("sign", "MISSING", "--key", "WEIGHTS"), ("sign", "FILE", "--TEXT")],
    "reproduce": [("reproduce", "FILE", "--spec", "REPO"), ("reproduce", "FILE", "--spec", "MISSING")],
    "version": [("version", "TEXT"), ("version", "--json"), ("version",)],
    "none": [("TEXT",), ("--TEXT",), ("--help",), ("--version",), ("build", "--help")],
}


def test_every_command_of_the_build_side_is_walked() -> None:
    assert {*BUILD} == {*BUILD_COMMANDS, "none"}


@pytest.mark.parametrize("command", BUILD)
def test_a_command_prints_them_harmless(
    make_tiny: Callable[..., Path], hostile: str, tmp_path: Path, command: str, run: Run
) -> None:
    folder = tmp_path / hostile.replace("/", "")
    folder.mkdir()
    text = hostile.replace("\udc9b", "\x9b")  # a manifest is UTF-8
    made = make_tiny(name=text, version=text, license=text, source=text)
    file = folder / "a.encoderfile"
    made.rename(file)
    other = make_tiny(name="other")
    repo = folder / "repo"
    repo.mkdir()
    write_repo(repo)
    write_json(repo / "model" / "config.json", CONFIG | {text: text, "architectures": [text]})
    weights = folder / "weights.safetensors"
    write_safetensors(weights, {text: np.zeros(1, np.float32)} | dict(tensors()))
    known = {
        "TEXT": hostile,
        "--TEXT": f"--{hostile}",
        "FILE": file,
        "OTHER": other,
        "MISSING": folder / "missing",
        "REPO": repo,
        "WEIGHTS": weights,
        "WEIGHTS.embd": folder / "weights.embd",
        "OUT": folder / "out",
    }
    for words in BUILD[command]:
        outcome = run(*(known.get(word, word) for word in words))
        assert not harms(outcome.out), words
        assert not harms(outcome.err), words
        assert "Traceback" not in outcome.err, words
        if "--json" in words and outcome.out and outcome.out[0] in "{[":
            json.loads(outcome.out)


def test_hatch_prints_them_harmless(hostile: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / hostile.replace("/", "")
    root.mkdir()
    repo = tiny_repo(root, MODEL)
    repo.encoderfiles()
    out, err = capfd.readouterr()
    write_json(root / "model" / "config.json", CONFIG | {"model_type": hostile.replace("\udc9b", "\x9b")})

    with pytest.raises(SystemExit):
        repo.encoderfiles()

    failed = capfd.readouterr()
    assert "model_type" in failed.out + failed.err
    for text in (out, err, failed.out, failed.err):
        assert not harms(text.replace("\x1b[0m", ""))


def test_a_file_of_data_keeps_them(classifiers: dict[str, Path], hostile: str, tmp_path: Path) -> None:
    """What is written with -o is data: no terminal reads it, and whoever does gets what was there."""
    out = tmp_path / "out.csv"

    assert runtime.main(str(classifiers["sequence_classification"]), ["infer", "text", "-o", str(out)]) == 0

    label = json.loads(dumped(hostile.replace("\udc9b", "\x9b")))
    assert label.split("\n")[0] in out.read_bytes().decode()


# What may write to a stream, and why.
MAY_PRINT = {
    "encoderfile_runtime/__main__.py": "a text of ours alone",
    "encoderfile_runtime/cli/progress.py": "counts, and what moves the cursor back",
    "encoderfile_runtime/cli/screen.py": "it is what escapes",
    "encoderfile_runtime/cli/output.py": "bytes, which are data",
    "encoderfile_runtime/cli/usage.py": "it escapes what argparse prints",
    "encoderfile_runtime/start/launcher.py": "it is all that an old Python reads, and escapes by itself",
    "hatch_encoderfile/cli/groups.py": "the help",
    "hatch_encoderfile/cli/output.py": "it is what escapes",
    "hatch_encoderfile/cli/sbom.py": "an SBOM, which is escaped",
}
PRINTING = ("print", "sys.stdout.write", "sys.stderr.write", "sys.stdout.buffer.write", "typer.echo", "click.echo")
DISPLAYING = ("abort", "display_info", "display_warning", "display_error", "display_waiting", "display_success")


def test_nothing_else_prints() -> None:
    found, unescaped = set(), []
    for package in (hatch_encoderfile, encoderfile_runtime):
        top = Path(str(package.__file__)).parent
        for path in top.rglob("*.py"):
            if "standalone" in path.parts:  # it compiles bases, by hand
                continue
            for node in ast.walk(ast.parse(path.read_bytes())):
                if not isinstance(node, ast.Call):
                    continue
                name = ast.unparse(node.func)
                if name in PRINTING:
                    found.add(f"{package.__name__}/{path.relative_to(top).as_posix()}")
                if name.rpartition(".")[2] in DISPLAYING and "app" in name and not is_harmless(node.args[0]):
                    unescaped.append(f"{path.name}:{node.lineno}")

    assert found <= set(MAY_PRINT)
    assert not unescaped


def is_harmless(node: ast.expr) -> bool:
    """Whether an argument is a literal, or what an escaping function gives."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).rpartition(".")[2] in ("line", "lines", "shown")
    return isinstance(node, ast.Constant)
