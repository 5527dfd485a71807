"""Overlap two parts of a cold start: a forked process compiles our modules while this one imports numpy.

The portable base carries no bytecode (it would depend on the Python version), so each start compiles its modules. That
and the import of numpy take some 25 ms each, and threads would take turns under the interpreter lock. Where modules
come with bytecode, as in an installed package or a standalone base, nothing is done.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress
from typing import Any, NoReturn

MODULES = {
    "": "activations fields loading model model_parts texts",
    "architectures/": "__init__ architecture bert catalogue config tensors",
    "embd/": "__init__ frame layout tensors",
    "encoder/": "__init__ attention blas embeddings encoder layers norms packs scratch stack weights",
    "tasks/": "__init__ decimals heads results sentences",
    "tokenizer/": "__init__ added_tokens aligned components encoding pipeline strings templates tokenizer "
    "truncation unread",
    "tokenizer/fast/": "__init__ bert_chunks choose",
    "tokenizer/models/": "__init__ vocabulary wordpiece",
    "tokenizer/normalizers/": "__init__ bert",
    "tokenizer/pre_tokenizers/": "__init__ bert",
    "tokenizer/processors/": "__init__ template_processing",
    "tokenizer/unicode/": "__init__ characters",
}
"""By folder, the modules that a BERT for sentence embeddings imports. Others are compiled when they are imported."""


def import_numpy(processors: int) -> None:
    """Import numpy; meanwhile compile MODULES in another process if there is a second processor."""
    loader: Any = __spec__.loader
    if processors == 1 or not hasattr(loader, "compiled") or not hasattr(os, "fork"):  # Windows has none
        return
    read, write = os.pipe()
    try:
        process = os.fork()
    except OSError:  # the limit on processes is reached: compile as usual
        os.close(read)
        os.close(write)
        return
    if not process:
        _compile(loader, read, write)
    os.close(write)
    import numpy as np  # noqa: F401 - imported for its effect on sys.modules

    with open(read, "rb") as file:  # noqa: PTH123 - it is no path
        code = file.read()
    with suppress(EOFError):  # the other process failed or was killed: the modules are compiled here on import
        loader.compiled.update(marshal.loads(code))  # noqa: S302 - it comes from the process above
    with suppress(ChildProcessError):  # a parent that ignores SIGCHLD has its children reaped by the system
        os.waitpid(process, 0)


def _compile(loader: Any, read: int, write: int) -> NoReturn:
    """Write the modules' code objects to the pipe, keyed by file name, and end the process."""
    try:
        os.close(read)  # with it open here, a write after the parent's death would block instead of failing
        package = loader.prefix.removesuffix("cli/")
        code = {}
        for folder, names in MODULES.items():
            for name in names.split():
                path = f"{loader.archive}/{package}{folder}{name}.py"
                code[path] = compile(loader.get_data(path), path, "exec", dont_inherit=True)
        with open(write, "wb") as file:
            file.write(marshal.dumps(code))
    finally:
        os._exit(0)  # no exit handlers and no flush of buffers, which the parent has too
