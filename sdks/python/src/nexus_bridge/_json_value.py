"""google.protobuf.Struct, Value and ListValue as Python's own JSON values. Fields of Struct are dicts, of ListValue lists;
a field of Value takes any JSON value, None where it is absent and `NULL` where it is JSON's null.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeAlias, Union

from ._message import Enum as OpenEnum
from ._message import Message, register
from ._wire import EncodeError
from ._wire_read import (
    read_bool,
    read_double,
    read_message,
    read_string,
    read_tag,
    read_uint64,
    skip_field,
)
from ._wire_write import write_message, write_string


class Null(Enum):
    """JSON's null where None already says that a field is absent."""

    NULL = None

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "NULL"


class NullValue(OpenEnum):
    """google.protobuf.NullValue, for fields of the enum itself."""

    NULL_VALUE = 0


NULL: Final = Null.NULL

JsonValue: TypeAlias = Union[
    bool, float, str, "dict[str, JsonValue]", "list[JsonValue]", Null, None
]
"""What JSON can say; numbers are doubles."""

_double = struct.Struct("<d").pack


def write_value(value: JsonValue, out: bytearray) -> None:
    if value is None or value is NULL:
        out += b"\x08\x00"
    elif isinstance(value, bool):
        out += b"\x20\x01" if value else b"\x20\x00"
    elif isinstance(value, (int, float)):
        out += b"\x11"
        out += _double(value)
    elif isinstance(value, str):
        out += b"\x1a"
        write_string(out, value)
    elif isinstance(value, dict):
        out += b"\x2a"
        write_message(out, write_struct, value)
    else:
        out += b"\x32"
        write_message(out, write_list_value, value)


def write_struct(value: Mapping[str, JsonValue], out: bytearray) -> None:
    for entry in value.items():
        out += b"\x0a"
        write_message(out, _write_entry, entry)


def _write_entry(entry: tuple[str, JsonValue], out: bytearray) -> None:
    out += b"\x0a"
    write_string(out, entry[0])
    out += b"\x12"
    write_message(out, write_value, entry[1])


def write_list_value(value: Sequence[JsonValue], out: bytearray) -> None:
    if isinstance(value, str) or not isinstance(value, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise EncodeError(f"{type(value).__name__} is no JSON value")
    for item in value:
        out += b"\x0a"
        write_message(out, write_value, item)


def read_value(previous: JsonValue, data: bytes, position: int, end: int, depth: int) -> JsonValue:
    """For elements, whose null is None."""
    value: JsonValue = previous
    while position < end:
        tag, position = read_tag(data, position, end)
        if tag == 8:
            _, position = read_uint64(data, position, end)
            value = None
        elif tag == 17:
            value, position = read_double(data, position, end)
        elif tag == 26:
            value, position = read_string(data, position, end)
        elif tag == 32:
            value, position = read_bool(data, position, end)
        elif tag == 42:
            value, position = read_message(read_struct, None, data, position, end, depth)
        elif tag == 50:
            value, position = read_message(read_list_value, None, data, position, end, depth)
        else:
            position = skip_field(data, position, end, tag, depth)
    return value


def read_optional_value(
    previous: JsonValue, data: bytes, position: int, end: int, depth: int
) -> JsonValue:
    """For fields, whose null is `NULL` because None is absence."""
    value = read_value(previous, data, position, end, depth)
    return NULL if value is None else value


def read_struct(
    previous: "dict[str, JsonValue] | None", data: bytes, position: int, end: int, depth: int
) -> "dict[str, JsonValue]":
    value: dict[str, JsonValue] = {} if previous is None else previous
    while position < end:
        tag, position = read_tag(data, position, end)
        if tag == 10:
            entry, position = read_message(_read_entry, None, data, position, end, depth)
            value[entry[0]] = entry[1]
        else:
            position = skip_field(data, position, end, tag, depth)
    return value


def _read_entry(
    _: "tuple[str, JsonValue] | None", data: bytes, position: int, end: int, depth: int
) -> "tuple[str, JsonValue]":
    key = ""
    value: JsonValue = None
    while position < end:
        tag, position = read_tag(data, position, end)
        if tag == 10:
            key, position = read_string(data, position, end)
        elif tag == 18:
            value, position = read_message(read_value, None, data, position, end, depth)
        else:
            position = skip_field(data, position, end, tag, depth)
    return key, value


def read_list_value(
    previous: "list[JsonValue] | None", data: bytes, position: int, end: int, depth: int
) -> "list[JsonValue]":
    value: list[JsonValue] = [] if previous is None else previous
    while position < end:
        tag, position = read_tag(data, position, end)
        if tag == 10:
            item, position = read_message(read_value, None, data, position, end, depth)
            value.append(item)
        else:
            position = skip_field(data, position, end, tag, depth)
    return value


@dataclass(slots=True, kw_only=True, repr=False)
class Struct(Message):
    """Where a method takes or gives a google.protobuf.Struct itself."""

    value: "dict[str, JsonValue]" = field(default_factory=lambda: {})


@dataclass(slots=True, kw_only=True, repr=False)
class Value(Message):
    """Where a method takes or gives a google.protobuf.Value itself."""

    value: JsonValue = None


@dataclass(slots=True, kw_only=True, repr=False)
class ListValue(Message):
    """Where a method takes or gives a google.protobuf.ListValue itself."""

    value: "list[JsonValue]" = field(default_factory=lambda: [])


def _read_struct_message(
    previous: Struct | None, data: bytes, position: int, end: int, depth: int
) -> Struct:
    value = None if previous is None else previous.value
    return Struct(value=read_struct(value, data, position, end, depth))


def _read_value_message(
    previous: Value | None, data: bytes, position: int, end: int, depth: int
) -> Value:
    value = None if previous is None else previous.value
    return Value(value=read_value(value, data, position, end, depth))


def _read_list_message(
    previous: ListValue | None, data: bytes, position: int, end: int, depth: int
) -> ListValue:
    value = None if previous is None else previous.value
    return ListValue(value=read_list_value(value, data, position, end, depth))


register(
    Struct,
    name="google.protobuf.Struct",
    fingerprint=0x3A10DDAB7E084D6B,
    write=lambda message, out: write_struct(message.value, out),
    read=_read_struct_message,
)
register(
    Value,
    name="google.protobuf.Value",
    fingerprint=0x3A10DDAB7E084D6B,
    write=lambda message, out: write_value(message.value, out),
    read=_read_value_message,
)
register(
    ListValue,
    name="google.protobuf.ListValue",
    fingerprint=0x3A10DDAB7E084D6B,
    write=lambda message, out: write_list_value(message.value, out),
    read=_read_list_message,
)
