"""zstd, only the decoder, for compressed attachments."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()

_FLAGS = ("-O3", "-DZSTD_LEGACY_SUPPORT=0", "-DZSTD_DISABLE_DEPRECATE_WARNINGS", "-DDEBUGLEVEL=0")
_ASSEMBLER = {"x86_64-linux-gnu": "huf_decompress_amd64.S"}
_COMMON = "debug entropy_common error_private fse_decompress xxhash zstd_common"


def build(step: Step) -> None:
    """Compile `lib/libzstd.a`, with `zstd.h` in `include`."""
    library = step.source / "lib"
    sources = [library / f"common/{name}.c" for name in _COMMON.split()]
    sources += sorted((library / "decompress").glob("*.c"))
    if assembler := _ASSEMBLER.get(step.toolchain.triple):
        sources.append(library / "decompress" / assembler)
    step.archive(step.result / "lib/libzstd.a", step.compile(sources, *_FLAGS))
    include = step.result / "include"
    include.mkdir()
    for name in ("zstd.h", "zstd_errors.h"):
        shutil.copyfile(library / name, include / name)
