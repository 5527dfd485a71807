"""The standalone base beside the portable one: size, starts, first embedding, hashing itself, inference, building, memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import environment, interleaved, save
from models import declare, minilm

from encoderfile_runtime import __version__
from encoderfile_runtime.format.base_archive import read_base
from hatch_encoderfile.bases.archive import Member, encode_base
from hatch_encoderfile.bases.cache import Cache, directory
from hatch_encoderfile.bases.standalone.ingredients import build_ingredients
from hatch_encoderfile.bases.standalone.modules import STARTER
from hatch_encoderfile.targets import host

TEXT = "A first embedding from a cold process."
_PROBE = "def run():\n    import numpy, os\n    os._exit(0)\n"
_COMPILE = "import marshal, sys; sys.stdout.buffer.write(marshal.dumps(compile(sys.argv[1], 'probe', 'exec'), 2))"


def cached_base() -> Path:
    """The base that was built last."""
    found = Cache(directory()).chosen(__version__, str(host()))
    if found is None:
        raise SystemExit("no standalone base in the cache: run `encoderfile base build`")
    return found.path


def probe(base: Path, folder: Path) -> Path:
    """The base, made to import numpy and end; its own version of Python compiles that."""
    data = base.read_bytes()
    archive = read_base(memoryview(data), str(base))
    if archive is None:
        raise SystemExit(f"{base}: is no standalone base")
    python = build_ingredients(str(host()), cache=directory(), work=folder, jobs=1).interpreter
    code = subprocess.run([python, "-I", "-S", "-c", _COMPILE, _PROBE], capture_output=True, check=True).stdout
    members = [
        Member(entry.name, entry.kind, code if entry.name == STARTER else bytes(entry.data))
        for entry in archive.entries.values()
    ]
    path = folder / "probe"
    path.write_bytes(encode_base(data[: archive.trailer.archive_offset], members))
    path.chmod(0o755)
    return path


def speeds(file: Path) -> dict[str, float]:
    """What the file's own `bench` says, on one thread."""
    command = [str(file), "bench", "--json", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, env=environment(), check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return {key: value for key, value in found.items() if isinstance(value, int | float)}


def timings(folder: Path, base: Path, rounds: int) -> dict[str, object]:
    """Everything that is a process from start to end, interleaved."""
    encoderfile = str(Path(sys.executable).with_name("encoderfile"))
    spec = str(declare(folder / "repo", minilm()))
    portable, standalone, copy = folder / "portable", folder / "standalone", folder / "copy"
    build = [encoderfile, "build", "-f", spec, "--allow-outside", str(minilm())]
    on_base = [*build, "--target", str(host()), "--base-binary-path", str(base), "-o", str(standalone)]
    on_portable = [*build, "--target", "portable", "-o", str(portable)]
    builds = interleaved(
        {
            "build portable": [on_portable],
            "build standalone": [on_base],
            "copy the base": [["cp", str(base), str(copy)]],
        },
        rounds,
    )
    taken = builds | interleaved(
        {
            "python, import numpy": [[sys.executable, "-c", "import numpy"]],
            "base, import numpy": [[str(probe(base, folder))]],
            "portable, first embedding": [[str(portable), "infer", TEXT]],
            "standalone, first embedding": [[str(standalone), "infer", TEXT]],
            "sha256sum": [["sha256sum", str(standalone)]],
            "standalone, verify": [[str(standalone), "verify"]],
            "standalone, version": [[str(standalone), "--version"]],
        },
        rounds * 3,
    )
    size = standalone.stat().st_size
    hashing = taken["standalone, verify"].seconds - taken["standalone, version"].seconds
    seconds = {f"{name}, s": round(item.seconds, 4) for name, item in taken.items()}
    peaks = {f"{name}, peak MB": round(item.peak_bytes / 1e6, 1) for name, item in taken.items()}
    embedding = {"portable": speeds(portable), "standalone": speeds(standalone)}
    return {
        **seconds,
        **peaks,
        "base, bytes": base.stat().st_size,
        "sha256sum, MB/s": round(size / taken["sha256sum"].seconds / 1e6),
        "standalone, verify, MB/s": round(size / hashing / 1e6),
        **{f"{name}, bench": value for name, value in embedding.items()},
    }


def main() -> None:
    """Measure, print and save."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name, "base")
        shutil.copy(cached_base(), base)
        figures = timings(Path(name), base, rounds=7)
    for key, value in figures.items():
        print(f"{key:<40} {value}")
    save("standalone", figures)


if __name__ == "__main__":
    main()
