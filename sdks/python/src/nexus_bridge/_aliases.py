"""Numbers for names: those that this side binds, and those that the router bound."""

from __future__ import annotations

from typing import Final

from ._errors import Code
from ._frame import LinkCode, LinkFault
from ._gen_constants import LIMITS
from ._meta import NAME, Meta, MetaFault, read_meta

ALIASES_MAX: Final = LIMITS["aliases"]
NAME_BYTES_MAX: Final = LIMITS["alias_name_bytes"]


class SentNames:
    """Bound in the order of first use and never freed; once the space is full, names go in full."""

    __slots__ = ("_bytes", "aliases")

    def __init__(self) -> None:
        self.aliases: dict[str, int] = {}
        self._bytes = 0

    def bind(self, name: str) -> int:
        """A new alias, or 0 where there is no room."""
        size = len(name.encode())
        number = len(self.aliases) + 1
        if number > ALIASES_MAX or self._bytes + size > NAME_BYTES_MAX:
            return 0
        self.aliases[name] = number
        self._bytes += size
        return number

    def name_of(self, alias: int) -> str | None:
        """For the rare refusal that echoes an alias."""
        return next((name for name, each in self.aliases.items() if each == alias), None)


class ReceivedNames:
    """What the router bound; a broken binding ends the link."""

    __slots__ = ("_bytes", "_names")

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._bytes = 0

    def resolve(self, route: int, meta: Meta | None) -> str:
        """The name that a frame dispatches on: its alias, else the one in its meta block."""
        if route:
            if meta is not None and NAME in meta.tags:
                raise MetaFault(Code.INVALID_ARGUMENT, "a frame has both an alias and a name")
            name = self._names.get(route)
        else:
            name = None if meta is None else meta.text(NAME)
        if name is None:
            raise MetaFault(Code.INVALID_ARGUMENT, f"alias {route} is not bound")
        return name

    def bind(self, route: int, meta: bytes) -> None:
        try:
            name = read_meta(meta).text(NAME)
        except MetaFault as fault:
            lost = fault.code is Code.DATA_LOSS
            code = LinkCode.META_CRC if lost else LinkCode.PROTOCOL_ERROR
            raise LinkFault(code, fault.message) from None
        if not name or not 1 <= route <= ALIASES_MAX or route in self._names:
            raise LinkFault(LinkCode.ALIAS_ERROR, f"alias {route} cannot be bound")
        self._names[route] = name
        self._bytes += len(name.encode())
        if self._bytes > NAME_BYTES_MAX:
            raise LinkFault(LinkCode.ALIAS_ERROR, "the names of all aliases are too long")

    def free(self, route: int) -> None:
        name = self._names.pop(route, None)
        if name is None:
            raise LinkFault(LinkCode.ALIAS_ERROR, f"alias {route} is freed but not bound")
        self._bytes -= len(name.encode())
