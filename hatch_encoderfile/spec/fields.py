"""The tables of the spec's fields, from which validation, the JSON Schemas and docs/reference/spec.md are derived.

The keys of encoderfile.yml are Mozilla's (crate `encoderfile`, version 0.7.0); the others are ours, in both styles.
"""

from __future__ import annotations

from encoderfile_runtime.format.model_type import ModelType
from hatch_encoderfile.schema.kinds import Choice, FilePath, Flag, Integer, License, NotYet, Text, Timestamp
from hatch_encoderfile.schema.reader import Style
from hatch_encoderfile.schema.tables import Either, Field, ListOf, Pins, Table
from hatch_encoderfile.spec.model import Layout
from hatch_encoderfile.targets import HOST, TARGETS

BOTH = tuple(Style)
YAML = (Style.YAML,)

MODEL_TYPES = tuple(kind.label for kind in ModelType if kind is not ModelType.IMAGE_CLASSIFICATION)

# Both become part of a file's name.
NAME = Text("letters, digits, '.', '_' or '-', 128 at most, no '.' or '-' first", "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
SETTING = Text("the name of a setting", "[a-z][a-z_]{0,63}")
VERSION = Text(
    "letters, digits, '.', '_', '+', '!' or '-', 128 at most, a letter or digit first",
    "[A-Za-z0-9][A-Za-z0-9._+!-]{0,127}",
)
# RFC 3986 characters; a package URL needs type and name. Userinfo before a host is refused even without a password, since the user
# may be a token; likewise in a URL that is a qualifier of a package URL, where it may be percent-encoded.
SOURCE = Text(
    "a package URL or a URI, without user or password before the host",
    r"(pkg:[A-Za-z][A-Za-z0-9.+-]*/|(?!pkg:)[A-Za-z][A-Za-z0-9.+-]+:)[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+",
    never=r"(:|%3[Aa])(/|%2[Ff]){2}((?!%2[Ff])[^/?#&])*(@|%40)",
)

FILES = Table(
    (
        Field(
            name="config",
            mozilla="model_config_path",
            kind=FilePath(),
            required=BOTH,
            doc="The model's `config.json`.",
        ),
        Field(
            name="weights",
            mozilla="model_weights_path",
            kind=FilePath(),
            required=BOTH,
            doc="The weights, e.g. `model.safetensors`.",
        ),
        Field(
            name="tokenizer",
            mozilla="tokenizer_path",
            kind=FilePath(),
            required=BOTH,
            doc="The tokenizer, `tokenizer.json`.",
        ),
        Field(
            name="tokenizer_config",
            mozilla="tokenizer_config_path",
            kind=FilePath(),
            doc="Its `tokenizer_config.json`.",
        ),
        Field(
            name="preprocessor_config",
            mozilla="preprocessor_config_path",
            kind=NotYet("an image preprocessor"),
            doc="For image models.",
        ),
    )
)

PADDING = Table(
    (
        Field(
            name="fixed",
            kind=Integer(1),
            required=BOTH,
            doc="Pad every text to this many tokens.",
        ),
    )
)

TOKENIZER = Table(
    (
        Field(
            name="pad_strategy",
            kind=Either(Choice(("batch_longest",)), PADDING),
            doc="Pad to the longest text of a batch, or to a fixed length.",
        ),
        Field(
            name="truncation_side",
            kind=Choice(("left", "right")),
            doc="The side a long text is cut on.",
        ),
        Field(
            name="truncation_strategy",
            kind=Choice(("longest_first", "only_first", "only_second")),
            doc="Which text of a pair is cut.",
        ),
        Field(
            name="max_length",
            kind=Integer(1),
            doc="The most tokens a text may have.",
        ),
        Field(
            name="stride",
            kind=Integer(0),
            doc="Tokens that two pieces of a cut text share.",
        ),
        Field(
            name="ignored_settings",
            kind=ListOf(SETTING, "names of settings"),
            doc="Settings of the tokenizer's other files that state otherwise than `tokenizer.json`, which holds.",
        ),
    )
)

MODEL = Table(
    (
        Field(
            name="name",
            kind=NAME,
            required=YAML,
            unset="`project.name`, but **required** in an array of tables",
            doc="The model's id and the first part of the file's name. Mozilla's `serve` crashes on names of more than 52 bytes.",
        ),
        Field(
            name="version",
            kind=VERSION,
            defaults={Style.YAML: "0.2.0"},
            unset="`project.version`",
            doc="The version that the file states.",
        ),
        Field(
            name="model_type",
            kind=Choice(MODEL_TYPES, not_yet=(ModelType.IMAGE_CLASSIFICATION.label,)),
            required=BOTH,
            doc="What the model computes.",
        ),
        Field(
            name="path",
            kind=Either(FilePath(), FILES),
            required=BOTH,
            doc="The model's directory, as downloaded; or each file by its path.",
        ),
        Field(
            name="created",
            kind=Timestamp(),
            doc="When the model was made. The file has no other date.",
        ),
        Field(
            name="source",
            kind=SOURCE,
            doc="Where the model is from, with its revision. It is written into the file, so it must hold no secret.",
        ),
        Field(
            name="license",
            kind=License(),
            doc="The model's licence. Its syntax is checked, not whether the licence exists.",
        ),
        Field(
            name="target",
            kind=Choice((*TARGETS, HOST)),
            styles=YAML,
            doc="Mozilla's way to give one target.",
        ),
        Field(
            name="targets",
            kind=ListOf(Choice((*TARGETS, HOST)), "targets", minimum=1),
            defaults={style: ["portable"] for style in Style},
            doc="The base binaries to build for; each gives a file. `host` is the machine that builds.",
        ),
        Field(
            name="layout",
            kind=Choice(tuple(layout.value for layout in Layout)),
            defaults=dict.fromkeys(Style, Layout.ZIP.value),
            doc="`zip` is a valid zip file with every byte hashed; `mozilla` is what Mozilla's CLI writes.",
        ),
        Field(
            name="base_binary_path",
            kind=FilePath(),
            doc="A base binary of your own, taken as it is.",
        ),
        Field(
            name="output_path",
            kind=FilePath(of_file=True),
            doc="The file to write.",
        ),
        Field(
            name="cache_dir",
            kind=FilePath(),
            doc="Where fetched and built bases are kept. `--cache-dir` and `ENCODERFILE_CACHE_DIR` come first.",
        ),
        Field(
            name="tokenizer",
            kind=TOKENIZER,
            doc="What holds in place of `tokenizer_config.json`.",
        ),
        Field(
            name="attachments",
            kind=ListOf(FilePath(), "paths"),
            doc="Extra files to carry in the file.",
        ),
        Field(
            name="attachment_codec",
            kind=Choice(("none", "zstd")),
            defaults=dict.fromkeys(Style, "none"),
            doc="How attachments are stored.",
        ),
        Field(
            name="files",
            kind=Pins(),
            doc="Pins: the build stops at a file of the model's directory whose sha256 is another. Needs `path` to be a directory.",
        ),
        Field(
            name="transform",
            kind=NotYet("a Lua transform"),
            doc="Lua code that runs on the model's output.",
        ),
        Field(
            name="lua_libs",
            kind=NotYet("a Lua transform"),
            doc="What that code may use.",
        ),
        Field(
            name="validate_transform",
            kind=Flag(),
            doc="Accepted. It matters only with a transform.",
        ),
    )
)
