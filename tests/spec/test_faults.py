from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hatch_encoderfile.spec.fields import SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatch_encoderfile.spec import ModelSpec

    Faults = Callable[[str], list[str]]

PROJECT = '[project]\nname = "minilm"\nversion = "1.0.0"\n'
LEAST = 'model-type = "embedding"\npath = "model"\n'
TABLE = f"{PROJECT}[tool.encoderfile]\n{LEAST}"
MODEL_TYPES = "one of 'embedding', 'sequence_classification', 'token_classification', 'sentence_embedding'"
YAML = "encoderfile:\n  name: minilm\n  path: model\n  model_type: embedding\n"


def test_all_faults_are_reported_at_once(toml_faults: Faults) -> None:
    faults = toml_faults(
        """
        [project]
        dynamic = ["version"]
        [tool.encoderfile]
        name = "-x"
        model_type = "embedding"
        path = { weights = 3 }
        tokenizer = { stride = -1 }
        """
    )

    assert [
        "tool.encoderfile.name: expected letters, digits, '.', '_' or '-', 128 at most, no '.' or '-' first, found '-x'",
        "tool.encoderfile.model_type: unknown key; did you mean 'model-type'?",
        "tool.encoderfile.path.weights: expected a string, found the integer 3; put it in quotes",
        "tool.encoderfile.path.config: required, but missing; expected a path",
        "tool.encoderfile.path.tokenizer: required, but missing; expected a path",
        "tool.encoderfile.tokenizer.stride: expected an integer of 0 or more, found the integer -1",
        (
            "tool.encoderfile.version: required, but missing; "
            "project.version is dynamic, so set 'version' in [tool.encoderfile]"
        ),
        f"tool.encoderfile.model-type: required, but missing; expected {MODEL_TYPES}",
    ] == faults


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('naem = "x"', "naem: unknown key; did you mean 'name'?"),
        ('base_binary_path = "x"', "base_binary_path: unknown key; did you mean 'base-binary-path'?"),
        ('target = "portable"', "target: unknown key; did you mean 'targets'?"),
        ('binary = "x"', "binary: unknown key; did you mean 'base-binary-path'?"),
        ("zzz = 1", "zzz: unknown key"),
        ('"a b\\n" = 1', '"a b\\n": unknown key'),
        ("tokenizer = { maxlength = 1 }", "tokenizer.maxlength: unknown key; did you mean 'max-length'?"),
        ("tokenizer.max-length = true", "tokenizer.max-length: expected a positive integer, found true"),
        ("tokenizer.max-length = 1.0", "tokenizer.max-length: expected a positive integer, found the float 1.0"),
        ("tokenizer.max-length = 0", "tokenizer.max-length: expected a positive integer, found the integer 0"),
        (f"tokenizer.stride = {2**63}", "tokenizer.stride: expected an integer of at most 64 bits, found one of 65"),
        (
            'tokenizer.pad-strategy = "longest"',
            "tokenizer.pad-strategy: expected 'batch_longest', found 'longest'; did you mean 'batch_longest'?",
        ),
        (
            "tokenizer.pad-strategy = 5",
            "tokenizer.pad-strategy: expected 'batch_longest' or a table with 'fixed', found the integer 5",
        ),
        (
            "tokenizer.pad-strategy = {}",
            "tokenizer.pad-strategy.fixed: required, but missing; expected a positive integer",
        ),
        ("tokenizer = []", "tokenizer: expected a table, found an array"),
        ("version = 1.0", "version: expected a string, found the float 1.0; put it in quotes"),
        ('layout = "ZIP"', "layout: expected one of 'zip', 'mozilla', found 'ZIP'; did you mean 'zip'?"),
        ("layout = 1979-05-27", "layout: expected one of 'zip', 'mozilla', found a local date"),
        ("layout = 07:32:00", "layout: expected one of 'zip', 'mozilla', found a local time"),
        ("layout = 1979-05-27T07:32:00Z", "layout: expected one of 'zip', 'mozilla', found a date-time"),
        ("layout = {}", "layout: expected one of 'zip', 'mozilla', found a table"),
        ('validate-transform = "yes"', "validate-transform: expected true or false, found the string 'yes'"),
        ('output-path = ""', "output-path: expected the path of a file, found ''"),
        ('output-path = "dist/"', "output-path: expected the path of a file, found 'dist/'"),
        ('cache-dir = "\\u0000"', "cache-dir: expected a path, found '\\x00'"),
        ("targets = []", "targets: expected an array of targets, found none"),
        ('targets = "portable"', "targets: expected an array of targets, found the string 'portable'"),
        (
            'targets = ["portable", "portable"]',
            "targets[1]: is the same as tool.encoderfile.targets[0]; take one out",
        ),
        (
            'attachments = ["a", 1]',
            "attachments[1]: expected a string, found the integer 1; put it in quotes",
        ),
        (
            'transform = "return x"',
            "transform: a Lua transform is not supported yet; take the key out to build without it",
        ),
        ("lua-libs = []", "lua-libs: a Lua transform is not supported yet; take the key out to build without it"),
        (
            "files = 3",
            "files: expected a table of paths, each with 'sha256:' and 64 hexadecimal digits, found the integer 3",
        ),
        ("files.a = 3", "files.a: expected a string, found the integer 3; put it in quotes"),
        ('files.a = "53aa"', "files.a: expected 'sha256:' and 64 hexadecimal digits, found '53aa'"),
        ("license = 2", "license: expected a string, found the integer 2; put it in quotes"),
        (
            'license = "Apache 2.0"',
            (
                "license: expected an SPDX expression such as 'Apache-2.0', found 'Apache 2.0' "
                "('2.0' cannot stand after 'Apache')"
            ),
        ),
    ],
)
def test_fault_names_the_key_and_what_was_expected_and_found(toml_faults: Faults, line: str, expected: str) -> None:
    assert [f"tool.encoderfile.{expected}"] == toml_faults(TABLE + line)


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("portble", "; did you mean 'portable'?"),
        ("x86_64-linux-gnu", "; did you mean 'x86_64-unknown-linux-gnu'?"),
        ("windows", "; did you mean 'x86_64-pc-windows-msvc'?"),
        ("riscv", ""),
    ],
)
def test_unknown_target_gets_a_suggestion(toml_faults: Faults, target: str, hint: str) -> None:
    (fault,) = toml_faults(f'{TABLE}targets = ["{target}"]')

    assert fault.startswith("tool.encoderfile.targets[0]: expected one of 'portable', 'x86_64-unknown-linux-gnu', ")
    assert fault.endswith(f"'x86_64-pc-windows-msvc', 'host', found '{target}'{hint}")


