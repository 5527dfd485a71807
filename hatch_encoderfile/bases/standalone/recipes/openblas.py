"""OpenBLAS: matrix products in float32 and float64, with kernels for several processors, selected at run time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()
PATCHES = (
    "kernel/x86_64/sgemm_small_kernel_nn_skylakex.c: prefetches the columns that come next",
    "complex_blas.c: plain loops stand in for the complex functions, which are not built",
)
FILES = ("complex_blas.c", "complex_blas.h")

_COMPLEX = Path(__file__).with_name("complex_blas.c")
_KERNELS = {
    # The first runs on all processors: SSE3, ASIMD.
    "x86_64-linux-gnu": ("PRESCOTT", "HASWELL ZEN SKYLAKEX COOPERLAKE SAPPHIRERAPIDS"),
    "aarch64-linux-gnu": ("ARMV8", "NEOVERSEN1 NEOVERSEV1 NEOVERSEN2"),
}
# Parts of its makefiles only ask whether a variable is set, so unwanted features are not set to 0 but left out.
_OPTIONS = {
    "BUILD_SINGLE": "1",
    "BUILD_DOUBLE": "1",
    "DYNAMIC_ARCH": "1",
    "NOFORTRAN": "1",
    "NO_AFFINITY": "1",
    "NO_EXPRECISION": "1",
    "NO_LAPACK": "1",
    "NO_LAPACKE": "1",
    "NO_SHARED": "1",
    "NUM_THREADS": "64",
    "USE_OPENMP": "0",
    "USE_THREAD": "1",
}
_KERNEL = "kernel/x86_64/sgemm_small_kernel_nn_skylakex.c"
_LOAD = "__m512 Bval##N = _mm512_broadcastss_ps(_mm_load_ss(&B[k + ldb * (j+N)]))"
# With this a text of 16 tokens takes three fifths of the time: the product is bound by reading the weights from memory,
# a cache line of each column at a time, and the kernel waits for each.
_PREFETCH = "if ((k & 15) == 0) _mm_prefetch((const char *)&B[k + ldb * (j+N+6)], _MM_HINT_T0); "


def build(step: Step) -> None:
    """Compile `lib/libopenblas.a`."""
    _patch(step.source / _KERNEL)
    generic, others = _KERNELS[step.toolchain.triple]
    gcc, ar, ranlib = map(step.toolchain.command, ("gcc", "ar", "ranlib"))
    options = _OPTIONS | {"TARGET": generic, "DYNAMIC_LIST": others, "CC": gcc, "AR": ar, "RANLIB": ranlib}
    options |= {"HOSTCC": "gcc", "COMMON_OPT": f"-O2 {step.cflags}"}
    if not step.toolchain.is_native:
        options["CROSS"] = "1"
    step.run("make", f"-j{step.jobs}", "libs", *(f"{name}={value}" for name, value in options.items()))
    (made,) = step.source.glob("libopenblasp-r*.a")
    step.run(ar, "rD", made, *step.compile([_COMPLEX], "-O3", "-std=c11"))
    step.run(step.toolchain.command("objcopy"), "-D", made, made)
    kept = step.result / "lib/libopenblas.a"
    kept.parent.mkdir()
    made.rename(kept)


def _patch(kernel: Path) -> None:
    text = kernel.read_text(encoding="utf-8")
    if text.count(_LOAD) != 1:
        raise EncoderfileError(f"{kernel.name}: expected one line with {_LOAD!r}: adapt PATCHES to this OpenBLAS")
    kernel.write_text(text.replace(_LOAD, _PREFETCH + _LOAD), encoding="utf-8")
