"""proto-JSON: what protobuf's own suite does not ask for, and a message of every kind both ways."""

from __future__ import annotations

from typing import Any

import pytest
from golden.enums.fixtures.enums.v1 import Status
from golden.orders.orders.v1 import Order
from golden.proto2_basics.fixtures.proto2_basics.v1 import Basics, ExtraExtension
from golden.well_known.fixtures.well_known.v1 import WellKnown

import nexus_bridge as nexus
from nexus_bridge import gen1
from nexus_bridge._json_fields import enum_table


def told(message: nexus.Message, **options: Any) -> str:
    text = nexus.to_json(message, **options)
    assert nexus.from_json(type(message), text, **options) == message
    return text


def test_every_well_known_type_is_written_as_its_own_json() -> None:
    message = WellKnown(
        timestamp=nexus.Timestamp(seconds=-1, nanos=500_000_000),
        duration=nexus.Duration(seconds=0, nanos=-5),
        any=nexus.Any.pack(nexus.Duration(seconds=3)),
        struct={"a": [1.0, None, True, "x", {}]},
        value=gen1.NULL,
        empty=gen1.Empty(),
        field_mask=gen1.FieldMask(paths=["unit_price", "a.b_c"]),
        int64_value=1 << 60,
        bytes_value=b"\xff\xfe",
        float_value=0.0,
    )
    text = told(message)
    for part in (
        '"timestamp":"1969-12-31T23:59:59.500Z"',
        '"duration":"-0.000000005s"',
        '"any":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"3s"}',
        '"struct":{"a":[1.0,null,true,"x",{}]}',
        '"value":null',
        '"fieldMask":"unitPrice,a.bC"',
        '"int64Value":"1152921504606846976"',
        '"bytesValue":"//4="',
        '"floatValue":0.0',
    ):
        assert part in text


def test_what_is_empty_is_left_out() -> None:
    assert nexus.to_json(Order()) == "{}"
    assert nexus.from_json(Order, "{}") == Order()
    assert nexus.from_json(Basics, '{"name": "n", "count": null}') == Basics(name="n")


def test_an_any_needs_its_type_in_the_registry() -> None:
    message = WellKnown(any=nexus.Any.pack(Order()))
    with pytest.raises(nexus.JsonError, match=r"any: the registry has no type .*Order"):
        nexus.to_json(message)
    text = told(message, registry=[Order])
    with pytest.raises(nexus.JsonError, match="registry"):
        nexus.from_json(WellKnown, text)


def test_an_extension_stands_in_brackets_and_among_the_unknown_fields() -> None:
    message = Basics(name="n")
    assert nexus.get_extension(message, ExtraExtension).extra is None
    nexus.set_extension(message, ExtraExtension(extra="more"))
    nexus.set_extension(message, ExtraExtension(extra="most"))
    assert nexus.get_extension(message, ExtraExtension).extra == "most"
    registry = nexus.Registry([ExtraExtension])
    assert '"[fixtures.proto2_basics.v1.extra]":"most"' in told(message, registry=registry)
    assert "extra" not in nexus.to_json(message)
    with pytest.raises(TypeError, match="does not extend"):
        nexus.get_extension(Order(), ExtraExtension)


def test_unknown_names_are_refused_unless_asked() -> None:
    with pytest.raises(nexus.JsonError, match="no field 'nope'"):
        nexus.from_json(Order, '{"nope": {"a": [1]}}')
    assert nexus.from_json(Order, '{"nope": {"a": [1]}}', ignore_unknown=True) == Order()


def test_enums_have_the_names_of_the_schema() -> None:
    assert enum_table(Status).names[0] == "STATUS_UNSPECIFIED"


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "a", "name": "b"}',
        '{"name": "\\ud800"}',
        '{"name": "n", "count": 1.5}',
        '{"name": "n", "count": 2147483648}',
        '{"name": "n", "count": 1e999999999}',
        '{"name": "n", "count": "1e999999999"}',
        '{"name": "n", "big": -1}',
        '{"name": "n", "ratio": NaN}',
        '{"name": "n", "ratio": 1e400}',
        '{"name": "n", "smallRatio": 1e39}',
        '{"name": "n", "small_ratio": 1, "smallRatio": 1}',
        '{"name": "n", "flag": "true"}',
        '{"name": "n", "blob": "a"}',
        '{"name": "n", "kind": "NO_KIND"}',
        '{"name": "n", "word": "a", "chosen": "KIND_FIRST"}',
        '{"name": "n", "unpacked": [null]}',
        '{"count": 1}',
        "[]",
        "{",
        "[" * 100_000,
        '{"name": ' + "1" * 5000 + "}",
    ],
)
def test_text_that_says_no_message_is_an_error_with_the_types_name(text: str) -> None:
    with pytest.raises(nexus.JsonError, match=r"fixtures\.proto2_basics\.v1\.Basics"):
        nexus.from_json(Basics, text)


def test_what_json_cannot_say_is_an_error() -> None:
    for message in (
        WellKnown(timestamp=nexus.Timestamp(seconds=1 << 40)),
        WellKnown(duration=nexus.Duration(seconds=1, nanos=-1)),
        WellKnown(field_mask=gen1.FieldMask(paths=["a__b"])),
        WellKnown(value=float("nan")),
        WellKnown(string_value="\ud800"),
    ):
        with pytest.raises(nexus.JsonError, match=r"fixtures\.well_known\.v1\.WellKnown"):
            nexus.to_json(message)


def test_nesting_is_bounded() -> None:
    deep = '{"value": ' + "[" * 70 + "]" * 70 + "}"
    with pytest.raises(nexus.JsonError, match="64"):
        nexus.from_json(WellKnown, deep)
