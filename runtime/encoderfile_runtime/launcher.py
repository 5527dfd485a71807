"""Becomes `__main__.py` of the portable base: finds a Python that can run the rest, then runs it.

Old Pythons read this file too, to be told what they lack; so it keeps to syntax that Python 3.6 knows.
"""

import os
import sys

_CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.10", "python3")
_CHECK = (
    "import sys; from importlib.util import find_spec; sys.exit(sys.version_info < (3, 10) or not find_spec('numpy'))"
)


def _lacks() -> str:
    """What this Python lacks, or an empty string."""
    from importlib.util import find_spec

    if sys.version_info < (3, 10):  # noqa: UP036 - this is where older ones are turned away
        return f"needs Python 3.10 or newer, found {sys.version_info[0]}.{sys.version_info[1]} at {sys.executable}: install one or set ENCODERFILE_PYTHON"
    if find_spec("numpy") is None:
        return (
            f"needs numpy: run {sys.executable} -m pip install numpy, or set ENCODERFILE_PYTHON to a Python that has it"
        )
    return ""


def _search() -> None:
    """Run this file with the first Python on PATH that lacks nothing; come back if there is none."""
    for name in _CANDIDATES:
        for folder in os.get_exec_path():
            path = os.path.join(folder, name)  # noqa: PTH118 - pathlib is not loaded at start-up
            if os.access(path, os.X_OK) and _has_all(path):
                os.execv(path, [path, *sys.argv])  # noqa: S606 - no shell is wanted


def _has_all(python: str) -> bool:
    """Whether another Python lacks nothing; what does not run lacks everything."""
    import subprocess

    try:
        return subprocess.call([python, "-c", _CHECK], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def run() -> None:
    """Start the executable's command line."""
    searching = os.environ.pop("ENCODERFILE_SEARCH", "")
    lacks = _lacks()
    if lacks and searching:
        _search()
    if lacks:
        sys.stderr.write(f"{sys.argv[0]}: {lacks}\n")
        sys.exit(127)
    # Before numpy loads: its BLAS would start threads that spin, which one text does not repay.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from encoderfile_runtime.cli import main

    sys.exit(main(sys.argv[0], sys.argv[1:]))


if __name__ == "__main__":
    run()
