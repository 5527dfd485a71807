"""Options that do not say who may sign."""

from __future__ import annotations

from typing import Any

import pytest

from encoderfile_runtime.errors import UsageError
from hatch_encoderfile.verification.demand import Options, demand


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({}, "who may have signed", id="nobody"),
        pytest.param({"identity": "a"}, "--issuer is missing", id="no-issuer"),
        pytest.param({"identity": "a", "identity_regex": "a"}, "who may have signed", id="two-identities"),
        pytest.param({"identity_regex": "(", "issuer": "i"}, "--identity-regex: ", id="broken-regex"),
        pytest.param({"key": "k", "issuer": "i"}, "--issuer does not go with --key", id="key-and-issuer"),
        pytest.param({"key": "k", "source_repository": "r"}, "--source-repo does not go", id="key-and-repository"),
        pytest.param({"identity": "", "issuer": "i"}, "--identity is empty", id="empty-identity"),
        pytest.param({"identity_regex": "", "issuer": "i"}, "--identity-regex is empty", id="empty-regex"),
        pytest.param({"identity": "a", "issuer": ""}, "--issuer is empty", id="empty-issuer"),
        pytest.param(
            {"identity": "a", "issuer": "i", "source_repository": ""}, "--source-repo is empty", id="empty-repository"
        ),
        pytest.param({"identity": "a", "issuer": "i", "source_ref": ""}, "--source-ref is empty", id="empty-ref"),
        pytest.param({"identity": "a", "identity_regex": "", "issuer": "i"}, "is empty", id="empty-beside-identity"),
        pytest.param({"refresh": True, "trusted_root": "r"}, "exclude each other", id="two-roots"),
    ],
)
def test_options_that_do_not_say_who_may_sign_are_usage_errors(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        demand(Options(**options))
