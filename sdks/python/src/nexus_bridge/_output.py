"""Coalesced writing: the frames of one loop turn leave in one write."""

from __future__ import annotations

import asyncio
from typing import Final

TURN_BYTES_MAX: Final = 1 << 20
"""What one loop turn may collect before it is written at once."""


class Output:
    """Without a transport (any more), what is written is dropped."""

    __slots__ = ("_bytes", "_frames", "_loop", "_scheduled", "paused", "paused_at", "transport")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.transport: asyncio.Transport | None = None
        self.paused: asyncio.Future[None] | None = None
        """Set while the peer does not take what was written."""
        self.paused_at = 0.0
        self._loop = loop
        self._frames: list[bytes] = []
        self._bytes = 0
        self._scheduled = False

    @property
    def queue_bytes(self) -> int:
        """What waits here and in the transport."""
        return self._bytes + (
            0 if self.transport is None else self.transport.get_write_buffer_size()
        )

    def write(self, data: bytes) -> None:
        self._frames.append(data)
        self._bytes += len(data)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)
        elif self._bytes > TURN_BYTES_MAX:
            self.flush()

    def _turn(self) -> None:
        self._scheduled = False
        self.flush()

    def flush(self) -> None:
        """At once: for the last words of a link."""
        frames = self._frames
        if not frames:
            return
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        frames.clear()
        self._bytes = 0
        if self.transport is not None:
            self.transport.write(data)

    def pause(self) -> None:
        """The transport's buffer is full."""
        self.paused_at = self._loop.time()
        self.paused = self._loop.create_future()

    def resume(self) -> None:
        waiter, self.paused = self.paused, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def resumed(self) -> None:
        """Waits until there is room again, or no transport."""
        while self.paused is not None:
            await asyncio.shield(self.paused)
