"""Subscribing: events are pulled, losses are told, and the subscription outlives its link."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from struct import Struct
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar
from zlib import crc32

from . import _frame as f
from . import _meta as m
from ._control import Subscribe, Subscribed, read_control
from ._diagnostics import Diagnostic
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import LinkCode, LinkFault, frame
from ._gen_constants import LIMITS
from ._items import GAP_REASONS, Event, Gap, RawEvent
from ._message import DecodeError, encode
from ._options import SubscribeOptions
from ._session import Session
from ._status import unpack_code

if TYPE_CHECKING:
    from ._descriptors import TopicPattern
    from ._link import Link

T = TypeVar("T", bound=Any)

CREDIT: Final = LIMITS["subscription_credit"]
CREDIT_MAX: Final = 1_000_000
QUEUE_PER_CREDIT: Final = 4
"""What may wait: the events of two links, each with a gap before it."""
ORDERINGS: Final = {"none": 0, "key": 1}
RETAINED: Final = {"new": 0, "always": 1, "never": 2}
SLOW: Final = {"drop_old": 1, "drop_new": 2, "latest": 3, "disconnect": 4, "block": 5}
_GAP = Struct(">IQQIB")


class Subscription(Endpoint, Generic[T]):
    """`async with` subscribes, `async for` pulls events and gaps; it survives the loss of a link."""

    def __init__(self, link: Link, pattern: TopicPattern[T], options: SubscribeOptions) -> None:
        self._link = link
        self._pattern = pattern
        self._options = options
        self._credit = options.get("credit", CREDIT)
        if not 1 <= self._credit <= CREDIT_MAX:
            raise NexusError(Code.INVALID_ARGUMENT, f"credit: use 1 to {CREDIT_MAX}")
        self._queue: deque[RawEvent | Gap] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: NexusError | None = None
        self._session: Session | None = None
        self._stream = 0
        self._pulled = 0
        self._granted = 0
        self._delivery = 0
        self._answer: asyncio.Future[None] | None = None
        self._open = False

    async def __aenter__(self) -> Self:
        link = self._link
        session = await link.ready(link.loop.time() + LIMITS["call_timeout_ms"] / 1000)
        self._open = True
        link.subscriptions.add(self)
        try:
            await self.subscribe(session)
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._open = False
        self._link.subscriptions.discard(self)
        session = self._session
        if session is not None and not session.closed and self._stream in session.streams:
            session.write(frame(f.UNSUBSCRIBE, 0, self._stream))

    def subscribe(self, session: Session) -> asyncio.Future[None]:
        """SUBSCRIBE on this session; the future ends with its answer."""
        options = self._options
        request = Subscribe(
            pattern=self._pattern.pattern,
            group=options.get("group", ""),
            ordering=ORDERINGS[options.get("ordering", "none")],
            qos=options.get("qos", self._pattern.qos),
            retained=RETAINED[options.get("retained", "new")],
            slow=SLOW[options["slow"]] if "slow" in options else 0,
            consumer=options.get("consumer", ""),
            attributes=options.get("attributes", False),
        )
        payload = encode(request)
        self._answer = session.loop.create_future()
        self._session = session
        self._stream = session.open(self)
        # what still waits from before the loss counts against the new credit
        self._pulled = -len(self._queue)
        self._delivery = 0
        self._granted = max(1, self._credit - len(self._queue))
        session.write(frame(f.SUBSCRIBE, 0, self._stream, arg=self._granted, payload=payload))
        return self._answer

    # Receiving

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if type == f.EVENT:
            self._on_event(flags, route, arg, crc, meta, payload)
        elif type == f.GAP:
            self._on_gap(route, meta, payload)
        elif type == f.SUBSCRIBED:
            self._on_subscribed(arg, payload)
        elif type == f.UNSUBSCRIBED:
            self._on_unsubscribed(arg)
        else:
            super().on_control(type, flags, route, arg, crc, meta, payload)

    def _on_event(
        self, flags: int, route: int, delivery: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if not self._open:
            return
        if len(self._queue) > QUEUE_PER_CREDIT * self._credit:
            raise LinkFault(LinkCode.FLOW_CONTROL, "more events came than credit allows")
        expected = self._delivery + 1 & 0xFFFFFFFF
        if delivery != expected:
            missing = delivery - expected & 0xFFFFFFFF
            self._gap(Gap(topic=self._pattern.pattern, count=missing, reason="unreported"))
        self._delivery = delivery
        try:
            block = m.read_meta(meta) if meta else None
            assert self._session is not None
            topic = self._session.name_of(route, block)
        except m.MetaFault:
            self._lost_one(self._pattern.pattern)
            return
        if crc32(payload) != crc:
            self._lost_one(topic)
            return
        self._queue.append(RawEvent(flags, topic, delivery, block, payload))
        self._wake()

    def _lost_one(self, topic: str) -> None:
        """An event that cannot be given to the application; its place in the queue is a Gap."""
        self._gap(Gap(topic=topic, count=1, reason="invalid"), counted=True)

    def _gap(self, gap: Gap, *, counted: bool = False) -> None:
        self._link.tell(Diagnostic(kind="gap", gap=gap))
        if counted:
            self._pulled += 1
        before = self._queue[-1] if self._queue else None
        if isinstance(before, Gap) and before.continues(gap):
            self._queue[-1] = replace(before, count=before.count + gap.count, last=gap.last)
        else:
            self._queue.append(gap)
        self._wake()

    def _on_gap(self, route: int, meta: bytes, payload: bytes) -> None:
        if len(payload) != _GAP.size:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "GAP has another size")
        epoch, first, last, count, reason = _GAP.unpack(payload)
        topic = self._pattern.pattern
        if route or meta:
            try:
                assert self._session is not None
                topic = self._session.name_of(route, m.read_meta(meta) if meta else None)
            except m.MetaFault:
                pass  # the loss is told all the same
        known = bool(first or last)
        self._gap(
            Gap(
                topic=topic,
                count=count,
                reason=GAP_REASONS.get(reason, "unreported"),
                epoch=epoch if known else None,
                first=first if known else None,
                last=last if known else None,
            )
        )

    def _on_subscribed(self, code: int, payload: bytes) -> None:
        answer = self._answer
        subscribed = read_control(Subscribed, payload)
        if code:
            text = subscribed.message or f"{self._pattern.pattern} was refused"
            self._end(unpack_code(code, text))
            return
        wanted = self._options.get("qos", self._pattern.qos)
        if subscribed.qos < wanted:
            self._refuse_weaker(subscribed.qos, wanted)
            return
        if answer is not None and not answer.done():
            answer.set_result(None)

    def _refuse_weaker(self, granted: int, wanted: int) -> None:
        """A guarantee weaker than the one asked for is never given in silence."""
        session = self._session
        stream = self._stream
        pattern = self._pattern.pattern
        text = f"the router grants QoS {granted} for {pattern}, {wanted} was asked for"
        self._end(NexusError(Code.UNIMPLEMENTED, f"{text}: subscribe with qos={granted}"))
        if session is not None:
            session.write(frame(f.UNSUBSCRIBE, 0, stream))

    def _on_unsubscribed(self, code: int) -> None:
        if self._session is not None:
            self._session.streams.pop(self._stream, None)
        if not self._open:
            return
        error = unpack_code(code, f"the router ended the subscription {self._pattern.pattern}")
        if error.reason is Reason.SHUTTING_DOWN:
            return  # made again on the next link
        self._end(error)

    def on_lost(self, error: NexusError) -> None:
        self._session = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        if self._link.closed:
            self._end(error)

    def resumed(self) -> None:
        """The subscription was made again: nobody knows what was published meanwhile."""
        self._gap(Gap(topic=self._pattern.pattern, count=0, reason="unreported"))

    def _end(self, error: NexusError) -> None:
        self._error = error
        self._link.subscriptions.discard(self)
        if self._session is not None:
            self._session.streams.pop(self._stream, None)
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # Pulling

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[T] | Gap:
        while not self._queue:
            if self._error is not None:
                raise self._error
            if not self._open:
                raise RuntimeError("subscribe first: async with link.subscribe(topic) as items")
            self._waiter = self._link.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        item = self._queue.popleft()
        if isinstance(item, Gap):
            return item
        self._pull()
        try:
            return item.event(self._pattern.message)
        except (DecodeError, m.MetaFault):
            gap = Gap(topic=item.topic, count=1, reason="invalid")
            self._link.tell(Diagnostic(kind="gap", gap=gap))
            return gap

    def _pull(self) -> None:
        self._pulled += 1
        session = self._session
        allowed = self._pulled + self._credit
        if session is None or session.closed or allowed - self._granted < (self._credit + 1) // 2:
            return
        self._granted = allowed
        session.write(frame(f.CREDIT, 0, self._stream, payload=f.U64_PAIR.pack(allowed, 0)))
