from __future__ import annotations

import hashlib

from support.golden import GOLDEN, TINY, provenance

from hatch_encoderfile.signatures import intoto


def test_the_statement_is_the_golden_one() -> None:
    sha256 = hashlib.sha256(TINY.read_bytes()).hexdigest()
    golden = (GOLDEN / "provenance" / "tiny.slsa.json").read_bytes()

    assert provenance(sha256) == golden
    assert intoto.parse(golden).subjects == (sha256,)
