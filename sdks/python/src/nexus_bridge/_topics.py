"""Publishing and subscribing: events as they come, and a Gap wherever something was lost."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, NamedTuple, Self, TypeAlias, TypeVar
from zlib import crc32

from . import _frame as f
from . import _meta as m
from ._control import Subscribe, Subscribed, read_control
from ._diagnostics import Diagnostic
from ._errors import Code, NexusError, Reason
from ._frame import LinkCode, LinkFault, frame
from ._gen_constants import LIMITS
from ._message import DecodeError, decode, encode
from ._metadata import Metadata, checked
from ._options import PublishOptions, SubscribeOptions
from ._session import Endpoint, Session
from ._status import pack_code, unpack_code
from ._stream import opening_meta
from ._validation import check

if TYPE_CHECKING:
    from ._descriptors import Topic, TopicPattern
    from ._link import Link

T = TypeVar("T", bound=Any)

CREDIT: Final = LIMITS["subscription_credit"]
CREDIT_MAX: Final = 1_000_000
EVENT_BYTES_MAX: Final = LIMITS["frame_bytes"]
NAME_BYTES_MAX: Final = LIMITS["name_bytes"]
ORDERINGS: Final = {"none": 0, "key": 1}
RETAINED: Final = {"new": 0, "always": 1, "never": 2}
SLOW: Final = {"drop_old": 1, "drop_new": 2, "latest": 3, "disconnect": 4, "block": 5}
_GAP = Struct(">IQQIB")
_PUBACK = Struct(">HIQ")

GapReason: TypeAlias = Literal[
    "slow", "retention", "resume", "rate", "codec", "reset", "invalid", "unreported"
]
GAP_REASONS: Final[dict[int, GapReason]] = {
    1: "slow", 2: "retention", 3: "resume", 4: "rate", 5: "codec", 6: "reset",
}  # fmt: skip


class Position(NamedTuple):
    """A place in one topic."""

    epoch: int
    sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[T]):
    """One message of a topic."""

    value: T
    topic: str
    position: Position | None
    """None for QoS 0 of a topic that keeps nothing."""
    delivery: int
    retained: bool
    redelivered: bool
    attempt: int
    metadata: Metadata
    correlation_id: str | None
    published_at: datetime | None
    """With `attributes`: when the router took it."""
    origin: bytes | None
    """With `attributes`: the router that took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something of a topic was lost; `first` and `last` are inclusive, None without positions."""

    topic: str
    count: int
    """0 where nobody knows how many, as after the loss of a link."""
    reason: GapReason
    epoch: int | None = None
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a publish gives back."""

    position: Position | None
    duplicate: bool


async def publish(link: Link, topic: Topic[T], event: T, options: PublishOptions) -> Receipt:
    """QoS 0: returns when it is queued. Above: when the router has answered."""
    check(event)
    try:
        name = topic.topic_for(event)
    except ValueError as error:
        raise NexusError(Code.INVALID_ARGUMENT, str(error)) from None
    payload = encode(event)
    if len(payload) > EVENT_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT,
            f"an event of {len(payload)} bytes; at most {EVENT_BYTES_MAX} are allowed",
            reason=Reason.TOO_LARGE,
            not_executed=True,
        )
    if len(name.encode()) > NAME_BYTES_MAX:
        raise NexusError(
            Code.INVALID_ARGUMENT, f"the topic {name[:40]}... is longer than {NAME_BYTES_MAX} bytes"
        )
    tags = _publish_tags(link, topic, event, options)
    timeout = options.get("timeout", LIMITS["call_timeout_ms"] / 1000)
    session = link.session
    if session is None and topic.qos == 0:
        raise NexusError(
            Code.UNAVAILABLE, f"there is no link to {link.address} at the moment", not_executed=True
        )
    deadline = None if timeout is None else link.loop.time() + timeout
    if session is None or session.congested or not session.accepting:
        session = await link.ready(deadline, fail_fast=topic.qos == 0)
    alias = session.alias_for(name)
    class_ = (options.get("priority", f.PRIORITY_DEFAULT) << 5) | topic.qos << 3
    flags = f.RETAIN if topic.retained else 0
    if topic.qos == 0:
        meta = opening_meta(alias, name, tags) if tags or not alias else b""
        session.write(
            frame(f.PUBLISH, flags, 0, route=alias, meta=meta, payload=payload,
                  crc=crc32(payload), class_=class_)
        )  # fmt: skip
        return QUEUED
    lane = Lane(session, name)
    meta = opening_meta(alias, name, tags + m.producer_tag(os.urandom(16), 1, 1))
    session.write(
        frame(f.PUBLISH, flags | f.END, lane.id, route=alias, arg=1, meta=meta, payload=payload,
              crc=crc32(payload), class_=class_)
    )  # fmt: skip
    try:
        async with asyncio.timeout_at(deadline):
            return await lane.answer
    except TimeoutError:
        text = f"no answer for the event to {name}: whether it is held is unknown"
        raise NexusError(Code.DEADLINE_EXCEEDED, text) from None


