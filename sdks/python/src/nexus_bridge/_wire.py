"""What reading and writing of protobuf's wire format share: wire types, limits and the errors."""

from typing import Final

from ._errors import Code, CodecError

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2
GROUP: Final = 3
GROUP_END: Final = 4
FIXED32: Final = 5

DEPTH_MAX: Final = 64
"""How deep messages and groups may nest."""

MASK64: Final = 0xFFFF_FFFF_FFFF_FFFF
MASK32: Final = 0xFFFF_FFFF


class DecodeError(CodecError):
    """The bytes are not a valid encoding of the type.

    `offset` counts from the first byte of the outermost message.
    """

    def __init__(self, problem: str, offset: int, type_name: str = "") -> None:
        where = f"{type_name}: " if type_name else ""
        super().__init__(f"{where}{problem} at offset {offset}")
        self.problem = problem
        self.offset = offset
        self.type_name = type_name


class EncodeError(CodecError):
    """A value does not fit its field, for example an int beyond 64 bits."""

    def __init__(self, problem: str, type_name: str = "") -> None:
        super().__init__(f"{type_name}: {problem}" if type_name else problem)
        self.code = Code.INVALID_ARGUMENT
        self.problem = problem
        self.type_name = type_name
