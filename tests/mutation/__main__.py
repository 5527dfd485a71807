"""Change the code one place at a time and see whether a test notices: `make mutants`.

    python -m mutation                          every group of groups.toml
    python -m mutation embd tasks               these groups
    python -m mutation --changed origin/main    the files that changed since that commit

mutmut changes what stands in functions; `constants.py` changes the limits, which stand in modules. A change that no test notices
fails the run, unless accepted.toml has it with the reason why no test needs to notice.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import tomli

from mutation import constants, results

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "mutants"


class Group(NamedTuple):
    """Files that are changed together, and the tests that are to notice."""

    name: str
    files: list[str]
    tests: list[str]
    skip: list[str]


def read_groups(wanted: list[str], changed: str) -> list[Group]:
    """Read the groups that are wanted, each with its files: those of the checkout, or what changed of them since a commit."""
    entries = tomli.loads(Path(__file__).with_name("groups.toml").read_text("utf-8"))["group"]
    unknown = set(wanted) - {entry["name"] for entry in entries}
    if unknown:
        raise SystemExit(f"groups.toml has no group {', '.join(sorted(unknown))}")
    files = git("diff", "--name-only", "--diff-filter=d", f"{changed}...") if changed else git("ls-files")
    groups = []
    for entry in entries:
        mine = [file for file in files if any(fnmatch.fnmatch(file, pattern) for pattern in entry["files"])]
        if mine and (not wanted or entry["name"] in wanted):
            groups.append(Group(entry["name"], mine, entry["tests"], entry.get("skip", [])))
    return groups


def git(*arguments: str) -> list[str]:
    """Run git in the checkout and split what it prints into lines."""
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def imported(file: str) -> str:
    """Name a file by the path under which its package is imported."""
    return file.removeprefix("runtime/")


def prepare(group: Group) -> Path:
    """Copy the checkout into a folder with both packages at its top: mutmut takes a file's path for its import name."""
    folder = WORK / group.name
    shutil.rmtree(folder, ignore_errors=True)
    for file in git("ls-files", "--cached", "--others", "--exclude-standard"):
        if (ROOT / file).is_file():
            target = folder / imported(file)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target)
    packages = ["hatch_encoderfile", "encoderfile_runtime"]
    settings = {
        "source_paths": packages,
        "only_mutate": [imported(file) for file in group.files],
        "also_copy": sorted({path.name for path in folder.iterdir()} - set(packages)),
        "pytest_add_cli_args": [
            "-m",
            "not slow",
            "-p",
            "no:cacheprovider",
            *(f"--deselect={test}" for test in group.skip),
        ],
        "pytest_add_cli_args_test_selection": group.tests,
        "timeout_multiplier": ["8"],
    }
    lines = [f"{key} =" + "".join(f"\n    {value}" for value in values) for key, values in settings.items()]
    folder.joinpath("setup.cfg").write_text("[mutmut]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return folder


def run_mutmut(folder: Path, jobs: int) -> None:
    """Run mutmut in a prepared folder. Its spinner prints megabytes: they go to a file there."""
    log = folder / "mutmut.log"
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(jobs)]
    environment = os.environ | {"PYTHONPATH": str(folder / "tests"), "PYTEST_PLUGINS": "mutation.cheapest_first"}
    with log.open("w", encoding="utf-8") as out:
        code = subprocess.run(
            command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False
        ).returncode
    if code:
        raise SystemExit(f"{log}: mutmut stopped with {code}:\n{log.read_text('utf-8')[-4000:]}")


def run(group: Group, jobs: int) -> bool:
    """Mutate a group and print what came of it; whether each survivor is accepted."""
    folder = prepare(group)
    run_mutmut(folder, jobs)
    mutants = [*results.read(folder), *constants.run(folder, [imported(file) for file in group.files], jobs)]
    survivors = [mutant for mutant in mutants if mutant.survived]
    accepted = results.read_accepted()
    left = [mutant for mutant in survivors if not any(entry.covers(mutant) for entry in accepted)]
    print(
        f"{group.name}: {len(mutants)} mutants, {len(mutants) - len(survivors)} killed,"
        f" {len(survivors) - len(left)} accepted, {len(left)} survived",
        flush=True,
    )
    for mutant in left:
        print(f"    {mutant.where}: {mutant.change}", flush=True)
    return not left


def main() -> int:
    """Run the groups that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", help="names in groups.toml (default: all)")
    parser.add_argument(
        "--changed", default="", metavar="COMMIT", help="only files that changed since they left COMMIT"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    arguments = parser.parse_args()
    groups = read_groups(arguments.groups, arguments.changed)
    if not groups:
        print("nothing to change: no file of these groups differs")
    passed = [run(group, arguments.jobs) for group in groups]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    raise SystemExit(main())
