"""What came and was not read yet. Events are bounded by the credit that was given, gaps by number."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from ._errors import NexusError
from ._items import Gap, RawEvent

GAPS_MAX: Final = 10_000
"""Gaps that wait to be read; further ones are counted together, without their places."""


class ItemQueue:
    """One reader at a time."""

    __slots__ = ("_error", "_items", "_waiter", "events")

    def __init__(self) -> None:
        self._items: deque[RawEvent | Gap] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: NexusError | None = None
        self.events = 0

    def __len__(self) -> int:
        return len(self._items)

    def push(self, item: RawEvent | Gap) -> None:
        if isinstance(item, Gap):
            before = self._items[-1] if self._items else None
            if isinstance(before, Gap):
                is_full = len(self._items) - self.events >= GAPS_MAX
                merged = before.with_later(item, is_full=is_full)
                if merged is not None:
                    self._items[-1] = merged
                    return
        else:
            self.events += 1
        self._items.append(item)
        self._wake()

    def finish(self, error: NexusError) -> None:
        """Nothing more comes; the error is told after what came before."""
        self._error = error
        self._wake()

    def take_events(self) -> list[RawEvent]:
        """Takes the events out that are not read; gaps stay."""
        events = [item for item in self._items if not isinstance(item, Gap)]
        if events:
            gaps = [item for item in self._items if isinstance(item, Gap)]
            self._items = deque(gaps)
            self.events = 0
        return events

    async def take(self) -> RawEvent | Gap:
        """The next item; raises what ended the subscription."""
        while not self._items:
            if self._error is not None:
                raise self._error
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        item = self._items.popleft()
        if not isinstance(item, Gap):
            self.events -= 1
        return item

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
