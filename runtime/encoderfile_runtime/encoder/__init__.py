"""The transformer encoder in numpy: `encoder` runs it, `layers` and `attention` compute, `packs` and `blas` make it fast."""

from .encoder import Encoder
from .packs import PACK_TOKENS

__all__ = ["PACK_TOKENS", "Encoder"]
