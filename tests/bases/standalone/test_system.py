"""What the compiler of this machine brings into a base."""

from __future__ import annotations

import pytest

from encoderfile_runtime.errors import EncoderfileError
from hatch_encoderfile.bases.standalone.system import TEXTS, system_ingredients
from hatch_encoderfile.bases.standalone.toolchain import find_toolchain, native
from hatch_encoderfile.standards import spdx


@pytest.mark.slow
def test_the_c_library_and_gccs_are_named_with_their_licences() -> None:
    try:
        toolchain = find_toolchain(native())
    except EncoderfileError as error:
        pytest.skip(f"no compiler: {error}")

    found = dict(system_ingredients(toolchain))

    assert ["gcc-runtime", "glibc"] == [item.name for item in found]
    for item, text in found.items():
        assert spdx.fault_in(item.license) is None
        assert item.version[0].isdigit()
        assert (f"licenses/{item.name}.txt",) == item.licenses
        assert (TEXTS / f"{item.name}.txt").read_bytes() == text


@pytest.mark.parametrize(
    ("name", "phrases"),
    [
        ("glibc", ["GNU LESSER GENERAL PUBLIC LICENSE", "encoderfile base build --target"]),
        ("gcc-runtime", ["GCC RUNTIME LIBRARY EXCEPTION", "GNU GENERAL PUBLIC LICENSE"]),
    ],
)
def test_the_texts_are_whole_and_say_how_to_link_again(name: str, phrases: list[str]) -> None:
    text = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")

    assert all(phrase in text for phrase in phrases)
    assert "END OF TERMS AND CONDITIONS" in text
