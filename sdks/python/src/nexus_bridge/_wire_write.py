"""Writes protobuf's wire format to the end of a bytearray: values without their tags, but for nested ones. A value that
does not fit its field is an `EncodeError`.
"""

import math
import struct
from collections.abc import Callable
from typing import TypeVar

from ._wire import MASK64, EncodeError

T = TypeVar("T")

_fixed32 = struct.Struct("<I").pack
_sfixed32 = struct.Struct("<i").pack
_fixed64 = struct.Struct("<Q").pack
_sfixed64 = struct.Struct("<q").pack
_float = struct.Struct("<f").pack
_double = struct.Struct("<d").pack


def write_varint(out: bytearray, value: int) -> None:
    """`value` is known to lie in 0 .. 2^64 - 1."""
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def write_uint64(out: bytearray, value: int) -> None:
    if not 0 <= value <= MASK64:
        raise EncodeError(f"{value} is no unsigned 64-bit integer")
    write_varint(out, value)


def write_uint32(out: bytearray, value: int) -> None:
    if not 0 <= value < 1 << 32:
        raise EncodeError(f"{value} is no unsigned 32-bit integer")
    write_varint(out, value)


def write_int64(out: bytearray, value: int) -> None:
    if not -(1 << 63) <= value < 1 << 63:
        raise EncodeError(f"{value} is no 64-bit integer")
    write_varint(out, value & MASK64)


def write_int32(out: bytearray, value: int) -> None:
    if not -(1 << 31) <= value < 1 << 31:
        raise EncodeError(f"{value} is no 32-bit integer")
    write_varint(out, value & MASK64)


def write_sint64(out: bytearray, value: int) -> None:
    if not -(1 << 63) <= value < 1 << 63:
        raise EncodeError(f"{value} is no 64-bit integer")
    write_varint(out, (value << 1) ^ (value >> 63))


def write_sint32(out: bytearray, value: int) -> None:
    if not -(1 << 31) <= value < 1 << 31:
        raise EncodeError(f"{value} is no 32-bit integer")
    write_varint(out, (value << 1) ^ (value >> 31))


def write_bool(out: bytearray, value: bool) -> None:
    out.append(1 if value else 0)


def write_fixed32(out: bytearray, value: int) -> None:
    out += _fixed32(value)


def write_sfixed32(out: bytearray, value: int) -> None:
    out += _sfixed32(value)


def write_fixed64(out: bytearray, value: int) -> None:
    out += _fixed64(value)


def write_sfixed64(out: bytearray, value: int) -> None:
    out += _sfixed64(value)


def write_double(out: bytearray, value: float) -> None:
    out += _double(value)


def write_float(out: bytearray, value: float) -> None:
    """Beyond the range of 32 bits a value becomes infinite, as in every other language."""
    try:
        out += _float(value)
    except OverflowError:
        out += _float(math.copysign(math.inf, value))


def is_set(value: float) -> bool:
    """Whether a number without presence is sent: negative zero differs from the default."""
    return value != 0 or math.copysign(1, value) < 0


def write_bytes(out: bytearray, value: bytes) -> None:
    size = len(value)
    if size < 128:
        out.append(size)
    else:
        write_varint(out, size)
    out += value


def write_string(out: bytearray, value: str) -> None:
    write_bytes(out, value.encode())


def write_unchecked_string(out: bytearray, value: str) -> None:
    """For fields whose schema turns the UTF-8 check off."""
    write_bytes(out, value.encode(errors="surrogateescape"))


def write_message(out: bytearray, write: Callable[[T, bytearray], None], value: T) -> None:
    """A nested message behind its length, which is filled in when it is known."""
    mark = len(out)
    out.append(0)
    write(value, out)
    size = len(out) - mark - 1
    if size < 128:
        out[mark] = size
    else:
        prefix = bytearray()
        write_varint(prefix, size)
        out[mark : mark + 1] = prefix
