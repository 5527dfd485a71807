"""OpenID Connect tokens as clients send them: what they claim is true here."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from support.sigstore_instance.encoding import canonical

GITHUB = "https://token.actions.githubusercontent.com"


def token(identity: str, issuer: str, lifetime: int = 600, **claims: Any) -> str:
    """A token for `identity`, an e-mail address or a subject, valid for `lifetime` seconds."""
    moment = int(time.time())
    standard: dict[str, Any] = {
        "iss": issuer,
        "sub": identity,
        "aud": "sigstore",
        "iat": moment,
        "nbf": moment - 5,
        "exp": moment + lifetime,
    }
    if "@" in identity:
        standard |= {"email": identity, "email_verified": True}
    parts = [canonical({"alg": "RS256", "typ": "JWT"}), canonical(standard | claims), b"not a signature"]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def github_token(repository: str, workflow: str, ref: str, **claims: Any) -> str:
    """A token as GitHub Actions gives to a workflow that asks for one."""
    reference = f"{repository}/{workflow}@{ref}"
    commit = "0" * 40
    standard = {
        "job_workflow_ref": reference,
        "job_workflow_sha": commit,
        "workflow_ref": reference,
        "workflow_sha": commit,
        "workflow": "Release",
        "repository": repository,
        "repository_id": "1",
        "repository_owner": repository.split("/", maxsplit=1)[0],
        "repository_owner_id": "2",
        "repository_visibility": "public",
        "ref": ref,
        "sha": commit,
        "event_name": "push",
        "runner_environment": "github-hosted",
        "run_id": "42",
        "run_attempt": "1",
    }
    return token(f"repo:{repository}:ref:{ref}", GITHUB, **(standard | claims))


def claims_of(encoded: str) -> dict[str, Any]:
    """What a token claims; its signature is not looked at."""
    payload = encoded.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
