"""Ends a session whose router is silent for three heartbeats, or takes no bytes any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._errors import Code, NexusError
from ._gen_constants import LIMITS

if TYPE_CHECKING:
    from ._session import Session

STALL_SECONDS: Final = LIMITS["write_stall_ms"] / 1000
MISSED_MAX: Final = 3


class Heartbeat:
    """One timer a session; the router pings, so there is nothing to send."""

    __slots__ = ("_interval", "_session", "_timer")

    def __init__(self, session: Session, interval: float) -> None:
        self._session = session
        self._interval = interval
        self._timer = session.loop.call_later(interval, self._beat)

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        session = self._session
        now = session.loop.time()
        if now - session.heard_at > MISSED_MAX * self._interval:
            session.abort(
                NexusError(Code.UNAVAILABLE, "the router was silent for three heartbeats")
            )
        elif session.congested and now - session.paused_at > STALL_SECONDS:
            session.abort(NexusError(Code.UNAVAILABLE, "the router takes no bytes any more"))
        else:
            self._timer = session.loop.call_later(self._interval, self._beat)