@pytest.mark.parametrize(
    "created",
    [
        '"2021-08-30T00:00:00"',
        '"2021-08-30"',
        '"2021-02-29T00:00:00Z"',
        '"2021-08-30T24:00:00Z"',
        '"2021-08-30T00:00:60Z"',
        '"2021-08-30T00:00:00.5Z"',
        '"1969-12-31T23:59:59Z"',
        '"1970-01-01T00:00:00+00:01"',
        '"9999-12-31T23:59:59-00:01"',
        '"\\uff12021-08-30T00:00:00Z"',
        '"2021-08-30T00:00:00Z\\n"',
        "2021-08-30T00:00:00",
        "2021-08-30",
        "2021-08-30T00:00:00.5Z",
        "0001-01-01T00:00:00+14:00",
        "1630281600",
    ],
)
def test_created_that_is_no_moment_is_refused(toml_faults: Faults, created: str) -> None:
    (fault,) = toml_faults(f"{TABLE}created = {created}")

    assert fault.startswith(
        "tool.encoderfile.created: expected a date and time in whole seconds "
        "with Z or an offset, such as 2021-08-30T00:00:00Z, found "
    )


@pytest.mark.parametrize(
    "source",
    ["", "all-MiniLM-L6-v2", "pkg:huggingface", "C:/models", "pkg:a/b@<commit>", "a b:c", "user@example.org:a/b"],
)
def test_source_that_is_no_uri_is_refused(toml_faults: Faults, source: str) -> None:
    expected = f"tool.encoderfile.source: expected {SOURCE.what}, found '{source}'"

    assert [expected] == toml_faults(f'{TABLE}source = "{source}"')


