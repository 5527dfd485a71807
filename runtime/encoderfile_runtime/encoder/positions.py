"""Which attention an architecture uses, by how it knows where tokens stand. Each is loaded when a model needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .attention import Attention

if TYPE_CHECKING:
    from .weights import Weights


def attention_of(weights: Weights) -> Attention:
    """The attention of a model, with whatever tables it has."""
    positions = weights.kind.positions
    if positions == "rotary":
        from .rotary import RotaryAttention

        return RotaryAttention(weights)
    if positions == "relative":
        from .relative import RelativeAttention

        return RelativeAttention(weights)
    if positions == "disentangled":
        from .disentangled import DisentangledAttention

        return DisentangledAttention(weights)
    return Attention(weights)
