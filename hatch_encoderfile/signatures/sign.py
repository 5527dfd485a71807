"""Sign a file and the statements beside it: one certificate or key, detached bundles, the file as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.files import limits

from . import bundles, intoto, oms, sidecars
from .errors import signing
from .subject import read_any, read_encoderfile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .subject import Subject


DSSE = b"DSSEv1 "


class BundleSigner(Protocol):
    """Makes bundles."""

    @property
    def described(self) -> str:
        """Who signs."""

    @property
    def verify_with(self) -> str:
        """The options that a verifier gives to expect this signer."""

    def message(self, sha256: bytes) -> bytes:
        """A bundle that signs the file with this SHA-256."""

    def statement(self, statement: bytes) -> bytes:
        """A bundle that signs an in-toto Statement."""

    def model(self, statement: bytes) -> bytes:
        """An OpenSSF Model Signing bundle that signs a Statement."""


class Signed(NamedTuple):
    """What was signed, by whom, how to ask for that, the bundles that were written, and those left from an earlier time."""

    sha256: str
    signer: str
    verify_with: str
    bundles: tuple[Path, ...]
    stale: tuple[Path, ...] = ()


def sign(
    file: Path,
    signer: Callable[[], BundleSigner],
    *,
    statements: Sequence[Path] | None = None,
    model_signing: bool = False,
    any_file: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Signed:
    """Write the bundles of a file, and of the statements about it, beside it.

    Args:
        file: what to sign; every byte is checked first.
        signer: makes the signer once everything is ready: its certificate is valid for minutes.
        statements: by default the provenance and the SBOM that a build left beside the file.
        model_signing: write an OpenSSF Model Signing bundle too.
        any_file: sign a file that is no encoderfile.
        progress: told how many bytes have been read, piece by piece.

    Raises:
        IntegrityError: the file is broken.
        UsageError: a statement is not about the file, the file would pass for one, or there is no identity to sign with.
        SigningError: a service did not answer as it should. No bundle was written.
    """
    try:
        subject = read_any(str(file), progress) if any_file else read_encoderfile(file, progress)
    except (OSError, ValueError) as error:
        raise EncoderfileError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    # A signature over the bytes that DSSE signs is one over the statement in them, about whatever file that names.
    if subject.head.startswith(DSSE):
        raise UsageError(
            f"{file}: begins as a signed statement does (DSSE): its signature would pass for the statement's"
        )
    to_sign = _statements(file, subject, statements)
    with signing():
        by = signer()
        made = {sidecars.message_bundle(file): by.message(subject.sha256)}
        made |= {path: by.statement(statement.data) for path, statement in to_sign.items()}
        if model_signing:
            model = oms.statement(file.name, subject.sha256)
            made[sidecars.oms_bundle(file)] = by.model(model.data)
    bundles.write(made)
    beside = (item.bundle(file) for item in sidecars.ATTESTATIONS.values())
    stale = tuple(path for path in beside if path not in made and path.exists())
    return Signed(subject.sha256.hex(), by.described, by.verify_with, tuple(made), stale)


def _statements(file: Path, subject: Subject, given: Sequence[Path] | None) -> dict[Path, intoto.Statement]:
    """The statements by the bundle that will sign them."""
    if given is None:
        expected = [item.statement(file) for item in sidecars.ATTESTATIONS.values()]
        given = [path for path in expected if path.exists()]
    found: dict[Path, intoto.Statement] = {}
    for path in given:
        try:
            data = limits.STATEMENT.read(path)
            statement = intoto.from_sidecar(data, file.name, subject.sha256.hex())
        except OSError as error:
            raise EncoderfileError(f"{path}: {error.strerror or error}") from None
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
        attestation = sidecars.ATTESTATIONS.get(statement.predicate_type)
        if attestation is None:
            known = ", ".join(sidecars.ATTESTATIONS)
            raise UsageError(f"{path}: predicate type {statement.predicate_type!r}, expected one of {known}")
        if attestation.bundle(file) in found:
            raise UsageError(f"{path}: a second {attestation.name}: sign one")
        found[attestation.bundle(file)] = statement
    return found
