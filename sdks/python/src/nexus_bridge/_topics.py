"""Subscribing: events are pulled, losses are told, and the subscription outlives its link."""

from __future__ import annotations

import asyncio
from struct import Struct
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from zlib import crc32

from . import _frame as f
from . import _meta as m
from ._control import Subscribed, encode, read_control
from ._diagnostics import Diagnostic
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import LinkCode, LinkFault, frame
from ._gen_constants import LIMITS
from ._item_queue import ItemQueue
from ._items import GAP_REASONS, Event, Gap, Position, RawEvent, position_of
from ._ledger import ACK, NACK, TERM, Ledger
from ._message import DecodeError
from ._options import StartAt, SubscribeOptions
from ._places import Places, is_worth_remembering, reads_store, resume_at
from ._session import Session
from ._status import pack_code, unpack_code
from ._subscribe import CREDIT, check_options, class_of, subscribe_payload

if TYPE_CHECKING:
    from ._descriptors import TopicPattern
    from ._link import Link

T = TypeVar("T", bound=Any)

_GAP: Final = Struct(">IQQIB")


class Subscription(Endpoint, Generic[T]):
    """`async with` subscribes, `async for` pulls events and gaps; it survives the loss of a link.

    Leaving unsubscribes; at QoS 1 the event at hand then counts as not acknowledged, and goes
    back with those that were not read.
    """

    def __init__(self, link: Link, pattern: TopicPattern[T], options: SubscribeOptions) -> None:
        check_options(pattern, options)
        self._link = link
        self._pattern = pattern
        self._options = options
        self._qos = options.get("qos", pattern.qos)
        self._start: StartAt = options.get("start", "latest")
        self._credit = options.get("credit", CREDIT)
        self._class = class_of(options)
        self._queue = ItemQueue()
        self._acknowledges = self._qos > 0 and options.get("ack") != "manual"
        self._handed: RawEvent | None = None
        """What asking for the next item acknowledges."""
        is_kept = is_worth_remembering(pattern.pattern, self._qos, self._start)
        self._places = Places() if is_kept else None
        self._ledger: Ledger | None = None
        self._session: Session | None = None
        self._stream = 0
        self._pulled = 0
        self._granted = 0
        """Absolute since this session's SUBSCRIBE."""
        self._received = 0
        self._delivery = 0
        self._answer: asyncio.Future[None] | None = None
        self._open = False
        self._was_accepted = False
        self._is_interrupted = False
        """A session was lost since the router took it."""
        self._continues = False
        """This session began where the last one ended: what is missing, the router tells."""

    async def __aenter__(self) -> Self:
        link = self._link
        session = await link.ready(link.loop.time() + LIMITS["call_timeout_ms"] / 1000)
        self._open = True
        link.subscriptions.add(self)
        try:
            await self.subscribe(session)
        except BaseException:
            self._unsubscribe()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._unsubscribe()
        if self._handed is not None:
            self._handed.settle(NACK)
            self._handed = None
        for event in self._queue.take_events():
            event.settle(NACK)

    def _unsubscribe(self) -> None:
        self._open = False
        self._link.subscriptions.discard(self)
        session = self._session
        if self._ledger is not None:
            self._ledger.flush()
        if session is not None and session.streams.get(self._stream) is self:
            session.write(frame(f.UNSUBSCRIBE, 0, self._stream, class_=self._class))

    def subscribe(self, session: Session) -> asyncio.Future[None]:
        """SUBSCRIBE on this session; the future ends with its answer."""
        self._leave()
        waiting = self._queue.events
        start = None
        if self._is_interrupted:
            start = resume_at(self._places, self._start, self._qos)
        self._continues = (
            start is not None or "consumer" in self._options or reads_store(self._start)
        )
        request = subscribe_payload(self._pattern, self._options, start)
        self._answer = session.loop.create_future()
        self._session = session
        self._stream = session.open(self)
        self._ledger = Ledger(session, self._stream, self._places) if self._qos else None
        # what still waits from before the loss counts against the new credit
        self._pulled = -waiting
        self._granted = max(1, self._credit - waiting)
        self._received = 0
        self._delivery = 0
        session.write(
            frame(f.SUBSCRIBE, 0, self._stream, arg=self._granted, payload=encode(request),
                  class_=self._class)
        )  # fmt: skip
        return self._answer

    # Receiving

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        f.check_crc(crc, payload)
        if type == f.GAP:
            self._on_gap(route, meta, payload)
        elif type == f.SUBSCRIBED:
            self._on_subscribed(arg, payload)
        elif type == f.UNSUBSCRIBED:
            self._on_unsubscribed(arg)
        else:
            super().on_control(type, flags, route, arg, crc, meta, payload)

    def on_event(
        self, flags: int, class_: int, route: int, delivery: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        if not self._open:
            return
        self._received += 1
        if self._received > self._granted:
            raise LinkFault(LinkCode.FLOW_CONTROL, "more events came than credit allows")
        missing = delivery - self._delivery - 1 & 0xFFFFFFFF
        self._delivery = delivery
        ledger = self._ledger if class_ & 0x18 else None
        block: m.Meta | None = None
        topic: str | None = None
        try:
            block = m.read_meta(meta) if meta else None
            assert self._session is not None
            topic = self._session.names.name_of(route, block)
        except m.MetaFault as fault:
            if fault.code is Code.UNIMPLEMENTED:
                self._refuse(NexusError(fault.code, fault.message))
                return
        name = topic or self._pattern.pattern
        if missing and missing < 0x80000000:
            if self._ledger is not None:
                self._ledger.torn()
            self._gap(Gap(topic=name, count=missing, reason="unreported"))
        again = False
        try:
            again = self._came(name, delivery, flags, block, ledger)
            is_whole = topic is not None and crc32(payload) == crc
        except m.MetaFault:
            is_whole = False
        if not is_whole:
            self._damaged(name, delivery, ledger)
            return
        event = RawEvent(flags, name, delivery, block, payload, ledger, again)
        if ledger is None or self._is_message(event):
            self._queue.push(event)

    def _is_message(self, event: RawEvent) -> bool:
        """Decodes it: the router hears at once of one that nobody can read."""
        try:
            event.decoded = event.event(self._pattern.message)
        except (DecodeError, m.MetaFault):
            event.settle(TERM)
            self._make_room()
            self._gap(event.lost())
            return False
        return True

    def _came(
        self, topic: str, delivery: int, flags: int, block: m.Meta | None, ledger: Ledger | None
    ) -> bool:
        """Notes an event's place; True where it may have been delivered before."""
        # a dead letter has the place of another topic, a kept value none of what is to come
        placed: Position | None = None
        if block is not None and not flags & f.RETAIN and m.DEAD_LETTER_REASON not in block.tags:
            placed = position_of(block)
        places = self._places
        again = placed is not None and places is not None and places.came(topic, placed)
        if ledger is not None:
            ledger.add(delivery, topic, placed)
        return again

    def _damaged(self, topic: str, delivery: int, ledger: Ledger | None) -> None:
        """What arrived is not what was sent: at QoS 1 it comes again, at QoS 0 it is missing."""
        if ledger is not None:
            ledger.add(delivery, topic, None)
            ledger.settle(delivery, NACK)
        else:
            self._gap(Gap(topic=topic, count=1, reason="invalid"))
        self._make_room()

    def _gap(self, gap: Gap) -> None:
        self._link.tell(Diagnostic(kind="gap", gap=gap))
        self._queue.push(gap)

    def _on_gap(self, route: int, meta: bytes, payload: bytes) -> None:
        if len(payload) != _GAP.size:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "GAP has another size")
        if not self._open:
            return
        epoch, first, last, count, reason = _GAP.unpack(payload)
        topic: str | None = None
        if route or meta:
            try:
                assert self._session is not None
                topic = self._session.names.name_of(route, m.read_meta(meta) if meta else None)
            except m.MetaFault:
                pass  # the loss is told all the same
        known = bool(first or last)
        gap = Gap(
            topic=topic or self._pattern.pattern,
            count=count,
            reason=GAP_REASONS.get(reason, "unreported"),
            epoch=epoch if known else None,
            first=first if known else None,
            last=last if known else None,
        )
        if topic is not None and self._places is not None:
            self._places.passed(topic, gap)
        self._gap(gap)

    def _on_subscribed(self, code: int, payload: bytes) -> None:
        subscribed = read_control(Subscribed, payload)
        if code:
            text = subscribed.message or f"{self._pattern.pattern} was refused"
            self._end(unpack_code(code, text))
            return
        pattern = self._pattern.pattern
        if subscribed.qos < self._qos:
            # a guarantee weaker than the one asked for is never given in silence
            granted = f"the router grants QoS {subscribed.qos} for {pattern}, {self._qos} was asked"
            text = f"{granted} for: subscribe with qos={subscribed.qos}"
            self._refuse(NexusError(Code.UNIMPLEMENTED, text))
            return
        if self._places is not None:
            for each in subscribed.positions:
                self._places.begin(each.topic, each.epoch, each.sequence)
        if self._is_interrupted and not self._continues:
            # nobody knows what was published meanwhile
            self._gap(Gap(topic=pattern, count=0, reason="unreported"))
        self._was_accepted = True
        self._is_interrupted = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    def _refuse(self, error: NexusError) -> None:
        session = self._session
        stream = self._stream
        self._end(error)
        if session is not None:
            code = pack_code(error)
            session.write(frame(f.UNSUBSCRIBE, 0, stream, arg=code, class_=self._class))

    def on_refused(self, session: Session, stream: int, error: NexusError) -> None:
        self._refuse(error)

    def _on_unsubscribed(self, code: int) -> None:
        error = unpack_code(code, f"the router ended the subscription {self._pattern.pattern}")
        if self._session is not None:
            self._session.streams.pop(self._stream, None)
        if not self._open:
            self._leave()
        elif error.reason is Reason.SHUTTING_DOWN:
            self.on_lost(error)  # made again on the next link
        else:
            self._end(error if code else unasked(error))

    def on_lost(self, error: NexusError) -> None:
        self._leave()
        if not self._open:
            return
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        if self._link.closed:
            self._end(error)

    def _leave(self) -> None:
        """The session, or the router's part in it, is over."""
        session = self._session
        if session is None:
            return
        if session.streams.get(self._stream) is self:
            del session.streams[self._stream]
            if not session.closed and self._open:
                session.write(frame(f.UNSUBSCRIBE, 0, self._stream, class_=self._class))
        self._session = None
        self._is_interrupted = self._was_accepted
        if self._ledger is None:
            return
        self._ledger.end()
        # what nobody has read of it is not settled: the next session brings it again
        for event in self._queue.take_events():
            self._unread(event)

    def _unread(self, event: RawEvent) -> None:
        position = None if event.meta is None else position_of(event.meta)
        is_first = not event.flags & f.RETAIN and not event.again and not event.flags & f.DUP
        if self._places is not None and position is not None and is_first:
            self._places.unread(event.topic, position)

    def _end(self, error: NexusError) -> None:
        self._link.subscriptions.discard(self)
        session = self._session
        if session is not None and session.streams.get(self._stream) is self:
            del session.streams[self._stream]
        self._session = None
        if self._ledger is not None:
            self._ledger.end()
        answer = self._answer
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self._queue.finish(error)

    # Pulling

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[T] | Gap:
        if self._handed is not None:
            self._handed.settle(ACK)
            self._handed = None
        if not self._open and not self._queue:
            raise RuntimeError("subscribe first: async with link.subscribe(topic) as items")
        item = await self._queue.take()
        if isinstance(item, Gap):
            return item
        self._make_room()
        try:
            event = item.event(self._pattern.message)
        except (DecodeError, m.MetaFault):
            gap = item.lost()
            self._link.tell(Diagnostic(kind="gap", gap=gap))
            return gap
        if self._acknowledges:
            self._handed = item
        return event

    def _make_room(self) -> None:
        self._pulled += 1
        session = self._session
        allowed = self._pulled + self._credit
        if session is None or not self._open or (allowed - self._granted) * 2 < self._credit:
            return
        self._granted = allowed
        session.write(frame(f.CREDIT, 0, self._stream, payload=f.U64_PAIR.pack(allowed, 0)))


def unasked(error: NexusError) -> NexusError:
    """UNSUBSCRIBED without a code, and unasked."""
    return NexusError(Code.UNAVAILABLE, error.message)
