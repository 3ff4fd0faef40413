"""The state machine of one call with credit: what a streaming client and a handler of a stream rest on.

It moves encoded messages; types, retries and metadata rules are its users'."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from . import _frame as f
from ._endpoint import Endpoint
from ._errors import Code, LinkCode, NexusError
from ._frame import LinkFault, frame
from ._halves import MESSAGE_BYTES_MAX, ReceiveHalf, SendHalf, StreamFault, too_large
from ._meta import MetaFault, name_meta, read_meta, seal
from ._metadata import EMPTY, Metadata
from ._session import Session
from ._status import error_of, unpack_code


class Stream(Endpoint):
    """One call, seen from the requester or from the responder."""

    __slots__ = (
        "_inbox", "_reader", "_sender", "class_", "deadline", "done", "error",
        "headers", "id", "method", "on_cancelled", "receiving", "requester", "sending", "session",
        "trailers",
    )  # fmt: skip

    def __init__(
        self,
        session: Session,
        method: Any = None,
        *,
        requester: bool,
        class_: int = f.CLASS_DEFAULT,
    ) -> None:
        self.session = session
        self.id = 0
        self.method = method
        self.requester = requester
        self.class_ = class_
        self.sending = SendHalf()
        self.receiving = ReceiveHalf()
        self.headers: Metadata = EMPTY
        self.trailers: Metadata = EMPTY
        self.error: NexusError | None = None
        self.done = False
        self.deadline: float | None = None
        self.on_cancelled: Any = None
        self._inbox: deque[tuple[bytes, bool]] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._sender: asyncio.Future[None] | None = None

    # Opening

    def open(
        self, name: str, deadline_ms: int, tags: bytes, payload: bytes | None, *, end: bool
    ) -> None:
        """OPEN, with the first message where the method has one request."""
        if payload is not None and len(payload) > MESSAGE_BYTES_MAX:
            raise too_large(len(payload))
        session = self.session
        alias = session.names.alias_for(name)
        tags += session.names.type_tag(name, alias, self.method.request.__nexus_fingerprint__)
        meta = opening_meta(alias, name, tags)
        self.id = session.open(self)
        if payload is None:
            flags = f.END if end else 0
            session.write(
                frame(f.OPEN, flags, self.id, route=alias, arg=deadline_ms, meta=meta,
                      class_=self.class_)
            )  # fmt: skip
            return
        self.sending.begin(payload, end=end, opening=True)
        cut = self.sending.cut()
        assert cut is not None
        session.write(
            frame(f.OPEN, cut.flags, self.id, route=alias, arg=deadline_ms, meta=meta,
                  payload=cut.payload, crc=cut.crc, class_=self.class_)
        )  # fmt: skip
        self._pump()

    # Sending

    def _pump(self) -> None:
        while (cut := self.sending.cut()) is not None:
            self.session.write(
                frame(f.DATA, cut.flags, self.id, arg=cut.index, payload=cut.payload, crc=cut.crc,
                      class_=self.class_)
            )  # fmt: skip

    async def send(self, payload: bytes, *, end: bool = False) -> None:
        """Returns when credit has let the whole message out."""
        if len(payload) > MESSAGE_BYTES_MAX:
            raise too_large(len(payload))
        await self._sendable()
        if self.sending.ended:
            raise NexusError(Code.FAILED_PRECONDITION, "the sending side is closed already")
        self.sending.begin(payload, end=end)
        self._pump()
        await self._sendable()

    async def _sendable(self) -> None:
        while not self.sending.idle or self.session.congested:
            self._raise_if_over()
            if self.sending.idle:
                await self.session.writable()
                continue
            if self._sender is not None:
                raise RuntimeError("send is called while another send of this stream waits")
            self._sender = self.session.loop.create_future()
            try:
                await self._sender
            finally:
                self._sender = None
        self._raise_if_over()

    def _raise_if_over(self) -> None:
        if self.error is not None:
            raise self.error
        if self.done:
            raise NexusError(Code.CANCELLED, "the call has ended; nobody takes more messages")

    async def close_send(self) -> None:
        """Half-close: no further message of this side."""
        if self.done or self.sending.ended:
            return
        await self._sendable()
        self.end()

    def end(self) -> None:
        """END without a message."""
        if self.sending.ended:
            return
        self.sending.ended = True
        self.session.write(
            frame(f.DATA, f.END, self.id, arg=self.sending.index, class_=self.class_)
        )

    def status(
        self, code: int, payload: bytes, trailers: bytes = b"", *, not_executed: bool = False
    ) -> None:
        """The responder's last word."""
        if self.done:
            return
        flags = f.END | (f.NOEXEC if not_executed else 0)
        self.session.write(
            frame(f.STATUS, flags, self.id, arg=code, meta=trailers, payload=payload,
                  class_=self.class_)
        )  # fmt: skip
        self.sending.ended = True
        self._finish(None)

    def complete(self, trailers: bytes = b"") -> None:
        """The responder ends well; with trailers that takes a STATUS."""
        if self.done:
            return
        if trailers:
            self.status(0, b"", trailers)
            return
        self.end()
        self._finish(None)

    def send_headers(self, meta: bytes) -> None:
        self.session.write(frame(f.HEADERS, 0, self.id, meta=meta, class_=self.class_))

    # Receiving

    async def next(self) -> bytes | None:
        """The next message, or None at the end; asking grants credit. An error comes after what came before it."""
        while not self._inbox:
            if self.error is not None:
                raise self.error
            if self.done or self.receiving.ended:
                return None
            if self._reader is not None:
                raise RuntimeError("two readers wait for the same stream")
            self._reader = self.session.loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        payload, opening = self._inbox.popleft()
        self.receiving.pull(len(payload), opening=opening)
        if not self.done:
            self._grant()
        return payload

    def _grant(self) -> None:
        credit = self.receiving.credit()
        if credit is not None:
            self.session.write(frame(f.CREDIT, 0, self.id, payload=f.U64_PAIR.pack(*credit)))

    def accept(
        self,
        flags: int,
        class_: int,
        index: int,
        crc: int,
        payload: bytes,
        *,
        opening: bool = False,
    ) -> None:
        """A frame of OPEN or DATA."""
        if self.receiving.ended:
            return
        if not (flags & (f.END | f.PCRC) or payload):
            if opening:
                return
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "DATA with neither a message nor END")
        try:
            message = self.receiving.accept(flags, class_, index, crc, payload, opening=opening)
        except StreamFault as fault:
            self.break_off(NexusError(fault.code, fault.message, reason=fault.reason))
            return
        if message is not None:
            self._inbox.append((message, opening))
        elif self.receiving.partial:
            self._grant()
        _wake(self._reader)
        if self.receiving.ended and self.requester:
            self._finish(None)

    def on_data(
        self, flags: int, class_: int, index: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        self.accept(flags, class_, index, crc, payload)

    def on_status(self, flags: int, code: int, meta: bytes, payload: bytes) -> None:
        if not self.requester:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "STATUS to a responder")
        try:
            if meta:
                self.trailers = read_meta(meta).metadata
            error = None
            if code != 0:
                error = error_of(code, payload, self.method, not_executed=bool(flags & f.NOEXEC))
            elif self.receiving.partial:
                error = NexusError(Code.DATA_LOSS, "the call ended inside a message")
        except (MetaFault, NexusError) as fault:
            error = NexusError(fault.code, f"a STATUS cannot be read: {fault}")
        self._finish(error)

    def on_headers(self, meta: bytes) -> None:
        try:
            self.headers = read_meta(meta).metadata
        except MetaFault as fault:
            self.break_off(NexusError(fault.code, fault.message))

    def on_credit(self, messages: int, bytes_: int) -> None:
        if self.sending.raise_credit(messages, bytes_):
            self._pump()
            if self.sending.idle:
                _wake(self._sender)

    def on_cancel(self, code: int) -> None:
        text = "the caller cancelled" if not self.requester else "the provider gave the call up"
        self._finish(unpack_code(code, text))

    def on_lost(self, error: NexusError) -> None:
        self._finish(error)

    # Ends

    def break_off(self, error: NexusError) -> None:
        """Ends the call from this side: CANCEL from a requester, STATUS from a responder."""
        if self.done:
            return
        if self.requester:
            self.session.write(frame(f.CANCEL, 0, self.id, arg=error.code.value))
        else:
            self.session.refuse(self.id, error.code, error.message, not_executed=False)
        self._finish(error)

    def cancel(self) -> None:
        """The application left."""
        self.break_off(NexusError(Code.CANCELLED, "the call was cancelled"))

    def expire(self) -> None:
        self.deadline = None
        self.break_off(NexusError(Code.DEADLINE_EXCEEDED, "the time for the call is over"))

    def _finish(self, error: NexusError | None) -> None:
        if self.done:
            return
        self.done = True
        self.error = error
        self.session.streams.pop(self.id, None)
        if self.deadline is not None:
            self.session.deadlines.remove(self, self.deadline)
            self.deadline = None
        _wake(self._reader)
        _wake(self._sender)
        if error is not None and self.on_cancelled is not None:
            self.on_cancelled(error)


def opening_meta(alias: int, name: str, tags: bytes) -> bytes:
    """The meta block of an opening frame: the name only where no alias stands for it."""
    if alias:
        return seal(tags) if tags else b""
    return name_meta(name, tags)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
