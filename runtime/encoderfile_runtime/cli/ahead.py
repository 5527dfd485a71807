"""Compile the modules that are needed after numpy in another process while this one imports numpy.

The portable base carries no bytecode, so each start compiles its modules.

Each takes some 25 ms, and threads would take turns. Elsewhere modules come with bytecode, and nothing is done.
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
    "tokenizer/": "__init__ added_tokens aligned components encoding growth pipeline strings templates tokenizer "
    "truncation unread",
    "tokenizer/fast/": "__init__ bert_chunks choose",
    "tokenizer/models/": "__init__ vocabulary wordpiece",
    "tokenizer/normalizers/": "__init__ bert",
    "tokenizer/pre_tokenizers/": "__init__ bert",
    "tokenizer/processors/": "__init__ template_processing",
    "tokenizer/unicode/": "__init__ characters",
}
"""By folder, those that a BERT for sentence embeddings imports. What another model needs besides is compiled later."""


def import_numpy(processors: int) -> None:
    """Import numpy, and have the modules compiled meanwhile if there is a processor to do it."""
    loader: Any = __spec__.loader
    if processors == 1 or not hasattr(loader, "compiled") or not hasattr(os, "fork"):  # Windows has none
        return
    read, write = os.pipe()
    try:
        process = os.fork()
    except OSError:  # there are as many processes as there may be
        os.close(read)
        os.close(write)
        return
    if not process:
        _compile(loader, read, write)
    os.close(write)
    import numpy as np  # noqa: F401 - only to have it loaded

    with open(read, "rb") as file:  # noqa: PTH123 - it is no path
        code = file.read()
    with suppress(EOFError):  # the other process failed, or something ended it
        loader.compiled.update(marshal.loads(code))  # noqa: S302 - it comes from the process above
    with suppress(ChildProcessError):  # where the end of children is ignored, there is none to wait for
        os.waitpid(process, 0)


def _compile(loader: Any, read: int, write: int) -> NoReturn:
    """Write the code of the modules by their file names, and end the process."""
    try:
        os.close(read)  # else, where nobody reads to the end, this process would wait for itself
        package = loader.prefix.removesuffix("cli/")
        code = {}
        for folder, names in MODULES.items():
            for name in names.split():
                path = f"{loader.archive}/{package}{folder}{name}.py"
                code[path] = compile(loader.get_data(path), path, "exec", dont_inherit=True)
        with open(write, "wb") as file:
            file.write(marshal.dumps(code))
    finally:
        os._exit(0)
