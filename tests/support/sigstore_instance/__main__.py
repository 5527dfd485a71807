"""`python -m sigstore_instance FOLDER`: run an instance and write there what its clients need, until it is stopped."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path

from support.sigstore_instance import Instance

_DAY = 86400  # seconds


def write_files(instance: Instance, folder: Path, identity: str) -> None:
    """Trusted root, signing configs, trust configs and a token; the token comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "trusted_root": instance.trusted_root(),
        "signing_config": instance.signing_config(),
        "signing_config_v1": instance.signing_config(1),
        "trust_config": instance.trust_config(),
        "trust_config_v1": instance.trust_config(1),
    }
    for name, value in files.items():
        (folder / f"{name}.json").write_text(json.dumps(value, indent=1))
    waiting = folder / "token.new"
    waiting.write_text(instance.token(identity, _DAY))
    waiting.replace(folder / "token")


def main() -> None:
    """Serve until the process ends."""
    parser = argparse.ArgumentParser(prog="python -m sigstore_instance", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--identity", default="dev@example.com")
    options = parser.parse_args()
    with Instance(options.port) as instance:
        write_files(instance, options.folder, options.identity)
        threading.Event().wait()


if __name__ == "__main__":
    main()
