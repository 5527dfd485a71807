from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ModelType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODEL_TYPE_UNSPECIFIED: _ClassVar[ModelType]
    EMBEDDING: _ClassVar[ModelType]
    SEQUENCE_CLASSIFICATION: _ClassVar[ModelType]
    TOKEN_CLASSIFICATION: _ClassVar[ModelType]
    SENTENCE_EMBEDDING: _ClassVar[ModelType]
    IMAGE_CLASSIFICATION: _ClassVar[ModelType]

class WeightsFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WEIGHTS_FORMAT_UNSPECIFIED: _ClassVar[WeightsFormat]
    EMBD: _ClassVar[WeightsFormat]
    ONNX: _ClassVar[WeightsFormat]
    PTE: _ClassVar[WeightsFormat]

class Codec(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NONE: _ClassVar[Codec]
    ZSTD: _ClassVar[Codec]
MODEL_TYPE_UNSPECIFIED: ModelType
EMBEDDING: ModelType
SEQUENCE_CLASSIFICATION: ModelType
TOKEN_CLASSIFICATION: ModelType
SENTENCE_EMBEDDING: ModelType
IMAGE_CLASSIFICATION: ModelType
WEIGHTS_FORMAT_UNSPECIFIED: WeightsFormat
EMBD: WeightsFormat
ONNX: WeightsFormat
PTE: WeightsFormat
NONE: Codec
ZSTD: Codec

class Artifact(_message.Message):
    __slots__ = ("offset", "length", "sha256")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    offset: int
    length: int
    sha256: bytes
    def __init__(self, offset: _Optional[int] = ..., length: _Optional[int] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class EncoderfileManifest(_message.Message):
    __slots__ = ("model_type", "name", "version", "weights", "transform", "model_config", "tokenizer", "image_preprocessor", "format_profile", "weights_format", "base", "attachments", "inputs", "license", "source")
    MODEL_TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    MODEL_CONFIG_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    IMAGE_PREPROCESSOR_FIELD_NUMBER: _ClassVar[int]
    FORMAT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FORMAT_FIELD_NUMBER: _ClassVar[int]
    BASE_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    LICENSE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    model_type: ModelType
    name: str
    version: str
    weights: Artifact
    transform: Artifact
    model_config: Artifact
    tokenizer: Artifact
    image_preprocessor: Artifact
    format_profile: str
    weights_format: WeightsFormat
    base: Base
    attachments: _containers.RepeatedCompositeFieldContainer[Attachment]
    inputs: _containers.RepeatedCompositeFieldContainer[Input]
    license: str
    source: str
    def __init__(self, model_type: _Optional[_Union[ModelType, str]] = ..., name: _Optional[str] = ..., version: _Optional[str] = ..., weights: _Optional[_Union[Artifact, _Mapping]] = ..., transform: _Optional[_Union[Artifact, _Mapping]] = ..., model_config: _Optional[_Union[Artifact, _Mapping]] = ..., tokenizer: _Optional[_Union[Artifact, _Mapping]] = ..., image_preprocessor: _Optional[_Union[Artifact, _Mapping]] = ..., format_profile: _Optional[str] = ..., weights_format: _Optional[_Union[WeightsFormat, str]] = ..., base: _Optional[_Union[Base, _Mapping]] = ..., attachments: _Optional[_Iterable[_Union[Attachment, _Mapping]]] = ..., inputs: _Optional[_Iterable[_Union[Input, _Mapping]]] = ..., license: _Optional[str] = ..., source: _Optional[str] = ...) -> None: ...

class Base(_message.Message):
    __slots__ = ("sha256", "length", "flavour", "target", "runtime_version")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    FLAVOUR_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    RUNTIME_VERSION_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    length: int
    flavour: str
    target: str
    runtime_version: str
    def __init__(self, sha256: _Optional[bytes] = ..., length: _Optional[int] = ..., flavour: _Optional[str] = ..., target: _Optional[str] = ..., runtime_version: _Optional[str] = ...) -> None: ...

class Attachment(_message.Message):
    __slots__ = ("name", "media_type", "artifact", "codec", "raw_length", "raw_sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    ARTIFACT_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    RAW_LENGTH_FIELD_NUMBER: _ClassVar[int]
    RAW_SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    media_type: str
    artifact: Artifact
    codec: Codec
    raw_length: int
    raw_sha256: bytes
    def __init__(self, name: _Optional[str] = ..., media_type: _Optional[str] = ..., artifact: _Optional[_Union[Artifact, _Mapping]] = ..., codec: _Optional[_Union[Codec, str]] = ..., raw_length: _Optional[int] = ..., raw_sha256: _Optional[bytes] = ...) -> None: ...

class Input(_message.Message):
    __slots__ = ("path", "sha256", "length", "uri")
    PATH_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    path: str
    sha256: bytes
    length: int
    uri: str
    def __init__(self, path: _Optional[str] = ..., sha256: _Optional[bytes] = ..., length: _Optional[int] = ..., uri: _Optional[str] = ...) -> None: ...
