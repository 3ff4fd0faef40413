"""Numbers for names: those that this side binds, and those that the router bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ._errors import Code
from ._frame import ALIAS, LinkCode, LinkFault, frame
from ._gen_constants import LIMITS
from ._meta import NAME, Meta, MetaFault, fingerprint_tag, name_meta, read_meta

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


class Names:
    """The names of one session in both directions."""

    __slots__ = ("_write", "received", "sent", "told_types")

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self.sent = SentNames()
        self.received = ReceivedNames()
        self.told_types: set[str] = set()
        """Methods and topics with an alias whose message type the router has heard of."""

    def alias_for(self, name: str) -> int:
        """The alias of `name`, bound on its first use; 0 once the space is full."""
        alias = self.sent.aliases.get(name)
        if alias is not None:
            return alias
        alias = self.sent.bind(name)
        if alias:
            self._write(frame(ALIAS, 0, 0, route=alias, meta=name_meta(name)))
        return alias

    def type_tag(self, name: str, alias: int, fingerprint: int) -> bytes:
        """The fingerprint of a name's type: with its first use here, and with each that has no alias."""
        if name in self.told_types or not fingerprint:
            return b""
        if alias:
            self.told_types.add(name)
        return fingerprint_tag(fingerprint)

    def name_of(self, route: int, meta: Meta | None) -> str:
        """The name that a received frame dispatches on."""
        return self.received.resolve(route, meta)

    def refused(self, route: int, meta: bytes) -> str | None:
        """The topic of a refused publish; None where the block that names it cannot be read."""
        if route:
            return self.sent.name_of(route) or "?"
        try:
            return read_meta(meta).text(NAME) or "?" if meta else "?"
        except MetaFault:
            return None
