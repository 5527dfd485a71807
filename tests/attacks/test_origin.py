"""Each way in which provenance can say of a file's origin what its signer's certificate or the file does not."""

from __future__ import annotations

import base64
import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import GITHUB, WORKFLOW, edit, instance, sign_statement, signed, unsigned, write_keys

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.signatures.claims import Claims
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.keys import KeySigner, read_private
from hatch_encoderfile.signatures.sidecars import PROVENANCE
from hatch_encoderfile.signatures.sign import sign
from hatch_encoderfile.signatures.slsa import BUILD_TYPE, GITHUB_WORKFLOW, read
from hatch_encoderfile.verification.demand import Options, demand
from hatch_encoderfile.verification.origin import vouches
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.signed_files import SignedFile

    Document = dict[str, Any]

REPOSITORY = "https://github.com/acme/models"
REF = "refs/heads/main"
RUN = f"{REPOSITORY}/actions/runs/42/attempts/1"
BY_WORKFLOW = {"identity": WORKFLOW, "issuer": GITHUB}


def _said(bundle: Path) -> Document:
    payload = json.loads(bundle.read_bytes())["dsseEnvelope"]["payload"]
    statement: Document = json.loads(base64.b64decode(payload))
    return statement


def _resign(it: SignedFile, change: Callable[[Document], object], token: str | None = None) -> None:
    """Sign provenance that says something else, as whoever signed the file could."""
    statement = _said(it.provenance)
    change(statement["predicate"])
    token = token or instance().github_token()
    it.provenance.write_bytes(sign_statement(json.dumps(statement).encode(), instance(), it.file.parent, token))
    PROVENANCE.statement(it.file).unlink()


def _refuse(it: SignedFile, message: str, **options: Any) -> None:
    with pytest.raises(RefusedError, match=message):
        verify(str(it.file), it.demand(**(BY_WORKFLOW | options)))


def _builder(name: str) -> Callable[[Document], None]:
    return lambda predicate: predicate["runDetails"]["builder"].update(id=name)


FORGED = {
    "another-workflow": "https://github.com/acme/models/.github/workflows/other.yml@refs/heads/main",
    "another-ref": WORKFLOW.replace("refs/heads/main", "refs/tags/v1"),
    "another-repository": WORKFLOW.replace("acme/models", "evil/models"),
    "a-longer-one": f"{WORKFLOW}/",
    "a-self-hosted-runner": "https://github.com/actions/runner/self-hosted",
    "another-platform": "https://gitlab.com/acme/models//.gitlab-ci.yml@refs/heads/main",
    "slsa-github-generator": "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/x.yml@v1",
}


@pytest.mark.parametrize("name", FORGED.values(), ids=list(FORGED))
def test_a_builder_that_the_certificate_does_not_name(tmp_path: Path, name: str) -> None:
    it = signed(tmp_path, github=True)
    _resign(it, _builder(name))

    _refuse(it, "provenance: builder .* is not who signed")


@pytest.mark.parametrize("name", [WORKFLOW, "https://github.com/actions/runner/github-hosted"])
def test_a_builder_that_the_certificate_names_is_vouched_for(tmp_path: Path, name: str) -> None:
    it = signed(tmp_path, github=True)
    _resign(it, _builder(name))

    outcome = verify(str(it.file), it.demand(**BY_WORKFLOW, require_provenance=True))

    assert outcome.as_json()["provenance"]["builder_vouched"] is True
    assert f"built by      {name}" in outcome.as_text()
    assert "the signer claims" not in outcome.as_text()


def test_a_runner_is_githubs_by_githubs_word_alone() -> None:
    claims = Claims("someone", "https://token.actions.githubusercontent.com.evil", runner_environment="github-hosted")
    name = "https://github.com/actions/runner/github-hosted"

    assert not vouches(claims, name)
    assert vouches(claims._replace(issuer=GITHUB), name)
    assert not vouches(claims._replace(issuer=GITHUB, runner_environment=""), "https://github.com/actions/runner/")
    assert not vouches(claims, "")


def test_a_person_is_no_runner(tmp_path: Path) -> None:
    it = signed(tmp_path)
    _resign(it, _builder("https://github.com/actions/runner/github-hosted"), instance().token())

    with pytest.raises(RefusedError, match=r"is not who signed: the certificate is of 'dev@example\.com'"):
        verify(str(it.file), it.demand())


def _by_key(folder: Path, builder: str) -> tuple[Path, Path]:
    file = unsigned(folder)
    private, public = write_keys(folder)
    edit(PROVENANCE.statement(file), lambda document: _builder(builder)(document["predicate"]))
    sign(file, lambda: KeySigner(read_private(private)))
    return file, public


