"""What one session delivered of a subscription and nobody settled yet: answers become as few EVACKs as their order allows.

After the session it only remembers, so that a late answer still counts for the next one."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from . import _frame as f
from ._frame import frame

if TYPE_CHECKING:
    from ._items import Position
    from ._places import Places
    from ._session import Session

ACK, NACK, PROGRESS, TERM = 0, 1, 2, 3
OPEN_MAX: Final = 10_000
"""Deliveries without an answer; the oldest beyond are the router's to deliver again."""
_NACK: Final = Struct(">BI")


class Delivered:
    __slots__ = ("acknowledged", "position", "topic")

    def __init__(self, topic: str, position: Position | None) -> None:
        self.topic = topic
        self.position = position
        self.acknowledged = False


class Ledger:
    """The ledger of the subscription that has the id `stream` on `session`."""

    __slots__ = (
        "_acknowledged", "_is_over", "_is_whole", "_open", "_places", "_scheduled", "_session",
        "_stream",
    )  # fmt: skip

    def __init__(self, session: Session, stream: int, places: Places | None) -> None:
        self._session = session
        self._stream = stream
        self._places = places
        self._open: dict[int, Delivered] = {}
        """In the order of delivery."""
        self._acknowledged = 0
        self._scheduled = False
        self._is_whole = True
        """Nothing was lost between: an answer may speak for all before it."""
        self._is_over = False

    def __len__(self) -> int:
        return len(self._open)

    def add(self, delivery: int, topic: str, position: Position | None) -> None:
        before = None
        if position is not None and self._places is not None:
            before = self._places.opened(topic, position, delivery)
        if before is not None:
            self._forget(before)
        self._open[delivery] = Delivered(topic, position)
        if len(self._open) > OPEN_MAX:
            self._forget(next(iter(self._open)))

    def torn(self) -> None:
        """Deliveries are missing that nobody may speak for."""
        self._is_whole = False

    def settle(self, delivery: int, kind: int, delay_ms: int = 0) -> None:
        """Says what became of a delivery; only the first word counts, but for progress."""
        delivered = self._open.get(delivery)
        if delivered is None or delivered.acknowledged:
            return
        done = kind in (ACK, TERM)
        if done and delivered.position is not None and self._places is not None:
            self._places.settled(delivered.topic, delivered.position)
        if kind == ACK and not self._is_over:
            delivered.acknowledged = True
            self._acknowledged += 1
            if not self._scheduled:
                self._scheduled = True
                self._session.loop.call_soon(self._turn)
            return
        if not self._is_over:
            self._send(delivery, kind, delay_ms)
        if kind != PROGRESS:
            del self._open[delivery]

    def flush(self) -> None:
        """Tells what was acknowledged: everything up to the first that was not in one frame."""
        if not self._acknowledged or self._is_over:
            return
        self._acknowledged = 0
        last = count = 0
        in_front = self._is_whole
        for delivery, delivered in list(self._open.items()):
            if not delivered.acknowledged:
                in_front = False
                continue
            del self._open[delivery]
            if in_front:
                last = delivery
                count += 1
                continue
            if count:
                self._send(last, ACK, up_to=count > 1)
            count = 0
            self._send(delivery, ACK)
        if count:
            self._send(last, ACK, up_to=count > 1)

    def end(self) -> None:
        """The session is gone: whatever was not told is delivered again."""
        self._is_over = True

    def _turn(self) -> None:
        self._scheduled = False
        self.flush()

    def _forget(self, delivery: int) -> None:
        delivered = self._open.pop(delivery, None)
        if delivered is not None and delivered.acknowledged:
            self._acknowledged -= 1

    def _send(self, delivery: int, kind: int, delay_ms: int = 0, *, up_to: bool = False) -> None:
        payload = _NACK.pack(kind, delay_ms) if kind == NACK else bytes((kind,))
        self._session.write(
            frame(f.EVACK, f.END if up_to else 0, self._stream, arg=delivery, payload=payload)
        )
