"""The types of model, with their numbers in Mozilla's manifest (encoderfile.metadata.ModelType)."""

from __future__ import annotations

from enum import IntEnum


class ModelType(IntEnum):
    """A type of model; 0 is "unspecified" in the manifest and not valid."""

    EMBEDDING = 1
    SEQUENCE_CLASSIFICATION = 2
    TOKEN_CLASSIFICATION = 3
    SENTENCE_EMBEDDING = 4
    IMAGE_CLASSIFICATION = 21

    @property
    def label(self) -> str:
        """The name in specs and in the runtime's JSON, such as `sentence_embedding`."""
        return self.name.lower()

    @classmethod
    def unknown(cls, number: int) -> ModelType:
        """A member for a number that is not defined, to show a broken file."""
        made = int.__new__(cls, number)
        made._name_, made._value_ = f"UNKNOWN_{number}", number
        return made

    @classmethod
    def from_label(cls, label: str) -> ModelType:
        """The member with this label; raises ValueError if there is none, as `ModelType(number)` does."""
        for model_type in cls:
            if model_type.label == label:
                return model_type
        raise ValueError(f"{label!r} is not a model type, expected one of {', '.join(kind.label for kind in cls)}")
