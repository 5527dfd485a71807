"""`encoderfile base`: the base binaries that files begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from encoderfile_runtime.errors import EncoderfileError, UsageError
from encoderfile_runtime.format.manifest import PORTABLE

from . import output
from .groups import Command, Group
from .parameters import Json, target_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatch_encoderfile.bases.cache import Cache, CachedBase
    from hatch_encoderfile.bases.inventory import Item
    from hatch_encoderfile.bases.verify import Verified

app = typer.Typer(name="base", cls=Group, help="Base binaries: what an encoderfile begins with.", add_completion=False)

CacheDir = Annotated[Path | None, typer.Option(help="The cache; by default $ENCODERFILE_CACHE_DIR, or the user's.")]
Targets = Annotated[
    list[str] | None, target_option("A target triple; this machine's by default. May be given more than once.")
]
Sha256 = Annotated[
    str | None, typer.Option("--sha256", metavar="HEX", help="Only the base of this digest, or of one that begins so.")
]

_LIST_EXAMPLES = """\
Examples:
encoderfile base list
encoderfile base list --json | jq '.[] | select(.tested) | .target'
"""
_BUILD_EXAMPLES = """\
Examples:
encoderfile base build  # for this machine, into the cache
encoderfile base build --target aarch64-unknown-linux-gnu -o base-aarch64
"""
_FETCH_EXAMPLES = """\
Examples:
encoderfile base fetch --target aarch64-unknown-linux-gnu
ENCODERFILE_BASE_URL=https://mirror.example/bases encoderfile base fetch  # reads URL/vVERSION/NAME; the digest stays the index's
encoderfile base fetch --url https://example.org/my-base --sha256 9f86d081…  # one of your own
"""
_VERIFY_EXAMPLES = """\
Examples:
encoderfile base verify  # all in the cache; exit code 0, or 3 and the reason
encoderfile base verify ./base-aarch64 --json
"""
_REMOVE_EXAMPLES = """\
Examples:
encoderfile base remove --target aarch64-unknown-linux-gnu
encoderfile base remove --all
"""
_PATH_EXAMPLES = """\
Examples:
encoderfile base path  # the file that a build for this machine begins with
encoderfile build --base-binary-path "$(encoderfile base path --cache-dir /mnt/bases)"
"""


@app.command("list", cls=Command, epilog=_LIST_EXAMPLES)
def list_bases(*, cache_dir: CacheDir = None, as_json: Json = False) -> None:
    """Show which bases there are, and what can be had."""
    from hatch_encoderfile.bases.inventory import SHORT, inventory

    items = list(inventory(_cache(cache_dir)))
    if as_json:
        output.print_json([item._asdict() for item in items])
        return
    table = output.table("target", "flavour", "where", "size", "sha256", "floor", right=("size",))
    for item in items:
        size = "" if item.size is None else output.size(item.size)
        cells = (item.target, item.flavour, _where(item), size, (item.sha256 or "")[:SHORT], item.floor)
        table.add_row(*cells)
    output.show_table(table)
    output.show("")
    for item in items:
        if item.note:
            output.show(f"{item.target}: {item.note}")


def _where(item: Item) -> str:
    if item.where == "cached" and not item.used:
        return f"cached, not used (version {item.runtime_version})"
    return f"{item.where}, untested" if item.where in ("cached", "published") and not item.tested else item.where


@app.command("build", cls=Command, epilog=_BUILD_EXAMPLES)
def build(
    *,
    target: Targets = None,
    output_path: Annotated[
        Path | None, typer.Option("-o", "--output-path", metavar="PATH", help="Write the base there, too.")
    ] = None,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Use nothing that was compiled before.")] = False,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Build standalone bases from their pinned sources, into the cache."""
    from hatch_encoderfile.bases.build import make

    names = _targets(target)
    if output_path is not None and len(names) > 1:
        raise UsageError(f"--output-path names one file, but {len(names)} would be built: give one --target")
    cache = _cache(cache_dir)
    made = [make(name, cache, output_path, output.note, from_scratch=from_scratch) for name in names]
    _show(made, as_json=as_json)


