"""Every parser of what somebody else may have written, with sound input to start from.

`python -m support.parsers COUNT SEED [NAME…]` tries that many mutants, says how many were refused, and which took longest.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
import sys
import tempfile
import time
import traceback
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from golden.make_embd import seal

from encoderfile_runtime.embd.file import parse as parse_embd
from encoderfile_runtime.errors import EncoderfileError
from encoderfile_runtime.format import manifest, zstd
from encoderfile_runtime.format.base_archive import read_base
from encoderfile_runtime.format.container import Container
from encoderfile_runtime.format.describe import describe
from encoderfile_runtime.format.footer import Footer
from encoderfile_runtime.format.layout import comment
from encoderfile_runtime.format.verify import verify
from encoderfile_runtime.tokenizer.tokenizer import Tokenizer
from hatch_encoderfile.bases.description import BaseDescription
from hatch_encoderfile.files import zstd as our_zstd
from hatch_encoderfile.files.boundary import Boundary
from hatch_encoderfile.models.inputs import InputFiles
from hatch_encoderfile.models.load import load
from hatch_encoderfile.provenance.git import Repository
from hatch_encoderfile.sbom import licenses, model_card
from hatch_encoderfile.signatures import bundles, identity_pattern, intoto, slsa
from hatch_encoderfile.spec import read_spec
from hatch_encoderfile.standards import json as strict_json
from hatch_encoderfile.standards import spdx
from hatch_encoderfile.verification.policy import read_policy
from hatch_encoderfile.weights import safetensors, sequential
from support.git_repository import commit_all, git
from support.made_bases import base, description
from support.model_repo import tensors, tokenizer, write_model, write_safetensors
from support.mutations import json_mutant, mutant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLOWEST = 2.0  # seconds of processor time
GOLDEN = Path(__file__).parents[1] / "golden"
POLICY = b"""[[signers]]
identity-regex = "https://github\\\\.com/org/.*@refs/tags/v[0-9]+(\\\\.[0-9]+)*"
issuer = "https://token.actions.githubusercontent.com"
source-ref = "refs/tags/v1"

[[signers]]
key = "key.pub"

[require]
provenance = true

[allow]
licenses = ["Apache-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"]
sources = ["pkg:huggingface/a/*"]
"""
SPEC = b"""[project]
name = "tiny"
dynamic = ["version"]

[tool.encoderfile]
version = "1.0.0"
model-type = "sentence_embedding"
path = { config = "config.json", weights = "w", tokenizer = 'tokenizer.json' }
created = 2021-08-30T00:00:00Z
source = "pkg:huggingface/a/b@c"
license = "Apache-2.0 OR (MIT AND GPL-2.0-only WITH Classpath-exception-2.0)"
targets = ["portable"]
tokenizer = { pad-strategy = { fixed = 3 }, max-length = 5 }
attachments = ["a"]
"""
YAML = b"""# a model
encoderfile:
  name: tiny
  version: "1.0"
  path: &path
    model_config_path: config.json
    model_weights_path: 'model.safetensors'
    tokenizer_path: "tokenizer\\x2ejson"
  model_type: embedding
  targets: [portable]
  license: >-
    MIT
  tokenizer: {pad_strategy: {fixed: 0x10}, max_length: 0o7}
"""
CARD = b"""---
license: apache-2.0
language: [en, "fr"]
datasets:
- squad
model-index:
- name: tiny
  results:
  - task: {type: Retrieval}
    dataset: {name: MTEB, type: mteb, split: test}
    metrics:
    - type: ndcg
      value: 1.5
---
# Tiny
"""


class Parser(NamedTuple):
    """A parser.

    Attributes:
        seeds: sound input.
        read: takes it, or raises one of `refusals`.
        mutate: changes it.
    """

    seeds: tuple[bytes, ...]
    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = (EncoderfileError,)
    mutate: Callable[[bytes, Random], bytes] = mutant


class Tried(NamedTuple):
    """What became of some mutants; `slowest` in seconds of processor time, with the mutant that took them."""

    accepted: int
    refused: int
    slowest: float
    mutant: bytes


def attempt(parser: Parser, count: int, random: Random) -> Tried:
    """Try mutants of a parser's input; any other exception than its refusals comes through, with the mutant as a note."""
    refused, slowest, worst = 0, 0.0, b""
    for _ in range(count):
        data = parser.mutate(random.choice(parser.seeds), random)
        start = time.process_time()
        try:
            parser.read(data)
        except parser.refusals:
            refused += 1
        except BaseException as error:
            raise CrashError(data) from error
        took = time.process_time() - start
        if took > slowest:
            slowest, worst = took, data
    return Tried(count - refused, refused, slowest, worst)


