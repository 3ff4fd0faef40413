"""The values of google.protobuf that are classes here: exact times, Any, Empty and FieldMask."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from ._message import Message, decode, encode, register
from ._wire_read import read_bytes, read_int32, read_int64, read_string, read_tag, skip_field
from ._wire_write import write_bytes, write_int32, write_int64, write_string

M = TypeVar("M", bound=Message)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS = 1_000_000_000
_TYPE_URL = "type.googleapis.com/"


@dataclass(slots=True, kw_only=True, order=True, repr=False)
class Timestamp(Message):
    """A point in time, exact to the nanosecond: seconds since 1970 in UTC and the nanoseconds after them."""

    seconds: int = 0
    nanos: int = 0
    """0 to 999,999,999; counts forward also before 1970."""
    unknown_fields: bytes = b""

    @classmethod
    def from_datetime(cls, value: datetime) -> "Timestamp":
        """Exact; raises `ValueError` for a datetime without a time zone."""
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone is no point in time; add tzinfo")
        since = value - _EPOCH
        seconds = since.days * 86_400 + since.seconds
        return cls(seconds=seconds, nanos=since.microseconds * 1_000)

    @classmethod
    def now(cls) -> "Timestamp":
        """The present, to the microsecond."""
        return cls.from_datetime(datetime.now(UTC))

    def to_datetime(self) -> datetime:
        """In UTC; rounds down to microseconds. Raises `OverflowError` outside the years 1 to 9999."""
        return _EPOCH + timedelta(seconds=self.seconds, microseconds=self.nanos // 1_000)


@dataclass(slots=True, kw_only=True, repr=False)
class Duration(Message):
    """A span of time, exact to the nanosecond: both parts have the sign of the whole."""

    seconds: int = 0
    nanos: int = 0
    unknown_fields: bytes = b""

    @classmethod
    def from_timedelta(cls, value: timedelta) -> "Duration":
        """Exact."""
        micros = value // timedelta(microseconds=1)
        seconds, rest = divmod(abs(micros), 1_000_000)
        sign = -1 if micros < 0 else 1
        return cls(seconds=sign * seconds, nanos=sign * rest * 1_000)

    def to_timedelta(self) -> timedelta:
        """Rounds to microseconds, toward zero. Raises `OverflowError` beyond some 2.7 million years."""
        total = self.seconds * _NANOS + self.nanos
        micros = abs(total) // 1_000
        return timedelta(microseconds=-micros if total < 0 else micros)


@dataclass(slots=True, kw_only=True, repr=False)
class Any(Message):
    """Any message together with the name of its type."""

    type_url: str = ""
    value: bytes = b""
    unknown_fields: bytes = b""

    @classmethod
    def pack(cls, message: Message) -> "Any":
        return cls(type_url=_TYPE_URL + message.__nexus_name__, value=encode(message))

    @property
    def type_name(self) -> str:
        """The full name of the type, for example `orders.v1.Order`."""
        return self.type_url.rpartition("/")[2]

    def unpack(self, message: type[M]) -> M | None:
        """The message, or None where it is of another type. Raises `DecodeError` on bad bytes."""
        if self.type_name != message.__nexus_name__:
            return None
        return decode(message, self.value)


@dataclass(slots=True, kw_only=True, repr=False)
class Empty(Message):
    """Nothing."""

    unknown_fields: bytes = b""


@dataclass(slots=True, kw_only=True, repr=False)
class FieldMask(Message):
    """Paths of fields, for example `customer.address`."""

    paths: list[str] = field(default_factory=list[str])
    unknown_fields: bytes = b""


def _write_time(message: Timestamp | Duration, out: bytearray) -> None:
    if message.seconds:
        out += b"\x08"
        write_int64(out, message.seconds)
    if message.nanos:
        out += b"\x10"
        write_int32(out, message.nanos)
    out += message.unknown_fields


T = TypeVar("T", Timestamp, Duration)


def _read_time(message: T, data: bytes, position: int, end: int, depth: int) -> T:
    unknown = bytearray()
    while position < end:
        start = position
        tag, position = read_tag(data, position, end)
        if tag == 8:
            message.seconds, position = read_int64(data, position, end)
        elif tag == 16:
            message.nanos, position = read_int32(data, position, end)
        else:
            position = skip_field(data, position, end, tag, depth)
            unknown += data[start:position]
    if unknown:
        message.unknown_fields += bytes(unknown)
    return message


def _read_timestamp(
    previous: Timestamp | None, data: bytes, position: int, end: int, depth: int
) -> Timestamp:
    return _read_time(previous or Timestamp(), data, position, end, depth)


def _read_duration(
    previous: Duration | None, data: bytes, position: int, end: int, depth: int
) -> Duration:
    return _read_time(previous or Duration(), data, position, end, depth)


def _write_any(message: Any, out: bytearray) -> None:
    if message.type_url:
        out += b"\x0a"
        write_string(out, message.type_url)
    if message.value:
        out += b"\x12"
        write_bytes(out, message.value)
    out += message.unknown_fields


def _read_any(previous: Any | None, data: bytes, position: int, end: int, depth: int) -> Any:
    message = previous or Any()
    unknown = bytearray()
    while position < end:
        start = position
        tag, position = read_tag(data, position, end)
        if tag == 10:
            message.type_url, position = read_string(data, position, end)
        elif tag == 18:
            message.value, position = read_bytes(data, position, end)
        else:
            position = skip_field(data, position, end, tag, depth)
            unknown += data[start:position]
    if unknown:
        message.unknown_fields += bytes(unknown)
    return message


def _write_empty(message: Empty, out: bytearray) -> None:
    out += message.unknown_fields


def _read_empty(previous: Empty | None, data: bytes, position: int, end: int, depth: int) -> Empty:
    message = previous or Empty()
    start = position
    while position < end:
        tag, position = read_tag(data, position, end)
        position = skip_field(data, position, end, tag, depth)
    message.unknown_fields += data[start:end]
    return message


def _write_field_mask(message: FieldMask, out: bytearray) -> None:
    for path in message.paths:
        out += b"\x0a"
        write_string(out, path)
    out += message.unknown_fields


def _read_field_mask(
    previous: FieldMask | None, data: bytes, position: int, end: int, depth: int
) -> FieldMask:
    message = previous or FieldMask()
    unknown = bytearray()
    while position < end:
        start = position
        tag, position = read_tag(data, position, end)
        if tag == 10:
            path, position = read_string(data, position, end)
            message.paths.append(path)
        else:
            position = skip_field(data, position, end, tag, depth)
            unknown += data[start:position]
    if unknown:
        message.unknown_fields += bytes(unknown)
    return message


register(
    Timestamp,
    name="google.protobuf.Timestamp",
    fingerprint=0x62250DD8DF699F7A,
    write=_write_time,
    read=_read_timestamp,
)
register(
    Duration,
    name="google.protobuf.Duration",
    fingerprint=0xD401AE4ED15A3A8B,
    write=_write_time,
    read=_read_duration,
)
register(
    Any,
    name="google.protobuf.Any",
    fingerprint=0x12E117387A03F77E,
    write=_write_any,
    read=_read_any,
)
register(
    Empty,
    name="google.protobuf.Empty",
    fingerprint=0x5F1FCCFD85F796AF,
    write=_write_empty,
    read=_read_empty,
)
register(
    FieldMask,
    name="google.protobuf.FieldMask",
    fingerprint=0x2EDB2D7288263CB7,
    write=_write_field_mask,
    read=_read_field_mask,
)
