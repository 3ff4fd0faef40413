"""What a handler knows of the call that it handles, and what calls made inside it inherit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ._meta import ATTEMPT, PRINCIPAL, TRACE_ID, TRACE_STATE, Meta, seal, user_tags
from ._metadata import EMPTY, Metadata, MetadataValue, checked

if TYPE_CHECKING:
    from ._handled_call import HandledCall
    from ._link import Link

current: ContextVar[HandlerContext | None] = ContextVar("nexus_handler", default=None)


class HandlerContext:
    """Handed to every handler method. Calls made inside the handler inherit its deadline."""

    __slots__ = ("_call", "_deadline", "_meta", "_metadata", "_trailers", "link", "method")

    def __init__(
        self, link: Link, method: str, deadline: float | None, meta: Meta | None, call: HandledCall
    ) -> None:
        self.link = link
        """The link that the call came over."""
        self.method = method
        """`orders.v1.OrderService/GetOrder`."""
        self._deadline = deadline
        self._meta = meta
        self._metadata: Metadata | None = None
        self._call = call
        self._trailers = b""

    @property
    def metadata(self) -> Metadata:
        """What the caller sent beside the request."""
        if self._metadata is None:
            self._metadata = EMPTY if self._meta is None else self._meta.metadata
        return self._metadata

    @property
    def trace(self) -> dict[int, bytes]:
        """The tags of the trace context; calls made inside the handler carry them on."""
        if self._meta is None:
            return {}
        tags = self._meta.tags
        return {number: tags[number] for number in (TRACE_ID, TRACE_STATE) if number in tags}

    @property
    def peer(self) -> str | None:
        """The caller's principal, where the router tells it."""
        return None if self._meta is None else self._meta.text(PRINCIPAL)

    @property
    def attempt(self) -> int:
        """0 at the first attempt, then how often the caller's SDK tried again."""
        return 0 if self._meta is None else self._meta.number(ATTEMPT, 1) or 0

    @property
    def deadline(self) -> float | None:
        """The loop's time at which the caller stops waiting."""
        return self._deadline

    @property
    def time_left(self) -> float | None:
        """Seconds; None where the caller waits without limit."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - asyncio.get_running_loop().time())

    def set_trailers(
        self, metadata: Mapping[str, MetadataValue] | Iterable[tuple[str, MetadataValue]]
    ) -> None:
        """Metadata that goes back with the end of the call."""
        self._trailers = seal(user_tags(checked(metadata)))

    def send_headers(
        self, metadata: Mapping[str, MetadataValue] | Iterable[tuple[str, MetadataValue]]
    ) -> None:
        """Metadata that goes back at once; before the first message and at most once."""
        self._call.send_headers(seal(user_tags(checked(metadata))))

    @property
    def sealed_trailers(self) -> bytes:
        return self._trailers
