"""Messages as proto-JSON: plain values that `json` writes. Refuses what JSON cannot say; never reads."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeAlias

from ._json_fields import JsonField, enum_table, message_table
from ._json_registry import Registry
from ._json_text import (
    JsonError,
    bytes_text,
    duration_text,
    float_json,
    is_default,
    mask_text,
    read_text,
    timestamp_text,
)
from ._json_value import NULL, ListValue, NullValue, Struct, Value
from ._message import Enum, Message, decode
from ._well_known import Any as AnyMessage
from ._well_known import Duration, FieldMask, Timestamp
from ._wire import DEPTH_MAX
from ._wrappers import WRAPPED

Json: TypeAlias = Any

WITH_VALUE = (Timestamp, Duration, FieldMask, Struct, Value, ListValue, AnyMessage)
"""Inside an Any they stand under `value`, as the wrappers do."""


def write(message: Message, registry: Registry, depth: int = 0) -> Json:
    """The JSON value of any message."""
    if depth > DEPTH_MAX:
        raise JsonError(f"messages are nested deeper than {DEPTH_MAX} levels")
    match message:
        case Timestamp():
            return timestamp_text(message.seconds, message.nanos)
        case Duration():
            return duration_text(message.seconds, message.nanos)
        case FieldMask():
            return mask_text(message.paths)
        case AnyMessage():
            return _any(message, registry, depth)
        case Struct() | Value() | ListValue():
            return _plain(message.value, depth)
        case _:
            scalar = WRAPPED.get(type(message))
            if scalar is not None:
                return _scalar(message.value, scalar)  # type: ignore[attr-defined]  # pyright: ignore
            return _fields(message, registry, depth)


def _fields(message: Message, registry: Registry, depth: int) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for field in message_table(type(message)).fields:
        value = getattr(message, field.attribute)
        if field.case is not None:
            if type(value) is not field.case:
                continue
            value = value.value  # type: ignore[attr-defined]  # pyright: ignore
        elif value is None or (field.implicit and is_default(value)):
            continue
        try:
            if field.key is not None:
                if value:
                    told[field.json] = _map(field, value, registry, depth)
            elif field.repeated:
                if value:
                    told[field.json] = [_one(field, each, registry, depth) for each in value]
            else:
                told[field.json] = _one(field, value, registry, depth)
        except JsonError as error:
            raise error.within(field.name) from None
    for name, holder in registry.extensions_of(type(message)).items():
        held = decode(holder, message.unknown_fields)  # type: ignore[attr-defined]  # pyright: ignore
        for value in _fields(held, registry, depth).values():
            told[f"[{name}]"] = value
    return told


def _map(
    field: JsonField, value: Mapping[Any, Any], registry: Registry, depth: int
) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for key, each in value.items():
        text = (
            key
            if isinstance(key, str)
            else str(key).lower()
            if field.key == "bool"
            else str(int(key))
        )
        told[read_text(text)] = _one(field, each, registry, depth)
    return told


def _one(field: JsonField, value: Any, registry: Registry, depth: int) -> Json:
    kind = field.type
    if isinstance(kind, str):
        return _scalar(value, kind)
    if issubclass(kind, NullValue):
        return None
    if issubclass(kind, Enum):
        return enum_table(kind).names.get(int(value), int(value))
    if kind in (Struct, Value, ListValue):
        return _plain(value, depth + 1)
    scalar = WRAPPED.get(kind)
    return write(value, registry, depth + 1) if scalar is None else _scalar(value, scalar)


def _scalar(value: Any, kind: str) -> Json:
    if kind == "string":
        return read_text(value)
    if kind == "bytes":
        return bytes_text(value)
    if kind == "bool":
        return bool(value)
    if kind in ("float", "double"):
        return float_json(value, kind)
    return str(int(value)) if kind.endswith("64") else int(value)


def _plain(value: Any, depth: int) -> Json:
    """What Struct, Value and ListValue hold."""
    if depth > DEPTH_MAX:
        raise JsonError(f"values are nested deeper than {DEPTH_MAX} levels")
    if value is None or value is NULL:
        return None
    if isinstance(value, (bool, str)):
        return read_text(value) if isinstance(value, str) else value
    if isinstance(value, (int, float)):
        if not isfinite(value):
            raise JsonError("a Value has no NaN and no infinity")
        return value
    if isinstance(value, Mapping):
        return {read_text(key): _plain(each, depth + 1) for key, each in value.items()}  # pyright: ignore
    return [_plain(each, depth + 1) for each in value]


def _any(message: AnyMessage, registry: Registry, depth: int) -> Json:
    if not message.type_url:
        if message.value:
            raise JsonError("an Any has a value and no type")
        return {}
    kind = registry.find(message.type_name)
    if kind is None:
        raise JsonError(f"the registry has no type {message.type_name}: pass registry=[...]")
    inner = decode(kind, message.value)
    told = write(inner, registry, depth + 1)
    if kind in WITH_VALUE or kind in WRAPPED:
        return {"@type": message.type_url, "value": told}
    return {"@type": message.type_url, **told}
