"""Bytes that protobuf's own implementation wrote, and the meaning they have here."""

import importlib
import json
from pathlib import Path
from typing import TypedDict

import pytest
from golden.scalars.fixtures.scalars.v1 import Scalars
from golden.well_known.fixtures.well_known.v1 import WellKnown

import nexus_bridge as nexus
from nexus_bridge import gen1


class Row(TypedDict):
    fixture: str
    message: str
    hex: str


ROWS: list[Row] = json.loads(Path(__file__).with_name("reference.json").read_text())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['fixture']}-{row['hex'][:16]}")
def test_bytes_of_protobuf_come_back_unchanged(row: Row) -> None:
    name = row["fixture"]
    module = importlib.import_module(f"golden.{name}.fixtures.{name}.v1.{name}")
    data = bytes.fromhex(row["hex"])
    assert nexus.encode(nexus.decode(getattr(module, row["message"]), data)) == data


def test_every_scalar_has_the_bytes_of_protobuf() -> None:
    message = Scalars(
        double_value=-0.0,
        float_value=1.5,
        int32_value=-1,
        int64_value=-(2**63),
        uint32_value=2**32 - 1,
        uint64_value=2**64 - 1,
        sint32_value=-(2**31),
        sint64_value=-(2**63),
        fixed32_value=1,
        fixed64_value=2**53 + 1,
        sfixed32_value=-2,
        sfixed64_value=-3,
        bool_value=True,
        string_value="ü€😀",
        bytes_value=b"\0\xff",
    )
    data = bytes.fromhex(
        "090000000000000080150000c03f18ffffffffffffffffff01208080808080808080800128ffffffff0f30"
        "ffffffffffffffffff0138ffffffff0f40ffffffffffffffffff014d010000005101000000000020005dfe"
        "ffffff61fdffffffffffffff68017209c3bce282acf09f98807a0200ff"
    )
    assert nexus.encode(message) == data
    assert nexus.decode(Scalars, data) == message


def test_well_known_values_have_the_bytes_of_protobuf() -> None:
    message = WellKnown(
        timestamp=nexus.Timestamp(seconds=-62135596800, nanos=999_999_999),
        duration=nexus.Duration(seconds=-1, nanos=-5),
        struct={"a": [1, None, True, "x", {"b": {}}]},
        value=gen1.NULL,
        empty=gen1.Empty(),
        field_mask=gen1.FieldMask(paths=["a.b"]),
        uint64_value=2**64 - 1,
        string_value="",
        moment=WellKnown.MomentSpoken("hi"),
    )
    data = bytes.fromhex(
        "0a11088092b8c398feffffff0110ff93ebdc03121608ffffffffffffffffff0110fbffffffffffffffff01"
        "222e0a2c0a0161122732250a0911000000000000f03f0a0208000a0220010a031a01780a0b2a090a070a01"
        "6212022a002a0208003a0042050a03612e62620b08ffffffffffffffffff01820100ba01040a026869"
    )
    assert nexus.encode(message) == data
    assert nexus.decode(WellKnown, data) == message