@app.command("fetch", cls=Command, epilog=_FETCH_EXAMPLES)
def fetch(
    *,
    target: Targets = None,
    url: Annotated[str | None, typer.Option(help="Fetch from here; needs --sha256.")] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="HEX", help="The digest that it has to have, with --url.")
    ] = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Download bases into the cache. Only bytes whose digest the index of this package names are taken, and none are run."""
    from .fetching import fetch_bases

    names = _targets(target)
    if (url is None) != (sha256 is None):
        raise UsageError("--url and --sha256 go together: an address says nothing about what is there")
    if url is not None and len(names) > 1:
        raise UsageError(f"--url names one file, but {len(names)} targets are given: give one --target")
    own = None if url is None or sha256 is None else (url, sha256)
    _show(fetch_bases(names, _cache(cache_dir), own), as_json=as_json)


@app.command("verify", cls=Command, epilog=_VERIFY_EXAMPLES)
def verify(
    file: Annotated[Path | None, typer.Argument(help="A base; those in the cache by default.")] = None,
    *,
    target: Targets = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Check bases: digest, trailer, archive, description, licence texts, and what the index says."""
    from hatch_encoderfile.bases.inventory import selected
    from hatch_encoderfile.bases.verify import verdict

    if file is not None and target:
        raise UsageError("a file and --target were both given: give one of them")
    if file is not None:
        _report([verdict(file)], as_json=as_json)
        return
    bases = selected(_cache(cache_dir), _targets(target) if target else (), None)
    if target and not bases:
        raise UsageError(f"no base for {', '.join(target)} is in the cache: fetch or build one")
    _report([verdict(base) for base in bases], as_json=as_json)


def _report(found: Sequence[Verified | EncoderfileError], *, as_json: bool) -> None:
    errors = [item for item in found if isinstance(item, EncoderfileError)]
    if as_json:
        output.print_json([_as_json(item) for item in found])
    else:
        for item in found:
            _print(item)
    if errors:
        raise SystemExit(max(error.exit_code for error in errors))


def _as_json(item: Verified | EncoderfileError) -> dict[str, Any]:
    if isinstance(item, EncoderfileError):
        return {"verified": False, "exit_code": item.exit_code, "reason": str(item)}
    return item.as_json()


def _print(item: Verified | EncoderfileError) -> None:
    if isinstance(item, EncoderfileError):
        output.error(item.diagnostics())
        return
    output.show(f"ok {item.path}")
    output.show(f"  {item.flavour}, {item.target}, {item.floor}, {output.size(item.size)}")
    output.show(f"  sha256 {item.sha256}")
    if item.published is False:
        output.note(f"{item.path}: is not the base that is published for {item.target}")


@app.command("remove", cls=Command, epilog=_REMOVE_EXAMPLES)
def remove(
    *,
    target: Annotated[list[str] | None, target_option("Of this target; may be given more than once.")] = None,
    sha256: Sha256 = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Remove bases from the cache; there being none is no error."""
    from hatch_encoderfile.bases.inventory import selected

    if everything == bool(target or sha256):
        raise UsageError("which? give --target, --sha256, both, or --all alone")
    cache = _cache(cache_dir)
    removed = []
    for base in selected(cache, _targets(target) if target else (), sha256):
        cache.remove(base)
        removed.append(base)
        if not as_json:
            output.show(str(base.path))
    if as_json:
        output.print_json([_facts(base) for base in removed])


@app.command("path", cls=Command, epilog=_PATH_EXAMPLES)
def path(
    *,
    target: Annotated[str | None, target_option("A target triple; this machine's by default.")] = None,
    cache_dir: CacheDir = None,
    as_json: Json = False,
) -> None:
    """Print where the base is that a build begins with. Nothing is downloaded."""
    from hatch_encoderfile.bases import Source, obtain

    [name] = _targets([target] if target else None)
    base = obtain(name, Source(cache_dir, download=False))
    base.check()
    if as_json:
        output.print_json(_facts(base))
    else:
        output.show(str(base.path))


def _targets(names: list[str] | None) -> list[str]:
    """The requested triples without duplicates; this machine's by default."""
    from hatch_encoderfile import targets

    found = dict.fromkeys(targets.named(name) for name in names or [targets.HOST])
    if PORTABLE in found:
        raise UsageError("the portable base is in this package: there is nothing to build, fetch or remove")
    return list(found)


def _cache(given: Path | None) -> Cache:
    from hatch_encoderfile.bases import Source

    return Source(given).cache()


def _facts(base: CachedBase) -> dict[str, Any]:
    return base._asdict() | {"path": str(base.path)}


def _show(bases: Sequence[CachedBase], *, as_json: bool) -> None:
    if as_json:
        output.print_json([_facts(base) for base in bases])
        return
    for base in bases:
        output.show(str(base.path))
        output.show(f"  sha256 {base.sha256}")
