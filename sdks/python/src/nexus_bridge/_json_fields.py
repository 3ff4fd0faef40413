"""The tables behind proto-JSON: how the fields of a message and the values of an enum are called outside Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._message import Enum, Message


class JsonField:
    """One field; see `json_field`."""

    __slots__ = (
        "attribute", "case", "implicit", "json", "key", "name", "repeated", "required", "type",
    )  # fmt: skip

    def __init__(
        self, attribute: str, name: str, json: str, type: str | type[Any], key: str | None,
        case: Callable[..., Any] | None, repeated: bool, implicit: bool, required: bool,
    ) -> None:  # fmt: skip
        self.attribute = attribute
        """In Python: the field's own, or that of its oneof."""
        self.name = name
        self.json = json
        self.type = type
        """A scalar by its name, or the class of a message or an enum."""
        self.key = key
        """Of a map: the scalar of its keys."""
        self.case = case
        """Of a member of a oneof: the class of its case."""
        self.repeated = repeated
        self.implicit = implicit
        """A default cannot be told from no value."""
        self.required = required


def json_field(
    attribute: str,
    name: str,
    json: str,
    type: str | type[Any],
    *,
    key: str | None = None,
    case: Callable[..., Any] | None = None,
    repeated: bool = False,
    implicit: bool = False,
    required: bool = False,
) -> JsonField:
    """A row of a generated table."""
    return JsonField(attribute, name, json, type, key, case, repeated, implicit, required)


class MessageTable:
    """The fields of one message, and by each name that JSON may use."""

    __slots__ = ("by_name", "fields")

    def __init__(self, fields: list[JsonField]) -> None:
        self.fields = fields
        self.by_name = {field.name: field for field in fields}
        self.by_name.update((field.json, field) for field in fields)


class EnumTable:
    """The names of one enum's values; of aliases the first is written and all are read."""

    __slots__ = ("names", "numbers")

    def __init__(self, rows: tuple[tuple[str, int], ...]) -> None:
        self.numbers = dict(rows)
        self.names: dict[int, str] = {}
        for name, number in rows:
            self.names.setdefault(number, name)


_messages: dict[type[Message], MessageTable] = {}
_enums: dict[type[Enum], EnumTable] = {}


def message_table(message: type[Message]) -> MessageTable:
    table = _messages.get(message)
    if table is None:
        fields: list[JsonField] = [row for give in message.__nexus_json__ for row in give()]
        table = _messages[message] = MessageTable(fields)
    return table


def register_enum(kind: type[Enum], *rows: tuple[str, int]) -> None:
    """Ties a generated enum to its values' names in the schema."""
    _enums[kind] = EnumTable(rows)


def enum_table(kind: type[Enum]) -> EnumTable:
    table = _enums.get(kind)
    if table is None:
        table = _enums[kind] = EnumTable(tuple((each.name, each.value) for each in kind))
    return table
