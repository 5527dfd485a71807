"""numpy: two extension modules, each as one object file that exports only its `PyInit_` function."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from hatch_encoderfile.bases.standalone.process import SEARCH_PATH, BuildError

from . import cpython

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_encoderfile.bases.standalone.process import StrPath

    from .step import Step

NEEDS = ("cpython", "cython")
NEEDS_NATIVE = ("cpython",)
FILES = ("cpython.py",)

MODULES = ("numpy/_core/_multiarray_umath", "numpy/linalg/_umath_linalg")

# Baseline and dispatched CPU features, fixed, so that nothing depends on the processor of the build machine.
_FEATURES = {
    "x86_64-linux-gnu": ("X86_V2", "X86_V3 X86_V4"),
    "aarch64-linux-gnu": ("NEON_VFPV4 ASIMD", "ASIMDHP ASIMDDP ASIMDFHM"),
}
_LONG_DOUBLE = {"x86_64-linux-gnu": "INTEL_EXTENDED_16_BYTES_LE", "aarch64-linux-gnu": "IEEE_QUAD_LE"}
_MACHINE = """
[binaries]
c = '{gcc}'
cpp = '{gxx}'
ar = '{ar}'
strip = '{strip}'
python = '{tools}/python'

[host_machine]
system = 'linux'
cpu_family = '{cpu}'
cpu = '{cpu}'
endian = 'little'

[properties]
longdouble_format = '{long_double}'
needs_exe_wrapper = true
openblas_includedir = '{blas}'
openblas_librarydir = '{blas}'

[built-in options]
c_args = {flags}
cpp_args = {flags}
"""
_UNUSED = (
    "tests",
    "testing",
    "distutils",
    "f2py",
    "_pyinstaller",
    "*.pyi",
    "*.c",
    "*.h",
    "*.src",
    "*.pyx",
    "*.pxd",
    "meson.build",
)


def build(step: Step) -> None:
    """Compile `lib/_multiarray_umath.o` and `lib/_umath_linalg.o`; the Python files go to `python`."""
    native = step.needs["native cpython"]
    tools = step.work / "tools"
    tools.mkdir()
    _script(tools / "python", native, step.needs["cpython"], "")
    _script(tools / "cython", native, native, "-m cython", step.needs["cython"])
    build = step.work / "build"
    _set_up(step, tools, build)
    (step.result / "lib").mkdir()
    for module in MODULES:
        _link(step, build, module)
    _collect(step, build)


def _script(path: Path, native: Path, home: Path, options: str, library: Path | str = "") -> None:
    """Write a script that runs the native interpreter with the library and `sysconfig` of the one at `home`.

    meson then configures for the target of that one, which this machine may not be able to run.
    """
    data = next((home / cpython.STDLIB).glob("_sysconfigdata__*.py")).stem
    platform = data.removeprefix("_sysconfigdata__").removesuffix("-linux-gnu").replace("_", "-", 1)
    lines = [
        "#!/bin/sh",
        f"export PYTHONHOME='{home}' PYTHONPATH='{library}'",
        f"export _PYTHON_SYSCONFIGDATA_NAME='{data}' _PYTHON_HOST_PLATFORM='{platform}'",
        f"exec '{native / cpython.PROGRAM}' {options} \"$@\"",
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)


def _set_up(step: Step, tools: Path, build: Path) -> None:
    triple = step.toolchain.triple
    baseline, dispatch = _FEATURES[triple]
    machine = step.work / "machine.ini"
    names = {"gcc": "gcc", "gxx": "g++", "ar": "ar", "strip": "strip"}
    text = _MACHINE.format(
        **{key: step.toolchain.command(name) for key, name in names.items()},
        tools=tools,
        cpu=triple.partition("-")[0],
        long_double=_LONG_DOUBLE[triple],
        blas=_stand_in(step),
        flags=[*step.cflags.split(), "-fno-semantic-interposition"],
    )
    machine.write_text(text, encoding="utf-8")
    options = {
        "blas": "openblas",
        "lapack": "none",
        "cpu-baseline": baseline,
        "cpu-dispatch": dispatch,
        "cpu-baseline-detect": "disabled",
        "disable-intel-sort": "true",  # 2 MB; without it equal elements come in the same order on all processors
        "b_ndebug": "if-release",
        "b_staticpic": "true",
    }
    meson = step.source / "vendored-meson/meson/meson.py"
    arguments = [f"-D{key}={value}" for key, value in options.items()]
    step.run(
        step.needs["native cpython"] / cpython.PROGRAM,
        meson,
        "setup",
        build,
        f"--cross-file={machine}",
        "--buildtype=release",
        *arguments,
        environment={"PATH": f"{tools}:{SEARCH_PATH}", "PKG_CONFIG_LIBDIR": str(tools)},
    )
    if "-DHAVE_CBLAS" not in (build / "build.ninja").read_text(encoding="utf-8"):
        raise BuildError(
            "numpy: meson found no BLAS, so products of matrices would be slow: see its log in the build folder"
        )


def _stand_in(step: Step) -> Path:
    """A stand-in for OpenBLAS with the functions and the header that meson checks for; the real one is linked later."""
    folder = step.work / "blas"
    source = step.work / "blas.c"
    source.write_text("void dgemm_(void) {}\nvoid cblas_dgemm(void) {}\n", encoding="utf-8")
    step.archive(folder / "libopenblas.a", step.compile([source]))
    (folder / "openblas_config.h").write_text('#define OPENBLAS_VERSION "OpenBLAS"\n', encoding="utf-8")
    return folder


def _link(step: Step, build: Path, module: str) -> None:
    """Compile a module's objects and link them into one relocatable object."""
    name = module.rpartition("/")[2]
    target = _target(build, module)
    objects, archives = _inputs(build, target)
    step.run("ninja", f"-j{step.jobs}", *objects, *archives, folder=build)
    made = step.result / f"lib/{name}.o"
    link: list[StrPath] = [step.toolchain.command("g++"), "-r", "-nostdlib", "-Wl,--force-group-allocation", "-o", made]
    step.run(*link, *objects, "-Wl,--start-group", *archives, "-Wl,--end-group", folder=build)
    step.run(step.toolchain.command("objcopy"), f"--keep-global-symbol=PyInit_{name}", made)


def _target(build: Path, module: str) -> str:
    """The name of a module's target in build.ninja, which includes the interpreter's tag."""
    text = (build / "build.ninja").read_text(encoding="utf-8")
    return next(
        line.split(":")[0].removeprefix("build ")
        for line in text.splitlines()
        if line.startswith(f"build {module}.") and line.split(":")[0].endswith(".so")
    )


def _inputs(build: Path, target: str) -> tuple[list[str], list[str]]:
    """The inputs of a module's target: objects, and archives of objects."""
    text = (build / "build.ninja").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith(f"build {target}: "))
    inputs = line.split(": ", 1)[1].replace(" | ", " ").split()[1:]
    within = [name for name in dict.fromkeys(inputs) if not name.startswith("/")]
    return [name for name in within if name.endswith((".o", ".s"))], [name for name in within if name.endswith(".a")]


def _collect(step: Step, build: Path) -> None:
    """Copy the Python files, and those that meson generated, without the paths of this build."""
    ignored = shutil.ignore_patterns(*_UNUSED)
    shutil.copytree(step.source / "numpy", step.result / "python/numpy", ignore=ignored)
    for made in sorted((build / "numpy").rglob("*.py")):
        text = step.without_places(made.read_text(encoding="utf-8"))
        (step.result / "python" / made.relative_to(build)).write_text(text, encoding="utf-8")
