"""How large what a build reads may be, and how many values it may hold: the one table, a line for each kind of file.

A value of JSON takes up to a hundred times the memory that its text does, so values are counted before anything is parsed:
by commas and brackets, those in texts included, so that a count is an upper bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from encoderfile_runtime.files import open_file, read_all

if TYPE_CHECKING:
    from pathlib import Path

    from encoderfile_runtime.files import InputFile

_KIB, _MIB = 1 << 10, 1 << 20


class Limit(NamedTuple):
    """What a kind of file may have at most.

    Attributes:
        size: bytes.
        values: commas and brackets; None where nothing is parsed, or only by a reader that bounds itself.
    """

    size: int
    values: int | None = None

    def check(self, data: bytes) -> None:
        """Whether a file may be parsed.

        Raises:
            ValueError: it is too large, or holds too many values.
        """
        if len(data) > self.size:
            raise ValueError(f"is larger than {self.size} bytes")
        if self.values is not None and sum(map(data.count, (b",", b"[", b"{"))) > self.values:
            raise ValueError(f"has more than {self.values} values")

    def read(self, path: Path) -> bytes:
        """All of a regular file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not regular, too large, or holds too many values.
        """
        with open_file(path) as file:
            return self.read_from(file)

    def read_from(self, file: InputFile) -> bytes:
        """All of an open file.

        Raises:
            OSError: it cannot be read.
            ValueError: it is too large, or holds too many values.
        """
        data = read_all(file, self.size)
        self.check(data)
        return data


# The declared spec and policies: PyYAML takes a second for 64 KiB, tomllib for 512.
SPEC_TOML = POLICY = Limit(512 * _KIB)
SPEC_YAML = Limit(64 * _KIB)

# A model's directory. The largest that were seen: a tokenizer.json of 33 MB with 500,000 merges, 20,000 labels.
CONFIG = Limit(8 * _MIB, 1 << 18)
TOKENIZER = Limit(64 * _MIB, 1 << 22)
TOKENIZER_CONFIG = Limit(16 * _MIB, 1 << 19)
SENTENCE_TRANSFORMERS = Limit(_MIB, 1 << 14)
SAFETENSORS_HEADER = Limit(32 * _MIB, 1 << 20)  # 100,000 tensors; an encoder has some hundred
SAFETENSORS_INDEX = Limit(32 * _MIB, 1 << 18)
MODEL_CARD = DOCUMENT = Limit(4 * _MIB)
FRONT_MATTER = Limit(256 * _KIB)
ATTACHMENT = Limit(256 * _MIB)
BUILD_RECORD = Limit(_MIB, 1 << 14)  # beside a finished build in the plugin's store
REPLACED_SIDECAR = Limit(64 * _MIB)  # looked at before it is replaced
LONGEST_NAME = 255  # bytes of a file's name, on nearly all file systems
MOST_LABELS = 1 << 16
MOST_FRONT_MATTER_VALUES = 20_000

# Bases.
BASE_DESCRIPTION = Limit(4 * _MIB, 1 << 16)
BASE = Limit(1 << 30)

# Signatures. A bundle has about a hundred values and some ten thousand bytes with an SBOM; a statement in base64 fits into one.
BUNDLE = Limit(2 * _MIB, 10_000)
STATEMENT = Limit(_MIB, 1 << 17)
PROVENANCE = Limit(16 * _MIB, 1 << 19)
TRUSTED_ROOT = Limit(4 * _MIB, 1 << 16)
KEY = Limit(64 * _KIB)

# A repository.
GIT_LINK = Limit(4 * _KIB)  # .git, commondir, gitdir, HEAD and a loose ref: a line
GIT_CONFIG = Limit(_MIB)
GIT_PACKED_REFS = Limit(64 * _MIB)
GIT_COMMIT = Limit(_MIB)
GIT_TREE = Limit(8 * _MIB)
GIT_DELTA = Limit(4 * _MIB)
LFS_POINTER = Limit(1023)  # "Pointer files must be less than 1024 bytes in size"
