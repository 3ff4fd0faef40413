"""Packed repeated fields: many numbers behind one length; those of fixed width go through `array`."""

import sys
from array import array
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

from ._wire import DecodeError
from ._wire_read import read_span
from ._wire_write import write_bytes, write_varint

T = TypeVar("T")

FixedCode = Literal["I", "i", "Q", "q", "f", "d"]
"""Of `array`: fixed32, sfixed32, fixed64, sfixed64, float, double."""

_SIZE: Final[dict[FixedCode, int]] = {"I": 4, "i": 4, "Q": 8, "q": 8, "f": 4, "d": 8}
_SWAP: Final = sys.byteorder == "big"


def write_packed(
    out: bytearray, write: Callable[[bytearray, T], None], values: Sequence[T]
) -> None:
    body = bytearray()
    for value in values:
        write(body, value)
    write_varint(out, len(body))
    out += body


def write_packed_fixed(out: bytearray, code: FixedCode, values: Sequence[float]) -> None:
    numbers = array(code, values)
    if _SWAP:
        numbers.byteswap()
    write_bytes(out, numbers.tobytes())


def read_packed(
    read: Callable[[bytes, int, int], tuple[T, int]],
    values: list[T],
    data: bytes,
    position: int,
    end: int,
) -> int:
    """Appends to `values`; gives the position behind the field."""
    position, stop = read_span(data, position, end)
    while position < stop:
        value, position = read(data, position, stop)
        values.append(value)
    return stop


def read_packed_integers(
    code: Literal["I", "i", "Q", "q"], values: list[int], data: bytes, position: int, end: int
) -> int:
    """As `read_packed`, for the integers of fixed width."""
    start, stop = _fixed_span(code, data, position, end)
    numbers = array(code)
    numbers.frombytes(data[start:stop])
    if _SWAP:
        numbers.byteswap()
    values.extend(numbers)
    return stop


def read_packed_floats(
    code: Literal["f", "d"], values: list[float], data: bytes, position: int, end: int
) -> int:
    """As `read_packed`, for float and double."""
    start, stop = _fixed_span(code, data, position, end)
    numbers = array(code)
    numbers.frombytes(data[start:stop])
    if _SWAP:
        numbers.byteswap()
    values.extend(numbers)
    return stop


def _fixed_span(code: FixedCode, data: bytes, position: int, end: int) -> tuple[int, int]:
    start, stop = read_span(data, position, end)
    if (stop - start) % _SIZE[code]:
        raise DecodeError(f"packed values of {_SIZE[code]} bytes end inside one", position)
    return start, stop