def test_a_runner_that_a_key_claims_to_be_is_no_required_provenance(tmp_path: Path) -> None:
    file, public = _by_key(tmp_path, WORKFLOW)

    with pytest.raises(RefusedError, match="is what the signer claims: no certificate says so"):
        verify(str(file), demand(Options(key=public, require_provenance=True)))


def test_a_runner_that_a_key_claims_to_be_is_no_allowed_builder(tmp_path: Path) -> None:
    file, _ = _by_key(tmp_path, WORKFLOW)
    policy = tmp_path / "policy.toml"
    policy.write_text(f'[[signers]]\nkey = "key.pub"\n[allow]\nbuilders = ["{WORKFLOW}"]\n')

    with pytest.raises(RefusedError, match="is what the signer claims: no certificate says so"):
        verify(str(file), demand(Options(policy=policy)))


def test_what_a_key_says_of_its_builder_is_printed_as_a_claim(tmp_path: Path) -> None:
    file, public = _by_key(tmp_path, WORKFLOW)

    outcome = verify(str(file), demand(Options(key=public)))

    assert f"{WORKFLOW}, the signer claims" in outcome.as_text()
    assert outcome.as_json()["provenance"]["builder_vouched"] is False


def _repository(**changes: Any) -> Callable[[Document], None]:
    item = {"name": "repository", "uri": f"git+{REPOSITORY}", "digest": {"gitCommit": "0" * 40}} | changes
    return lambda predicate: predicate["buildDefinition"]["resolvedDependencies"].append(item)


def _claim(**variables: str) -> Callable[[Document], None]:
    said = {"GITHUB_SERVER_URL": "https://github.com", **variables}
    return lambda predicate: predicate["buildDefinition"].update(internalParameters={"environmentClaims": said})


OTHER_SOURCE: dict[str, tuple[Callable[[Document], None], str]] = {
    "commit": (_repository(digest={"gitCommit": "1" * 40}), "commit '1+'"),
    "repository": (
        _repository(uri="git+https://github.com/evil/models"),
        "repository 'https://github.com/evil/models'",
    ),
    "repository-longer": (_repository(uri=f"git+{REPOSITORY}-evil"), "repository"),
    "ref": (_repository(uri=f"git+{REPOSITORY}@refs/tags/v1"), "ref 'refs/tags/v1'"),
    "claimed-repository": (
        _claim(GITHUB_REPOSITORY="evil/models"),
        "GITHUB_REPOSITORY 'https://github.com/evil/models'",
    ),
    "claimed-server": (_claim(GITHUB_REPOSITORY="acme/models", GITHUB_SERVER_URL="https://evil"), "GITHUB_REPOSITORY"),
    "claimed-ref": (_claim(GITHUB_REF="refs/tags/v1"), "GITHUB_REF"),
    "claimed-commit": (_claim(GITHUB_SHA="1" * 40), "GITHUB_SHA"),
}


@pytest.mark.parametrize("case", OTHER_SOURCE)
def test_a_source_that_the_certificate_does_not_name(tmp_path: Path, case: str) -> None:
    it = signed(tmp_path, github=True)
    change, message = OTHER_SOURCE[case]
    _resign(it, change)

    _refuse(it, f"provenance: {message}.* certificate says")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_repository(), id="repository"),
        pytest.param(_repository(uri=f"git+{REPOSITORY}.git@{REF}"), id="repository-with-ref"),
        pytest.param(_repository(uri="git+ssh://github.com/acme/models.git"), id="repository-by-ssh"),
        pytest.param(_claim(GITHUB_REPOSITORY="acme/models", GITHUB_REF=REF, GITHUB_SHA="0" * 40), id="claims"),
    ],
)
def test_a_source_that_the_certificate_names_is_accepted(tmp_path: Path, change: Callable[[Document], None]) -> None:
    it = signed(tmp_path, github=True)
    _resign(it, change)

    assert verify(str(it.file), it.demand(**BY_WORKFLOW, require_provenance=True)).built


OTHER_FILE: dict[str, Callable[[Document], object]] = {
    "name": lambda spec: spec["spec"].update(name="other"),
    "version": lambda spec: spec["spec"].update(version="99"),
    "licence": lambda spec: spec["spec"].update(license="MIT"),
    "source": lambda spec: spec["spec"].pop("source"),
}


