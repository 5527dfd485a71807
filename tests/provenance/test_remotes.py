"""A remote's address is taken apart and made anew: what could be a secret or a path of this machine is not in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatch_encoderfile.provenance.remotes import parse


@pytest.mark.parametrize(
    ("remote", "uri"),
    [
        ("https://github.com/a/b.git", "git+https://github.com/a/b.git"),
        ("HTTPS://GitHub.com/a/B", "git+https://github.com/a/B"),
        ("https://user:token@github.com/a/b", "git+https://github.com/a/b"),
        ("https://a@b:c@github.com/a/b", "git+https://github.com/a/b"),
        ("https://github.com/a/b?token=secret", "git+https://github.com/a/b"),
        ("https://github.com/a/b#secret", "git+https://github.com/a/b"),
        ("http://example.org:8080/a/", "git+http://example.org:8080/a/"),
        ("ssh://git@github.com/a/b", "git+ssh://github.com/a/b"),
        ("git@github.com:a/b.git", "git+ssh://github.com/a/b.git"),
        ("a:b@example.org:a/b.git", ""),
        ("example.org:/a/b.git", "git+ssh://example.org/a/b.git"),
        ("example.org:~user/b.git", "git+ssh://example.org/~user/b.git"),
        ("git://example.org/a", "git://example.org/a"),
        ("https://dev.azure.com/o/My%20Project/_git/r", "git+https://dev.azure.com/o/My%20Project/_git/r"),
    ],
)
def test_an_address_is_scheme_host_port_and_path(remote: str, uri: str) -> None:
    assert parse(remote).uri == uri


@pytest.mark.parametrize(
    "remote",
    [
        "/home/someone/a",
        "../a",
        "./a:b",
        "~/a",
        "file:///home/someone/a",
        r"C:\Users\someone\a",
        "C:/Users/someone/a",
        r"\\server\share",
        "",
        "ext::sh -c evil% a",
        "https://example.org/a b",
        "https://example.org/a\tb",
        "https://example.org/a\x1b[31m",
        "https://example.org/../../a",
        "https://example.org/a/%2e%2e/b",
        "https://example.org/a@refs/tags/v9",
        "https://example.org/a;token=b",
        "https://example.org",
        "https://example.org/",
        "https:///a",
        "https://user:12/34@example.org/a",
        "https://example.org:99999/a",
        "https://exämple.org/a",
        "https://[::1/a",
        "javascript://example.org/a",
        "example.org:../../etc",
    ],
)
def test_anything_else_is_no_address_and_is_not_repeated(remote: str) -> None:
    found = parse(remote)

    assert found.uri == ""
    assert found.reason.startswith(("the remote `origin` is", "the repository has no remote"))


@given(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(["https://{}@h.org/a", "https://h.org/a?{}", "https://h.org/a#{}", "{}@h.org:a"]),
)
def test_no_text_outside_of_host_and_path_is_stated(secret: str, form: str) -> None:
    assert parse(form.format(secret)).uri in ("", "git+https://h.org/a", "git+ssh://h.org/a") or "/" in secret
