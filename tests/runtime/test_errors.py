from __future__ import annotations

from encoderfile_runtime.errors import (
    LONGEST_LINE,
    MOST_KINDS,
    MOST_OF_A_KIND,
    EncoderfileError,
    FaultsError,
    ModelError,
)


def lines(faults: list[str]) -> list[str]:
    first, *others = FaultsError("file", faults).diagnostics().splitlines()
    assert first == f"file: {len(faults)} faults"
    return [line.removeprefix("  - ") for line in others]


def test_few_faults_are_all_shown_in_their_order() -> None:
    faults = [f"a{index}: missing" for index in range(MOST_OF_A_KIND)]

    assert lines([*faults, "b: too long"]) == [*faults, "b: too long"]


def test_many_of_a_kind_are_counted_and_other_kinds_still_shown() -> None:
    faults = [f"tensor.{index}: shape [{index}], expected [1]" for index in range(1000)]

    shown = lines([*faults, "b: dtype 'F64'"])
    assert shown[:MOST_OF_A_KIND] == faults[:MOST_OF_A_KIND]
    assert shown[MOST_OF_A_KIND:] == ["b: dtype 'F64'", "980 more such as: tensor.19: shape [19], expected [1]"]


def test_names_that_make_each_fault_a_kind_of_its_own_are_bounded_as_well() -> None:
    faults = [f"a: {'x' * index}" for index in range(1, 5001)]

    shown = lines(faults)
    assert len(shown) == MOST_KINDS + MOST_OF_A_KIND + 1
    assert shown[-1].startswith(f"{5000 - MOST_KINDS - MOST_OF_A_KIND} more such as: a: xxx")


def test_every_fault_is_kept_for_callers() -> None:
    assert len(ModelError("file", ["a: b"] * 5000).faults) == 5000


def test_a_line_of_any_length_loses_its_middle() -> None:
    long = f"begin{'x' * 1_000_000}end"

    for shown in (EncoderfileError(long).diagnostics(), FaultsError(long, ["a"]).diagnostics(), lines([long, "a"])[0]):
        assert len(shown) <= LONGEST_LINE + len(" … ")
        assert shown.startswith("begin")
        assert " … " in shown
    assert FaultsError("file", [long]).diagnostics().endswith("end")