@pytest.mark.parametrize("what", OTHER_FILE)
def test_parameters_that_the_file_was_not_built_with(tmp_path: Path, what: str) -> None:
    it = signed(tmp_path, github=True)
    _resign(it, lambda predicate: OTHER_FILE[what](predicate["buildDefinition"]["externalParameters"]))

    _refuse(it, f"provenance: {what} .*, and the file says")


def test_a_base_that_is_not_in_the_file(tmp_path: Path) -> None:
    it = signed(tmp_path, github=True)

    def change(predicate: Document) -> None:
        (base,) = (item for item in predicate["buildDefinition"]["resolvedDependencies"] if item.get("name") == "base")
        base["digest"]["sha256"] = "0" * 64

    _resign(it, change)

    _refuse(it, "provenance: base .*, and the file says")


SOUND: Document = {
    "buildDefinition": {
        "buildType": BUILD_TYPE,
        "externalParameters": {"target": "portable", "spec": {"name": "a", "version": "1"}},
        "resolvedDependencies": [{"name": "base", "digest": {"sha256": "0" * 64}}],
    },
    "runDetails": {"builder": {"id": "local"}},
}
UNSOUND: dict[str, tuple[Callable[[Document], object], str]] = {
    "no-definition": (lambda it: it.pop("buildDefinition"), "has no 'buildDefinition'"),
    "no-run": (lambda it: it.pop("runDetails"), "has no 'runDetails'"),
    "something-else": (lambda it: it.update(extra=1), "has 'extra', which is not known"),
    "no-builder": (lambda it: it["runDetails"].update(builder={}), "runDetails.builder.id is missing"),
    "an-empty-builder": (_builder(""), "runDetails.builder.id is missing"),
    "a-builder-that-is-no-uri": (_builder("me"), "is no URI"),
    "another-build-type": (lambda it: it["buildDefinition"].update(buildType="https://x/"), "is not one of"),
    "a-longer-build-type": (lambda it: it["buildDefinition"].update(buildType=f"{BUILD_TYPE}x"), "is not one of"),
    "no-parameters": (lambda it: it["buildDefinition"].pop("externalParameters"), "has no 'externalParameters'"),
    "empty-parameters": (lambda it: it["buildDefinition"].update(externalParameters={}), "has no 'spec'"),
    "a-parameter-more": (lambda it: it["buildDefinition"]["externalParameters"].update(run="x"), "has 'run'"),
    "a-key-of-no-spec": (
        lambda it: it["buildDefinition"]["externalParameters"]["spec"].update(hook="x"),
        "spec has 'hook', which is not known",
    ),
    "parameters-of-another-type": (lambda it: it["buildDefinition"].update(buildType=GITHUB_WORKFLOW), "has 'spec'"),
    "dependencies-that-are-none": (lambda it: it["buildDefinition"].update(resolvedDependencies=[1]), "no resource"),
    "a-dependency-without-address": (
        lambda it: it["buildDefinition"].update(resolvedDependencies=[{"name": "x"}]),
        "names nothing by address or digest",
    ),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_a_predicate_that_does_not_say_what_it_must(case: str) -> None:
    predicate = copy.deepcopy(SOUND)
    assert read(predicate).builder == "local"
    change, message = UNSOUND[case]
    change(predicate)

    with pytest.raises(ValueError, match=message):
        read(predicate)


def test_an_unsound_predicate_is_refused_even_where_no_provenance_is_required(tmp_path: Path) -> None:
    it = signed(tmp_path, github=True)
    _resign(it, lambda predicate: predicate["buildDefinition"].update(externalParameters={}))

    _refuse(it, "has no 'spec'")


@pytest.mark.parametrize(
    ("option", "value"),
    [("source_digest", "0" * 40), ("trigger", "push"), ("runner_environment", "github-hosted")],
)
def test_what_may_be_demanded_of_a_certificate(tmp_path: Path, option: str, value: str) -> None:
    it = signed(tmp_path, github=True)

    verify(str(it.file), it.demand(**BY_WORKFLOW, **{option: value}))
    _refuse(it, f"{option.replace('_', ' ')} '{value}', expected 'x{value}'", **{option: f"x{value}"})
    with pytest.raises(UsageError, match="is empty"):
        it.demand(**BY_WORKFLOW, **{option: ""})


def test_what_a_persons_certificate_does_not_say_cannot_be_demanded_of_it(tmp_path: Path) -> None:
    it = signed(tmp_path)

    with pytest.raises(RefusedError, match="runner environment 'none named', expected 'github-hosted'"):
        verify(str(it.file), it.demand(runner_environment="github-hosted"))
