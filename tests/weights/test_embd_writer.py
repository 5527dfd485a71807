from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from golden import make_embd
from hypothesis import given, settings
from hypothesis import strategies as st

from encoderfile_runtime.embd.file import DType, SpecialTokens, parse
from encoderfile_runtime.errors import EncoderfileError, ModelError
from hatch_encoderfile.files.blob import BytesBlob
from hatch_encoderfile.weights.embd import Vocabulary, plan
from hatch_encoderfile.weights.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def tensors(items: Sequence[make_embd.Item]) -> list[Tensor]:
    return [Tensor(item.name, DType(item.code), item.shape, BytesBlob(item.data)) for item in items]


def tensor(shape: tuple[int, ...] = (1,), name: str = "x") -> Tensor:
    return Tensor(name, DType.UINT8, shape, BytesBlob(bytes(math.prod(shape))))


VOCABULARY = Vocabulary.of(make_embd.TOKENS)


@pytest.mark.parametrize(
    ("name", "items", "metadata", "vocabulary"),
    [
        (
            "minimal.embd",
            [make_embd.Item("x", 0, (2, 3), make_embd.floats(1, 2, 3, 4, 5, 6))],
            {"model_name": "é"},
            None,
        ),
        ("vocabulary.embd", [make_embd.WORDS, make_embd.POSITIONS], make_embd.METADATA, VOCABULARY),
        ("dtypes.embd", make_embd.DTYPES, {}, None),
    ],
)
def test_the_writer_reproduces_the_golden_file(
    name: str, items: list[make_embd.Item], metadata: dict[str, str], vocabulary: Vocabulary | None
) -> None:
    blob = plan(tensors(items), metadata, vocabulary)
    expected = make_embd.GOLDEN[name]
    assert expected == b"".join(blob.chunks())
    assert len(expected) == blob.length
    assert tuple(parse(expected, name).entries.values()) == blob.entries


TEXT = st.text(max_size=8)


@st.composite
def written_tensors(draw: st.DrawFn) -> Tensor:
    dtype = draw(st.sampled_from(DType))
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)))
    length = math.prod(shape) * dtype.itemsize
    data = draw(st.binary(min_size=length, max_size=length))
    return Tensor(draw(st.text(min_size=1, max_size=8)), dtype, shape, BytesBlob(data))


@settings(deadline=None)
@given(
    st.lists(written_tensors(), min_size=1, max_size=6, unique_by=lambda tensor: tensor.name),
    st.dictionaries(st.text("abcé", min_size=1, max_size=4), TEXT, max_size=4),
    st.none() | st.lists(TEXT, max_size=4),
)
def test_what_is_written_is_read(
    given_tensors: list[Tensor], metadata: dict[str, str], tokens: list[str] | None
) -> None:
    words = None if tokens is None else [*make_embd.TOKENS, *tokens]
    blob = plan(given_tensors, metadata, None if words is None else Vocabulary.of(words))
    raw = b"".join(blob.chunks())
    assert len(raw) == blob.length
    file = parse(raw, "round trip")
    file.verify_checksums()
    assert [tensor.name for tensor in given_tensors] == list(file.entries)
    assert metadata == file.metadata
    assert words == file.vocabulary
    for tensor in given_tensors:
        entry = file.entries[tensor.name]
        assert entry.offset % 64 == 0
        assert (tensor.dtype, tensor.shape) == (entry.dtype, entry.shape)
        assert b"".join(tensor.data.chunks()) == file.tensor(tensor.name).tobytes()


def test_the_plan_reads_no_data() -> None:
    class Unread:
        length = 64

        def chunks(self) -> Iterator[bytes]:
            pytest.fail("read")

    blob = plan([Tensor("x", DType.FLOAT32, (4, 4), Unread())], {}, None)
    assert blob.length == len(blob.prefix) + 64 + 16


def test_a_tensor_that_gives_less_than_it_promised_is_an_error() -> None:
    class Short:
        length = 64

        def chunks(self) -> Iterator[bytes]:
            yield bytes(63)

    blob = plan([Tensor("x", DType.FLOAT32, (4, 4), Short())], {}, None)
    with pytest.raises(EncoderfileError, match="'x': gave 63 bytes, promised 64"):
        list(blob.chunks())


