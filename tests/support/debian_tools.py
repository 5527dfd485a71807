"""cosign and sigstore-go from Debian unstable, unpacked into a folder: nothing is installed, apt checks Debian's signatures."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PACKAGES = ("cosign", "sigstore-go")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TIMEOUT = 120  # seconds


class UnavailableError(Exception):
    """Why the programs cannot be had here."""


def fetch(folder: Path) -> Path:
    """The folder with the programs, fetched into `folder` once.

    Raises:
        UnavailableError: this is no Debian with a network.
    """
    programs = folder / "root" / "usr" / "bin"
    if (programs / "cosign").exists():
        return programs
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb") and _KEYRING.exists()):
        raise UnavailableError("needs apt-get, dpkg-deb and Debian's archive keyring")
    downloads, unpacked = folder / "downloads", folder / "unpacked"
    for path in (folder / "state" / "lists" / "partial", folder / "cache" / "archives" / "partial", downloads):
        path.mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {_mirror(folder)} sid main\n")
    settings = {
        "Dir::Etc::SourceList": sources,
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": folder / "state",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Retries": 0,
        "Acquire::http::Timeout": 10,
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-qq", *(part for key, value in settings.items() for part in ("-o", f"{key}={value}"))]
    _run([*apt, "--error-on=any", "update"], downloads)
    _run([*apt, "download", *PACKAGES], downloads)
    for package in downloads.glob("*.deb"):
        _run(["dpkg-deb", "--extract", str(package), str(unpacked)], downloads)
    unpacked.rename(folder / "root")
    return programs


def _mirror(folder: Path) -> str:
    """The archive that this machine takes its own packages from."""
    listed = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], folder)
    uris = [uri for uri in listed.split() if uri.rstrip("/").endswith("/debian")]
    if not uris:
        raise UnavailableError("this machine takes no packages from a Debian archive")
    return uris[0]


def _run(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=_TIMEOUT)
    except subprocess.CalledProcessError as error:
        raise UnavailableError(f"{command[0]}: {' '.join(error.stderr.split())[:200]}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnavailableError(f"{command[0]}: {error}") from None
    return done.stdout
