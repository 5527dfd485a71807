"""The angles by which rotary positions turn, for each type of `architectures.rope`, which names the sources.

Names as in those papers: a frequency is the angle in radians from one position to the next.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Doubles: TypeAlias = NDArray[np.float64]
    Scaling: TypeAlias = Mapping[str, Any]


def frequencies(features: int, theta: float, scaling: Scaling, positions: int, length: int) -> tuple[Doubles, float]:
    """Frequencies, (features/2,), and what cosines and sines are multiplied with.

    Args:
        features: of a head.
        theta: the base: frequency i is theta^(-2i/features).
        scaling: the type and its parameters, checked; empty for the plain type.
        positions: how many the model has.
        length: tokens of the text, which longrope looks at.
    """
    exponents = np.arange(0, features, 2) / features
    if not scaling:
        return theta**-exponents, 1.0
    return _TYPES[scaling["rope_type"]](theta, exponents, scaling, positions, length)


def _linear(theta: float, exponents: Doubles, scaling: Scaling, *_: int) -> tuple[Doubles, float]:
    return theta**-exponents / scaling["factor"], 1.0


def _ntk(theta: float, exponents: Doubles, scaling: Scaling, *_: int) -> tuple[Doubles, float]:
    factor = scaling["factor"]
    return (theta * factor) ** -exponents / factor ** (1 / len(exponents)), 1.0


def _proportional(theta: float, exponents: Doubles, scaling: Scaling, *_: int) -> tuple[Doubles, float]:
    """Only the first share of the frequencies turns."""
    turned = int(scaling.get("partial_rotary_factor", 1.0) * 2 * len(exponents) // 2)
    speeds = theta**-exponents / scaling.get("factor", 1.0)
    speeds[turned:] = 0
    return speeds, 1.0


def _llama3(theta: float, exponents: Doubles, scaling: Scaling, *_: int) -> tuple[Doubles, float]:
    """Slow frequencies are divided by the factor, fast ones stay, those between are blended by their turns."""
    speeds: Doubles = theta**-exponents
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] * speeds / (2 * math.pi)
    share = np.clip((turns - low) / (high - low), 0, 1)
    return (1 - share) * speeds / scaling["factor"] + share * speeds, 1.0


def _yarn(theta: float, exponents: Doubles, scaling: Scaling, positions: int, _: int) -> tuple[Doubles, float]:
    """A ramp over the features leads from the frequencies as they are to those divided by the factor."""
    features, trained = 2 * len(exponents), scaling["original_max_position_embeddings"]
    factor = scaling.get("factor", positions / trained)

    def feature(rotations: float) -> float:
        """The feature that turns that often over the texts of the training."""
        return features * math.log(trained / (rotations * 2 * math.pi)) / (2 * math.log(theta))

    low, high = feature(scaling.get("beta_fast", 32)), feature(scaling.get("beta_slow", 1))
    if scaling.get("truncate", True):
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, features - 1)
    ramp = np.clip((np.arange(len(exponents)) - low) / ((high - low) or 0.001), 0, 1)
    speeds: Doubles = theta**-exponents
    return speeds * (1 - ramp) + speeds / factor * ramp, _yarn_amplitude(scaling, factor)


def _yarn_amplitude(scaling: Scaling, factor: float) -> float:
    def amplitude(scale: float) -> float:
        return 0.1 * scale * math.log(factor) + 1 if factor > 1 else 1.0

    if "attention_factor" in scaling:
        return float(scaling["attention_factor"])
    one, other = scaling.get("mscale"), scaling.get("mscale_all_dim")
    return amplitude(one) / amplitude(other) if one and other else amplitude(1)


def _longrope(theta: float, exponents: Doubles, scaling: Scaling, positions: int, length: int) -> tuple[Doubles, float]:
    """Each frequency has a divisor of its own, and another one in texts longer than those of the training."""
    trained = scaling["original_max_position_embeddings"]
    divisors = np.array(scaling["long_factor" if length > trained else "short_factor"], np.float64)
    factor = scaling.get("factor", positions / trained)
    amplitude = scaling.get("attention_factor")
    if amplitude is None:
        amplitude = math.sqrt(1 + math.log(factor) / math.log(trained)) if factor > 1 else 1.0
    return 1 / (divisors * theta**exponents), float(amplitude)


_TYPES: dict[str, Callable[..., tuple[Doubles, float]]] = {
    "linear": _linear,
    "llama3": _llama3,
    "longrope": _longrope,
    "ntk": _ntk,
    "proportional": _proportional,
    "yarn": _yarn,
}