class CrashError(Exception):
    """A parser raised what is no refusal; the argument is the mutant."""


def parsers(root: Path) -> dict[str, Parser]:
    """All parsers by name; what they read lies in a folder of tests."""
    return {**_weights(root), **_documents(root), **_formats(root), **_signed(), **_models(root), **_repositories(root)}


def _file(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    path.parent.mkdir(parents=True, exist_ok=True)

    def read_data(data: bytes) -> object:
        path.write_bytes(data)
        return read(path)

    return read_data


def _golden(pattern: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(GOLDEN.glob(pattern)))


def _weights(root: Path) -> dict[str, Parser]:
    path = root / "weights" / "model.safetensors"
    path.parent.mkdir()
    write_safetensors(path, dict(tensors()))
    whole = path.read_bytes()
    (length,) = struct.unpack_from("<Q", whole)
    header, data = whole[8 : 8 + length], whole[8 + length :]
    names = json.loads(header)
    index = json.dumps({"metadata": {}, "weight_map": dict.fromkeys(names, "part.safetensors")}).encode()
    path.with_name("part.safetensors").write_bytes(whole)

    def with_header(changed: bytes) -> object:
        path.write_bytes(struct.pack("<Q", len(changed)) + changed + data)
        return safetensors.read(path)

    def embd(changed: bytes) -> None:
        file = parse_embd(changed, "mutant")
        file.verify_checksums()
        file.check_vocabulary()
        for name in file.entries:
            file.tensor(name)

    return {
        "safetensors": Parser(
            _golden("safetensors/*.safetensors"), _file(root / "weights" / "a.safetensors", safetensors.read)
        ),
        "safetensors header": Parser((header,), with_header, mutate=json_mutant),
        "safetensors index": Parser(
            (index,), _file(root / "weights" / "a.safetensors.index.json", safetensors.read), mutate=json_mutant
        ),
        "EMBD": Parser(_golden("embd/*.embd"), embd),
        "EMBD, checksums right": Parser(_golden("embd/*.embd"), lambda data: embd(_sealed(data))),
        "sequential": Parser(_golden("embd/*.bin"), _file(root / "weights" / "a.bin", sequential.read)),
    }


def _sealed(data: bytes) -> bytes:
    try:
        return seal(data)
    except (struct.error, IndexError, ValueError):
        return data


def _documents(root: Path) -> dict[str, Parser]:
    def expression(data: bytes) -> bool:
        return identity_pattern.matches(
            data.decode("utf-8", "replace"), "https://github.com/org/x@refs/tags/v1" + "a" * 900
        )

    def licence(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        allowed = spdx.allows(text, ["MIT", "Apache-2.0"])
        if fault := spdx.fault_in(text):
            raise EncoderfileError(fault)
        licenses.to_spdx(text)
        licenses.all_of([text, "MIT" if allowed else text])

    return {
        "spec in TOML": Parser((SPEC,), _file(root / "toml" / "pyproject.toml", read_spec)),
        "spec in YAML": Parser((YAML,), _file(root / "yaml" / "encoderfile.yml", read_spec)),
        "policy": Parser((POLICY,), _file(root / "policy" / "policy.toml", read_policy)),
        "model card": Parser((CARD,), model_card.read),
        "licence expression": Parser(
            (b"Apache-2.0 OR (MIT AND GPL-2.0-only WITH Classpath-exception-2.0) AND LicenseRef-x",), licence
        ),
        "identity expression": Parser(
            (
                rb"https://github\.com/org/.*@refs/(tags|heads)/v[0-9]+(\.[0-9]{1,3})*",
                rb"[a-z]+(?:\w|-)+?@(?!x)[^@\s]+$",
            ),
            expression,
            (ValueError,),
        ),
    }


def _formats(root: Path) -> dict[str, Parser]:
    def container(path: Path) -> None:
        found = Container(str(path))
        describe(found)
        verify(found)

    def behind_a_manifest(data: bytes) -> None:
        whole = _golden("container/tiny.encoderfile")[0]
        place = Container(str(GOLDEN / "container" / "tiny.encoderfile")).footer
        end = comment(data, Footer(place[0], len(data)))
        path = root / "formats" / "b.encoderfile"
        path.write_bytes(whole[: place[0]] + data + whole[sum(place) : -64] + end)
        container(path)

    def archive(data: bytes) -> None:
        found = read_base(memoryview(data), "mutant")
        if found is not None:
            found.resource("base.json")

    def frame(data: bytes) -> bytes:
        return zstd.decompress(data, len(_TEXT), "mutant", "part", our_zstd.decompress)

    return {
        "manifest": Parser(_golden("manifest/*.binpb"), lambda data: manifest.parse(data, "mutant")),
        "container": Parser(
            (*_golden("container/*.encoderfile"), *_golden("mozilla/*.encoderfile")),
            _file(root / "formats" / "a.encoderfile", container),
        ),
        "container's manifest": Parser(_golden("manifest/*.binpb"), behind_a_manifest),
        "zstd frame": Parser(tuple(bytes(b"".join(our_zstd.ZstdBlob(_TEXT).chunks())) for _ in range(1)), frame),
        "base archive": Parser((base(),), archive),
        "base description": Parser((description().dump(),), BaseDescription.parse, mutate=json_mutant),
    }


_TEXT = b"zstd holds text of any kind, and text again. " * 40


def _signed() -> dict[str, Parser]:
    statements = (*_golden("provenance/*.json"), *_golden("bundles/*.cdx.json"))
    sha256 = json.loads(statements[0])["subject"][0]["digest"]["sha256"]

    def statement(data: bytes) -> None:
        found = intoto.from_sidecar(data, "tiny.encoderfile", sha256)
        with suppress(ValueError):  # what is no provenance is refused as that
            slsa.read(found.predicate)
        intoto.same(found, found)

    return {
        "bundle": Parser(
            _golden("bundles/*/*.sigstore.json"), lambda data: bundles.parse(data, "mutant"), mutate=json_mutant
        ),
        "statement": Parser(statements, statement, (ValueError,), json_mutant),
    }


def _models(root: Path) -> dict[str, Parser]:
    found = {}
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "modules.json", "1_Pooling/config.json"):
        folder = root / "models" / name.replace("/", "_")
        folder.mkdir(parents=True)
        write_model(folder / "model")
        spec = folder / "pyproject.toml"
        spec.write_bytes(
            b'[project]\nname = "a"\nversion = "1"\n[tool.encoderfile]\nmodel-type = "sentence_embedding"\npath = "model"\n'
        )
        path = folder / "model" / name
        found[name] = Parser((path.read_bytes(),), _file(path, _front_end(spec)), mutate=json_mutant)
    for name, definition in _tokenizers().items():
        found[name] = Parser((definition,), _tokenize, mutate=json_mutant)
    return found


def _front_end(path: Path) -> Callable[[Path], object]:
    [spec] = read_spec(path)

    def read(_path: Path) -> None:
        with InputFiles({}, None, Boundary(path.parent)) as inputs:
            load(spec, inputs)
            inputs.complete()

    return read


def _tokenizers() -> dict[str, bytes]:
    plain = tokenizer()
    merges = ["t h", "th e", "a b"]
    bpe = plain | {
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "NFKC"},
                {"type": "Replace", "pattern": {"Regex": "\\s+(?=a)"}, "content": " "},
                {"type": "Prepend", "prepend": "_"},
                {"type": "StripAccents"},
                {"type": "Lowercase"},
            ],
        },
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {
                    "type": "Split",
                    "pattern": {"Regex": "\\p{L}+|\\d{1,3}|[^\\s]"},
                    "behavior": "Isolated",
                    "invert": False,
                },
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}},
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "[UNK]",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": plain["model"]["vocab"] | {"th": 60, "ab": 61},
            "merges": merges,
        },
    }
    unigram = plain | {
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": True, "strip_right": True}]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True},
        "post_processor": None,
        "model": {
            "type": "Unigram",
            "unk_id": 1,
            "byte_fallback": False,
            "vocab": [[token, -1.5 * index] for token, index in plain["model"]["vocab"].items()],
        },
    }
    named = {"tokenizer of BERT": plain, "tokenizer of BPE": bpe, "tokenizer of Unigram": unigram}
    return {name: json.dumps(definition).encode() for name, definition in named.items()}


