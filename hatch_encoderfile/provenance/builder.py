"""Who builds. What the environment says of that is the environment's claim: any program that starts a build can set it.

GitHub: https://docs.github.com/actions/reference/workflows-and-actions/variables
GitLab: https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 1024
_PLATFORMS = (
    (
        "GITHUB_ACTIONS",
        (
            "GITHUB_SERVER_URL",
            "GITHUB_REPOSITORY",
            "GITHUB_WORKFLOW_REF",
            "GITHUB_RUN_ID",
            "GITHUB_RUN_ATTEMPT",
            "GITHUB_REF",
            "GITHUB_SHA",
        ),
    ),
    (
        "GITLAB_CI",
        ("CI_PROJECT_URL", "CI_RUNNER_ID", "CI_JOB_URL", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"),
    ),
)


def claimed(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables in which a CI platform describes this run, as they are; none where there is no platform.

    Empty variables claim nothing, and neither do those that are no text of a line.
    """
    for platform, names in _PLATFORMS:
        if environment.get(platform) == "true":
            said = {name: environment.get(name, "") for name in (platform, *names)}
            return {name: value for name, value in said.items() if _is_claim(value)}
    return {}


def _is_claim(value: str) -> bool:
    return bool(value.strip()) and value.isprintable() and len(value) <= _LONGEST
