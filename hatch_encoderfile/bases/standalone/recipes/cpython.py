"""CPython: a static library with the needed extension modules, headers, standard library, and a native interpreter."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .step import Step

NEEDS = ("openssl", "zlib")
NEEDS_NATIVE = ("cpython",)

VERSION = "3.13"
LIBRARY = f"lib/libpython{VERSION}.a"
PROGRAM = f"bin/python{VERSION}"
STDLIB = f"lib/python{VERSION}"
HEADERS = f"include/python{VERSION}"

_LEFT_OUT = """
    _bz2 _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _ctypes _ctypes_test _curses _curses_panel _dbm
    _decimal _elementtree _gdbm _interpchannels _interpqueues _interpreters _lzma _multibytecodec _sqlite3 _statistics
    _tkinter _uuid _xxtestfuzz _zoneinfo cmath nis pyexpat readline syslog xxlimited xxlimited_35 xxsubtype
"""
_OPTIONS = (
    "--prefix=/usr",
    "--disable-shared",
    "--disable-test-modules",
    "--with-ensurepip=no",
    "--with-pkg-config=no",
    "--without-doc-strings",
    "--without-readline",
)
# Answers to checks for which configure would run programs, with results that depend on this machine.
_KNOWN = {
    "ac_cv_broken_nice": "no",
    "ac_cv_broken_poll": "no",
    "ac_cv_broken_sem_getvalue": "no",
    "ac_cv_buggy_getaddrinfo": "no",
    "ac_cv_computed_gotos": "yes",
    "ac_cv_file__dev_ptc": "no",
    "ac_cv_file__dev_ptmx": "yes",
    "ac_cv_posix_semaphores_enabled": "yes",
    "ac_cv_working_tzset": "yes",
}
_UNUSED = ("ensurepip", "idlelib", "lib2to3", "test", "tkinter", "turtledemo", "__pycache__")
_SYSCONFIG = "_sysconfigdata__linux_"


def build(step: Step) -> None:
    """Compile the library; a native build adds the interpreter, which builds numpy and freezes modules for all targets."""
    _configure(step)
    program = ["python"] if step.toolchain.is_native else []
    make = ["make", f"-j{step.jobs}", f"libpython{VERSION}.a", "pybuilddir.txt", *program]
    step.run(*make)
    _collect(step)


def _configure(step: Step) -> None:
    ssl, zlib = step.needs["openssl"], step.needs["zlib"]
    options = [*_OPTIONS, f"--with-openssl={ssl}", "--with-openssl-rpath=no"]
    if not step.toolchain.is_native:
        native = step.needs["native cpython"] / PROGRAM
        options += [
            f"--host={step.toolchain.triple}",
            f"--build={platform.machine()}-linux-gnu",
            f"--with-build-python={native}",
        ]
    environment = step.tools() | _KNOWN | {f"py_cv_module_{name}": "n/a" for name in _LEFT_OUT.split()}
    environment |= {
        "CFLAGS": f"{step.cflags} -fno-semantic-interposition",
        "MODULE_BUILDTYPE": "static",
        "ZLIB_CFLAGS": f"-I{zlib}/include",
        "ZLIB_LIBS": f"-L{zlib}/lib -lz",
    }
    step.run("sh", "configure", *options, environment=environment)


def _collect(step: Step) -> None:
    """Copy files to where an installation has them, so that the interpreter finds its standard library."""
    source, result = step.source, step.result
    ignored = shutil.ignore_patterns(*_UNUSED)
    stdlib = result / STDLIB
    shutil.copytree(source / "Lib", stdlib, ignore=ignored)
    (stdlib / "lib-dynload").mkdir()
    shutil.copytree(source / "Include", result / HEADERS)
    shutil.copyfile(source / "pyconfig.h", result / HEADERS / "pyconfig.h")
    _collect_library(step)
    _collect_sysconfig(step, stdlib)
    if step.toolchain.is_native:
        program = result / PROGRAM
        program.parent.mkdir()
        shutil.copy(source / "python", program)
        step.run(step.toolchain.command("strip"), program)


def _collect_library(step: Step) -> None:
    """Make one archive: add the SHA-2 objects, which the makefile keeps in a library of their own."""
    library = step.result / LIBRARY
    shutil.copyfile(step.source / library.name, library)
    hashes = sorted((step.source / "Modules/_hacl").glob("Hacl_Hash_SHA2.o"))
    step.run(step.toolchain.command("ar"), "rD", library, *hashes)


def _collect_sysconfig(step: Step, stdlib: Path) -> None:
    """Copy the makefile's variables, which meson reads through `sysconfig`, without the paths of this build."""
    folder = step.source / (step.source / "pybuilddir.txt").read_text(encoding="utf-8").strip()
    (found,) = folder.glob(f"{_SYSCONFIG}*.py")
    (stdlib / found.name).write_text(step.without_places(found.read_text(encoding="utf-8")), encoding="utf-8")
