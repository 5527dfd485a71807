"""The OpenSSF Model Signing statement of a single file (ossf/model-signing-spec, v1.0)."""

from __future__ import annotations

import hashlib

from . import intoto

PREDICATE_TYPE = "https://model_signing/signature/v1.0"
_IGNORED = (".git", ".gitattributes", ".github", ".gitignore")


def statement(name: str, sha256: bytes) -> intoto.Statement:
    """What `model_signing verify` of version 1 accepts for a file with this SHA-256.

    Its subject is the hash over the hashes of all files, here of one. The specification wants the file's name in the
    resource; the tool writes and expects ".".
    """
    root = hashlib.sha256(sha256).hexdigest()
    predicate = {
        "resources": [{"name": ".", "algorithm": "sha256", "digest": sha256.hex()}],
        "serialization": {
            "method": "files",
            "hash_type": "sha256",
            "allow_symlinks": False,
            "ignore_paths": list(_IGNORED),
        },
    }
    return intoto.make(PREDICATE_TYPE, name, root, predicate)
