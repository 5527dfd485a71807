"""zlib, for CPython's modules `zlib` and `binascii`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .step import Step

NEEDS: tuple[str, ...] = ()

_FILES = "adler32 compress crc32 deflate infback inffast inflate inftrees trees uncompr zutil"


def build(step: Step) -> None:
    """Compile `lib/libz.a`, with headers in `include`; the functions for gzip files are left out."""
    sources = [step.source / f"{name}.c" for name in _FILES.split()]
    step.archive(step.result / "lib/libz.a", step.compile(sources, "-O3", "-DHAVE_UNISTD_H", "-DHAVE_HIDDEN"))
    include = step.result / "include"
    include.mkdir()
    for name in ("zlib.h", "zconf.h"):
        shutil.copyfile(step.source / name, include / name)
