"""What provenance says of where a file is from, compared with what the signer's certificate and the file itself say.

Whoever signs can write any statement. What the CA put into the certificate they could not choose, so a statement that says
otherwise is refused, as slsa-verifier does; and what the certificate does not vouch for is the signer's claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatch_encoderfile.signatures.slsa import BUILD_TYPE, GITHUB_WORKFLOW, LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.format.manifest import Manifest
    from hatch_encoderfile.signatures.claims import Claims
    from hatch_encoderfile.signatures.slsa import Provenance

_GITHUB = "https://token.actions.githubusercontent.com/"
_RUNNER = "https://github.com/actions/runner/"
_REFS, _SSH = "@refs/", "ssh://"


def vouches(claims: Claims | None, builder: str) -> bool:
    """Whether a certificate says that the builder of this id signed: the workflow, or the kind of its runner."""
    if claims is None:
        return False
    # Only GitHub's word on runners is one about GitHub's runners.
    knows = claims.runner_environment and f"{claims.issuer}/".startswith(_GITHUB)
    runner = f"{_RUNNER}{claims.runner_environment}" if knows else ""
    return builder in {claims.build_signer, runner} - {""}


def source_of(provenance: Provenance) -> tuple[str, str]:
    """The repository, with its ref, and the commit that provenance names; empty where it names none."""
    named = provenance.dependency("repository")
    source = named or next((item for item in provenance.dependencies if "gitCommit" in item.get("digest", {})), {})
    return source.get("uri", ""), source.get("digest", {}).get("gitCommit", "")


def contradictions(provenance: Provenance, claims: Claims | None, manifest: Manifest | None) -> list[str]:
    """What the provenance says otherwise than the certificate or the file, a line each."""
    found = [] if claims is None else list(_against_certificate(provenance, claims))
    if manifest is not None and provenance.build_type == BUILD_TYPE:
        found += _against_file(provenance, manifest)
    return found


def _against_certificate(provenance: Provenance, claims: Claims) -> Iterator[str]:
    if provenance.builder != LOCAL and not vouches(claims, provenance.builder):
        signer = claims.build_signer or claims.identity
        yield f"builder {provenance.builder!r} is not who signed: the certificate is of {signer!r}"
    for what, said, certified in _pairs(provenance, claims):
        if said and said != certified:
            yield f"{what} {said!r}, and the certificate says {certified or 'nothing of that'!r}"


def _pairs(provenance: Provenance, claims: Claims) -> Iterator[tuple[str, str, str]]:
    """What both may speak of: its name, what the provenance says, what the certificate says."""
    said, commit = source_of(provenance)
    if provenance.build_type == GITHUB_WORKFLOW:
        workflow = provenance.parameters["workflow"]
        yield "workflow repository", workflow["repository"], claims.source_repository
        yield "workflow ref", workflow["ref"], claims.source_ref
        yield "workflow", f"{workflow['repository']}/{workflow['path']}@{workflow['ref']}", claims.build_config
        yield "run", str(provenance.metadata.get("invocationId", "")), claims.run
    uri, ref = _repository(said)
    # Of a person's certificate, which names no repository, a checkout contradicts nothing.
    if claims.source_repository:
        yield "commit", commit, claims.source_digest
        yield "repository", uri, claims.source_repository
        yield "ref", ref, claims.source_ref
    yield from _environment(provenance, claims)


def _environment(provenance: Provenance, claims: Claims) -> Iterator[tuple[str, str, str]]:
    """What the environment of the build claimed, which `encoderfile build` writes down as that."""
    said = provenance.internal.get("environmentClaims")
    if not isinstance(said, dict) or not claims.source_repository:
        return
    server, name = (str(said.get(key, "")) for key in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"))
    yield "GITHUB_REPOSITORY", f"{server}/{name}" if server and name else "", claims.source_repository
    yield "GITHUB_REF", str(said.get("GITHUB_REF", "")), claims.source_ref
    yield "GITHUB_SHA", str(said.get("GITHUB_SHA", "")), claims.source_digest


def _repository(uri: str) -> tuple[str, str]:
    """Address and ref of `git+https://host/path.git@refs/…`, the address as a certificate has it."""
    address, at, ref = uri.removeprefix("git+").partition(_REFS)
    address = address.rstrip("/").removesuffix(".git")
    # The same repository, read by another protocol.
    return f"https://{address[len(_SSH) :]}" if address.startswith(_SSH) else address, f"{at[1:]}{ref}"


def _against_file(provenance: Provenance, manifest: Manifest) -> Iterator[str]:
    spec = provenance.parameters["spec"]
    pairs = {
        "name": (spec.get("name"), manifest.name),
        "version": (spec.get("version"), manifest.version),
        "licence": (spec.get("license", ""), manifest.license),
        "source": (spec.get("source", ""), manifest.source),
    }
    if manifest.base:
        digest = provenance.dependency("base").get("digest", {}).get("sha256")
        pairs["base"] = (digest, manifest.base.sha256.hex())
    for what, (said, held) in pairs.items():
        # A layout that has no room for a value records none.
        if held and said != held:
            yield f"{what} {said!r}, and the file says {held!r}"
