from __future__ import annotations

import os
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.description import Tool
from hatch_encoderfile.bases.standalone import recipes
from hatch_encoderfile.bases.standalone.pins import read_lock
from hatch_encoderfile.bases.standalone.process import FIXED, SEARCH_PATH, BuildError, Runner
from hatch_encoderfile.bases.standalone.recipes import cpython, numpy, openblas, openssl
from hatch_encoderfile.bases.standalone.recipes.step import Step
from hatch_encoderfile.bases.standalone.toolchain import TARGETS, Toolchain

_SOURCES = {**read_lock().ingredients, **read_lock().tools}
_TRIPLES = {f"{target.partition('-')[0]}-linux-gnu" for target in TARGETS}
_TOOLCHAIN = Toolchain(TARGETS[0], "x86_64-linux-gnu", "", (Tool("gcc", "12"),), ())


@pytest.fixture
def step(tmp_path: Path) -> Step:
    for name in ("source", "work", "result", "needed"):
        (tmp_path / name).mkdir()
    runner = Runner(tmp_path, tmp_path / "log")
    needs = {"native cpython": tmp_path / "needed"}
    return Step(tmp_path / "source", tmp_path / "work", tmp_path / "result", needs, _TOOLCHAIN, runner, 2)


@pytest.mark.parametrize("name", _SOURCES)
def test_every_source_has_a_recipe_whose_needs_are_sources(name: str) -> None:
    recipe = import_module(f"{recipes.__name__}.{name}")
    assert {*recipe.NEEDS, *getattr(recipe, "NEEDS_NATIVE", ())} <= _SOURCES.keys()
    assert callable(recipe.build)


def test_what_a_recipe_reads_besides_its_source_is_there() -> None:
    folder = Path(recipes.__file__).parent
    named = [*openblas.FILES, *numpy.FILES]
    assert named == [name for name in named if (folder / name).is_file()]


def test_every_target_has_its_options() -> None:
    tables = (openblas._KERNELS, openssl._PLATFORMS, numpy._FEATURES, numpy._LONG_DOUBLE)
    assert [_TRIPLES] * len(tables) == [set(table) for table in tables]


def test_places_of_this_machine_get_other_names_in_texts_that_are_kept(step: Step) -> None:
    text = f"CC='gcc -I{step.source}/Include' LIB='{step.needs['native cpython']}/lib' {step.work}"
    assert step.without_places(text) == "CC='gcc -I/source/Include' LIB='/native-cpython/lib' /work"


def test_a_module_is_linked_from_its_objects_and_archives(tmp_path: Path) -> None:
    (tmp_path / "build.ninja").write_text(
        "build numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so.p/a.c.o: c_COMPILER ../a.c\n"
        "build numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so: cpp_LINKER "
        "x.so.p/a.c.o x.so.p/b.cpp.o svml.s numpy/libnpymath.a | /usr/lib/libm.so numpy/libnpymath.a numpy/libhighway.a\n"
    )
    target = numpy._target(tmp_path, "numpy/_core/_multiarray_umath")
    assert target == "numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so"
    objects, archives = numpy._inputs(tmp_path, target)
    assert objects == ["x.so.p/a.c.o", "x.so.p/b.cpp.o", "svml.s"]
    assert archives == ["numpy/libnpymath.a", "numpy/libhighway.a"]


def test_an_interpreter_of_this_machine_believes_to_be_another_ones(tmp_path: Path) -> None:
    native, home = tmp_path / "native", tmp_path / "home"
    (home / cpython.STDLIB).mkdir(parents=True)
    (home / cpython.STDLIB / "_sysconfigdata__linux_aarch64-linux-gnu.py").touch()
    (native / "bin").mkdir(parents=True)
    (native / cpython.PROGRAM).write_text('#!/bin/sh\necho "$PYTHONHOME|$_PYTHON_HOST_PLATFORM|$@"\n')
    (native / cpython.PROGRAM).chmod(0o755)
    numpy._script(tmp_path / "python", native, home, "-m cython")
    done = subprocess.run([tmp_path / "python", "a b"], capture_output=True, text=True, check=True, env={})
    assert f"{home}|linux-aarch64|-m cython a b\n" == done.stdout


def test_programs_see_nothing_of_the_users_environment(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CFLAGS", "-march=native")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    mask = os.umask(0o077)
    try:
        step.run("sh", "-c", "env > seen; umask >> seen", environment={"CC": "gcc"})
    finally:
        os.umask(mask)
    seen = (step.source / "seen").read_text().splitlines()
    given = FIXED | {"CC": "gcc", "PATH": SEARCH_PATH, "HOME": str(step.runner.home), "TMPDIR": str(step.runner.home)}
    assert {f"{key}={value}" for key, value in given.items()} <= set(seen)
    assert not [line for line in seen if line.startswith("CFLAGS=")]
    assert seen[-1] == "0022"


def test_a_program_that_fails_is_quoted_with_its_log(step: Step) -> None:
    with pytest.raises(BuildError) as caught:
        step.run("sh", "-c", "echo first; echo last; exit 3")
    assert f"sh ended with exit code 3; all it said is in {step.runner.log}" in caught.value.diagnostics()
    assert caught.value.diagnostics().endswith("    last")


def test_a_program_that_is_not_there_is_an_error_of_ours(step: Step) -> None:
    with pytest.raises(EncoderfileError, match="no-such-compiler: No such file or directory"):
        step.run("no-such-compiler")
