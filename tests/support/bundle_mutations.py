"""Bundles with one thing in them changed. `python -m bundle_mutations 40000` tries that many on the verifier."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hatch_encoderfile.signatures.bundles import parse
from hatch_encoderfile.signatures.check import check
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sidecars import PROVENANCE, message_bundle
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.signatures.signers import Identity, Key
from hatch_encoderfile.signatures.trust import Trust
from support.signed_files import instance, signed, unsigned, write_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hatch_encoderfile.signatures.check import Signature
    from hatch_encoderfile.signatures.signers import Signer

_VALUES: tuple[Any, ...] = (None, True, 0, -1, 2**64, 1.5, "", "\0", "A", "AAAA", "=", "é", [], {}, [[]], {"": {}})
_OTHER = bytes(32)


class Tried(NamedTuple):
    """What became of some mutants.

    Attributes:
        accepted: those that passed, with the ones that say what an original says.
        slowest: in seconds.
        changed: of the accepted ones that say something else, how many in each place.
    """

    accepted: int
    refused: int
    slowest: float
    changed: dict[str, int]


def mutants(documents: Sequence[dict[str, Any]], seed: int) -> Iterator[bytes]:
    """Endless bundles, each with one change: a value of another kind, a lost or doubled one, a turned bit, or other bytes."""
    generator = random.Random(seed)  # noqa: S311 - repeatable, not secret
    while True:
        document = copy.deepcopy(generator.choice(documents))
        if generator.random() < 0.1:
            yield _cut(json.dumps(document).encode(), generator)
            continue
        parent, key = generator.choice(list(_places(document)))
        _change(parent, key, generator, documents)
        yield json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _places(child)


def _change(parent: Any, key: Any, generator: random.Random, documents: Sequence[dict[str, Any]]) -> None:
    value = parent[key]
    match generator.randrange(5):
        case 0:
            parent[key] = copy.deepcopy(generator.choice(_VALUES))
        case 1:
            del parent[key]
        case 2 if isinstance(parent, list):
            parent.append(copy.deepcopy(value))
        case 3:
            # What stands somewhere in another bundle.
            other_parent, other_key = generator.choice(list(_places(generator.choice(documents))))
            parent[key] = copy.deepcopy(other_parent[other_key])
        case _ if isinstance(value, str) and value:
            at = generator.randrange(len(value))
            parent[key] = value[:at] + chr(ord(value[at]) ^ 1 << generator.randrange(7)) + value[at + 1 :]
        case _:
            parent[key] = copy.deepcopy(generator.choice(_VALUES))


def _cut(data: bytes, generator: random.Random) -> bytes:
    start, end = sorted(generator.randrange(len(data)) for _ in range(2))
    return generator.choice((data[:start], data[:start] + data[end:], data[:end] + data[start:]))


def attempt(count: int, seed: int, folder: Path) -> Tried:
    """Try mutants, each as the signature of the file and of another one.

    Raises:
        AssertionError: something unsigned was accepted.
        Exception: whatever left the verifier that is no refusal.
    """
    first, second = signed(folder / "1", rekor=1), signed(folder / "2", rekor=2)
    file, public = _signed_by_key(folder / "3")
    paths = [path for it in (first, second) for path in (it.bundle, it.provenance)]
    documents = [json.loads(path.read_bytes()) for path in (*paths, message_bundle(file), PROVENANCE.bundle(file))]
    digest = _sha256(first.file)
    allowed = (Identity("dev@example.com", "", instance().issuer), Key(public))
    trust = _Loaded(trusted_root=first.trusted_root)
    accepted, slowest, made = 0, 0.0, mutants(documents, seed)
    changed: Counter[str] = Counter()
    for _ in range(count):
        data = next(made)
        started = time.perf_counter()
        found = _try(data, digest, allowed, trust)
        slowest = max(slowest, time.perf_counter() - started)
        assert _try(data, _OTHER, allowed, trust) is None
        if found:
            accepted += 1
            if (mutant := json.loads(data)) not in documents:
                changed[min((_difference(mutant, it) for it in documents), key=len)] += 1
    return Tried(accepted, count - accepted, slowest, dict(changed))


def _signed_by_key(folder: Path) -> tuple[Path, Path]:
    file = unsigned(folder)
    private, public = write_keys(folder)
    sign(file, lambda: KeySigner(read_private(private)))
    return file, public


def _difference(one: Any, other: Any, key: str = "") -> str:
    """Where two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys())
        return " ".join(filter(None, (_difference(one.get(name), other.get(name), f"{key}.{name}") for name in names)))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return " ".join(filter(None, (_difference(a, b, f"{key}[]") for a, b in zip(one, other, strict=True))))
    return "" if one == other else key


def _try(data: bytes, digest: bytes, allowed: tuple[Signer, ...], trust: Trust) -> Signature | None:
    try:
        return check(parse(data, "mutant"), digest, allowed, trust)
    except RefusedError:
        return None


class _Loaded(Trust):
    """A trusted root that is read once."""

    _root: Any = None

    def load(self, certificate: Any = None) -> Any:
        _Loaded._root = _Loaded._root or super().load(certificate)
        return _Loaded._root


def _sha256(file: Path) -> bytes:
    return hashlib.sha256(file.read_bytes()).digest()


def main() -> None:
    """Try as many as the command line says."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        print(attempt(count, 0, Path(folder)))  # noqa: T201 - the result


if __name__ == "__main__":
    main()
