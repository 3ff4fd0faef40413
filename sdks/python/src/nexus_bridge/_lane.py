"""One producer: acknowledged publishes of one priority, in order, kept until the router holds them.

It sends them again on every new link under the same sequences, and decides what an answer means; the order itself is the
window's."""

from __future__ import annotations

import asyncio
import os
import random
from collections import deque
from struct import Struct
from typing import TYPE_CHECKING, Final

from . import _frame as f
from . import _meta as m
from ._diagnostics import Diagnostic
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import LinkCode, LinkFault, frame
from ._items import Position
from ._lane_window import LaneWindow
from ._publication import Publication, Receipt, certain
from ._status import unpack_code

if TYPE_CHECKING:
    from ._lanes import Lanes
    from ._link import Link
    from ._session import Session

WAITING_MAX: Final = 1024
"""Publishes that wait for a full window; more are refused."""
BACKOFF_SECONDS: Final = 0.05
BACKOFF_MAX_SECONDS: Final = 2.0
DOUBLINGS_MAX: Final = 10
PRODUCER_BYTES: Final = 16
RESENT: Final = frozenset((Code.DATA_LOSS, Code.RESOURCE_EXHAUSTED, Code.UNAVAILABLE))
_PUBACK: Final = Struct(">HIQ")


class Lane(Endpoint):
    """See the head of this file."""

    def __init__(self, link: Link, lanes: Lanes, priority: int) -> None:
        self._link = link
        self._lanes = lanes
        self._priority = priority
        self._class = priority << 5 | 1 << 3
        self._producer = os.urandom(PRODUCER_BYTES)
        self._epoch = 1
        self._window: LaneWindow[Publication] = LaneWindow()
        self._waiting: deque[Publication] = deque()
        self._session: Session | None = None
        self._id = 0
        self._opener = 0
        """The sequence that the id was opened with."""
        self._attempt = 0
        """Pauses in a row without anything held between them."""
        self._pause: asyncio.TimerHandle | None = None
        self._blocked = False
        self._is_ending = False
        """What it has is its last: the frame that empties it says END."""
        self._is_worn = False
        """END has left: the id takes no more."""

    @property
    def is_idle(self) -> bool:
        return not self._window and not self._waiting

    # The caller's side

    def publish(self, publication: Publication) -> None:
        """Takes a message in, now or when there is room for it."""
        if not self._waiting and self._window.has_room:
            self._window.add(publication)
            self._pump()
            return
        if len(self._waiting) >= WAITING_MAX:
            text = f"the router holds back and {WAITING_MAX} publishes wait: await publish()"
            reason = Reason.SLOW_CONSUMER
            publication.reject(
                NexusError(Code.RESOURCE_EXHAUSTED, text, reason=reason, not_executed=True)
            )
            return
        self._waiting.append(publication)
        if len(self._waiting) == 1:
            self._link.tell(Diagnostic(kind="slow", queue_bytes=self._window.size_bytes))

    def withdraw(self, publication: Publication) -> bool:
        """Nobody waits for it any more; True where it never left and never will."""
        if publication.sequence:
            return False
        if publication in self._waiting:
            self._waiting.remove(publication)
        elif self._window.withdraw(publication):
            self._advance()
        self._lanes.settled()
        return True

    def attach(self, session: Session) -> None:
        """There is a session: sends what waits, unless an earlier one still owes answers."""
        if self._session is not None and not self._session.closed and self._window.awaited:
            return
        self._detach()
        self._session = session
        self._pump()

    def end(self) -> None:
        """Nothing is published after what it has."""
        self._is_ending = True

    def fail(self, error: NexusError) -> None:
        """Ends it with everything in it; what has left may have arrived."""
        self._detach()
        publications = [*self._window.clear(), *self._waiting]
        self._waiting.clear()
        for publication in publications:
            never = publication.sequence == 0
            publication.reject(certain(error) if never else error)

    # The router's side

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if type != f.PUBACK:
            super().on_control(type, flags, route, arg, crc, meta, payload)
        if len(payload) != _PUBACK.size:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "PUBACK has another size")
        f.check_crc(crc, payload)
        code, epoch, sequence = _PUBACK.unpack(payload)
        answered = self._window.sequence_of(arg)
        if answered is None:
            text = f"PUBACK for {arg}, which was never published"
            raise LinkFault(LinkCode.PROTOCOL_ERROR, text)
        self._answered(answered, code, Position(epoch, sequence) if sequence else None)
        self._lanes.settled()

    def _answered(self, sequence: int, packed: int, position: Position | None) -> None:
        error = unpack_code(packed, "")
        if packed == 0:
            self._held(sequence, position)
        elif error.reason is Reason.DUPLICATE and error.code is Code.ALREADY_EXISTS:
            found = self._over(sequence)
            if found is not None:
                found.resolve(Receipt(position=position, duplicate=True))
        elif error.reason is Reason.FENCED and error.code is Code.ABORTED:
            self._lanes.fenced(self._priority, self)
            self.fail(unpack_code(packed, "a newer producer took this one's place"))
            return
        elif error.code in RESENT or error.reason is Reason.OUT_OF_ORDER:
            self._again(sequence, error)
        else:
            self._refused(sequence, packed)
        self._advance()

    def _held(self, sequence: int, position: Position | None) -> None:
        for publication in self._window.held(sequence):
            self._attempt = 0
            own = position if publication.sequence == sequence else None
            publication.resolve(Receipt(position=own, duplicate=False))

    def _over(self, sequence: int) -> Publication | None:
        publication = self._window.end(sequence)
        if publication is not None:
            self._attempt = 0
        return publication

    def _refused(self, sequence: int, packed: int) -> None:
        publication = self._over(sequence)
        if publication is None:
            return
        error = unpack_code(packed, f"the publish to {publication.name} was refused")
        if error.code is Code.UNIMPLEMENTED:
            error.message += "; a memory link has QoS 0 alone"
        if error.reason is Reason.SCHEMA_MISMATCH and self._session is not None:
            # a router that judges a type at its first use has to hear of it again
            self._session.names.told_types.discard(publication.name)
        publication.reject(error)

    def _again(self, sequence: int, error: NexusError) -> None:
        outcome = self._window.again(sequence, out_of_order=error.reason is Reason.OUT_OF_ORDER)
        if outcome == "settled":
            return
        if outcome == "behind":
            # the router lost what stood before this: a higher epoch begins anew with it
            self._epoch += 1
        if outcome == "behind" or sequence == self._opener:
            # of an id whose first message was refused nothing more may be answered
            self._forget()
            self._window.lost()
        self._rest(error.code)

    def on_lost(self, error: NexusError) -> None:
        self._detach()
        session = self._link.session
        if session is not None and not session.closed:
            self.attach(session)

    def on_refused(self, session: Session, stream: int, error: NexusError) -> None:
        raise LinkFault(LinkCode.PROTOCOL_ERROR, f"on a lane: {error.message}")

    # Sending

    def _pump(self) -> None:
        if self._session is None:
            self._session = self._link.session
        session = self._session
        if session is None or session.closed or not session.accepting or self._pause is not None:
            return
        while True:
            if session.congested:
                self._wait_for_room(session)
                return
            upcoming = self._window.next
            if upcoming is not None and not upcoming.sequence and self._is_stale(upcoming):
                text = f"{upcoming.name}: its ttl ended while it waited for the router"
                upcoming.reject(NexusError(Code.DEADLINE_EXCEEDED, text, not_executed=True))
                self._window.withdraw(upcoming)
                self._refill()
                self._lanes.settled()
                continue
            publication = self._window.take()
            if publication is None:
                return
            try:
                self._write(session, publication)
            except NexusError as error:  # the link has no stream left
                self._again(publication.sequence, error)
                return

    def _write(self, session: Session, publication: Publication) -> None:
        alias = session.names.alias_for(publication.name)
        tags = publication.tags
        if not self._id:
            self._id = session.open(self)
            self._opener = publication.sequence
            tags += m.producer_tag(self._producer, self._epoch, publication.sequence)
        tags += session.names.type_tag(publication.name, alias, publication.fingerprint)
        if publication.stale_at is not None:
            left = publication.stale_at - self._link.loop.time()
            tags += m.ttl_tag(max(1, int(left * 1000)))
        meta = m.seal(tags) if alias else m.name_meta(publication.name, tags)
        flags = publication.flags
        if self._is_ending and self._window.next is None and not self._waiting:
            self._is_worn = True
            flags |= f.END
        session.write(
            frame(f.PUBLISH, flags, self._id, route=alias,
                  arg=publication.sequence & 0xFFFFFFFF, meta=meta, payload=publication.payload,
                  crc=publication.crc, class_=self._class)
        )  # fmt: skip

    def _is_stale(self, publication: Publication) -> bool:
        return publication.stale_at is not None and publication.stale_at <= self._link.loop.time()

    def _wait_for_room(self, session: Session) -> None:
        if self._blocked:
            return

        def writable() -> None:
            self._blocked = False
            self._pump()

        self._blocked = True
        session.when_writable(writable)

    def _refill(self) -> None:
        while self._waiting and self._window.has_room:
            self._window.add(self._waiting.popleft())

    def _rest(self, code: Code) -> None:
        if self._pause is not None:
            return
        most = min(BACKOFF_SECONDS * 2 ** min(self._attempt, DOUBLINGS_MAX), BACKOFF_MAX_SECONDS)
        self._attempt += 1
        self._pause = self._link.loop.call_later(random.uniform(0, most), self._rested)
        self._link.tell(
            Diagnostic(kind="retry", method="publish", attempt=self._attempt, code=code)
        )

    def _rested(self) -> None:
        self._pause = None
        self._advance()

    def _advance(self) -> None:
        """After an answer or a pause: the next pass, or the next session, and what waits."""
        session = self._session
        if session is not None and not session.accepting and not self._window.awaited:
            self._detach()
        if self._window.rewinding:
            if self._pause is not None or self._window.awaited:
                return
            self._window.rewind()
            if self._is_worn:
                self._forget()
        self._refill()
        self._pump()

    def _detach(self) -> None:
        """Leaves the session; everything that is not settled leaves again on the next."""
        self._forget()
        self._session = None
        self._window.lost()
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    def _forget(self) -> None:
        """Gives the id up: what still comes for it is dropped, and the next frame opens a lane."""
        if self._session is not None and self._session.streams.get(self._id) is self:
            del self._session.streams[self._id]
        self._id = 0
        self._is_worn = False
