"""proto-JSON to messages. Whatever the text says, it is a message or a `JsonError`; unknown names are refused unless asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, TypeVar

from ._json_fields import JsonField, enum_table, message_table
from ._json_registry import Registry
from ._json_text import (
    JsonError,
    read_bytes_text,
    read_duration,
    read_float,
    read_integer,
    read_mask,
    read_text,
    read_timestamp,
)
from ._json_value import NULL, ListValue, NullValue, Struct, Value
from ._json_write import WITH_VALUE
from ._message import Enum, Message, encode
from ._well_known import Any as AnyMessage
from ._well_known import Duration, FieldMask, Timestamp
from ._wire import DEPTH_MAX
from ._wrappers import WRAPPED

M = TypeVar("M", bound=Message)

SKIPPED: Final = object()
"""A name of an enum that is not known, where those are ignored."""


class Reader:
    """One text; `ignore_unknown` skips fields and names of enums that the schema does not have."""

    __slots__ = ("_ignore_unknown", "_registry")

    def __init__(self, registry: Registry, *, ignore_unknown: bool) -> None:
        self._registry = registry
        self._ignore_unknown = ignore_unknown

    def message(self, kind: type[M], value: Any, depth: int = 0) -> M:
        if depth > DEPTH_MAX:
            raise JsonError(f"messages are nested deeper than {DEPTH_MAX} levels")
        special = self._special(kind, value, depth)
        if special is not None:
            return special  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
        if not isinstance(value, dict):
            raise JsonError("is no object")
        return self._fields(kind, value, depth)  # pyright: ignore[reportUnknownArgumentType]

    def _special(self, kind: type[Message], value: Any, depth: int) -> Message | None:
        if kind is Timestamp:
            seconds, nanos = read_timestamp(value)
            return Timestamp(seconds=seconds, nanos=nanos)
        if kind is Duration:
            seconds, nanos = read_duration(value)
            return Duration(seconds=seconds, nanos=nanos)
        if kind is FieldMask:
            return FieldMask(paths=read_mask(value))
        if kind is AnyMessage:
            return self._any(value, depth)
        if kind is Struct or kind is Value or kind is ListValue:
            return kind(value=self._plain_of(kind, value, depth))
        scalar = WRAPPED.get(kind)
        return None if scalar is None else kind(value=self._scalar(scalar, value))  # pyright: ignore

    def _fields(self, kind: type[M], value: dict[str, Any], depth: int) -> M:
        table = message_table(kind)
        given: dict[str, Any] = {}
        seen: set[int] = set()
        extended = b""
        for name, each in value.items():
            field = table.by_name.get(name)
            if field is None:
                extended += self._unknown(kind, name, each, depth)
                continue
            if id(field) in seen:
                raise JsonError("stands twice, under both of its names").within(field.name)
            seen.add(id(field))
            try:
                told = self._field(field, each, depth)
            except JsonError as error:
                raise error.within(field.name) from None
            if told is SKIPPED:
                continue
            if field.attribute in given:
                raise JsonError("is of a oneof that has another value already").within(field.name)
            given[field.attribute] = told if field.case is None else field.case(told)
        for field in table.fields:
            if field.required and given.get(field.attribute) is None:
                raise JsonError("is required").within(field.name)
        if extended:
            given["unknown_fields"] = extended
        return kind(**given)

    def _unknown(self, kind: type[Message], name: str, value: Any, depth: int) -> bytes:
        """An extension's field, as it stands on the wire."""
        holder = None
        if name.startswith("[") and name.endswith("]"):
            holder = self._registry.extensions_of(kind).get(name[1:-1])
        if holder is not None:
            field = message_table(holder).fields[0]
            return encode(self._fields(holder, {field.name: value}, depth))
        if not self._ignore_unknown:
            raise JsonError(f"{kind.__nexus_name__} has no field {name!r}")
        return b""

    def _field(self, field: JsonField, value: Any, depth: int) -> Any:
        """The value of a field; SKIPPED where it says nothing."""
        if field.key is not None:
            return SKIPPED if value is None else self._map(field, field.key, value, depth)
        if field.repeated:
            return SKIPPED if value is None else self._list(field, value, depth)
        if value is None:
            if field.type is Value:
                return NULL
            return NullValue.NULL_VALUE if field.type is NullValue else SKIPPED
        return self._one(field, value, depth)

    def _list(self, field: JsonField, value: Any, depth: int) -> list[Any]:
        if not isinstance(value, list):
            raise JsonError("is no list")
        items = [self._element(field, each, depth) for each in value]  # pyright: ignore
        return [each for each in items if each is not SKIPPED]

    def _map(self, field: JsonField, key: str, value: Any, depth: int) -> dict[Any, Any]:
        if not isinstance(value, dict):
            raise JsonError("is no object")
        entries: dict[Any, Any] = {}
        for name, each in value.items():  # pyright: ignore
            told = self._element(field, each, depth)
            at = _key(key, name)  # pyright: ignore
            if at in entries:
                raise JsonError(f"has the key {at!r} twice")
            if told is not SKIPPED:
                entries[at] = told
        return entries

    def _element(self, field: JsonField, value: Any, depth: int) -> Any:
        if value is None:
            if field.type is Value:
                return None
            if field.type is NullValue:
                return NullValue.NULL_VALUE
            raise JsonError("has a null where there is no value")
        return self._one(field, value, depth)

    def _one(self, field: JsonField, value: Any, depth: int) -> Any:
        kind = field.type
        if isinstance(kind, str):
            return self._scalar(kind, value)
        if issubclass(kind, Enum):
            return self._enum(kind, value)
        if kind in (Struct, Value, ListValue):
            return self._plain_of(kind, value, depth + 1)
        scalar = WRAPPED.get(kind)
        if scalar is not None:
            return self._scalar(scalar, value)
        return self.message(kind, value, depth + 1)

    def _enum(self, kind: type[Enum], value: Any) -> Any:
        if isinstance(value, str):
            number = enum_table(kind).numbers.get(value)
            if number is not None:
                return kind.__nexus_of__(number)
            if self._ignore_unknown:
                return SKIPPED
            raise JsonError(f"{value!r} is no value of {kind.__name__}")
        return kind.__nexus_of__(read_integer(value, "int32"))

    @staticmethod
    def _scalar(kind: str, value: Any) -> Any:
        if kind == "string":
            return read_text(value)
        if kind == "bytes":
            return read_bytes_text(value)
        if kind == "bool":
            if not isinstance(value, bool):
                raise JsonError("is neither true nor false")
            return value
        if kind in ("float", "double"):
            return read_float(value, kind)
        return read_integer(value, kind)

    def _plain_of(self, kind: type[Any], value: Any, depth: int) -> Any:
        if kind is Struct and not isinstance(value, dict):
            raise JsonError("is no object")
        if kind is ListValue and not isinstance(value, list):
            raise JsonError("is no list")
        return self._plain(value, depth)

    def _plain(self, value: Any, depth: int) -> Any:
        if depth > DEPTH_MAX:
            raise JsonError(f"values are nested deeper than {DEPTH_MAX} levels")
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return read_text(value)
        if isinstance(value, (int, Decimal)):
            return read_float(value, "double")
        if isinstance(value, list):
            return [self._plain(each, depth + 1) for each in value]  # pyright: ignore
        return {read_text(key): self._plain(each, depth + 1) for key, each in value.items()}

    def _any(self, value: Any, depth: int) -> AnyMessage:
        if not isinstance(value, dict):
            raise JsonError("is no object")
        members: dict[str, Any] = dict(value)  # pyright: ignore
        if not members:
            return AnyMessage()
        url = members.pop("@type", None)
        if not isinstance(url, str) or "/" not in url:
            raise JsonError("an Any has no @type such as type.googleapis.com/a.b.Message")
        kind = self._registry.find(url.rpartition("/")[2])
        if kind is None:
            raise JsonError(f"the registry has no type {url}: pass registry=[...]")
        if kind in WITH_VALUE or kind in WRAPPED:
            if "value" not in members or (len(members) > 1 and not self._ignore_unknown):
                raise JsonError(f"{url} stands under value, and nothing beside it")
            inner = self.message(kind, members["value"], depth + 1)
        else:
            inner = self.message(kind, members, depth + 1)
        return AnyMessage(type_url=url, value=encode(inner))


def _key(kind: str, text: str) -> Any:
    if kind == "string":
        return read_text(text)
    if kind == "bool":
        if text not in ("true", "false"):
            raise JsonError(f"has the key {text!r}, which is neither true nor false")
        return text == "true"
    return read_integer(text, kind)
