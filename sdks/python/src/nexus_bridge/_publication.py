"""One acknowledged publish as its caller waits for it. Its place in the order and its way to the router are the lane's."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from ._errors import NexusError
from ._items import Position

OVERHEAD_BYTES: Final = 128
"""The header of a frame, and what a lane's first frame says besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a publish gives back."""

    position: Position | None
    """Where the router keeps it; None for QoS 0, and where a later answer covered this one."""
    duplicate: bool
    """An earlier attempt of this publish had arrived already; it is kept once."""


class Publication:
    """One acknowledged publish as its caller waits for it."""

    __slots__ = (
        "awaited", "crc", "fingerprint", "flags", "name", "outcome", "payload", "sequence", "size",
        "stale_at", "tags",
    )  # fmt: skip

    def __init__(
        self, name: str, flags: int, tags: bytes, payload: bytes, fingerprint: int,
        stale_at: float | None, outcome: asyncio.Future[Receipt],
    ) -> None:  # fmt: skip
        self.name = name
        self.flags = flags
        self.tags = tags
        self.payload = payload
        self.crc = crc32(payload)
        self.fingerprint = fingerprint
        self.stale_at = stale_at
        """The loop's time at which nobody wants it any more."""
        self.outcome = outcome
        self.size = len(payload) + OVERHEAD_BYTES
        self.sequence = 0
        self.awaited = False

    def resolve(self, receipt: Receipt) -> None:
        if not self.outcome.done():
            self.outcome.set_result(receipt)

    def reject(self, error: NexusError) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


def certain(error: NexusError) -> NexusError:
    """The same error of a message that certainly never left."""
    return NexusError(
        error.code, error.message, reason=error.reason, retryable=error.retryable,
        cause=error.cause, not_executed=True,
    )  # fmt: skip
