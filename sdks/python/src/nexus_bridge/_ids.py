"""Stream ids of one session, in serial arithmetic: which comes next, and what an id that is not live means."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

from ._frame import LinkCode, LinkFault

NO_LAST_STREAM: Final = 0xFFFFFFFF
"""In GOAWAY: no limit yet. As a start: one step before 1."""


def is_ahead(stream: int, of: int) -> bool:
    """Ids go round."""
    return 0 < (stream - of) & 0xFFFFFFFF < 0x80000000


class StreamIds:
    """Odd ones are this side's, even ones the router's. There are no tombstones."""

    __slots__ = ("_last_opened", "_last_served")

    def __init__(self) -> None:
        self._last_opened = NO_LAST_STREAM
        self._last_served = 0

    def take(self, live: Container[int]) -> int:
        """The next id of this side."""
        stream = (self._last_opened + 2) & 0xFFFFFFFF
        while stream in live:  # a long-lived one, after the ids went round
            stream = (stream + 2) & 0xFFFFFFFF
        self._last_opened = stream
        return stream

    def serve(self, stream: int) -> None:
        """The router opened `stream`."""
        if stream & 1 or not stream or not is_ahead(stream, self._last_served):
            raise LinkFault(LinkCode.PROTOCOL_ERROR, f"OPEN of stream {stream}")
        self._last_served = stream

    def check_closed(self, stream: int) -> None:
        """A frame on an id that is not live: to be dropped where the id was open once."""
        highest = self._last_opened if stream & 1 else self._last_served
        if stream == 0 or is_ahead(stream, highest):
            raise LinkFault(LinkCode.PROTOCOL_ERROR, f"a frame on stream {stream}, never opened")