def _tokenize(data: bytes) -> None:
    try:
        definition = strict_json.parse(data)
    except ValueError as error:
        raise EncoderfileError(str(error)) from None
    made = Tokenizer.from_json(definition)
    for text in ("the model runs", "a" * 500 + "!", "   ", "ﬁ é\u0301 \U0001f600 [MASK]x", ""):
        made.encode(text)


def _repositories(root: Path) -> dict[str, Parser]:
    if shutil.which("git") is None:
        return {}
    found = {}
    top = root / "git"
    for folder in (top, top / "model"):
        folder.mkdir(parents=True, exist_ok=True)
        for index in range(3):
            (folder / f"file{index}").write_bytes(b"some text that repeats " * 20 + str(index).encode())
    commit_all(top)
    (top / "file0").write_bytes(b"some text that repeats " * 21)
    commit_all(top)
    packed = root / "packed"
    shutil.copytree(top, packed)
    git(packed, "gc", "-q")
    pack = next((packed / ".git" / "objects" / "pack").glob("*.pack"))
    pack.chmod(0o644)
    pack.with_suffix(".idx").chmod(0o644)
    for name, folder, file in (
        ("git pack", packed, pack),
        ("git pack index", packed, pack.with_suffix(".idx")),
        ("git packed refs", packed, packed / ".git" / "packed-refs"),
        ("git config", top, top / ".git" / "config"),
        ("git HEAD", top, top / ".git" / "HEAD"),
    ):
        found[name] = Parser((file.read_bytes(),), _one_file(file, folder))
    loose = [path for path in sorted((top / ".git" / "objects").glob("??/*")) if path.is_file()]
    streams = tuple(zlib.decompress(path.read_bytes()) for path in loose)
    trees = tuple(stream for stream in streams if not stream.startswith(b"blob"))
    found["git object"] = Parser(trees, _objects(top, dict(zip(streams, loose, strict=True))))
    return found


