"""What every generated message is: its base class, its registration, and the codec's two entrances."""

import struct
from collections.abc import Callable
from dataclasses import fields
from enum import IntEnum
from typing import Any, ClassVar, TypeVar

from ._rules import Violation
from ._wire import DecodeError, EncodeError
from ._wire_read import read_int32, read_span
from ._wire_write import write_int32, write_varint

M = TypeVar("M", bound="Message")
E = TypeVar("E", bound="Enum")
T = TypeVar("T")


empty_list: Callable[[], list[Any]] = list
empty_dict: Callable[[], dict[Any, Any]] = dict
"""Defaults of repeated and map fields."""


class Message:
    """The base of every generated message; its own names are dunder names, so no field can clash with one."""

    __slots__ = ()

    __nexus_name__: ClassVar[str]
    """The full name, for example `orders.v1.Order`."""
    __nexus_fingerprint__: ClassVar[int]
    """Identifies the type's closure: equal fingerprints mean equal schemas."""
    __nexus_pii__: ClassVar[frozenset[str]] = frozenset()
    """Fields that are never printed."""
    __nexus_write__: ClassVar[Callable[[Any, bytearray], None]]
    __nexus_read__: ClassVar[Callable[[Any, bytes, int, int, int], Any]]
    __nexus_validate__: ClassVar[Callable[[Any, str, list[Violation]], None] | None] = None
    __nexus_json__: ClassVar[tuple[Callable[[], list[Any]], ...]] = ()
    """Its only member gives the fields as proto-JSON calls them."""
    __nexus_extendee__: ClassVar[tuple[Callable[[], type[Any]], ...]] = ()
    """Of an extension: its only member gives the message that it extends."""

    def __repr__(self) -> str:
        pii = self.__nexus_pii__
        shown: list[str] = []
        for item in fields(self):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
            value = getattr(self, item.name)
            if item.name == "unknown_fields" and not value:
                continue
            shown.append(f"{item.name}={'<pii>' if item.name in pii else repr(value)}")
        return f"{type(self).__qualname__}({', '.join(shown)})"


class PiiCase:
    """The base of a oneof's case whose value is never printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__qualname__}(<pii>)"


class Enum(IntEnum):
    """The base of generated enums; a number that the schema does not name is a member of its own, kept nowhere."""

    @classmethod
    def _missing_(cls, value: object) -> "Enum | None":
        if not isinstance(value, int) or not -(1 << 31) <= value < 1 << 31:
            return None
        member = int.__new__(cls, value)
        member._name_ = str(value)
        member._value_ = value
        return member

    @classmethod
    def __nexus_of__(cls: type[E], number: int) -> E:
        member = cls._value2member_map_.get(number)
        return cls(number) if member is None else member  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    @classmethod
    def __nexus_has__(cls, number: int) -> bool:
        return number in cls._value2member_map_


def register(
    message: type[M],
    *,
    name: str,
    fingerprint: int,
    write: Callable[[M, bytearray], None],
    read: Callable[[M | None, bytes, int, int, int], M],
    validate: Callable[[M, str, list[Violation]], None] | None = None,
    pii: tuple[str, ...] = (),
    json: Callable[[], list[Any]] | None = None,
) -> None:
    """Ties a generated class to its codec."""
    message.__nexus_name__ = name
    message.__nexus_fingerprint__ = fingerprint
    message.__nexus_pii__ = frozenset(pii)
    message.__nexus_write__ = staticmethod(write)
    message.__nexus_read__ = staticmethod(read)
    message.__nexus_validate__ = None if validate is None else staticmethod(validate)
    message.__nexus_json__ = () if json is None else (json,)


def register_extension(message: type[Message], extendee: Callable[[], type[Message]]) -> None:
    """Says that `message` holds a field of the message that `extendee` gives."""
    message.__nexus_extendee__ = (extendee,)


def encode(message: Message) -> bytes:
    """The message in protobuf's binary form.

    Raises `EncodeError` when a value does not fit its field.
    """
    out = bytearray()
    encode_into(message, out)
    return bytes(out)


def encode_into(message: Message, out: bytearray) -> None:
    """Appends the message to `out`; where it raises, `out` is as it was."""
    mark = len(out)
    try:
        type(message).__nexus_write__(message, out)
    except EncodeError as error:
        del out[mark:]
        raise EncodeError(error.problem, message.__nexus_name__) from None
    except (AttributeError, OverflowError, TypeError, ValueError, struct.error) as error:
        del out[mark:]
        raise EncodeError(f"a value is not of its field's type: {error}", _name(message)) from error
    except RecursionError:
        del out[mark:]
        raise EncodeError("the message contains itself", message.__nexus_name__) from None


def _name(message: object) -> str:
    return getattr(message, "__nexus_name__", type(message).__name__)


def decode(message: type[M], data: bytes | bytearray | memoryview) -> M:
    """Reads a message from protobuf's binary form; the result owns its bytes.

    Raises `DecodeError`, which names the type and the offset.
    """
    if type(data) is not bytes:
        data = bytes(data)
    end = len(data)
    try:
        return message.__nexus_read__(None, data, 0, end, 0)
    except DecodeError as error:
        raise DecodeError(error.problem, error.offset, message.__nexus_name__) from None
    except struct.error:
        raise DecodeError("the bytes end inside a number", end, message.__nexus_name__) from None


def validate(message: Message) -> list[Violation]:
    """What the schema's rules say against the message; empty where it keeps them all."""
    found: list[Violation] = []
    check = type(message).__nexus_validate__
    if check is not None:
        check(message, "", found)
    return found


