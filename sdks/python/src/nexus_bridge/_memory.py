"""A link without a router, for tests: every frame goes through the real codecs to a hub in the own process.

The hub does calls of all four kinds, topics with wildcards, groups and retained values; QoS 0 only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

from . import _frame as f
from . import _meta as m
from ._address import Address
from ._control import Register, Status, Subscribe, Subscribed, Welcome, decode, encode
from ._diagnostics import OnDiagnostic
from ._errors import Code, Reason
from ._frame import FrameDecoder, frame
from ._gen_constants import LIMITS
from ._interceptors import Interceptor
from ._link import Link
from ._serve import Handler, Served
from ._session import Session

RETAINED_MAX: Final = 1_000
HEARTBEAT_MS: Final = 3_600_000
"""There is no network that could be silent."""
WAITING_MAX: Final = LIMITS["outbox_messages_per_link"]
REFUSED_PUBLISH: Final = (Code.UNIMPLEMENTED.value).to_bytes(2, "big") + bytes(12)
FORWARDED_TAGS: Final = (
    m.TRACE_ID, m.TRACE_STATE, m.ORDERING_KEY, m.TTL, m.FINGERPRINT, m.CORRELATION_ID,
    m.CONTENT_TYPE,
)  # fmt: skip


def memory_link(
    *,
    interceptors: Sequence[Interceptor] = (),
    forward_metadata: Iterable[str] = (),
    on_diagnostic: OnDiagnostic | None = None,
) -> Link:
    """A link whose other end is in this process: what it serves it can call, what it publishes it can get.

    Call it where a loop runs; close it like any other link.
    """
    link = Link(
        Address("memory:", "", 0, None),
        token=None,
        name="memory",
        interceptors=interceptors,
        forward_metadata=forward_metadata,
        on_diagnostic=on_diagnostic,
    )
    session = link.new_session()
    link.loop.call_soon(session.connection_made, Hub(session))
    return link


def fake_link(handler: Handler) -> Link:
    """What a generated `fake` rests on: a memory link that serves `handler`."""
    link = memory_link()
    link.adopt(Served(link, handler, None))
    return link


class Hub(asyncio.Transport):
    """The far end of a memory link."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._loop = session.loop
        self._decoder = FrameDecoder(self._receive)
        self._greeting = len(f.PREFACE)
        self._out: list[bytes] = []
        self._closing = False
        self._names: dict[int, str] = {}
        self._methods: dict[str, int] = {}
        self._pairs: dict[int, int] = {}
        self._next_stream = 2
        self._subscribers: dict[int, Subscriber] = {}
        self._turns: dict[tuple[str, str], int] = {}
        self._retained: dict[str, EventFrame] = {}

    # asyncio.Transport

    def write(self, data: Any) -> None:
        rest = bytes(data)
        if self._greeting:
            skipped = min(self._greeting, len(rest))
            self._greeting -= skipped
            rest = rest[skipped:]
            if not self._greeting:
                self._send(f.PREFACE)
        if rest:
            self._decoder.feed(rest)

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._session.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def _send(self, data: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._deliver)
        self._out.append(data)

    def _deliver(self) -> None:
        data = b"".join(self._out)
        self._out.clear()
        if not self._closing:
            self._session.data_received(data)

    # Frames

    def _receive(
        self, type: int, flags: int, class_: int, stream: int, route: int, arg: int, crc: int,
        meta: bytes, payload: bytes,
    ) -> None:  # fmt: skip
        if type == f.HELLO:
            welcome = Welcome(wire=1, heartbeat_ms=HEARTBEAT_MS)
            self._send(frame(f.WELCOME, 0, 0, payload=encode(welcome)))
        elif type == f.ALIAS:
            self._names[route] = m.read_meta(meta).text(m.NAME) or ""
        elif type == f.OPEN:
            self._open(flags, class_, stream, route, arg, crc, meta, payload)
        elif type in (f.DATA, f.STATUS, f.CANCEL, f.CREDIT, f.HEADERS):
            self._forward(type, flags, class_, stream, arg, crc, meta, payload)
        elif type == f.PUBLISH:
            self._publish(flags, class_, stream, route, arg, crc, meta, payload)
        else:
            self._registry(type, stream, arg, payload)

    def _registry(self, type: int, stream: int, arg: int, payload: bytes) -> None:
        if type == f.REGISTER:
            register = decode(Register, payload)
            for method in register.methods:
                self._methods[f"{register.service}/{method.name}"] = stream
            self._send(frame(f.REGISTERED, 0, stream))
        elif type == f.UNREGISTER:
            for path in [path for path, owner in self._methods.items() if owner == stream]:
                del self._methods[path]
            self._send(frame(f.UNREGISTERED, 0, stream))
        elif type == f.SUBSCRIBE:
            wanted = decode(Subscribe, payload)
            subscriber = Subscriber(stream, wanted.pattern, wanted.group, arg)
            self._subscribers[stream] = subscriber
            self._send(frame(f.SUBSCRIBED, 0, stream, payload=encode(Subscribed())))
            for event in [
                each for each in self._retained.values() if matches(wanted.pattern, each.name)
            ]:
                self._offer(subscriber, event, f.RETAIN)
        elif type == f.UNSUBSCRIBE:
            self._subscribers.pop(stream, None)
            self._send(frame(f.UNSUBSCRIBED, 0, stream))

    def _name(self, route: int, meta: m.Meta) -> str:
        return self._names.get(route) or meta.text(m.NAME) or ""

    def _open(
        self, flags: int, class_: int, stream: int, route: int, arg: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        block = m.read_meta(meta) if meta else m.Meta()
        name = self._name(route, block)
        if name not in self._methods:
            text = f"nobody serves {name} on this memory link"
            status = encode(Status(message=text, reason=Reason.NO_PROVIDER.value))
            self._send(
                frame(
                    f.STATUS, f.END | f.NOEXEC, stream, arg=Code.UNAVAILABLE.value, payload=status
                )
            )
            return
        far = self._next_stream
        self._next_stream += 2
        self._pairs[stream] = far
        self._pairs[far] = stream
        tags = meta[:-4] if meta else b""
        opening = m.seal(tags) if block.text(m.NAME) else m.name_meta(name, tags)
        self._send(
            frame(f.OPEN, flags, far, arg=arg, meta=opening, payload=payload,
                  crc=crc if flags & f.PCRC else None, class_=class_)
        )  # fmt: skip

    def _forward(
        self, type: int, flags: int, class_: int, stream: int, arg: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        if type == f.CREDIT and stream in self._subscribers:
            messages, _ = f.U64_PAIR.unpack(payload)
            self._credit(self._subscribers[stream], messages)
            return
        far = self._pairs.get(stream)
        if far is None:
            return
        self._send(
            frame(type, flags, far, arg=arg, meta=meta, payload=payload,
                  crc=crc if flags & f.PCRC else None, class_=class_)
        )  # fmt: skip
        from_responder = not stream & 1
        if type in (f.STATUS, f.CANCEL) or (type == f.DATA and flags & f.END and from_responder):
            del self._pairs[stream]
            del self._pairs[far]

    # Topics

    def _publish(
        self, flags: int, class_: int, stream: int, route: int, arg: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        if stream:
            self._send(frame(f.PUBACK, 0, stream, arg=arg, payload=REFUSED_PUBLISH))
            return
        block = m.read_meta(meta) if meta else m.Meta()
        name = self._name(route, block)
        tags = m.user_tags(block.metadata) + b"".join(
            m.tag(number, block.tags[number]) for number in FORWARDED_TAGS if number in block.tags
        )
        event = EventFrame(name, m.name_meta(name, tags), payload, crc, class_)
        if flags & f.RETAIN:
            if not payload:
                self._retained.pop(name, None)
                return
            if name in self._retained or len(self._retained) < RETAINED_MAX:
                self._retained[name] = event
        groups: dict[tuple[str, str], list[Subscriber]] = {}
        for subscriber in self._subscribers.values():
            if not matches(subscriber.pattern, name):
                continue
            if subscriber.group:
                groups.setdefault((subscriber.group, subscriber.pattern), []).append(subscriber)
            else:
                self._offer(subscriber, event, 0)
        for key, members in groups.items():
            turn = self._turns.get(key, 0)
            self._turns[key] = turn + 1
            self._offer(members[turn % len(members)], event, 0)

    def _offer(self, subscriber: Subscriber, event: EventFrame, flags: int) -> None:
        if subscriber.sent < subscriber.allowed:
            self._send_event(subscriber, event, flags)
            return
        if len(subscriber.waiting) >= WAITING_MAX:
            subscriber.waiting.popleft()
            subscriber.dropped += 1
        subscriber.waiting.append((event, flags))

    def _credit(self, subscriber: Subscriber, messages: int) -> None:
        subscriber.allowed = max(subscriber.allowed, messages)
        while subscriber.waiting and subscriber.sent < subscriber.allowed:
            if subscriber.dropped:
                gap = bytes(20) + subscriber.dropped.to_bytes(4, "big") + b"\x01"
                self._send(frame(f.GAP, 0, subscriber.stream, payload=gap))
                subscriber.dropped = 0
            event, flags = subscriber.waiting.popleft()
            self._send_event(subscriber, event, flags)

    def _send_event(self, subscriber: Subscriber, event: EventFrame, flags: int) -> None:
        subscriber.sent += 1
        self._send(
            frame(f.EVENT, flags, subscriber.stream, arg=subscriber.sent & 0xFFFFFFFF,
                  meta=event.meta, payload=event.payload, crc=event.crc, class_=event.class_)
        )  # fmt: skip


class EventFrame:
    """A published message on its way to subscribers."""

    __slots__ = ("class_", "crc", "meta", "name", "payload")

    def __init__(self, name: str, meta: bytes, payload: bytes, crc: int, class_: int) -> None:
        self.name = name
        self.meta = meta
        self.payload = payload
        self.crc = crc
        self.class_ = class_


class Subscriber:
    """One subscription at the hub."""

    __slots__ = ("allowed", "dropped", "group", "pattern", "sent", "stream", "waiting")

    def __init__(self, stream: int, pattern: str, group: str, allowed: int) -> None:
        self.stream = stream
        self.pattern = pattern
        self.group = group
        self.allowed = allowed
        self.sent = 0
        self.dropped = 0
        self.waiting: deque[tuple[EventFrame, int]] = deque()


def matches(pattern: str, topic: str) -> bool:
    """`*` stands for one token, `>` for one or more at the end; neither reaches `$` topics from the front."""
    tokens = topic.split(".")
    wanted = pattern.split(".")
    if topic.startswith("$") and wanted[0] in ("*", ">"):
        return False
    for index, token in enumerate(wanted):
        if token == ">" and index == len(wanted) - 1:
            return len(tokens) > index
        if index >= len(tokens) or token not in ("*", tokens[index]):
            return False
    return len(tokens) == len(wanted)
