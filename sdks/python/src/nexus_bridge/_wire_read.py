"""Reads protobuf's wire format: every function takes bytes, a position and an end, and gives the value and the next
position. It allocates only what the bytes hold, never what they declare.
"""

import struct
from collections.abc import Callable
from typing import TypeVar

from ._wire import (
    DEPTH_MAX,
    FIXED32,
    FIXED64,
    GROUP,
    GROUP_END,
    LENGTH,
    MASK32,
    MASK64,
    VARINT,
    DecodeError,
)

T = TypeVar("T")

_VARINT_BITS_MAX = 70

_fixed32 = struct.Struct("<I").unpack_from
_sfixed32 = struct.Struct("<i").unpack_from
_fixed64 = struct.Struct("<Q").unpack_from
_sfixed64 = struct.Struct("<q").unpack_from
_float = struct.Struct("<f").unpack_from
_double = struct.Struct("<d").unpack_from


def read_uint64(data: bytes, position: int, end: int) -> tuple[int, int]:
    if position >= end:
        raise DecodeError("the bytes end before a varint", position)
    value = data[position]
    if value < 128:
        return value, position + 1
    start = position
    position += 1
    value &= 127
    shift = 7
    while shift < _VARINT_BITS_MAX:
        if position >= end:
            raise DecodeError("the bytes end inside a varint", start)
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & MASK64, position
        shift += 7
    raise DecodeError("a varint is longer than ten bytes", start)


def read_uint32(data: bytes, position: int, end: int) -> tuple[int, int]:
    value, position = read_uint64(data, position, end)
    return value & MASK32, position


def read_int64(data: bytes, position: int, end: int) -> tuple[int, int]:
    value, position = read_uint64(data, position, end)
    return value - (1 << 64) if value >> 63 else value, position


def read_int32(data: bytes, position: int, end: int) -> tuple[int, int]:
    value, position = read_uint64(data, position, end)
    value &= MASK32
    return value - (1 << 32) if value >> 31 else value, position


def read_sint64(data: bytes, position: int, end: int) -> tuple[int, int]:
    value, position = read_uint64(data, position, end)
    return (value >> 1) ^ -(value & 1), position


def read_sint32(data: bytes, position: int, end: int) -> tuple[int, int]:
    value, position = read_uint64(data, position, end)
    value &= MASK32
    return (value >> 1) ^ -(value & 1), position


def read_bool(data: bytes, position: int, end: int) -> tuple[bool, int]:
    value, position = read_uint64(data, position, end)
    return value != 0, position


def read_tag(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A field's number and wire type in one; for tags of more than one byte."""
    tag, after = read_uint64(data, position, end)
    if tag < 8 or tag > MASK32:
        raise DecodeError(f"{tag >> 3} is no field number", position)
    return tag, after


def read_fixed32(data: bytes, position: int, end: int) -> tuple[int, int]:
    return _fixed32(data, position)[0], _after(position, 4, end)


def read_sfixed32(data: bytes, position: int, end: int) -> tuple[int, int]:
    return _sfixed32(data, position)[0], _after(position, 4, end)


def read_fixed64(data: bytes, position: int, end: int) -> tuple[int, int]:
    return _fixed64(data, position)[0], _after(position, 8, end)


def read_sfixed64(data: bytes, position: int, end: int) -> tuple[int, int]:
    return _sfixed64(data, position)[0], _after(position, 8, end)


def read_float(data: bytes, position: int, end: int) -> tuple[float, int]:
    return _float(data, position)[0], _after(position, 4, end)


def read_double(data: bytes, position: int, end: int) -> tuple[float, int]:
    return _double(data, position)[0], _after(position, 8, end)


def _after(position: int, size: int, end: int) -> int:
    if position + size > end:
        raise DecodeError(f"fewer than {size} bytes are left", position)
    return position + size


def read_span(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Where a length-delimited value begins and stops."""
    length, start = read_uint64(data, position, end)
    if length > end - start:
        raise DecodeError(f"{length} bytes are declared, {end - start} are left", position)
    return start, start + length


def read_bytes(data: bytes, position: int, end: int) -> tuple[bytes, int]:
    start, stop = read_span(data, position, end)
    return data[start:stop], stop


def read_string(data: bytes, position: int, end: int) -> tuple[str, int]:
    start, stop = read_span(data, position, end)
    try:
        return data[start:stop].decode(), stop
    except UnicodeDecodeError as error:
        raise DecodeError("a string is not UTF-8", start + error.start) from None


def read_unchecked_string(data: bytes, position: int, end: int) -> tuple[str, int]:
    """For fields whose schema turns the UTF-8 check off; bytes that are none come back when written."""
    start, stop = read_span(data, position, end)
    return data[start:stop].decode(errors="surrogateescape"), stop


def read_message(
    read: Callable[[T | None, bytes, int, int, int], T],
    previous: T | None,
    data: bytes,
    position: int,
    end: int,
    depth: int,
) -> tuple[T, int]:
    """A nested message, merged into `previous` as protobuf asks when a field comes twice."""
    start, stop = read_span(data, position, end)
    if depth >= DEPTH_MAX:
        raise DecodeError(f"messages nest deeper than {DEPTH_MAX}", position)
    return read(previous, data, start, stop, depth + 1), stop


def read_group(
    read: Callable[[T | None, bytes, int, int, int], T],
    previous: T | None,
    data: bytes,
    position: int,
    end: int,
    depth: int,
    tag: int,
) -> tuple[T, int]:
    """A nested message between a start and an end tag; `tag` is the start's."""
    if depth >= DEPTH_MAX:
        raise DecodeError(f"messages nest deeper than {DEPTH_MAX}", position)
    stop, after = _group_end(data, position, end, tag, depth)
    return read(previous, data, position, stop, depth + 1), after


def skip_field(data: bytes, position: int, end: int, tag: int, depth: int) -> int:
    """The position after a field's value, whatever it is."""
    kind = tag & 7
    if kind == VARINT:
        return read_uint64(data, position, end)[1]
    if kind == LENGTH:
        return read_span(data, position, end)[1]
    if kind == FIXED64:
        return _after(position, 8, end)
    if kind == FIXED32:
        return _after(position, 4, end)
    if kind == GROUP:
        return _group_end(data, position, end, tag, depth)[1]
    if kind == GROUP_END:
        raise DecodeError("a group ends that never began", position)
    raise DecodeError(f"{kind} is no wire type", position)


def _group_end(data: bytes, position: int, end: int, tag: int, depth: int) -> tuple[int, int]:
    """Where a group's end tag begins and stops."""
    start = position
    open_tags = [tag]
    while position < end:
        place = position
        tag, position = read_tag(data, position, end)
        kind = tag & 7
        if kind == GROUP:
            if depth + len(open_tags) >= DEPTH_MAX:
                raise DecodeError(f"groups nest deeper than {DEPTH_MAX}", place)
            open_tags.append(tag)
        elif kind == GROUP_END:
            if tag != open_tags.pop() + 1:
                raise DecodeError(f"field {tag >> 3} ends a group that it did not begin", place)
            if not open_tags:
                return place, position
        else:
            position = skip_field(data, position, end, tag, depth)
    raise DecodeError("the bytes end inside a group", start)
