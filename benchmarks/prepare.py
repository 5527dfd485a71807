"""What the figures of inference are measured with: the encoderfile, the model for the peers, and texts with their ids.

`prepare.py FOLDER PYTHON`; PYTHON is the one that has the peers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from measure import environment
from models import declare, minilm
from texts import sentences, write_lines

SEARCHED = 10_000  # lines


class Prepared(NamedTuple):
    """Where things are in a folder."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "bench.encoderfile"

    @property
    def model(self) -> Path:
        """A directory in Hugging Face's layout, with opt.onnx and int8.onnx where they could be made."""
        return self.folder / "model"

    @property
    def given(self) -> Path:
        """JSON: 1,000 texts, their `ids`, `long` ones of 128 ids, and `short texts` of 16."""
        return self.folder / "input.json"

    @property
    def searched(self) -> list[Path]:
        """Files of lines."""
        return sorted((self.folder / "searched").iterdir())


def prepare(folder: Path, peers: str) -> Prepared:
    """In a process of its own, because what is measured later shares pages with what the one that starts it has loaded."""
    found = Prepared(folder)
    if not found.given.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, __file__, str(folder), peers], check=True, env=environment())
    return found


def main(folder: Path, peers: str) -> None:
    from encoderfile_runtime import load

    found = Prepared(folder)
    encoderfile = str(Path(sys.executable).with_name("encoderfile"))
    build = [
        encoderfile,
        "build",
        "-f",
        str(declare(folder / "repo", minilm())),
        "-o",
        str(found.file),
        "--allow-outside",
        str(minilm()),
    ]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.copytree(minilm(), found.model, dirs_exist_ok=True)
    export = [peers, str(Path(__file__).with_name("export_onnx.py")), str(found.model)]
    if subprocess.run(export, check=False, capture_output=True).returncode:
        print("no ONNX model: exporting it takes torch, transformers, onnx and onnxruntime")
    write_lines(folder / "searched", SEARCHED)
    texts = sentences()
    tokenizer = load(found.file).tokenizer
    ids = [tokenizer.encode(text).ids for text in texts]
    joined = [token for sequence in ids for token in sequence[1:-1]]
    long = [[ids[0][0], *joined[start : start + 126], ids[0][-1]] for start in range(0, 1260, 126)]
    short = [text for text, sequence in zip(texts, ids, strict=True) if len(sequence) == 16]
    found.given.write_text(json.dumps({"ids": ids, "long": long, "texts": texts, "short texts": short}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
