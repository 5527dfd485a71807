"""Rotary positions (Su et al. 2021): a token's query and key are turned by angles that grow with its position."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .attention import Attention

if TYPE_CHECKING:
    from encoderfile_runtime.architectures import EncoderConfig
    from encoderfile_runtime.ops import FloatArray

    from .attention import Heads


class RotaryAttention(Attention):
    """Turns the first half of a head's features with the second; in some layers tokens see a window only."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__(config)
        self._features = config.hidden_size // config.num_attention_heads
        self._theta = config.rope_theta * config.rope_factor, config.local_rope_theta
        self._slower = config.rope_factor ** (2 / self._features), 1.0
        self._every = config.global_attn_every_n_layers if config.local_attention else 1
        self._reach = config.local_attention // 2
        self._turns: dict[tuple[bool, int], tuple[FloatArray, FloatArray]] = {}
        self._windows: dict[int, FloatArray] = {}

    def prepare(self, layer: int, run: Heads) -> None:
        """Turn queries and keys in place."""
        cosine, sine = self._turn(self._is_local(layer), run.query.shape[-1])
        half = self._features // 2
        for array in (run.query, run.key):
            first, second = array[:, :, :half], array[:, :, half:]
            turned = first * cosine - second * sine
            np.multiply(second, cosine, out=second)
            second += first * sine
            np.copyto(first, turned)

    def window(self, layer: int, length: int) -> FloatArray | None:
        """Within reach to both sides, in layers that have a window and for texts that are longer."""
        if not self._is_local(layer) or length <= self._reach + 1:
            return None
        if length not in self._windows:
            positions = np.arange(length)
            near = np.abs(positions[:, None] - positions) <= self._reach
            self._windows[length] = near.astype(np.float32)
        return self._windows[length]

    def _is_local(self, layer: int) -> bool:
        return bool(layer % self._every)

    def _turn(self, local: bool, length: int) -> tuple[FloatArray, FloatArray]:
        """Cosines and sines, (D/2, T), from angles in float64."""
        if (local, length) not in self._turns:
            exponents = np.arange(0, self._features, 2) / self._features
            speeds = self._theta[local] ** -exponents / self._slower[local]
            angles = np.outer(speeds, np.arange(length))
            self._turns[local, length] = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        return self._turns[local, length]
