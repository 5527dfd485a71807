"""The layers of an encoder, or a share of them, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .attention import Attention
from .layers import Layer, Sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray

    from .attention import Heads
    from .layers import Tiles
    from .packs import Run
    from .scratch import Scratch
    from .weights import Weights


class Plan(NamedTuple):
    """A pack's tiles, which linear layers compute on, and the views that attention has of the same columns.

    Attributes:
        cut: the tiles, in the order of the columns.
        views: the attention's views, one for each run of sequences of equal length.
        sums: what the attention's output is divided by.
        empty_context, empty_sums: the columns after the last token, with which the last tile is filled up.
    """

    cut: Sequence[Tiles]
    views: list[Heads]
    sums: FloatArray  # (heads, 1, columns)
    empty_context: FloatArray  # (features, columns - tokens)
    empty_sums: FloatArray  # (heads, 1, columns - tokens)


def attention_of(weights: Weights) -> Attention:
    """The attention that an architecture uses, by how it knows where tokens stand (`Architecture.positions`)."""
    positions = weights.kind.positions
    # Imported when a model needs it: a BERT starts without the others.
    if positions == "rotary":
        from .rotary import RotaryAttention

        return RotaryAttention(weights)
    if positions == "relative":
        from .relative import RelativeAttention

        return RelativeAttention(weights)
    if positions == "disentangled":
        from .relative import DisentangledAttention

        return DisentangledAttention(weights)
    return Attention(weights)


class Stack:
    """All layers, and the attention that each of them calls between its projections and its feed-forward half.

    Attributes:
        sizes: the features for which tiles are made.
        layers: the layers by number.
    """

    def __init__(self, weights: Weights, whole: Stack | None = None) -> None:
        """Take the layers from `weights` or, where these are a share, from the stack of the whole weights, `whole`."""
        config, kind, count = weights.config, weights.kind, weights.share.ranks
        self._attention = attention_of(weights)
        inner = config.intermediate_size * (1 if kind.gate is None else 2)
        self.sizes = Sizes(config.embedding_width, config.hidden_size // count, inner // count, kind.norm_first)
        if whole is None:
            numbers = range(config.num_hidden_layers)
            self.layers = [Layer(weights, number, self._attention.scale) for number in numbers]
        else:
            self.layers = [layer.shared(weights) for layer in whole.layers]

    def plan(self, cut: Sequence[Tiles], runs: Sequence[Run], scratch: Scratch) -> Plan:
        """The views for a pack that is cut into these tiles."""
        heads, features = self._attention.heads, self.sizes.context
        tokens, columns = runs[-1].stop, cut[-1].stop  # more columns than tokens where the last tile is filled up
        # Attention sees whole sequences, which end anywhere in a tile: so q, k, v and context are of the whole pack.
        qkv = scratch.array("qkv", 3 * features, columns)  # (3·features, columns)
        context = scratch.array("context", features, columns)  # (features, columns)
        sums = scratch.array("sums", heads, 1, columns)  # (heads, 1, columns)
        for tiles in cut:
            tiles.attach(qkv, context.reshape(heads, -1, columns), sums)  # context as (heads, D, columns)
        views = self._attention.views(runs, qkv, context, sums, scratch)
        return Plan(cut, views, sums, context[:, tokens:], sums[..., tokens:])

    def run(self, plan: Plan, done: Callable[[], None] | None = None) -> None:
        """Take the streams of the tiles of a pack from the embeddings to the last layer's output.

        `done` is called when the weights of a linear layer have been used.
        """
        done = done or _nothing
        # Attention never writes to the columns after the last token: 0 / 1 there, rather than what an earlier pass left,
        # which may be NaN and slow.
        plan.empty_context[...], plan.empty_sums[...] = 0, 1
        for number, layer in enumerate(self.layers):
            for tiles in plan.cut:
                layer.project(tiles)
                done()
            self._attention.attend(number, plan.views, plan.sums)
            for tiles in plan.cut:
                layer.finish(tiles, done)


def _nothing() -> None:
    pass
