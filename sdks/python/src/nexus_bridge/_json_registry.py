"""What proto-JSON finds by name: messages inside google.protobuf.Any, and extensions. The caller names them; google.protobuf's
own types are always there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._json_value import ListValue, Struct, Value
from ._message import Message
from ._well_known import Any as AnyMessage
from ._well_known import Duration, Empty, FieldMask, Timestamp
from ._wrappers import WRAPPED

WELL_KNOWN: dict[str, type[Message]] = {
    kind.__nexus_name__: kind
    for kind in (
        AnyMessage, Duration, Empty, FieldMask, ListValue, Struct, Timestamp, Value, *WRAPPED,
    )
}  # fmt: skip


class Registry:
    """Types and extensions by their full names; made once where many messages are read."""

    __slots__ = ("_extensions", "_types")

    def __init__(self, types: Iterable[type[Any]] = ()) -> None:
        self._types = dict(WELL_KNOWN)
        self._extensions: dict[type[Message], dict[str, type[Message]]] = {}
        for kind in types:
            for extendee in kind.__nexus_extendee__:
                self._extensions.setdefault(extendee(), {})[kind.__nexus_name__] = kind
            if not kind.__nexus_extendee__:
                self._types[kind.__nexus_name__] = kind

    def find(self, name: str) -> type[Message] | None:
        return self._types.get(name)

    def extensions_of(self, message: type[Message]) -> Mapping[str, type[Message]]:
        """By their full names."""
        return self._extensions.get(message, NO_EXTENSIONS)


NO_EXTENSIONS: Mapping[str, type[Message]] = {}
NO_TYPES = Registry()
