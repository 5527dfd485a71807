"""What a model computes, with the numbers Mozilla's manifest gives each kind (encoderfile.metadata.ModelType)."""

from __future__ import annotations

from enum import IntEnum


class ModelType(IntEnum):
    """The kinds of model of the format; 0 is the manifest's "unspecified" and no kind."""

    EMBEDDING = 1
    SEQUENCE_CLASSIFICATION = 2
    TOKEN_CLASSIFICATION = 3
    SENTENCE_EMBEDDING = 4
    IMAGE_CLASSIFICATION = 21

    @property
    def label(self) -> str:
        """The name a spec and the JSON of the runtime use, e.g. ``sentence_embedding``."""
        return self.name.lower()

    @classmethod
    def unknown(cls, number: int) -> ModelType:
        """A stand-in for a number that is no kind, for those who show a file and do not run it."""
        made = int.__new__(cls, number)
        made._name_, made._value_ = f"UNKNOWN_{number}", number
        return made

    @classmethod
    def from_label(cls, label: str) -> ModelType:
        """The kind of this name; ValueError where there is none, as for an unknown number."""
        for model_type in cls:
            if model_type.label == label:
                return model_type
        raise ValueError(f"{label!r} is not a model type, expected one of {', '.join(kind.label for kind in cls)}")
