"""Deadlines of many calls on few timers: calls that end within one tick share it. Never fires early."""

from __future__ import annotations

import asyncio
from typing import Protocol

FINE_SECONDS = 0.005
COARSE_SECONDS = 0.1
COARSE_FROM_SECONDS = 2.0


class Expiring(Protocol):
    """What can run out of time."""

    def expire(self) -> None: ...


class Deadlines:
    """One for each loop and link; a tick holds at most the calls of the link."""

    __slots__ = ("_loop", "_ticks")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ticks: dict[float, dict[Expiring, None]] = {}

    def add(self, call: Expiring, when: float, timeout: float) -> float:
        """`when` is the loop's time; gives the tick that `remove` needs."""
        width = FINE_SECONDS if timeout < COARSE_FROM_SECONDS else COARSE_SECONDS
        tick = (when // width + 1) * width
        calls = self._ticks.get(tick)
        if calls is None:
            calls = self._ticks[tick] = {}
            self._loop.call_at(tick, self._fire, tick)
        calls[call] = None
        return tick

    def remove(self, call: Expiring, tick: float) -> None:
        calls = self._ticks.get(tick)
        if calls is not None:
            calls.pop(call, None)

    def _fire(self, tick: float) -> None:
        for call in self._ticks.pop(tick, {}):
            call.expire()
