from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.base_server import Server, serving, status, whole
from support.made_bases import ARM, MACOS, X86, base, entry, published

from encoderfile_runtime import __version__
from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile import targets
from hatch_encoderfile.bases import build as making
from hatch_encoderfile.bases import download
from hatch_encoderfile.bases.cache import Cache
from hatch_encoderfile.bases.transport import Limits
from hatch_encoderfile.targets import TRIPLES, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.processes import Run

SHA256 = hashlib.sha256(base()).hexdigest()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache; the machine is an x86-64 one with Linux."""
    monkeypatch.setenv("ENCODERFILE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(targets, "host", lambda: Target("x86_64", "linux", "gnu"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(download, "LIMITS", Limits(retries=0))
    with serving() as server:
        yield server


@pytest.fixture
def cached(folder: Path, tmp_path: Path) -> Path:
    """A base in the cache."""
    (tmp_path / "base").write_bytes(base())
    cache = Cache(folder)
    added = cache.add(tmp_path / "base", __version__, X86)
    cache.choose(added)
    return added.path


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> None:
    """What builds bases, without the hour that it takes."""

    def build_base(target: str, output: Path, say: Callable[[str], None], cache: Path, from_scratch: bool) -> None:
        say(f"building {target} from {'scratch' if from_scratch else cache.name}")
        output.write_bytes(base(target))

    monkeypatch.setattr(making, "_compile", build_base)


def listed(run: Run) -> dict[str, dict[str, Any]]:
    return {item["target"]: item for item in json.loads(run("base", "list", "--json").out)}


def test_list_has_every_target(run: Run) -> None:
    found = listed(run)

    assert ["portable", *TRIPLES] == list(found)
    assert ("embedded", True) == (found["portable"]["where"], found["portable"]["used"])
    assert (None, None) == (found[MACOS]["path"], found[MACOS]["sha256"])


def test_list_is_a_table_for_people(run: Run, cached: Path) -> None:
    lines = run("base", "list").out.splitlines()

    assert ["target", "flavour", "where", "size", "sha256", "floor"] == lines[0].split()
    [line] = [line for line in lines if line.startswith(X86)]
    assert "static" in line
    assert "cached" in line
    assert SHA256[:12] in line
    assert f"{ARM}: not published yet: build it with `encoderfile base build --target {ARM}`" in lines


def test_what_another_version_needs_is_listed_as_not_used(run: Run, cached: Path, folder: Path) -> None:
    Cache(folder).add(cached, "0.0.1", X86)

    lines = [line for line in run("base", "list").out.splitlines() if line.startswith(X86)]
    assert ["cached, not used (version 0.0.1)" in line for line in lines] == [True, False]


def test_build_puts_a_base_into_the_cache(run: Run, builder: None, folder: Path) -> None:
    outcome = run("base", "build")

    [made] = Cache(folder)
    assert (0, f"{made.path}\n  sha256 {SHA256}\n") == (outcome.code, outcome.out)
    assert f"building {X86} from cache" in outcome.err
    assert made == Cache(folder).chosen(__version__, X86)
    assert str(made.path) == listed(run)[X86]["path"]


def test_build_can_write_a_file_besides(run: Run, builder: None, tmp_path: Path) -> None:
    assert 0 == run("base", "build", "--target", ARM, "-o", "out/base").code

    assert base(ARM) == (tmp_path / "out" / "base").read_bytes()
    assert 0o755 == (tmp_path / "out" / "base").stat().st_mode & 0o777


def test_build_can_start_from_scratch(run: Run, builder: None) -> None:
    assert f"building {X86} from scratch" in run("base", "build", "--from-scratch").err


def test_build_of_several_targets_tells_each(run: Run, builder: None) -> None:
    made = json.loads(run("base", "build", "--target", X86, "--target", ARM, "--target", X86, "--json").out)

    assert [X86, ARM] == [item["target"] for item in made]


def test_build_says_where_a_published_base_is_another(run: Run, builder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, entry(b"another", "https://example.org/base"))

    assert "it is not the base that is published for" in run("base", "build").err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "--target", MACOS], f"target '{MACOS}': untested, and no base is published"),
        (
            ["build", "--target", X86, "--target", ARM, "-o", "base"],
            "--output-path names one file, but 2 would be built",
        ),
        (["build", "--target", "linux"], "invalid or unsupported target triple `linux`"),
        (["build", "--target", "portable"], "the portable base is in this package"),
        (["fetch"], "not published yet: build it with"),
        (["fetch", "--url", "https://example.org/base"], "--url and --sha256 go together"),
        (["fetch", "--sha256", "a" * 64], "--url and --sha256 go together"),
        (["fetch", "--url", "", "--sha256", "a" * 64], "expected an https URL"),
        (["fetch", "--url", "u", "--sha256", "a" * 64, "--target", X86, "--target", ARM], "give one --target"),
        (["verify", "base", "--target", X86], "a file and --target were both given"),
        (["verify", "--target", X86], f"no base for {X86} is in the cache: fetch or build one"),
        (["remove"], "which? give --target, --sha256, both, or --all alone"),
        (["remove", "--all", "--target", X86], "which? give --target, --sha256, both, or --all alone"),
        (["remove", "--sha256", "abc"], "--sha256: expected 12 to 64 hexadecimal digits, found 'abc'"),
        (["remove", "--sha256", f"{'a' * 64}a"], "--sha256: expected 12 to 64 hexadecimal digits"),
        (["path"], f"target '{X86}': not published yet"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("base", *arguments)

    assert (2, "") == (outcome.code, outcome.out)
    assert message in outcome.err


def test_fetch_puts_a_published_base_into_the_cache(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    published(monkeypatch, entry(base(), server.put("/base", whole(base()))))

    outcome = run("base", "fetch")

    [fetched] = Cache(folder)
    assert (0, f"{fetched.path}\n  sha256 {SHA256}\n") == (outcome.code, outcome.out)
    assert f"{fetched.path}\n" == run("base", "path").out


def test_fetch_takes_a_base_of_ones_own(run: Run, server: Server, folder: Path) -> None:
    url = server.put("/mine", whole(base(ARM)))

    outcome = run("base", "fetch", "--target", ARM, "--url", url, "--sha256", hashlib.sha256(base(ARM)).hexdigest())

    assert 0 == outcome.code
    assert base(ARM) == next(iter(Cache(folder))).path.read_bytes()


def test_fetch_of_other_bytes_ends_with_the_code_for_integrity(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch, entry(base(), server.put("/base", whole(b"?" * len(base())))))

    outcome = run("base", "fetch")

    assert 3 == outcome.code
    assert "sha256 differs" in outcome.err


def test_fetch_that_the_server_refuses_fails(run: Run, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, entry(base(), server.put("/base", status(404))))

    assert (1, True) == ((outcome := run("base", "fetch")).code, "nothing is published there" in outcome.err)


def test_verify_checks_all_that_is_cached(run: Run, cached: Path) -> None:
    outcome = run("base", "verify")

    assert 0 == outcome.code
    assert [f"ok {cached}", f"  static, {X86}, Linux 3.2, {len(base()) / 1000:.1f} kB", f"  sha256 {SHA256}"] == (
        outcome.out.splitlines()
    )


def test_verify_of_a_damaged_base_goes_on_and_fails(run: Run, cached: Path, folder: Path) -> None:
    Cache(folder).add(cached, "0.0.1", X86)
    cached.write_bytes(b"?" + base()[1:])

    outcome = run("base", "verify", "--json")

    assert 3 == outcome.code
    assert [False, False] == [item["verified"] for item in json.loads(outcome.out)]
    assert "sha256 differs" in run("base", "verify").err


def test_verify_takes_a_file(run: Run, cached: Path) -> None:
    [found] = json.loads(run("base", "verify", cached, "--json").out)

    assert (True, X86, SHA256) == (found["verified"], found["target"], found["sha256"])


def test_remove_takes_what_is_chosen(run: Run, cached: Path, folder: Path) -> None:
    assert (0, "") == run("base", "remove", "--target", ARM)[:2]
    assert (0, "") == run("base", "remove", "--sha256", "a" * 64)[:2]
    assert (0, f"{cached}\n") == run("base", "remove", "--target", X86)[:2]
    assert (0, "") == run("base", "remove", "--all")[:2]
    assert [] == list(Cache(folder))


@pytest.mark.parametrize("digits", [SHA256[:12], SHA256.upper(), f"sha256:{SHA256}"])
def test_remove_takes_a_digest_as_list_and_others_show_it(run: Run, cached: Path, folder: Path, digits: str) -> None:
    assert SHA256[:12] in run("base", "list").out
    assert (0, f"{cached}\n") == run("base", "remove", "--sha256", digits)[:2]
    assert [] == list(Cache(folder))


@pytest.mark.parametrize("arguments", [("path",), ("remove", "--platform", X86)])
def test_json_of_one_base_has_what_is_known_of_it(run: Run, cached: Path, arguments: tuple[str, ...]) -> None:
    outcome = run("base", *arguments, "--json")

    found = json.loads(outcome.out)
    [facts] = found if isinstance(found, list) else [found]
    assert (0, "") == (outcome.code, outcome.err)
    assert {"path": str(cached), "runtime_version": __version__, "target": X86, "sha256": SHA256} == facts


def test_the_cache_can_be_another(run: Run, cached: Path, tmp_path: Path) -> None:
    assert 2 == run("base", "path", "--cache-dir", tmp_path / "other").code
    assert 0 == run("base", "path", "--cache-dir", tmp_path / "cache").code


def test_path_of_a_damaged_base_is_refused(run: Run, cached: Path) -> None:
    cached.write_bytes(b"?" + base()[1:])

    assert (3, "") == run("base", "path")[:2]


@pytest.mark.parametrize("command", ["list", "build", "fetch", "verify", "remove", "path"])
def test_help_has_examples(run: Run, command: str) -> None:
    outcome = run("base", command, "--help")

    assert 0 == outcome.code
    assert f"encoderfile base {command}" in outcome.out


def test_a_failed_build_leaves_the_cache_as_it_was(run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def fail(*_: object) -> None:
        raise EncoderfileError("gcc is not there: apt-get install gcc")

    monkeypatch.setattr(making, "_compile", fail)

    assert 1 == run("base", "build").code
    assert [] == list(Cache(folder))
