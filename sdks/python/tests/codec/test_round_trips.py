"""Whatever a message holds comes back, for values that hypothesis thinks of."""

import math
from dataclasses import fields
from typing import Any

from golden.enums.fixtures.enums.v1 import Holder, Status
from golden.maps.fixtures.maps.v1 import Kind, Maps
from golden.oneof.fixtures.oneof.v1 import Choice, Nested
from golden.repeated.fixtures.repeated.v1 import Repeated
from golden.scalars.fixtures.scalars.v1 import Scalars
from hypothesis import given, settings
from hypothesis import strategies as st

import nexus_bridge as nexus
from nexus_bridge.gen1 import DecodeError

INTEGERS = {
    "int32": st.integers(-(2**31), 2**31 - 1),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint32": st.integers(0, 2**32 - 1),
    "uint64": st.integers(0, 2**64 - 1),
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "double_value": st.floats(allow_nan=False),
    "float_value": st.floats(allow_nan=False, width=32),
    "int32_value": INTEGERS["int32"],
    "int64_value": INTEGERS["int64"],
    "uint32_value": INTEGERS["uint32"],
    "uint64_value": INTEGERS["uint64"],
    "sint32_value": INTEGERS["int32"],
    "sint64_value": INTEGERS["int64"],
    "fixed32_value": INTEGERS["uint32"],
    "fixed64_value": INTEGERS["uint64"],
    "sfixed32_value": INTEGERS["int32"],
    "sfixed64_value": INTEGERS["int64"],
    "bool_value": st.booleans(),
    "string_value": TEXT,
    "bytes_value": st.binary(max_size=20),
}


@given(st.builds(Scalars, **SCALARS))
def test_scalars(message: Scalars) -> None:
    back = nexus.decode(Scalars, nexus.encode(message))
    assert back == message
    assert math.copysign(1, back.double_value) == math.copysign(1, message.double_value)


@given(st.builds(Repeated, **{name: st.lists(one, max_size=4) for name, one in SCALARS.items()}))
def test_lists(message: Repeated) -> None:
    assert nexus.decode(Repeated, nexus.encode(message)) == message


@given(
    st.builds(
        Maps,
        by_int32=st.dictionaries(INTEGERS["int32"], TEXT, max_size=3),
        by_uint64=st.dictionaries(INTEGERS["uint64"], TEXT, max_size=3),
        by_sint64=st.dictionaries(INTEGERS["int64"], TEXT, max_size=3),
        by_sfixed32=st.dictionaries(INTEGERS["int32"], TEXT, max_size=3),
        by_bool=st.dictionaries(st.booleans(), TEXT),
        by_string=st.dictionaries(TEXT, TEXT, max_size=3),
        kinds=st.dictionaries(TEXT, st.sampled_from(Kind), max_size=3),
        nested_maps=st.dictionaries(
            TEXT, st.builds(Maps, numbers=st.dictionaries(TEXT, INTEGERS["int64"]))
        ),
    )
)
def test_maps(message: Maps) -> None:
    assert nexus.decode(Maps, nexus.encode(message)) == message


@given(
    st.one_of(
        st.none(),
        st.builds(Choice.ValueText, TEXT),
        st.builds(Choice.ValueNumber, INTEGERS["int64"]),
        st.builds(Choice.ValueFlag, st.booleans()),
        st.builds(Choice.ValueNested, st.builds(Nested, id=INTEGERS["int32"])),
        st.builds(Choice.ValueRatio, st.floats(allow_nan=False)),
    )
)
def test_oneofs(value: Choice.Value | None) -> None:
    message = Choice(before="a", value=value, second=Choice.SecondSmall(0))
    assert nexus.decode(Choice, nexus.encode(message)) == message


@given(st.lists(INTEGERS["int32"], max_size=5))
def test_enums_are_open(numbers: list[int]) -> None:
    message = Holder(statuses=[Status(number) for number in numbers])
    back = nexus.decode(Holder, nexus.encode(message))
    assert back.statuses == numbers
    assert all(type(status) is Status for status in back.statuses)


@settings(max_examples=500)
@given(st.sampled_from([Scalars, Repeated, Maps, Choice, Holder]), st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(kind: type[nexus.Message], data: bytes) -> None:
    try:
        message = nexus.decode(kind, data)
    except DecodeError as error:
        assert 0 <= error.offset <= len(data)
        return
    again = nexus.decode(kind, nexus.encode(message))
    assert nexus.encode(again) == nexus.encode(message)
    assert {item.name for item in fields(again)} >= {"unknown_fields"}  # type: ignore  # pyright: ignore[reportArgumentType]