def _one_file(file: Path, folder: Path) -> Callable[[bytes], object]:
    sound = file.read_bytes()

    def read(data: bytes) -> None:
        file.write_bytes(data)
        try:
            _look(folder)
        finally:
            file.write_bytes(sound)

    return read


def _objects(top: Path, paths: dict[bytes, Path]) -> Callable[[bytes], object]:
    """Objects under the name that their bytes have, as the commit that is checked out."""
    head = top / ".git" / "HEAD"
    sound = head.read_bytes()

    def read(data: bytes) -> None:
        name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = top / ".git" / "objects" / name[:2] / name[2:]
        is_new = not path.exists()
        path.parent.mkdir(exist_ok=True)
        if is_new:
            path.write_bytes(zlib.compress(data))
        if data.startswith(b"tree"):
            commit = b"tree %s\nauthor a <a> 0 +0000\n\n" % name.encode()
            return read(b"commit %d\0" % len(commit) + commit)
        head.write_text(f"{name}\n", encoding="ascii")
        try:
            _look(top)
        finally:
            head.write_bytes(sound)
            if is_new:
                path.unlink()

    return read


def _look(folder: Path) -> None:
    repository = Repository.of(folder)
    if repository is not None:
        for name in (["file0"], ["model", "file1"], ["missing"]):
            blob = repository.file(name)
            if blob:
                repository.pointer(blob)
                repository.hasher(blob, 483)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(arguments: list[str]) -> int:
    """Try mutants of all parsers, or of those that are named; what failed is kept as files, and counts against the exit code."""
    count, seed, *names = arguments
    failed = 0
    with _folder() as root:
        known = parsers(root)
        chosen = names or list(known)
        print(f"{'parser':<24}{'mutants':>9}{'accepted':>9}{'slowest':>9}")  # noqa: T201 - the result
        for name in chosen:
            random = Random(f"{seed} {name}")  # noqa: S311 - repeatable, not secret
            left = int(count) // len(chosen)
            total, accepted, slowest = 0, 0, 0.0
            while left > 0:
                try:
                    tried = attempt(known[name], min(left, 500), random)
                except CrashError as error:
                    failed += 1
                    _keep(name, error.args[0], failed)
                    traceback.print_exception(error.__cause__)
                else:
                    total, accepted = total + tried.accepted + tried.refused, accepted + tried.accepted
                    slowest = max(slowest, tried.slowest)
                    if tried.slowest > SLOWEST:
                        failed += 1
                        _keep(name, tried.mutant, failed)
                left -= 500
            print(f"{name:<24}{total:>9}{accepted:>9}{slowest:>8.2f}s", flush=True)  # noqa: T201 - the result
    return min(failed, 1)


def _keep(name: str, data: bytes, number: int) -> None:
    path = Path(tempfile.gettempdir()) / f"mutant-{name.replace(' ', '-').replace('/', '-')}-{number}"
    path.write_bytes(data)
    print(f"kept as {path}")  # noqa: T201 - the result


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
