"""The executable's own command line, run in this process on real, tiny files of every model type."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.task_repos import LABELS, MODEL_TYPES

from encoderfile_runtime import __version__
from encoderfile_runtime.cli import ahead
from encoderfile_runtime.commands import COMMANDS
from encoderfile_runtime.commands import infer as commands_infer
from encoderfile_runtime.format.container import Container
from hatch_encoderfile.spec import Layout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.processes import Run

NAME = "tiny-1.2.3-portable.encoderfile"
TEXTS = ["the model", "one file runs, é!"]


def imported_by_infer(executables: dict[str, Path]) -> tuple[list[str], list[str]]:
    """The modules that are there when `infer` on an argument begins to load the model, and those at its end."""
    code = """
import json, sys
from encoderfile_runtime.start.main import main

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "encoderfile_runtime.loading":
            self.before = [*sys.modules]

sys.meta_path.insert(0, finder := Finder())
main(sys.argv[1], ["infer", "a"])
print(json.dumps([finder.before, [*sys.modules]]), file=sys.stderr)
"""
    command = [sys.executable, "-c", code, str(executables["sentence_embedding"])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after = json.loads(done.stderr)
    return before, after


class TestInspect:
    @pytest.mark.parametrize("model_type", MODEL_TYPES)
    def test_json_has_mozillas_keys(self, run: Run, model_type: str) -> None:
        facts = json.loads(run(model_type, "inspect", "--json").out)

        assert facts["encoderfile_config"] == {
            "name": "tiny",
            "version": "1.2.3",
            "model_type": model_type,
            "transform": None,
            "lua_libs": None,
        }
        is_classifier = "classification" in model_type
        assert facts["model_config"]["model_type"] == "bert"
        assert facts["model_config"]["num_labels"] == (3 if is_classifier else None)
        assert facts["model_config"]["id2label"] == (LABELS if is_classifier else None)

    def test_people_see_the_parts_with_their_digests(self, run: Run) -> None:
        facts = json.loads(run("embedding", "inspect", "--json").out)

        outcome = run("embedding", "inspect")

        rows = [line.split() for line in outcome.out.splitlines()]
        assert (outcome.code, outcome.err) == (0, "")
        assert ["name", "tiny"] in rows
        assert ["content_id", facts["content_id"]] in rows
        for part in facts["parts"]:
            size = [str(part["offset"]), str(part["length"]), f"{part['share']:.2%}"]
            assert [*size, part["sha256"], part["evidence"], part["name"]] in rows
        for item in facts["inputs"]:
            assert [item["sha256"], str(item["length"]), item["path"]] in rows

    def test_files_of_mozillas_layout_can_be_inspected(self, run: Run, make_tiny: Callable[..., Path]) -> None:
        facts = json.loads(run(make_tiny(layout=Layout.MOZILLA), "inspect", "--json").out)

        assert [facts[key] for key in ("name", "weights_format", "base", "format_profile")] == [
            "test-model",
            None,
            None,
            None,
        ]
        assert [item["what"] for item in facts["uncovered"]] == ["base", "manifest", "footer"]


class TestCommandLine:
    def test_version_names_the_model_and_the_runtime(self, run: Run) -> None:
        assert run("embedding", "--version") == (0, f"tiny 1.2.3 (encoderfile runtime {__version__})\n", "")

    @pytest.mark.parametrize("arguments", [["--help"], ["-h"]])
    def test_help_lists_the_commands_with_examples(self, run: Run, arguments: list[str]) -> None:
        outcome = run("embedding", *arguments)

        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith(f"usage: {NAME} ")
        for text in ("infer", "inspect", "verify", f'./{NAME} infer "a sentence"', f"./{NAME} verify"):
            assert text in outcome.out

    def test_no_command_says_where_help_is(self, run: Run) -> None:
        assert run("embedding") == (2, "", f"error: no command: try {NAME} --help\n")

    @pytest.mark.parametrize("arguments", [["bogus"], ["--bogus"], ["infer", "--bogus", "x"], ["verify", "x"], ["ver"]])
    def test_a_wrong_command_line_is_a_usage_error(self, run: Run, arguments: list[str]) -> None:
        outcome = run("embedding", *arguments)

        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(f"usage: {NAME} ")

    @pytest.mark.parametrize("arguments", [["infer", "x"], ["inspect"], ["verify"], ["--version"]])
    def test_a_file_that_is_none_is_refused_in_a_line(self, run: Run, tmp_path: Path, arguments: list[str]) -> None:
        (tmp_path / "notes").write_text("Just some notes, longer than a footer is.\n")

        missing, wrong = run(tmp_path / "gone", *arguments), run(tmp_path / "notes", *arguments)

        assert missing == (1, "", f"error: {tmp_path / 'gone'}: No such file or directory\n")
        assert (wrong.code, wrong.out, wrong.err.count("\n")) == (3, "", 1)

    def test_an_interrupt_is_quiet(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(commands_infer, "run", interrupted)

        assert run("embedding", "infer", "x") == (130, "", "")

    def test_the_runtime_starts_a_file_as_a_module_too(self, executables: dict[str, Path]) -> None:
        command = [sys.executable, "-m", "encoderfile_runtime", str(executables["embedding"]), "--version"]

        done = subprocess.run(command, capture_output=True, text=True, check=True)

        assert done.stdout == f"tiny 1.2.3 (encoderfile runtime {__version__})\n"

    def test_infer_on_arguments_imports_no_other_command(self, executables: dict[str, Path]) -> None:
        names = [name for name in imported_by_infer(executables)[1] if "runtime.commands." in name]

        assert names == ["encoderfile_runtime.commands.infer"]

    def test_infer_on_arguments_imports_no_argparse(self, executables: dict[str, Path]) -> None:
        assert "argparse" not in imported_by_infer(executables)[1]

    def test_what_is_compiled_while_numpy_is_imported_is_what_infer_imports_then(
        self, executables: dict[str, Path]
    ) -> None:
        before, after = imported_by_infer(executables)
        of_this_tokenizer = {"tokenizer.processors.basic"}

        assert {
            f"{folder}{name}".replace("/", ".").removesuffix(".__init__")
            for folder, names in ahead.MODULES.items()
            for name in names.split()
        } == {
            name.removeprefix("encoderfile_runtime.")
            for name in {*after} - {*before}
            if name.startswith("encoderfile_runtime.")
        } - of_this_tokenizer

    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command_has_help(self, run: Run, name: str) -> None:
        outcome = run("embedding", name, "--help")

        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.startswith(f"usage: {NAME} {name} ")

    @pytest.mark.parametrize("enabled", [True, False])
    def test_the_garbage_collector_is_left_as_it_was(self, run: Run, enabled: bool) -> None:
        before = gc.isenabled()
        try:
            (gc.enable if enabled else gc.disable)()
            run("embedding", "infer", "a")
            assert gc.isenabled() == enabled
        finally:
            (gc.enable if before else gc.disable)()

    @pytest.mark.parametrize("arguments", [[], ["--help"]])
    def test_the_module_says_how_to_use_it(self, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "encoderfile_runtime", *arguments]

        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert (done.returncode, done.stderr) == (2, "usage: python -m encoderfile_runtime FILE COMMAND …\n")


class TestStandardOutput:
    def start(
        self, path: Path, *arguments: str, stdout: Any = subprocess.PIPE, **more: str
    ) -> tuple[int, bytes, bytes]:
        done = subprocess.run(
            [sys.executable, path, *arguments],
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
            env={"PATH": os.defpath, **more},
        )
        return done.returncode, done.stdout, done.stderr

    @pytest.mark.parametrize(
        "arguments", [["--version"], ["inspect", "--json"], ["infer", "the model"], ["--help"], ["infer", "--help"]]
    )
    def test_a_reader_that_left_is_no_reason_to_speak(self, executables: dict[str, Path], arguments: list[str]) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        try:
            code, _, err = self.start(executables["embedding"], *arguments, stdout=writer)
        finally:
            os.close(writer)

        assert (code, err) == (1, b"")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")  # noqa: PTH110 - as short
    @pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
    @pytest.mark.parametrize("arguments", [["infer", "the model"], ["infer", "-i", "-"], ["verify"]])
    def test_a_stream_that_is_closed_is_empty_or_takes_all(
        self, executables: dict[str, Path], arguments: list[str], closed: str
    ) -> None:
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, str(executables["embedding"]), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)

        assert (done.returncode, done.stderr) == (0, b"")

    def test_an_error_is_no_result_where_standard_error_is_closed(self, executables: dict[str, Path]) -> None:
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", sys.executable, str(executables["embedding"]), "infer", ""]
        done = subprocess.run(command, capture_output=True, check=False)

        assert (done.returncode, done.stdout) == (1, b"")

    @pytest.mark.parametrize("arguments", [["--version"], ["inspect", "--json"], ["--help"], ["infer", "--help"]])
    def test_a_full_disk_is_a_line(self, executables: dict[str, Path], arguments: list[str]) -> None:
        with open("/dev/full", "wb") as full:  # noqa: PTH123 - as short
            code, _, err = self.start(executables["embedding"], *arguments, stdout=full)

        assert (code, err) == (1, b"error: No space left on device\n")

    @pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
    def test_json_is_valid_whatever_the_encoding(
        self, executables: dict[str, Path], tmp_path: Path, encoding: str
    ) -> None:
        path = tmp_path / "größe-模型"
        path.symlink_to(executables["embedding"])

        code, out, err = self.start(path, "inspect", "--json", PYTHONIOENCODING=encoding)

        assert (code, err) == (0, b"")
        assert json.loads(out.decode(encoding))["file"] == str(path)


def test_the_container_of_every_type_has_the_same_artifacts(executables: dict[str, Path]) -> None:
    assert {tuple(Container(str(path)).manifest.artifacts) for path in executables.values()} == {
        ("weights", "model_config", "tokenizer")
    }