QUEUED: Final = Receipt(position=None, duplicate=False)


def _publish_tags(link: Link, topic: Topic[Any], event: Any, options: PublishOptions) -> bytes:
    ttl = options.get("ttl")
    ttl_ms = topic.ttl_ms if ttl is None else max(1, int(ttl * 1000))
    if not options and ttl_ms is None and topic.ordering_key is None:
        return link.call_tags({})
    tags = link.call_tags({"metadata": checked(options.get("metadata", ()))})
    if ttl_ms is not None:
        tags += m.ttl_tag(ttl_ms)
    if topic.ordering_key is not None:
        tags += m.tag(m.ORDERING_KEY, str(getattr(event, topic.ordering_key)).encode()[:255])
    if "correlation_id" in options:
        tags += m.tag(m.CORRELATION_ID, options["correlation_id"].encode())
    if "content_type" in options:
        tags += m.tag(m.CONTENT_TYPE, options["content_type"].encode())
    return tags


class Lane(Endpoint):
    """The way of one event with QoS >= 1: PUBLISH with END, answered by PUBACK."""

    __slots__ = ("answer", "id", "name", "session")

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name
        self.id = session.open(self)
        self.answer: asyncio.Future[Receipt] = session.loop.create_future()

    def on_control(
        self, type: int, flags: int, route: int, arg: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if type != f.PUBACK:
            super().on_control(type, flags, route, arg, crc, meta, payload)
        if len(payload) != _PUBACK.size:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "PUBACK has another size")
        code, epoch, sequence = _PUBACK.unpack(payload)
        self.session.streams.pop(self.id, None)
        if self.answer.done():
            return
        position = Position(epoch, sequence) if sequence else None
        duplicate = code == pack_code(NexusError(Code.ALREADY_EXISTS, reason=Reason.DUPLICATE))
        if code and not duplicate:
            text = f"the router refused the event to {self.name}"
            self.answer.set_exception(unpack_code(code, text))
        else:
            self.answer.set_result(Receipt(position=position, duplicate=duplicate))

    def on_lost(self, error: NexusError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Subscription(Endpoint, Generic[T]):
    """`async with` subscribes, `async for` pulls events and gaps; it survives the loss of a link."""

    def __init__(self, link: Link, pattern: TopicPattern[T], options: SubscribeOptions) -> None:
        self._link = link
        self._pattern = pattern
        self._options = options
        self._credit = options.get("credit", CREDIT)
        if not 1 <= self._credit <= CREDIT_MAX:
            raise NexusError(Code.INVALID_ARGUMENT, f"credit: use 1 to {CREDIT_MAX}")
        self._queue: deque[_Raw | Gap] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: NexusError | None = None
        self._session: Session | None = None
        self._stream = 0
        self._pulled = 0
        self._granted = 0
        self._delivery = 0
        self._answer: asyncio.Future[None] | None = None
        self._open = False
        self.qos = pattern.qos
        """The QoS that the router granted."""

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
        self._queue.append(_Raw(flags, topic, delivery, block, payload))
        self._wake()

    def _lost_one(self, topic: str) -> None:
        """An event that cannot be given to the application; its place in the queue is a Gap."""
        self._gap(Gap(topic=topic, count=1, reason="invalid"), counted=True)

    def _gap(self, gap: Gap, *, counted: bool = False) -> None:
        self._link.tell(Diagnostic(kind="gap", gap=gap))
        if counted:
            self._pulled += 1
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
        self.qos = 0 if subscribed.qos == 0 else 1 if subscribed.qos == 1 else 2
        if subscribed.qos < wanted:
            text = f"{self._pattern.pattern}: QoS {subscribed.qos} granted instead of {wanted}"
            self._link.tell(Diagnostic(kind="refused", reason=text))
        if answer is not None and not answer.done():
            answer.set_result(None)

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


class _Raw:
    """An event as it came, decoded when it is pulled."""

    __slots__ = ("delivery", "flags", "meta", "payload", "topic")

    def __init__(
        self, flags: int, topic: str, delivery: int, meta: m.Meta | None, payload: bytes
    ) -> None:
        self.flags = flags
        self.topic = topic
        self.delivery = delivery
        self.meta = meta
        self.payload = payload

    def event(self, message: type[T]) -> Event[T]:
        meta = self.meta or NO_META
        position = meta.position()
        ingress = meta.number(m.INGRESS_TIME, 8)
        return Event(
            value=decode(message, self.payload),
            topic=self.topic,
            position=None if position is None else Position(*position),
            delivery=self.delivery,
            retained=bool(self.flags & f.RETAIN),
            redelivered=bool(self.flags & f.DUP),
            attempt=meta.number(m.ATTEMPT, 1) or 1,
            metadata=meta.metadata,
            correlation_id=meta.text(m.CORRELATION_ID),
            published_at=None if ingress is None else EPOCH + timedelta(microseconds=ingress),
            origin=meta.tags.get(m.ORIGIN),
        )


NO_META: Final = m.Meta()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
