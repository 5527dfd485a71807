"""`encoderfile trust`: where the root is from, how old it is, and a newer one through TUF."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.signed_files import instance, signed
from support.tuf_repository import Repository

from encoderfile_runtime.errors import EncoderfileError, UsageError
from hatch_encoderfile.cli.app import run
from hatch_encoderfile.signatures.errors import RefusedError
from hatch_encoderfile.signatures.freshness import look_at_file
from hatch_encoderfile.signatures.trust import PINNED, Trust, pinned_until
from hatch_encoderfile.verification.verify import verify

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def _root(**changes: Any) -> bytes:
    return json.dumps(instance().trusted_root() | changes).encode()


def _update(repository: Repository, out: Path, *, root: Path | None = None) -> int:
    with repository.served() as url:
        return run(["trust", "update", str(out), "--url", url, "--root", str(root or repository.root)])


def test_a_root_that_tuf_vouches_for_is_written_and_used(tmp_path: Path) -> None:
    content, out = _root(), tmp_path / "trusted_root.json"

    assert _update(Repository(tmp_path / "tuf", content), out) == 0

    assert out.read_bytes() == content
    it = signed(tmp_path / "files")
    assert verify(str(it.file), it.demand(trusted_root=out)).signature.claims


def test_nothing_of_the_user_is_read_or_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home))

    _update(Repository(tmp_path / "tuf", _root()), tmp_path / "out.json")

    assert not any(home.iterdir())


def test_a_target_that_has_been_changed(tmp_path: Path) -> None:
    repository, out = Repository(tmp_path / "tuf", _root()), tmp_path / "out.json"
    content = bytearray(repository.target.read_bytes())
    content[10] ^= 1
    repository.target.write_bytes(content)

    with pytest.raises(RefusedError, match="fetched now from http"):
        _update(repository, out)
    assert not out.exists()


def test_a_repository_that_another_root_vouches_for(tmp_path: Path) -> None:
    ours, theirs = (Repository(tmp_path / name, _root()) for name in ("ours", "theirs"))

    with pytest.raises(RefusedError, match="fetched now from http"):
        _update(theirs, tmp_path / "out.json", root=ours.root)


def test_a_repository_that_has_expired(tmp_path: Path) -> None:
    """Somebody shows the metadata of last year, with keys that were given up since."""
    with pytest.raises(RefusedError, match="expired"):
        _update(Repository(tmp_path / "tuf", _root(), days=-1), tmp_path / "out.json")


def test_a_target_that_is_no_root_is_not_written(tmp_path: Path) -> None:
    out = tmp_path / "out.json"

    with pytest.raises(EncoderfileError, match=r"is no trusted root.*nothing was written"):
        _update(Repository(tmp_path / "tuf", b"{}"), out)
    assert not out.exists()


def test_trust_in_another_repository_starts_from_its_own_root(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--url and --root go together"):
        run(["trust", "update", str(tmp_path / "out.json"), "--url", "https://example.com"])


def test_show_says_where_a_root_is_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "root.json"
    path.write_bytes(_root())

    assert run(["trust", "show", "--trusted-root", str(path), "--json"]) == 0

    facts = json.loads(capsys.readouterr().out)
    assert facts["source"] == str(path)
    assert {item["kind"] for item in facts["services"]} == {
        "tlogs",
        "certificateAuthorities",
        "ctlogs",
        "timestampAuthorities",
    }
    assert {item["state"] for item in facts["services"]} == {"in use"}
    assert not facts["faults"]


@pytest.mark.parametrize(("days", "faults"), [(-1, 0), (1, 1)])
def test_the_pinned_root_gets_old(days: int, faults: int) -> None:
    facts = look_at_file(None, pinned_until() + days * DAY)

    assert len(facts.faults) == faults
    assert len(Trust().warnings(pinned_until() + days * DAY)) == faults
    assert not Trust(trusted_root=PINNED).warnings(pinned_until() + DAY)


def test_verification_by_an_old_pinned_root_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it = signed(tmp_path)
    monkeypatch.setattr("hatch_encoderfile.signatures.trust.PINNED", it.trusted_root)
    monkeypatch.setattr("hatch_encoderfile.verification.verify.now", lambda: pinned_until() + DAY)

    (warning,) = verify(str(it.file), it.demand(trusted_root=None)).as_json()["warnings"]

    assert "when its TUF root expired" in warning


@pytest.mark.parametrize("kind", ["tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities"])
def test_check_fails_where_a_service_has_expired(tmp_path: Path, kind: str) -> None:
    document = instance().trusted_root()
    for item in document[kind]:
        (item.get("publicKey") or item)["validFor"] = {"start": "2020-01-01T00:00:00Z", "end": "2021-01-01T00:00:00Z"}
    path = tmp_path / "root.json"
    path.write_text(json.dumps(document))

    with pytest.raises(EncoderfileError, match="is to be trusted today"):
        run(["trust", "check", "--trusted-root", str(path)])


def test_check_accepts_a_root_that_is_in_use(tmp_path: Path) -> None:
    path = tmp_path / "root.json"
    path.write_bytes(_root())

    assert run(["trust", "check", "--trusted-root", str(path)]) == 0


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00+02:00", "2026-01-01", "tomorrow", ""])
def test_a_moment_that_could_be_misread(tmp_path: Path, moment: str) -> None:
    document = instance().trusted_root()
    document["timestampAuthorities"][0]["validFor"]["end"] = moment
    path = tmp_path / "root.json"
    path.write_text(json.dumps(document))

    with pytest.raises(UsageError, match="is no moment in UTC"):
        run(["trust", "show", "--trusted-root", str(path)])


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\0"])
def test_a_file_that_is_no_root(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "root.json"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="trusted root: "):
        run(["trust", "show", "--trusted-root", str(path)])