def read_enum(kind: type[E], data: bytes, position: int, end: int) -> tuple[E, int]:
    """One value of an open enum."""
    number, position = read_int32(data, position, end)
    return kind.__nexus_of__(number), position


def read_closed_enum(kind: type[E], data: bytes, position: int, end: int) -> tuple[E | None, int]:
    """One value of a closed enum, None where the schema does not name its number."""
    number, position = read_int32(data, position, end)
    return kind.__nexus_of__(number) if kind.__nexus_has__(number) else None, position


def read_packed_enum(kind: type[E], values: list[E], data: bytes, position: int, end: int) -> int:
    """Appends an open enum's values; gives the position behind the field."""
    position, stop = read_span(data, position, end)
    while position < stop:
        number, position = read_int32(data, position, stop)
        values.append(kind.__nexus_of__(number))
    return stop


def read_packed_closed_enum(
    kind: type[E],
    values: list[E],
    unknown: bytearray,
    field: int,
    data: bytes,
    position: int,
    end: int,
) -> int:
    """As `read_packed_enum`; numbers that the schema does not name go to `unknown`, one field each."""
    position, stop = read_span(data, position, end)
    while position < stop:
        start = position
        value, position = read_closed_enum(kind, data, position, stop)
        if value is None:
            write_varint(unknown, field << 3)
            unknown += data[start:position]
        else:
            values.append(value)
    return stop


def write_enum(out: bytearray, value: int) -> None:
    """An enum's number, ten bytes where it is negative."""
    write_int32(out, int(value))


def held(value: object, kind: Callable[[T], object]) -> T | None:
    """The value of a oneof where it holds the case `kind`."""
    return getattr(value, "value", None) if type(value) is kind else None


def required(value: T | None, name: str) -> T:
    """The value of a field that must be there to be written."""
    if value is None:
        raise EncodeError(f"the required field {name} is not set")
    return value


def check_read(value: object, name: str, offset: int) -> None:
    """That a required field was there when its message ended."""
    if value is None:
        raise DecodeError(f"the required field {name} is missing", offset)


def check_nested(message: Message, path: str, found: list[Violation]) -> None:
    """The rules of a message of another module."""
    check = type(message).__nexus_validate__
    if check is not None:
        check(message, path, found)