def test_the_first_of_equal_special_tokens_counts() -> None:
    assert SpecialTokens(0, 1, 2, 3, 4) == Vocabulary.of([*make_embd.TOKENS, "[PAD]"]).special


def test_a_vocabulary_names_the_special_tokens_it_lacks() -> None:
    with pytest.raises(ModelError) as raised:
        Vocabulary.of(["[PAD]", "[UNK]", "[SEP]"])
    assert [fault.partition(":")[0] for fault in raised.value.faults] == ["[CLS]", "[MASK]"]


@pytest.mark.parametrize(
    ("given_tensors", "metadata", "vocabulary", "fault"),
    [
        pytest.param([], {}, None, "there are no tensors", id="no-tensors"),
        pytest.param([tensor(), tensor()], {}, None, "'x': tensor name is empty or comes twice", id="name-twice"),
        pytest.param([tensor(name="")], {}, None, "'': tensor name is empty or comes twice", id="name-empty"),
        pytest.param([tensor(name="x" * 65536)], {}, None, "a name is UTF-8 of at most 65535 bytes", id="name-long"),
        pytest.param([tensor(name="\ud800")], {}, None, "a name is UTF-8 of at most 65535 bytes", id="name-surrogate"),
        pytest.param([tensor(())], {}, None, "shape [], expected 1 to 4 dimensions", id="scalar"),
        pytest.param([tensor((1,) * 5)], {}, None, "shape [1, 1, 1, 1, 1], expected 1 to 4", id="rank-5"),
        pytest.param([tensor((0,))], {}, None, "shape [0], expected 1 to 4", id="zero-size"),
        pytest.param([Tensor("x", DType.INT32, (2,), BytesBlob(bytes(7)))], {}, None, "'x': has 7 bytes", id="length"),
        pytest.param([tensor()], {"": "x"}, None, "metadata '': key and value", id="key-empty"),
        pytest.param([tensor()], {"x": "é" * 32768}, None, "metadata 'x': key and value", id="value-long"),
        pytest.param([tensor()], {"x": "\udc80"}, None, "metadata 'x': key and value", id="value-surrogate"),
        pytest.param([tensor()], {"num_layers": "six"}, None, "expected a decimal number", id="number"),
        pytest.param([tensor()], {"vocab_size": "8"}, VOCABULARY, "but 7 in the vocabulary", id="vocabulary-size"),
        pytest.param(
            [tensor()],
            {},
            Vocabulary([*make_embd.TOKENS, "x" * 65536], VOCABULARY.special),
            "token 7: a token is UTF-8 of at most 65535 bytes",
            id="token-long",
        ),
        pytest.param(
            [tensor()],
            {},
            Vocabulary(make_embd.TOKENS, VOCABULARY.special._replace(cls=3)),
            "token 3: should be [CLS]",
            id="special-of-another",
        ),
        pytest.param(
            [tensor()],
            {},
            Vocabulary(make_embd.TOKENS, VOCABULARY.special._replace(mask=7)),
            "token 7: should be [MASK]",
            id="special-out-of-range",
        ),
    ],
)
def test_what_the_format_cannot_hold_is_refused(
    given_tensors: list[Tensor], metadata: dict[str, str], vocabulary: Vocabulary | None, fault: str
) -> None:
    with pytest.raises(ModelError) as raised:
        plan(given_tensors, metadata, vocabulary)
    assert fault in raised.value.faults[0]


def test_all_faults_are_reported_at_once() -> None:
    with pytest.raises(ModelError) as raised:
        plan([tensor(()), tensor((0,))], {"": "", "num_layers": "x"}, None)
    assert len(raised.value.faults) == 5


def test_tables_past_4_gib_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hatch_encoderfile.weights.embd._UINT32_MAX", 127)
    with pytest.raises(ModelError, match="tensor data would begin at 128"):
        plan([tensor()], {}, None)
