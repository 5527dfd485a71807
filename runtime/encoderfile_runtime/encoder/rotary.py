"""Rotary positions (Su et al. 2021): a token's query and key are turned by angles that grow with its position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .attention import Attention, by_distance
from .frequencies import frequencies

if TYPE_CHECKING:
    from encoderfile_runtime.activations import FloatArray

    from .attention import Heads
    from .weights import Weights


class RotaryAttention(Attention):
    """Turns the first half of a head's features with the second; in some layers tokens see a window only."""

    def __init__(self, weights: Weights) -> None:
        super().__init__(weights)
        config = weights.config
        self._features = config.hidden_size // config.num_attention_heads
        self._positions = config.max_position_embeddings
        self._ropes = (
            (config.rope_theta, config.rope_scaling),
            (config.local_rope_theta, config.local_rope_scaling),
        )
        self._every = config.global_attn_every_n_layers
        self._reach = config.local_attention // 2
        self._turns: dict[tuple[bool, bool], FloatArray] = {}
        longest = config.max_position_embeddings if self._every > 1 else 1
        near = np.abs(np.arange(1 - longest, longest)) <= self._reach
        self._near = near.astype(np.float32)

    def prepare(self, layer: int, run: Heads) -> None:
        """Turn queries and keys in place."""
        cosine, sine = self._turn(self._is_local(layer), run.query.shape[-1])  # (D/2, T) each
        half = self._features // 2
        for array in (run.query, run.key):
            # Su et al. 2021, eq. 34, with feature i paired with feature i + D/2 as in GPT-NeoX, not with its neighbour
            first, second = array[:, :, :half], array[:, :, half:]  # (B, heads, D/2, T) each
            turned = first * cosine - second * sine
            np.multiply(second, cosine, out=second)
            second += first * sine
            np.copyto(first, turned)

    def window(self, layer: int, length: int) -> FloatArray | None:
        """Within reach to both sides, in layers that have a window and for texts that are longer."""
        if not self._is_local(layer) or length <= self._reach + 1:
            return None
        return by_distance(self._near, length)

    def _is_local(self, layer: int) -> bool:
        return bool(layer % self._every)

    def _turn(self, local: bool, length: int) -> FloatArray:
        """Cosines and sines, (2, D/2, T), from angles in float64; kept for the longest text so far."""
        theta, scaling = self._ropes[local]
        # Only longrope asks for the length, and then for no more than whether it is beyond this.
        far = length > scaling.get("original_max_position_embeddings", length)
        kept = self._turns.get((local, far))
        if kept is None or kept.shape[-1] < length:
            speeds, amplitude = frequencies(self._features, theta, scaling, self._positions, length)
            # (D/2, positions): twice as many as are needed, so that few longer texts have to make them again
            angles = np.outer(speeds, np.arange(2 * length))
            turns = amplitude * np.stack([np.cos(angles), np.sin(angles)])  # (2, D/2, T)
            kept = self._turns[local, far] = turns.astype(np.float32)
        return kept[..., :length]
