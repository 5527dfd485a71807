"""Processes that share one text: the same states as alone, and nothing that is left behind or waited for in vain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from encoderfile_runtime.architectures import EncoderConfig, encoder_tensors
from encoderfile_runtime.encoder import Encoder, blas, process_group, ranks
from encoderfile_runtime.encoder.process_group import possible
from encoderfile_runtime.encoder.weights import Share, most_shares

if TYPE_CHECKING:
    from collections.abc import Iterator

    from encoderfile_runtime.encoder.process_group import ProcessGroup

pytestmark = pytest.mark.skipif(not possible(2), reason="needs Linux on x86-64 with two processors")

CONFIG = EncoderConfig("bert", 50, 32, 2, 2, 48, 600, 2, "gelu", 1e-12, "")
IDS = list(range(40))


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Encoder]:
    monkeypatch.setattr(process_group, "alone", lambda: True)  # other tests leave threads, which sleep
    random = np.random.default_rng(5)
    weights = {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in encoder_tensors(CONFIG).items()}
    encoder = Encoder(CONFIG, weights.__getitem__)
    yield encoder
    group = group_of(encoder)
    if group is not None:
        group.dismiss()


def group_of(encoder: Encoder) -> ProcessGroup | None:
    return encoder._group._group if encoder._group is not None else None


def forked(encoder: Encoder) -> tuple[ProcessGroup, int]:
    """The group of an encoder, and its helper."""
    for _ in range(2):
        encoder.forward([IDS], threads=2)
    group = group_of(encoder)
    assert group is not None
    [(process, *_)] = group._helpers
    return group, process


def same(encoder: Encoder, sequences: list[list[int]]) -> bool:
    pairs = zip(encoder.forward(sequences, threads=2), encoder.forward(sequences), strict=True)
    return all(np.allclose(actual, expected, rtol=0, atol=1e-5) for actual, expected in pairs)


@pytest.mark.parametrize("length", [1, 16, 64, 65, 130, 512])
def test_texts_of_all_lengths_are_shared(encoder: Encoder, length: int) -> None:
    ids = [token % 50 for token in range(length)]
    forked(encoder)
    assert same(encoder, [ids])


def test_a_longer_text_than_a_pack_is_not_shared(encoder: Encoder) -> None:
    group, _ = forked(encoder)
    group.busy.acquire()  # nobody could use it
    assert same(encoder, [[token % 50 for token in range(600)]])
    group.busy.release()


def test_the_first_text_forks_nothing(encoder: Encoder) -> None:
    encoder.forward([IDS], threads=2)
    assert group_of(encoder) is None
    forked(encoder)


def test_blas_has_its_threads_afterwards(encoder: Encoder) -> None:
    before = blas.threads()
    forked(encoder)
    assert blas.threads() == before


def test_a_helper_that_was_killed_is_replaced(encoder: Encoder) -> None:
    group, process = forked(encoder)
    os.kill(process, signal.SIGKILL)
    assert same(encoder, [IDS])
    assert group_of(encoder) is None
    assert same(encoder, [IDS])
    assert group_of(encoder) not in (None, group)


def test_a_helper_that_the_program_has_waited_for_is_no_trouble(encoder: Encoder) -> None:
    _, process = forked(encoder)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    assert same(encoder, [IDS])


def test_a_helper_that_does_not_get_on_is_given_up(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    _, process = forked(encoder)
    monkeypatch.setattr(ranks, "_PATIENCE", 0.05)
    os.kill(process, signal.SIGSTOP)
    assert same(encoder, [IDS])
    assert not Path(f"/proc/{process}").exists()


def test_a_failure_in_the_middle_ends_the_group(encoder: Encoder) -> None:
    def fail() -> None:
        raise KeyboardInterrupt

    _, process = forked(encoder)
    encoder.after_linear = fail
    with pytest.raises(KeyboardInterrupt):
        encoder.forward([IDS], threads=2)
    encoder.after_linear = None
    assert not Path(f"/proc/{process}").exists()
    assert same(encoder, [IDS])


def test_an_encoder_that_is_gone_leaves_no_process(encoder: Encoder) -> None:
    other = Encoder(CONFIG, encoder._weights._tensor)
    process = forked(other)[1]
    del other
    assert not Path(f"/proc/{process}").exists()
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)


def test_a_copy_of_the_process_leaves_the_group_alone(encoder: Encoder) -> None:
    group, process = forked(encoder)
    copy = os.fork()
    if not copy:
        try:
            correct = same(encoder, [IDS]) and same(encoder, [IDS])
            mine = group_of(encoder)
            if mine is not None:
                mine.dismiss()
            os._exit(0 if correct and mine is not group else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 0
    assert group_of(encoder) is group
    assert same(encoder, [IDS])
    assert Path(f"/proc/{process}").exists()


def test_threads_that_share_an_encoder_take_turns(encoder: Encoder) -> None:
    forked(encoder)
    sequences = [IDS[:length] for length in range(1, 40)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda ids: encoder.forward([ids], threads=2)[0], sequences))
    for ids, actual in zip(sequences, found, strict=True):
        np.testing.assert_allclose(actual, encoder.forward([ids])[0], rtol=0, atol=1e-5)


def test_nothing_is_forked_where_there_are_threads(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert same(encoder, [IDS])
    assert same(encoder, [IDS])
    done.set()
    thread.join()
    assert group_of(encoder) is None


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from test_process_group import CONFIG, Encoder, encoder_tensors, forked, np
weights = {{name: np.ones(shape, np.float32) for name, shape in encoder_tensors(CONFIG).items()}}
encoder = Encoder(CONFIG, weights.__getitem__)
print(forked(encoder)[1], flush=True)
{then}
"""


@pytest.mark.parametrize("then", ["", "sys.stdin.read()"], ids=["ends", "is-killed"])
def test_helpers_end_with_the_process(then: str) -> None:
    script = SCRIPT.format(path=[str(Path(__file__).parent), *sys.path], then=then)
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        helper = int(process.stdout.readline())
        if then:
            process.kill()
        assert process.stdout.read() == b""  # the helper does not hold it open
    end = time.monotonic() + 5
    while _runs(helper) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _runs(helper)


def _runs(process: int) -> bool:
    """Whether a process is there; one that nobody waited for is not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("heads", "inner", "count", "expected"), [(12, 1536, 8, 6), (12, 1536, 2, 2), (12, 1537, 2, 1)]
)
def test_a_model_divides_into_equal_shares(heads: int, inner: int, count: int, expected: int) -> None:
    config = CONFIG._replace(hidden_size=heads * 32, num_attention_heads=heads, intermediate_size=inner)
    assert most_shares(config, count) == expected


def test_shares_are_views() -> None:
    array: Any = np.arange(48, dtype=np.float32).reshape(12, 4)
    assert [part.tolist() for part in Share(1, 2).rows(array, 3)] == [
        array[start : start + 2].tolist() for start in (2, 6, 10)
    ]
    assert Share(1, 2).columns(array).tolist() == array[:, 2:].tolist()
    assert all(np.shares_memory(part, array) for part in [*Share(0, 2).rows(array), Share(0, 2).columns(array)])
