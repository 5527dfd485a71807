"""The `__main__.py` of the portable base: find a Python that can run the rest, and run it.

The syntax is that of Python 3.6, so that an old Python can run this file and report what it lacks.
"""

import os
import sys
from types import CodeType
from zipimport import zipimporter

_CANDIDATES = ("python3.13", "python3.12", "python3.11", "python3.10", "python3")
_CHECK = (
    "import sys; from importlib.util import find_spec; sys.exit(sys.version_info < (3, 10) or not find_spec('numpy'))"
)


def _lacks() -> str:
    """A message that names what this Python lacks to run the file; empty if nothing."""
    from importlib.util import find_spec

    if sys.version_info < (3, 10):  # noqa: UP036 - this is where older ones are turned away
        return f"needs Python 3.10 or newer, found {sys.version_info[0]}.{sys.version_info[1]} at {sys.executable}: install one or set ENCODERFILE_PYTHON"
    if find_spec("numpy") is None:
        return (
            f"needs numpy: run {sys.executable} -m pip install numpy, or set ENCODERFILE_PYTHON to a Python that has it"
        )
    return ""


def _search() -> None:
    """Replace this process by the first suitable Python on PATH; return if there is none."""
    for name in _CANDIDATES:
        for folder in os.get_exec_path():
            path = os.path.join(folder, name)  # noqa: PTH118 - pathlib is not loaded at start-up
            if os.access(path, os.X_OK) and _has_all(path):
                os.execv(path, [path, *sys.argv])  # noqa: S606 - no shell is wanted


def _has_all(python: str) -> bool:
    """Whether another Python starts, is new enough and has numpy."""
    import subprocess

    try:
        return subprocess.call([python, "-c", _CHECK], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


class _Importer(zipimporter):
    """Compiles each module once: `zipimporter` compiles it twice, once only to find its file name.

    Attributes:
        compiled: code objects of modules compiled beforehand, by file name; see `encoderfile_runtime.cli.ahead`.
    """

    compiled = {}  # type: ignore[var-annotated] # noqa: RUF012 - shared by all importers

    def get_filename(self, fullname: str) -> str:
        """The path of a module's source in the archive."""
        path = os.path.join(self.archive, self.prefix + fullname.rpartition(".")[2])  # noqa: PTH118 - as above
        return os.path.join(path, "__init__.py") if self.is_package(fullname) else path + ".py"  # noqa: PTH118

    def get_code(self, fullname: str) -> CodeType:
        """The module's code object."""
        code = self.compiled.pop(self.get_filename(fullname), None)
        return code or super().get_code(fullname)


def _import_quickly() -> None:
    """Use `_Importer` for this archive: drop the importer that Python cached for it when it started the program."""
    sys.path_hooks[:] = [_Importer if hook is zipimporter else hook for hook in sys.path_hooks]
    sys.path_importer_cache.pop(sys.path[0], None)


def run() -> None:
    """Start the executable's command line."""
    searching = os.environ.pop("ENCODERFILE_SEARCH", "")
    lacks = _lacks()
    if lacks and searching:
        _search()
    if lacks:
        name = sys.argv[0] if sys.argv[0].isprintable() else ascii(sys.argv[0])
        sys.stderr.write(f"{name}: {lacks}\n")
        sys.exit(127)
    # Set before numpy loads: OpenBLAS would start threads of its own, which spin while they wait; the encoder has
    # threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _import_quickly()
    try:
        from encoderfile_runtime.start.main import main

        exit_code = main(sys.argv[0], sys.argv[1:])
    except KeyboardInterrupt:  # during the import; later ones are caught in main
        exit_code = 130
    # Skip the interpreter's shutdown, which takes longer than some commands; main has flushed all output.
    os._exit(exit_code)


if __name__ == "__main__":
    run()
