"""How the `encoderfile` command line is read: names, suggestions, choices, help, completion, imports."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cli_reference
import generate
import pytest
import typer
from rich.markup import render
from support.processes import PYTHONPATH, start

from encoderfile_runtime import __version__
from hatch_encoderfile.cli.app import COMMANDS, app
from hatch_encoderfile.cli.app import run as run_command
from hatch_encoderfile.cli.groups import Command, Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.processes import Run

    Help = Callable[..., str]

ESCAPE = "\x1b"
FORMATS = "'embd', 'safetensors', 'sequential'"
SHELLS = ("bash", "zsh", "fish")
_LOADED = """
import sys
from hatch_encoderfile.cli import main
sys.argv = ["encoderfile", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def every_command() -> Iterator[tuple[Any, Any]]:
    """Each group and command, with its context."""
    command: Any = typer.main.get_command(app)
    waiting = [(command, command.make_context("encoderfile", [], resilient_parsing=True))]
    while waiting:
        command, context = waiting.pop()
        yield command, context
        if isinstance(command, Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                waiting.append((below, below.make_context(name, [], parent=context, resilient_parsing=True)))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Help:
    """What a command prints, with all that styles it."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def show(*arguments: str, terminal: bool = False, **environment: str) -> str:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
        run_command(arguments)
        return capsys.readouterr().out

    return show


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("inspcet", "no command 'inspcet'; did you mean 'inspect'?: try encoderfile --help"),
            ("x", "no command 'x': try encoderfile --help"),
            ("base fecth", "no command 'fecth'; did you mean 'fetch'?: try encoderfile base --help"),
            ("--versoin", "no option --versoin; did you mean '--version'?: try encoderfile --help"),
            ("inspect --jsn x", "no option --jsn; did you mean '--json'?: try encoderfile inspect --help"),
            ("inspect x --js", "no option --js; did you mean '--json'?: try encoderfile inspect --help"),
            ("build --no-sbm", "no option --no-sbm; did you mean '--no-sbom'?: try encoderfile build --help"),
            ("build -x", "no option -x: try encoderfile build --help"),
            ("build --model", "option '--model' requires an argument: try encoderfile build --help"),
            ("inspect", "missing argument 'FILE': try encoderfile inspect --help"),
            ("inspect a b", "got unexpected extra argument(s) (b): try encoderfile inspect --help"),
            (
                "weights convert a b --format x",
                f"invalid value for '--format': 'x' is not one of {FORMATS}: try encoderfile weights convert --help",
            ),
        ],
    )
    def test_one_is_a_line_that_names_the_nearest_and_the_help(self, arguments: str, message: str, run: Run) -> None:
        assert run(*arguments.split()) == (2, "", f"error: {message}\n")

    def test_nothing_in_it_controls_the_terminal(self, run: Run) -> None:
        for arguments in (["\x1b[2J"], ["--\x1b[2J"], ["inspect", "a", "\x1b[2J\nb"]):
            outcome = run(*arguments)

            assert (outcome.code, outcome.out) == (2, "")
            assert "\\x1b[2J" in outcome.err
            assert outcome.err.count("\n") == 1

    @pytest.mark.parametrize("arguments", [(), ("base",), ("weights",)])
    def test_without_a_command_the_help_is_shown_and_the_exit_code_is_2(
        self, arguments: tuple[str, ...], run: Run
    ) -> None:
        outcome = run(*arguments)

        assert (outcome.code, outcome.err) == (2, "")
        assert "Usage: " in outcome.out

    def test_what_cannot_be_opened_is_no_mistake_of_the_command_line(
        self, built: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda *_, **__: False)

        assert run("inspect", built).code == 0


class TestReading:
    def test_options_stand_anywhere_and_end_at_two_hyphens(self, tmp_path: Path, built: Path, run: Run) -> None:
        strange = tmp_path / "--json"
        strange.write_bytes(built.read_bytes())

        assert run("extract", built, "weights", "-o", tmp_path / "out", "tokenizer").code == 0
        assert len([path for path in (tmp_path / "out").rglob("*") if path.is_file()]) == 2
        assert run("inspect", "--json", "--", strange).code == 0

    def test_the_version(self, run: Run) -> None:
        assert run("--version") == (0, f"encoderfile {__version__}\n", "")

    def test_platform_is_another_name_of_target(self, repo: Path, run: Run) -> None:
        """As in Mozilla's documentation."""
        triple = "x86_64-unknown-linux-gnu"
        (repo / "base").write_bytes(b"\x7fELF and so on")
        (repo / "encoderfile.yml").write_text(
            "encoderfile:\n  name: tiny\n  version: 0.3.0\n  path: model\n  model_type: sentence_embedding\n"
        )
        line = ("build", "-f", "encoderfile.yml")

        assert run(*line, "--platform", triple, "--base-binary-path", "base", "--no-download").code == 0
        [by_platform] = repo.rglob("*.encoderfile")
        content = by_platform.read_bytes()
        by_platform.unlink()
        assert run(*line, "--target", triple, "--base-binary-path", "base").code == 0

        assert by_platform.read_bytes() == content


class TestHelp:
    def test_commands_and_options_stand_in_panels(self, run: Run) -> None:
        commands, options = run("--help").out, run("verify", "--help").out

        for title in COMMANDS.values():
            assert f"─ {title} ─" in commands
        for title in ("Arguments", "Options", "Who signed", "What to trust"):
            assert f"─ {title} ─" in options

    def test_choices_are_shown(self, run: Run) -> None:
        out = run("weights", "convert", "--help").out

        for choices in (("embd", "safetensors", "sequential"), ("pytorch", "transposed")):
            assert "|".join(choices) in out

    def test_every_command_has_a_summary_and_an_example_of_itself(self) -> None:
        for command, context in every_command():
            assert command.help
            assert isinstance(command, (Command, Group))
            if isinstance(command, Command):
                assert f"\n{context.command_path}" in (command.epilog or "")

    def test_rich_takes_nothing_in_it_for_its_own_markup(self) -> None:
        for command, context in every_command():
            texts = [command.help, command.epilog, *(getattr(item, "help", "") for item in command.get_params(context))]
            for text in filter(None, texts):
                assert render(text).plain == text

    @pytest.mark.parametrize("variable", ["GITHUB_ACTIONS", "FORCE_COLOR", "PY_COLORS"])
    def test_a_pipe_gets_no_colors_whatever_asks_for_them(self, shown: Help, variable: str) -> None:
        assert ESCAPE not in shown("build", "--help", **{variable: "1"})

    @pytest.mark.parametrize(
        ("environment", "is_styled"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_a_terminal_gets_them_unless_it_wants_none(
        self, shown: Help, environment: dict[str, str], is_styled: bool
    ) -> None:
        for arguments in (["--help"], ["inspect", "--help"]):
            assert (ESCAPE in shown(*arguments, terminal=True, **environment)) == is_styled

    def test_the_reference_in_the_docs_is_of_this_command_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        committed = (generate.ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

        for width in ("40", "200"):
            monkeypatch.setenv("COLUMNS", width)
            assert cli_reference.reference() == committed, "run make generate"


class TestCompletion:
    @pytest.mark.parametrize("shell", SHELLS)
    def test_its_script_is_printed_for_the_shell_that_is_asked_from(
        self, shell: str, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shellingham.detect_shell", lambda: (shell, f"/bin/{shell}"))

        outcome = run("--show-completion")

        assert (outcome.code, outcome.err) == (0, "")
        assert f"_ENCODERFILE_COMPLETE=complete_{shell}" in outcome.out

    @pytest.mark.parametrize("shell", SHELLS)
    def test_it_is_installed_in_the_home(
        self, shell: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shellingham.detect_shell", lambda: (shell, f"/bin/{shell}"))
        monkeypatch.setattr(Path, "home", lambda: tmp_path)

        assert run("--install-completion").code == 0
        assert any("complete_" in path.read_text() for path in tmp_path.rglob("*encoderfile*") if path.is_file())

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("encoderfile in", ["inspect"]),
            ("encoderfile base f", ["fetch"]),
            ("encoderfile inspect --js", ["--json"]),
            ("encoderfile build --target aarch64-a", ["aarch64-apple-darwin"]),
            ("encoderfile base fetch --platform por", ["portable"]),
            ("encoderfile weights convert --format s", ["safetensors", "sequential"]),
            ("encoderfile bogus x", []),
        ],
    )
    def test_what_may_come_next(
        self, words: str, expected: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("_ENCODERFILE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))

        outcome = run()

        assert (outcome.code, outcome.out.split(), outcome.err) == (0, expected, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (("--help",), {"numpy", "pydantic", "sigstore", "yaml", "google", "requests"}),
        (("build", "--help"), {"numpy", "pydantic", "sigstore", "yaml", "google", "requests"}),
        (("inspect", "FILE"), {"numpy", "pydantic", "sigstore", "rich", "yaml", "google", "requests"}),
        (("verify", "FILE"), {"numpy", "pydantic", "sigstore", "rich", "yaml", "google", "requests"}),
        (("inspect", "--bogus"), {"numpy", "pydantic", "sigstore", "rich", "yaml", "google", "requests"}),
        (("build", "REPO"), {"pydantic", "sigstore", "rich", "requests"}),
    ],
)
def test_a_command_imports_what_it_needs(
    arguments: tuple[str, ...], unneeded: set[str], built: Path, repo: Path
) -> None:
    places = {"FILE": str(built), "REPO": str(repo)}
    given = [places.get(item, item) for item in arguments]

    outcome = start([sys.executable, "-c", _LOADED, *given], os.defpath, PYTHONPATH=PYTHONPATH, cwd=str(repo))

    *_, loaded = outcome.err.splitlines()
    assert loaded.startswith("loaded: ")
    assert "typer" in loaded.split()
    assert not unneeded & set(loaded.split())
