"""The wrappers of google.protobuf: fields of them are plain values or None; the classes serve methods that take or give
one itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from ._message import Message, register
from ._wire_read import (
    read_bool,
    read_bytes,
    read_double,
    read_float,
    read_int32,
    read_int64,
    read_string,
    read_tag,
    read_uint32,
    read_uint64,
    skip_field,
)
from ._wire_write import (
    is_set,
    write_bool,
    write_bytes,
    write_double,
    write_float,
    write_int32,
    write_int64,
    write_string,
    write_uint32,
    write_uint64,
)

T = TypeVar("T")

WrapperReader = Callable[[T | None, bytes, int, int, int], T]


def _reader(
    expected: int, default: T, read: Callable[[bytes, int, int], tuple[T, int]]
) -> WrapperReader[T]:
    def read_wrapper(previous: T | None, data: bytes, position: int, end: int, depth: int) -> T:
        value = default if previous is None else previous
        while position < end:
            tag, position = read_tag(data, position, end)
            if tag == expected:
                value, position = read(data, position, end)
            else:
                position = skip_field(data, position, end, tag, depth)
        return value

    return read_wrapper


read_double_value: WrapperReader[float] = _reader(9, 0.0, read_double)
read_float_value: WrapperReader[float] = _reader(13, 0.0, read_float)
read_int64_value: WrapperReader[int] = _reader(8, 0, read_int64)
read_uint64_value: WrapperReader[int] = _reader(8, 0, read_uint64)
read_int32_value: WrapperReader[int] = _reader(8, 0, read_int32)
read_uint32_value: WrapperReader[int] = _reader(8, 0, read_uint32)
read_bool_value: WrapperReader[bool] = _reader(8, False, read_bool)
read_string_value: WrapperReader[str] = _reader(10, "", read_string)
read_bytes_value: WrapperReader[bytes] = _reader(10, b"", read_bytes)


def write_double_value(value: float, out: bytearray) -> None:
    if is_set(value):
        out += b"\x09"
        write_double(out, value)


def write_float_value(value: float, out: bytearray) -> None:
    if is_set(value):
        out += b"\x0d"
        write_float(out, value)


def write_int64_value(value: int, out: bytearray) -> None:
    if value:
        out += b"\x08"
        write_int64(out, value)


def write_uint64_value(value: int, out: bytearray) -> None:
    if value:
        out += b"\x08"
        write_uint64(out, value)


def write_int32_value(value: int, out: bytearray) -> None:
    if value:
        out += b"\x08"
        write_int32(out, value)


def write_uint32_value(value: int, out: bytearray) -> None:
    if value:
        out += b"\x08"
        write_uint32(out, value)


def write_bool_value(value: bool, out: bytearray) -> None:
    if value:
        out += b"\x08"
        write_bool(out, value)


def write_string_value(value: str, out: bytearray) -> None:
    if value:
        out += b"\x0a"
        write_string(out, value)


def write_bytes_value(value: bytes, out: bytearray) -> None:
    if value:
        out += b"\x0a"
        write_bytes(out, value)


@dataclass(slots=True, kw_only=True, repr=False)
class DoubleValue(Message):
    """Where a method takes or gives a google.protobuf.DoubleValue itself."""

    value: float = 0.0


@dataclass(slots=True, kw_only=True, repr=False)
class FloatValue(Message):
    """Where a method takes or gives a google.protobuf.FloatValue itself."""

    value: float = 0.0


@dataclass(slots=True, kw_only=True, repr=False)
class Int64Value(Message):
    """Where a method takes or gives a google.protobuf.Int64Value itself."""

    value: int = 0


@dataclass(slots=True, kw_only=True, repr=False)
class UInt64Value(Message):
    """Where a method takes or gives a google.protobuf.UInt64Value itself."""

    value: int = 0


@dataclass(slots=True, kw_only=True, repr=False)
class Int32Value(Message):
    """Where a method takes or gives a google.protobuf.Int32Value itself."""

    value: int = 0


@dataclass(slots=True, kw_only=True, repr=False)
class UInt32Value(Message):
    """Where a method takes or gives a google.protobuf.UInt32Value itself."""

    value: int = 0


@dataclass(slots=True, kw_only=True, repr=False)
class BoolValue(Message):
    """Where a method takes or gives a google.protobuf.BoolValue itself."""

    value: bool = False


@dataclass(slots=True, kw_only=True, repr=False)
class StringValue(Message):
    """Where a method takes or gives a google.protobuf.StringValue itself."""

    value: str = ""


@dataclass(slots=True, kw_only=True, repr=False)
class BytesValue(Message):
    """Where a method takes or gives a google.protobuf.BytesValue itself."""

    value: bytes = b""


def _write_double_message(message: DoubleValue, out: bytearray) -> None:
    write_double_value(message.value, out)


def _read_double_message(
    previous: DoubleValue | None, data: bytes, position: int, end: int, depth: int
) -> DoubleValue:
    value = None if previous is None else previous.value
    return DoubleValue(value=read_double_value(value, data, position, end, depth))


def _write_float_message(message: FloatValue, out: bytearray) -> None:
    write_float_value(message.value, out)


def _read_float_message(
    previous: FloatValue | None, data: bytes, position: int, end: int, depth: int
) -> FloatValue:
    value = None if previous is None else previous.value
    return FloatValue(value=read_float_value(value, data, position, end, depth))


def _write_int64_message(message: Int64Value, out: bytearray) -> None:
    write_int64_value(message.value, out)


def _read_int64_message(
    previous: Int64Value | None, data: bytes, position: int, end: int, depth: int
) -> Int64Value:
    value = None if previous is None else previous.value
    return Int64Value(value=read_int64_value(value, data, position, end, depth))


def _write_uint64_message(message: UInt64Value, out: bytearray) -> None:
    write_uint64_value(message.value, out)


def _read_uint64_message(
    previous: UInt64Value | None, data: bytes, position: int, end: int, depth: int
) -> UInt64Value:
    value = None if previous is None else previous.value
    return UInt64Value(value=read_uint64_value(value, data, position, end, depth))


def _write_int32_message(message: Int32Value, out: bytearray) -> None:
    write_int32_value(message.value, out)


def _read_int32_message(
    previous: Int32Value | None, data: bytes, position: int, end: int, depth: int
) -> Int32Value:
    value = None if previous is None else previous.value
    return Int32Value(value=read_int32_value(value, data, position, end, depth))


def _write_uint32_message(message: UInt32Value, out: bytearray) -> None:
    write_uint32_value(message.value, out)


def _read_uint32_message(
    previous: UInt32Value | None, data: bytes, position: int, end: int, depth: int
) -> UInt32Value:
    value = None if previous is None else previous.value
    return UInt32Value(value=read_uint32_value(value, data, position, end, depth))


def _write_bool_message(message: BoolValue, out: bytearray) -> None:
    write_bool_value(message.value, out)


def _read_bool_message(
    previous: BoolValue | None, data: bytes, position: int, end: int, depth: int
) -> BoolValue:
    value = None if previous is None else previous.value
    return BoolValue(value=read_bool_value(value, data, position, end, depth))


def _write_string_message(message: StringValue, out: bytearray) -> None:
    write_string_value(message.value, out)


def _read_string_message(
    previous: StringValue | None, data: bytes, position: int, end: int, depth: int
) -> StringValue:
    value = None if previous is None else previous.value
    return StringValue(value=read_string_value(value, data, position, end, depth))


def _write_bytes_message(message: BytesValue, out: bytearray) -> None:
    write_bytes_value(message.value, out)


def _read_bytes_message(
    previous: BytesValue | None, data: bytes, position: int, end: int, depth: int
) -> BytesValue:
    value = None if previous is None else previous.value
    return BytesValue(value=read_bytes_value(value, data, position, end, depth))


register(
    DoubleValue,
    name="google.protobuf.DoubleValue",
    fingerprint=0x0CEB597455C74F79,
    write=_write_double_message,
    read=_read_double_message,
)
register(
    FloatValue,
    name="google.protobuf.FloatValue",
    fingerprint=0x39E66C21BF7321A0,
    write=_write_float_message,
    read=_read_float_message,
)
register(
    Int64Value,
    name="google.protobuf.Int64Value",
    fingerprint=0x663E0165E4D9561D,
    write=_write_int64_message,
    read=_read_int64_message,
)
register(
    UInt64Value,
    name="google.protobuf.UInt64Value",
    fingerprint=0x6C33F1A926CDBAD8,
    write=_write_uint64_message,
    read=_read_uint64_message,
)
register(
    Int32Value,
    name="google.protobuf.Int32Value",
    fingerprint=0xEEED06447CFE5203,
    write=_write_int32_message,
    read=_read_int32_message,
)
register(
    UInt32Value,
    name="google.protobuf.UInt32Value",
    fingerprint=0x2A952A5E5EE9E572,
    write=_write_uint32_message,
    read=_read_uint32_message,
)
register(
    BoolValue,
    name="google.protobuf.BoolValue",
    fingerprint=0x78005F8E792EF8DA,
    write=_write_bool_message,
    read=_read_bool_message,
)
register(
    StringValue,
    name="google.protobuf.StringValue",
    fingerprint=0xC05DD13933AF2AB5,
    write=_write_string_message,
    read=_read_string_message,
)
register(
    BytesValue,
    name="google.protobuf.BytesValue",
    fingerprint=0x2A2C670395E07951,
    write=_write_bytes_message,
    read=_read_bytes_message,
)

WRAPPED: Final[dict[type[Message], str]] = {
    DoubleValue: "double",
    FloatValue: "float",
    Int64Value: "int64",
    UInt64Value: "uint64",
    Int32Value: "int32",
    UInt32Value: "uint32",
    BoolValue: "bool",
    StringValue: "string",
    BytesValue: "bytes",
}
"""What each wraps."""
