"""`verify --sigstore` against sha256sum and the import of sigstore: time, and the memory of each."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Measurement, interleaved, save
from models import declare, minilm, random_bert

IMPORT = "from sigstore.verify import Verifier"
NAME, OPTIONS = "bench.encoderfile", "options.json"


def prepare(folder: Path, kind: str) -> None:
    """Build a model in `folder` and sign it with a loopback instance; writes the options that verify it."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from support.sigstore_instance import Instance

    from hatch_encoderfile.build import build
    from hatch_encoderfile.signatures.keyless import keyless_signer
    from hatch_encoderfile.signatures.sign import sign
    from hatch_encoderfile.spec import read_spec

    model = minilm() if kind == "MiniLM" else random_bert(folder / "model", 18, 1024)
    spec = read_spec(declare(folder / "repo", model))[0]
    file = build(spec, target="portable", output=folder / NAME, allow_outside=(model,)).path
    config, root = folder / "config.json", folder / "root.json"
    with Instance() as instance:
        config.write_text(json.dumps(instance.trust_config()))
        root.write_text(json.dumps(instance.trusted_root()))
        sign(file, lambda: keyless_signer(instance.token("dev@example.com"), config, staging=False))
        options = ["--identity", "dev@example.com", "--issuer", instance.issuer, "--trusted-root", str(root)]
    (folder / OPTIONS).write_text(json.dumps(options))


def figures(folder: Path, kind: str, rounds: int) -> dict[str, float]:
    """The figures of one model."""
    # In a process of its own: the system counts what this one holds as the peak of whatever it starts.
    subprocess.run([sys.executable, __file__, str(folder), kind], check=True)
    file, options = folder / NAME, json.loads((folder / OPTIONS).read_text())
    encoderfile = str(Path(sys.executable).with_name("encoderfile"))
    taken = interleaved(
        {
            "sha256sum": [["sha256sum", str(file)]],
            "import sigstore": [[sys.executable, "-c", IMPORT]],
            "verify": [[encoderfile, "verify", str(file)]],
            "verify --sigstore": [[encoderfile, "verify", "--sigstore", str(file), *options]],
        },
        rounds,
    )
    return _ratios(taken) | {"file bytes": file.stat().st_size}


def _ratios(taken: dict[str, Measurement]) -> dict[str, float]:
    seconds = {f"{name}, s": round(item.seconds, 3) for name, item in taken.items()}
    peaks = {f"{name}, peak MB": round(item.peak_bytes / 1e6, 1) for name, item in taken.items()}
    ours, sha256sum = taken["verify --sigstore"].seconds, taken["sha256sum"].seconds
    floor = sha256sum + taken["import sigstore"].seconds
    return (
        seconds
        | peaks
        | {
            "verify --sigstore / (sha256sum + import sigstore)": round(ours / floor, 3),
            "verify --sigstore - sha256sum, s": round(ours - sha256sum, 3),
        }
    )


def main() -> None:
    """Measure MiniLM and a model of 1 GB, print and save."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {
            "MiniLM": figures(folder / "minilm", "MiniLM", rounds=9),
            "random BERT of 1 GB": figures(folder / "large", "random BERT", rounds=5),
        }
    for model, items in found.items():
        print(model)
        for key, value in items.items():
            print(f"  {key:<50} {value}")
    save("verify_sigstore", {**found})


if __name__ == "__main__":
    if len(sys.argv) > 1:
        prepare(Path(sys.argv[1]), sys.argv[2])
    else:
        main()
