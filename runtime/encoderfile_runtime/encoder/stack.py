"""The layers of an encoder, or a share of them, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .layers import Layer, Sizes
from .positions import attention_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from encoderfile_runtime.activations import FloatArray

    from .attention import Heads
    from .layers import Tiles
    from .packs import Run
    from .scratch import Scratch
    from .weights import Weights


class Plan(NamedTuple):
    """A pack's tiles and the views that attention has of it; the last two are of what fills the last tile up."""

    cut: Sequence[Tiles]
    views: list[Heads]
    sums: FloatArray
    empty_context: FloatArray
    empty_sums: FloatArray


class Stack:
    """Layers and the attention between their halves.

    Attributes:
        sizes: what tiles have to be made for.
        layers: the layers by number.
    """

    def __init__(self, weights: Weights, whole: Stack | None = None) -> None:
        """`whole` has all of the layers that `weights` are a share of."""
        config, kind, count = weights.config, weights.kind, weights.share.ranks
        self._attention = attention_of(weights)
        inner = config.intermediate_size * (1 if kind.gate is None else 2)
        self.sizes = Sizes(config.hidden_size // count, inner // count, kind.norm_first)
        if whole is None:
            numbers = range(config.num_hidden_layers)
            self.layers = [Layer(weights, number, self._attention.scale) for number in numbers]
        else:
            self.layers = [layer.shared(weights) for layer in whole.layers]

    def plan(self, cut: Sequence[Tiles], runs: Sequence[Run], scratch: Scratch) -> Plan:
        """The views for a pack that is cut into these tiles."""
        heads, features = self._attention.heads, self.sizes.context
        tokens, columns = runs[-1].stop, cut[-1].stop
        qkv = scratch.array("qkv", 3 * features, columns)
        context = scratch.array("context", features, columns)
        sums = scratch.array("sums", heads, 1, columns)
        for tiles in cut:
            tiles.attach(qkv, context.reshape(heads, -1, columns), sums)
        views = self._attention.views(runs, qkv, context, sums, scratch)
        return Plan(cut, views, sums, context[:, tokens:], sums[..., tokens:])

    def run(self, plan: Plan, done: Callable[[], None] | None = None) -> None:
        """Take the streams of the tiles of a pack from the embeddings to the last layer's output.

        `done` is called when the weights of a linear layer have been used.
        """
        done = done or _nothing
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
