"""The payloads of control frames against the vectors that every language shares."""

import base64
import dataclasses
import json
import re
import typing
from pathlib import Path
from typing import Any

import pytest

import nexus_bridge as nexus
from nexus_bridge._gen.nexus.wire.v1 import control

VECTORS = Path(__file__).parents[4] / "schema/vectors/control.json"
ROWS: list[dict[str, Any]] = json.loads(VECTORS.read_text())["payloads"]


def built(kind: type[Any], row: dict[str, Any]) -> Any:
    """The message that a vector's proto-JSON describes."""
    types = typing.get_type_hints(kind)
    assert dataclasses.is_dataclass(kind)
    values: dict[str, Any] = {}
    for key, value in row.items():
        name = re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", key)
        values[name] = converted(types[name], value)
    return kind(**values)


def converted(kind: Any, value: Any) -> Any:
    if isinstance(value, list):
        return [converted(typing.get_args(kind)[0], item) for item in typing.cast(Any, value)]
    if isinstance(value, dict):
        message = next(one for one in (*typing.get_args(kind), kind) if one is not type(None))
        return built(message, typing.cast(Any, value))
    if kind is bytes:
        return base64.b64decode(value)
    return kind(value)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_payload_has_the_shared_bytes(row: dict[str, Any]) -> None:
    kind = getattr(control, row["type"].rpartition(".")[2])
    message, data = built(kind, row["json"]), bytes.fromhex(row["hex"])
    assert kind.__nexus_name__ == row["type"]
    assert nexus.encode(message) == data
    assert nexus.decode(kind, data) == message


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_payload_of_a_later_version_is_read(row: dict[str, Any]) -> None:
    kind = getattr(control, row["type"].rpartition(".")[2])
    later = bytes.fromhex(row["hex"]) + bytes.fromhex("f87f01")
    message = nexus.decode(kind, later)
    assert message.unknown_fields == bytes.fromhex("f87f01")
    assert nexus.encode(message) == later