@pytest.mark.parametrize(
    "source",
    [
        "https://user:SECRET@example.org/",
        "https://SECRET@example.org/x?token=abc",
        "https://:SECRET@example.org",
        "git+ssh://SECRET@example.org/x",
        "https://SECRET@example.org/<x>",
        "pkg:generic/a@1?vcs_url=git+https://SECRET@example.org/x",
        "pkg:generic/a@1?vcs_url=git%2Bhttps://SECRET@example.org/x",
        "pkg:generic/a@1?vcs_url=git%2Bhttps%3A%2F%2Fuser%3ASECRET%40example.org%2Fx",
    ],
)
def test_source_that_holds_a_user_or_password_is_refused_and_not_shown(toml_faults: Faults, source: str) -> None:
    expected = f"tool.encoderfile.source: expected {SOURCE.what}; what was found holds one and is not shown"

    assert [expected] == toml_faults(f'{TABLE}source = "{source}"')


@pytest.mark.parametrize(
    "source",
    [
        "https://example.org:8080/a/b@c?d=e@f",
        "git+https://example.org/a/b@0123",
        "pkg:npm/%40scope/name@1.0",
        "pkg:generic/a@1?vcs_url=git%2Bhttps%3A%2F%2Fexample.org%2Fx%40abc",
        "pkg:generic/a@1?download_url=https://example.org&note=a@b",
    ],
)
def test_source_with_an_at_sign_after_the_host_is_accepted(
    read_toml: Callable[[str], list[ModelSpec]], source: str
) -> None:
    assert [source] == [spec.source for spec in read_toml(f'{TABLE}source = "{source}"')]


@pytest.mark.parametrize("name", ["", ".a", "-a", "a/b", "a\\\\b", "a b", "é", "a\\n", "a" * 129])
def test_name_that_is_no_file_name_is_refused(toml_faults: Faults, name: str) -> None:
    (fault,) = toml_faults(f'{TABLE}name = "{name}"')

    assert fault.startswith("tool.encoderfile.name: expected letters, digits, '.', '_' or '-', 128 at most, ")


@pytest.mark.parametrize("path", ["", "/a", "a/", "a//b", ".", "./a", "../a", "a/..", "a/./b", "a\\\\b", "a\\u0000"])
def test_pin_outside_the_directory_is_refused(toml_faults: Faults, path: str) -> None:
    (fault,) = toml_faults(f'{TABLE}files = {{ "{path}" = "sha256:{"0" * 64}" }}')

    assert fault.endswith(": expected a path inside the model's directory, with '/', without '.' or '..'")


def test_pins_need_a_directory(toml_faults: Faults) -> None:
    path = 'path = { config = "c", weights = "w", tokenizer = "t" }'
    faults = toml_faults(TABLE.replace('path = "model"', path) + f'files.w = "sha256:{"0" * 64}"')

    assert faults == ["tool.encoderfile.files: pins need 'path' to be a directory, found a table of files"]


@pytest.mark.parametrize(
    ("project", "advice"),
    [
        ("", "set it here, or project.version"),
        ("[project]\nversion = 1", "set it here, or project.version"),
        ('[project]\ndynamic = ["version"]', "project.version is dynamic, so set 'version' in [tool.encoderfile]"),
        ('project = "x"', "set it here, or project.version"),
    ],
)
def test_missing_version_says_where_to_set_it(toml_faults: Faults, project: str, advice: str) -> None:
    expected = f"tool.encoderfile.version: required, but missing; {advice}"

    assert [expected] == toml_faults(f'{project}\n[tool.encoderfile]\nname = "x"\n{LEAST}')


