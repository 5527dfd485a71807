"""How long an app of each Typer release takes to start, beside `python -c pass`: what the range in pyproject.toml rests on."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from importlib.metadata import distributions
from pathlib import Path

from measure import interleaved, save

RELEASES = ("0.12.5", "0.16.1", "0.19.2", "0.24.2", "0.25.1", "0.26.0", "0.27.2", "0.28.0", "0.29.0", "0.29.2")
BASE = "python -c pass"
_APP = """
import sys
sys.path.insert(0, {folder!r})
from typing import Annotated, Optional

import typer

app = typer.Typer()


@app.command()
def inspect(file: str, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    sys.exit("pydantic" in sys.modules and 10)


@app.command()
def verify(key: Annotated[Optional[str], typer.Option(help="A key.")] = None) -> None: ...


try:
    app(["inspect", "FILE"])
except SystemExit as end:
    if {is_told}:
        print(end.code == 10)
"""


def figures(folder: Path, releases: list[str], rounds: int) -> dict[str, dict[str, object]]:
    """For each release, the seconds that an app takes, as a multiple of the base, and whether it imports pydantic."""
    commands = {BASE: [[sys.executable, "-c", "pass"]]}
    with_pydantic = {}
    for release in releases:
        place = folder / release
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(place), f"typer=={release}"]
        subprocess.run(install, check=True)
        app = [sys.executable, "-c", _APP.format(folder=str(place), is_told=True)]
        told = subprocess.run(app, check=True, stdout=subprocess.PIPE, text=True).stdout
        with_pydantic[release] = told.strip() == "True"
        commands[release] = [[sys.executable, "-c", _APP.format(folder=str(place), is_told=False)]]
    taken = interleaved(commands, rounds)
    base = taken[BASE].seconds
    found: dict[str, dict[str, object]] = {BASE: {"s": round(base, 4)}}
    return found | {
        release: {
            "s": round(taken[release].seconds, 4),
            f"/ {BASE}": round(taken[release].seconds / base, 1),
            "imports pydantic": with_pydantic[release],
            "distributions": len([*distributions(path=[str(folder / release)])]),
        }
        for release in releases
    }


def main() -> None:
    """Measure, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("releases", nargs="*", default=[*RELEASES])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = figures(Path(name), options.releases, options.rounds)
    for release, values in found.items():
        print(f"{release:<16} {values}")
    save("typer_releases", {**found}, load=round(os.getloadavg()[0], 1))


if __name__ == "__main__":
    main()
