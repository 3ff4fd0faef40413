"""What proto-JSON writes as text: times, spans, paths, bytes and numbers. Each pair of functions is exact both ways."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import copysign, isinf, isnan
from typing import Final

from ._errors import CodecError


class JsonError(CodecError):
    """A value that proto-JSON cannot say, or text that does not say a value of the type."""

    def __init__(self, message: str, *, cause: BaseException | None = None) -> None:
        super().__init__(message, cause=cause)
        self._path: list[str] = []
        self._problem = message

    def within(self, field: str) -> JsonError:
        """The same, seen from the message that has the field."""
        self._path.insert(0, field)
        return self

    def of(self, type_name: str) -> JsonError:
        """The same as the caller sees it."""
        where = f"{'.'.join(self._path)}: " if self._path else ""
        return JsonError(f"{type_name}: {where}{self._problem}", cause=self.cause)


NANOS: Final = 1_000_000_000
TIMESTAMP_MIN: Final = -62_135_596_800
TIMESTAMP_MAX: Final = 253_402_300_799
DURATION_MAX: Final = 315_576_000_000
EXPONENT_MAX: Final = 400
"""Beyond it a decimal is no number of any type; checked before it takes memory."""
DIGITS_MAX: Final = 800

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))",
    re.ASCII,
)
_DURATION = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,9}))?s", re.ASCII)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,9})?", re.ASCII)
_SPECIAL: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FLOAT = struct.Struct("<f")

RANGES: Final = {
    "int32": (-(1 << 31), (1 << 31) - 1),
    "uint32": (0, (1 << 32) - 1),
    "int64": (-(1 << 63), (1 << 63) - 1),
    "uint64": (0, (1 << 64) - 1),
}
for _name, _like in (("sint32", "int32"), ("sfixed32", "int32"), ("fixed32", "uint32"),
                     ("sint64", "int64"), ("sfixed64", "int64"), ("fixed64", "uint64")):  # fmt: skip
    RANGES[_name] = RANGES[_like]


def timestamp_text(seconds: int, nanos: int) -> str:
    if not TIMESTAMP_MIN <= seconds <= TIMESTAMP_MAX or not 0 <= nanos < NANOS:
        raise JsonError("the timestamp is outside the years 1 to 9999")
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.replace(tzinfo=None).isoformat()}{_fraction(nanos)}Z"


def read_timestamp(value: object) -> tuple[int, int]:
    found = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise JsonError("is no timestamp such as 2026-01-31T12:00:00.5Z")
    *parts, fraction, sign, hours, minutes = found.groups()
    offset = timedelta(0)
    if sign:
        if int(hours) > 23 or int(minutes) > 59:
            raise JsonError("has an offset of more than a day")
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        year, month, day, hour, minute, second = map(int, parts)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        since = moment - _EPOCH - offset
    except (ValueError, OverflowError):
        raise JsonError("is no date or time that there is") from None
    seconds = since.days * 86_400 + since.seconds
    if not TIMESTAMP_MIN <= seconds <= TIMESTAMP_MAX:
        raise JsonError("the timestamp is outside the years 1 to 9999")
    return seconds, int((fraction or "").ljust(9, "0"))


def duration_text(seconds: int, nanos: int) -> str:
    if abs(seconds) > DURATION_MAX or abs(nanos) >= NANOS or seconds * nanos < 0:
        raise JsonError("the duration is out of range, or its parts have different signs")
    sign = "-" if seconds < 0 or nanos < 0 else ""
    return f"{sign}{abs(seconds)}{_fraction(abs(nanos))}s"


def read_duration(value: object) -> tuple[int, int]:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise JsonError("is no duration such as 1.5s")
    sign = -1 if found[1] else 1
    seconds = int(found[2])
    if seconds > DURATION_MAX:
        raise JsonError("the duration is longer than 10,000 years")
    return sign * seconds, sign * int((found[3] or "").ljust(9, "0"))


def _fraction(nanos: int) -> str:
    if not nanos:
        return ""
    digits = f"{nanos:09}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}"


def mask_text(paths: list[str]) -> str:
    texts = [_camel(path) for path in paths]
    for path, text in zip(paths, texts, strict=True):
        if _snake(text) != path or "," in path:
            raise JsonError(f"the path {path!r} of a field mask cannot be written in JSON")
    return ",".join(texts)


def read_mask(value: object) -> list[str]:
    if not isinstance(value, str):
        raise JsonError("is no field mask: one text, with commas between the paths")
    if "_" in value:
        raise JsonError("has an underscore: paths are written in lowerCamelCase")
    return [_snake(path) for path in value.split(",")] if value else []


def _camel(path: str) -> str:
    head, *rest = path.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _snake(path: str) -> str:
    return "".join(f"_{each.lower()}" if "A" <= each <= "Z" else each for each in path)


def bytes_text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def read_bytes_text(value: object) -> bytes:
    if not isinstance(value, str):
        raise JsonError("is no text in base64")
    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise JsonError("is no base64") from None


def read_text(value: object) -> str:
    if not isinstance(value, str):
        raise JsonError("is no text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise JsonError("has half of a surrogate pair") from None
    return value


def _decimal(value: object) -> Decimal:
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None or len(value) > DIGITS_MAX:
            raise JsonError("is no number")
        try:
            value = Decimal(value)
        except InvalidOperation:
            raise JsonError("is no number") from None
    elif isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise JsonError("is no number")
    return value


def read_integer(value: object, kind: str) -> int:
    """A number without a fraction, or the text of one."""
    if type(value) is not int:
        number = _decimal(value)
        if number.adjusted() > 20:
            raise JsonError(f"is out of the range of {kind}")
        if number != number.to_integral_value():
            raise JsonError("is no whole number")
        value = int(number)
    least, most = RANGES[kind]
    if not least <= value <= most:
        raise JsonError(f"is out of the range of {kind}")
    return value


def read_float(value: object, kind: str) -> float:
    """A number, its text, or one of the three that JSON has no number for."""
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    decimal = _decimal(value)
    if decimal and decimal.adjusted() > EXPONENT_MAX:
        raise JsonError(f"is out of the range of {kind}")
    number = float(decimal)
    if isinf(number):
        raise JsonError(f"is out of the range of {kind}")
    if kind == "double":
        return number
    try:
        return _FLOAT.unpack(_FLOAT.pack(number))[0]
    except OverflowError:
        raise JsonError("is out of the range of float") from None


def float_json(value: float, kind: str) -> float | str:
    """The shortest that reads as the same value."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if kind == "double":
        return float(value)
    try:
        packed = _FLOAT.pack(value)
    except OverflowError:
        raise JsonError("is out of the range of float") from None
    for digits in range(6, 9):
        short = float(f"{value:.{digits}g}")
        if _FLOAT.pack(short) == packed:
            return short
    return float(f"{value:.9g}")


def is_default(value: object) -> bool:
    """What a field without presence does not write; minus zero is a value."""
    return not value and not (isinstance(value, float) and copysign(1, value) < 0)