def test_faults_in_an_array_of_tables_have_its_index(toml_faults: Faults) -> None:
    table = f"[[tool.encoderfile]]\n{LEAST}"
    faults = toml_faults(
        f'{PROJECT}{table}name = "a"\n{table}{table}name = "A"\ntokenizer = {{ max-length = true }}\n{table}name = 1'
    )

    assert faults == [
        "tool.encoderfile[1].name: required, but missing; each table of an array has a name of its own",
        "tool.encoderfile[2].tokenizer.max-length: expected a positive integer, found true",
        "tool.encoderfile[2].name: 'A' is the name of tool.encoderfile[0]; give another",
        "tool.encoderfile[3].name: expected a string, found the integer 1; put it in quotes",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROJECT, "tool.encoderfile: required, but missing; add a table [tool.encoderfile]"),
        ("tool = 1", "tool.encoderfile: required, but missing; add a table [tool.encoderfile]"),
        ("[tool]\nencoderfile = []", "tool.encoderfile: expected a table or an array of tables, found an empty array"),
        ("[tool]\nencoderfile = 1", "tool.encoderfile: expected a table, found the integer 1"),
        ("[tool]\nencoderfile = [1]", "tool.encoderfile[0]: expected a table, found the integer 1"),
    ],
)
def test_toml_without_a_table_of_ours_says_so(toml_faults: Faults, text: str, expected: str) -> None:
    assert [expected] == toml_faults(text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("version: 1.0", "version: expected a string, found the float 1.0; put it in quotes"),
        ("max-length: 3", "max-length: unknown key"),
        ("base-binary-path: x", "base-binary-path: unknown key; did you mean 'base_binary_path'?"),
        ("tokenizer: {stride: -1}", "tokenizer.stride: expected an integer of 0 or more, found the integer -1"),
        ("tokenizer: {stride: .inf}", "tokenizer.stride: expected an integer of 0 or more, found the float inf"),
        ("tokenizer: {stride: 1e30}", "tokenizer.stride: expected an integer of 0 or more, found the float 1e+30"),
        ("tokenizer: []", "tokenizer: expected a map, found a list"),
        (
            "tokenizer: {pad_strategy: {fixed: null}}",
            "tokenizer.pad_strategy.fixed: required, but missing; expected a positive integer",
        ),
        ("attachments: [null]", "attachments[0]: expected a string, found null"),
        ("lua_libs: [math]", "lua_libs: a Lua transform is not supported yet; take the key out to build without it"),
        (
            "transform: {path: t.lua}",
            "transform: a Lua transform is not supported yet; take the key out to build without it",
        ),
        ("name: other", "name: given twice, again in line 5; take one out"),
    ],
)
def test_yaml_fault_has_yaml_keys_and_words(yaml_faults: Faults, line: str, expected: str) -> None:
    assert [f"encoderfile.{expected}"] == yaml_faults(f"{YAML}  {line}\n")


def test_image_models_are_known_but_not_supported_yet(yaml_faults: Faults) -> None:
    path = "{model_config_path: a, model_weights_path: b, tokenizer_path: c, preprocessor_config_path: d}"
    faults = yaml_faults(f"encoderfile:\n  name: vit\n  path: {path}\n  model_type: image_classification\n")

    assert [
        (
            "encoderfile.path.preprocessor_config_path: an image preprocessor is not supported yet; "
            "take the key out to build without it"
        ),
        f"encoderfile.model_type: 'image_classification' is not supported yet; expected {MODEL_TYPES}",
    ] == faults


def test_one_output_path_is_for_one_target(toml_faults: Faults) -> None:
    faults = toml_faults(f'{TABLE}output-path = "o"\ntargets = ["portable", "x86_64-apple-darwin"]')

    assert faults == [
        "tool.encoderfile.output-path: one file cannot hold 2 targets; take it out, or give one target",
    ]


def test_target_and_targets_exclude_each_other(yaml_faults: Faults) -> None:
    faults = yaml_faults(f"{YAML}  target: x86_64-apple-darwin\n  targets: [portable]\n")

    assert faults == ["encoderfile.target: given as well as 'targets'; take one out"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "encoderfile: required, but missing; expected a map"),
        ("encoderfile:", "encoderfile: required, but missing; expected a map"),
        ("encoderfile: []", "encoderfile: expected a map, found a list"),
        ("[]", "encoderfile: expected a map with this key, found a list"),
        ("word", "encoderfile: expected a map with this key, found the string 'word'"),
        (f"{YAML}other: 1", "other: unknown key"),
    ],
)
def test_yaml_without_the_one_key_says_so(yaml_faults: Faults, text: str, expected: str) -> None:
    assert [expected] == yaml_faults(text)


def test_long_values_are_cut(toml_faults: Faults) -> None:
    (fault,) = toml_faults(f'{TABLE}layout = "{"x" * 5000}"')

    assert fault.endswith(f"found '{'x' * 79}…'")
