"""The text of a field inside a topic's name: what publishers and subscribers of every language must agree on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

TopicFieldKind = Literal["string", "integer", "bool", "enum"]

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


@dataclass(frozen=True, slots=True)
class TopicField:
    """A token of a topic whose text is a field of the message."""

    name: str
    """The field's name in Python."""
    kind: TopicFieldKind
    names: Mapping[int, str] | None = None
    """The values' names by number, as in the schema, for enums."""


def field_text(field: TopicField, value: object) -> str:
    """One token; raises `ValueError` for an empty one, which would not be a token."""
    text = _plain_text(field, value)
    if not text:
        raise ValueError(f"field {field.name} is empty, but the topic's name contains it; set it")
    return escape(text)


def escape(text: str) -> str:
    """Bytes outside `[A-Za-z0-9_-]` become `%XX`."""
    if text.isascii() and text.replace("-", "").replace("_", "").isalnum():
        return text
    data = text.encode()
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in data)


def _plain_text(field: TopicField, value: object) -> str:
    if value is None:
        return ""
    if field.kind == "bool":
        return "true" if value else "false"
    if isinstance(value, int):
        number = int(value)
        return str(number) if field.names is None else field.names.get(number, str(number))
    return str(value)
