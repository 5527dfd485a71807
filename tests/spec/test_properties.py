from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from encoderfile_runtime.errors import SpecError
from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.spec import ModelSpec, read_spec
from hatch_encoderfile.spec.fields import MODEL, TOKENIZER

KEYS = [key for table in (MODEL, TOKENIZER) for key in table.keys(Style.YAML)]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["embedding", "portable", "zip", "MIT", "batch_longest", "2021-08-30T00:00:00Z", "pkg:a/b"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=6,
)


def result_of(name: str, text: str) -> list[ModelSpec] | tuple[str, ...]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / name
        path.write_bytes(text.encode(errors="surrogatepass"))
        try:
            return read_spec(path)
        except SpecError as error:
            return error.faults


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
def test_any_values_give_specs_or_faults_with_key_paths(values: dict[str, object]) -> None:
    least = {"name": "x", "path": "m", "model_type": "embedding"}
    result = result_of("encoderfile.yml", yaml.safe_dump({"encoderfile": {**least, **values}}))

    assert all(isinstance(one, ModelSpec) or one.startswith("encoderfile.") for one in result)
    assert result
    assert all("\n" not in one for one in result if isinstance(one, str))


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab:-[]{}&*!?|>'\"%@#,\\ \n\t0.~<=uU"), max_size=40))
def test_any_yaml_text_gives_faults_and_no_other_error(text: str) -> None:
    result = result_of("encoderfile.yml", text)

    assert all(isinstance(one, str) and "\n" not in one for one in result)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("ab=[]{}'\"#,\\ \n0.-:T+_"), max_size=40))
def test_any_toml_text_gives_faults_and_no_other_error(text: str) -> None:
    result = result_of("pyproject.toml", text)

    assert all(isinstance(one, str) and "\n" not in one for one in result)
