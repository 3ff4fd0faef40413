"""One connection to a router: handshake, dispatch of frames to the streams of the link, and one write a loop turn.

It knows no call and no topic: those are `Endpoint`s that sit in its table of streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from . import _frame as f
from ._aliases import Names
from ._control import GoAway, Status, Welcome, encode, read_control
from ._deadlines import Deadlines
from ._endpoint import Endpoint, Owner
from ._errors import Code, LinkCode, NexusError, Reason
from ._frame import FrameDecoder, LinkFault, frame
from ._gen_constants import LIMITS
from ._heartbeat import Heartbeat
from ._ids import NO_LAST_STREAM, StreamIds, is_ahead
from ._meta import MetaFault, read_meta
from ._output import Output
from ._tls import closed_text

STREAMS_MAX: Final = LIMITS["streams_per_link"]


class Session(asyncio.Protocol):
    """See the head of this file. Every method runs on the loop."""

    def __init__(self, owner: Owner, hello: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.streams: dict[int, Endpoint] = {}
        self.deadlines = Deadlines(loop)
        self.closed = False
        self.welcomed = False
        self.accepting = True
        self.settled: asyncio.Future[None] = loop.create_future()
        """Done when the handshake is over, well or not."""
        self._owner = owner
        self._hello = hello
        self._transport: asyncio.Transport | None = None
        self._output = Output(loop)
        self.write = self._output.write
        """Collects a frame; everything of one loop turn leaves in one write."""
        self._decoder = FrameDecoder(self._receive)
        self._decoder.bytes_max = f.FRAME_BYTES_BEFORE_WELCOME
        self._preface = b""
        self._ids = StreamIds()
        self.names = Names(self.write)
        self._cause: NexusError | None = None
        self.heard_at = 0.0
        self._heartbeat: Heartbeat | None = None
        self._control: dict[int, Callable[..., None]] = {
            f.WELCOME: self._on_welcome,
            f.PING: self._on_ping,
            f.PONG: self._on_pong,
            f.GOAWAY: self._on_goaway,
            f.ERROR: self._on_error,
            f.ALIAS: self._on_alias,
            f.CLOSE: self._on_close,
        }

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._output.transport = transport
        self.heard_at = self.loop.time()
        self.write(f.PREFACE)
        self.write(frame(f.HELLO, 0, 0, payload=self._hello))
        self._output.flush()

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        self.heard_at = self.loop.time()
        try:
            if len(self._preface) < len(f.PREFACE):
                data = self._read_preface(data)
            if data:
                self._decoder.feed(data)
        except LinkFault as fault:
            self._fail(fault)

    def connection_lost(self, exc: Exception | None) -> None:
        text = closed_text(self._transport, heard=bool(self._preface))
        cause = self._cause or NexusError(Code.UNAVAILABLE, text, cause=exc)
        self._end(cause)

    def pause_writing(self) -> None:
        self._output.pause()

    def resume_writing(self) -> None:
        self._output.resume()

    # Writing

    @property
    def congested(self) -> bool:
        """The peer does not take what was written; wait for `writable`."""
        return self._output.paused is not None

    async def writable(self) -> None:
        await self._output.resumed()

    def when_writable(self, callback: Callable[[], None]) -> None:
        """Calls back once, when there is room again or no session any more."""
        paused = self._output.paused
        if paused is None:
            self.loop.call_soon(callback)
        else:
            paused.add_done_callback(lambda _: callback())

    @property
    def paused_at(self) -> float:
        return self._output.paused_at

    @property
    def queue_bytes(self) -> int:
        return self._output.queue_bytes

    # Streams

    def open(self, endpoint: Endpoint) -> int:
        """A stream id of this side's parity; RESOURCE_EXHAUSTED where too many are open."""
        if len(self.streams) >= STREAMS_MAX:
            raise NexusError(
                Code.RESOURCE_EXHAUSTED,
                f"{STREAMS_MAX} streams are open on this link; wait for some to end",
                not_executed=True,
            )
        stream = self._ids.take(self.streams)
        self.streams[stream] = endpoint
        return stream

    def refuse(
        self, stream: int, code: Code, message: str, *, reason: Reason | None = None,
        not_executed: bool = True,
    ) -> None:  # fmt: skip
        """Answers a call with STATUS without having started it."""
        flags = f.END | (f.NOEXEC if not_executed else 0)
        payload = encode(Status(message=message, reason=0 if reason is None else reason.value))
        self.write(frame(f.STATUS, flags, stream, arg=code.value, payload=payload))

    # Receiving

    def _read_preface(self, data: bytes) -> bytes:
        missing = len(f.PREFACE) - len(self._preface)
        self._preface += data[:missing]
        if not f.PREFACE.startswith(self._preface):
            self._cause = NexusError(
                Code.UNAVAILABLE, "the peer is no Nexus router (its first bytes are others)"
            )
            self.abort()
            return b""
        return data[missing:]

    def _receive(
        self, type: int, flags: int, class_: int, stream: int, route: int, arg: int, crc: int,
        meta: bytes, payload: bytes,
    ) -> None:  # fmt: skip
        if self.closed:
            return
        if type < 0x10:
            self._receive_control(type, flags, stream, route, arg, crc, meta, payload)
            return
        if not self.welcomed:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "the first frame is not WELCOME")
        if flags & f.RESERVED_FLAGS or class_ & 0x07 or class_ & 0x18 == 0x18 or flags & f.JSON:
            is_reserved = flags & f.RESERVED_FLAGS or class_ & 0x04 or class_ & 0x18 == 0x18
            self._refuse_frame(type, stream, is_reserved=bool(is_reserved))
            return
        if not flags & f.PCRC:
            f.check_marked(flags, crc, payload)
        if flags & f.MORE and type not in (f.OPEN, f.DATA):
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "MORE on a frame that is never in parts")
        if type == f.DATA:
            endpoint = self.streams.get(stream)
            if endpoint is not None:
                endpoint.on_data(flags, class_, arg, crc, meta, payload)
            else:
                self._ids.check_closed(stream)
        elif type == f.EVENT and stream:
            endpoint = self.streams.get(stream)
            if endpoint is not None:
                endpoint.on_event(flags, class_, route, arg, crc, meta, payload)
            else:
                self._ids.check_closed(stream)
        elif type == f.OPEN:
            self._on_open(flags, class_, stream, route, arg, crc, meta, payload)
        else:
            self._receive_stream(type, flags, stream, route, arg, crc, meta, payload)

    def _receive_control(
        self, type: int, flags: int, stream: int, route: int, arg: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        handler = self._control.get(type)
        if handler is None:
            if flags & f.SKIP:
                return
            raise LinkFault(LinkCode.UNKNOWN_TYPE, f"link frames of type {type:02X} are unknown")
        if flags & (f.RESERVED_FLAGS | f.MORE) or stream:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, f"a broken frame of type {type:02X}")
        if not self.welcomed and type not in (f.WELCOME, f.ERROR):
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "the first frame is not WELCOME")
        if type >= f.GOAWAY:
            f.check_marked(flags, crc, payload)
            f.check_crc(crc, payload)
        handler(route, arg, meta, payload)

    def _receive_stream(
        self, type: int, flags: int, stream: int, route: int, arg: int, crc: int, meta: bytes,
        payload: bytes,
    ) -> None:  # fmt: skip
        if type == f.PUBACK and stream == 0:
            self._on_refused_publish(route, meta, payload)
            return
        if type not in f.TO_STREAMS:
            self._on_unknown(type, flags, stream)
            return
        if stream == 0:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, f"a frame of type {type:02X} on stream 0")
        endpoint = self.streams.get(stream)
        if endpoint is None:
            self._ids.check_closed(stream)
        elif type == f.STATUS:
            f.check_crc(crc, payload)
            endpoint.on_status(flags, arg, meta, payload)
        elif type == f.CREDIT:
            f.check_crc(crc, payload)
            if len(payload) != 16:
                raise LinkFault(LinkCode.PROTOCOL_ERROR, "CREDIT has another size")
            endpoint.on_credit(*f.U64_PAIR.unpack(payload))
        elif type == f.CANCEL:
            endpoint.on_cancel(arg)
        elif type == f.HEADERS:
            endpoint.on_headers(meta)
        else:
            endpoint.on_control(type, flags, route, arg, crc, meta, payload)

    def _on_open(
        self, flags: int, class_: int, stream: int, route: int, deadline_ms: int, crc: int,
        meta: bytes, payload: bytes,
    ) -> None:  # fmt: skip
        self._ids.serve(stream)
        try:
            block = read_meta(meta) if meta else None
            name = self.names.name_of(route, block)
        except MetaFault as fault:
            self.refuse(stream, fault.code, fault.message)
            return
        self._owner.incoming_call(
            self, stream, name, flags, class_, deadline_ms, crc, block, payload
        )

    def _on_unknown(self, type: int, flags: int, stream: int) -> None:
        if flags & f.SKIP:
            return
        if stream == 0:
            raise LinkFault(LinkCode.UNKNOWN_TYPE, f"frames of type {type:02X} are unknown")
        self._give_up(stream, Code.UNIMPLEMENTED, f"frames of type {type:02X} are unknown")

    def _refuse_frame(self, type: int, stream: int, *, is_reserved: bool) -> None:
        code = Code.INVALID_ARGUMENT if is_reserved else Code.UNIMPLEMENTED
        message = "a frame has reserved bits or an encoding that was not agreed on"
        if type == f.OPEN:
            self._ids.serve(stream)
            self.refuse(stream, code, message)
        else:
            self._give_up(stream, code, message)

    def _give_up(self, stream: int, code: Code, message: str) -> None:
        """Ends a stream of ours as its kind does, one of the peer's with STATUS."""
        endpoint = self.streams.pop(stream, None)
        if endpoint is None:
            self._ids.check_closed(stream)
            return
        if not stream & 1:
            self.refuse(stream, code, message, not_executed=False)
            endpoint.on_lost(NexusError(code, message))
            return
        endpoint.on_refused(self, stream, NexusError(code, message))

    def _on_refused_publish(self, route: int, meta: bytes, payload: bytes) -> None:
        if len(payload) != 14:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "PUBACK has another size")
        name = self.names.refused(route, meta)
        if name is not None:
            self._owner.publish_refused(name, int.from_bytes(payload[:2], "big"))

    # Frames of the link

    def _on_welcome(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        if self.welcomed:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "WELCOME came twice")
        welcome = read_control(Welcome, payload)
        self.welcomed = True
        self._decoder.bytes_max = f.FRAME_BYTES_MAX
        self._heartbeat = Heartbeat(self, (welcome.heartbeat_ms or LIMITS["heartbeat_ms"]) / 1000)
        self._settle()
        self._owner.session_ready(self, welcome)

    def _settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)

    def _on_ping(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        self._on_pong(route, arg, meta, payload)
        self.write(frame(f.PONG, 0, 0, payload=payload))

    def _on_pong(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        if len(payload) != 8:
            raise LinkFault(LinkCode.PROTOCOL_ERROR, "PING or PONG has another size")

    def _on_goaway(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        goaway = read_control(GoAway, payload)
        self.accepting = False
        self._owner.session_draining(self, goaway)
        last = goaway.last_stream
        if last == NO_LAST_STREAM:
            return
        error = NexusError(
            Code.UNAVAILABLE, "the router is shutting down and did not take this",
            reason=Reason.SHUTTING_DOWN, not_executed=True,
        )  # fmt: skip
        for stream in [each for each in self.streams if each & 1 and is_ahead(each, last)]:
            self.streams.pop(stream).on_lost(error)

    def _on_error(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        status = read_control(Status, payload)
        name = LinkCode(arg).name if arg in LinkCode.__members__.values() else hex(arg)
        denied = arg in (LinkCode.AUTH_FAILED, LinkCode.AUTH_EXPIRED)
        text = f"the router ended the link: {name}"
        self._cause = NexusError(
            Code.UNAUTHENTICATED if denied else Code.UNAVAILABLE,
            f"{text}, {status.message}" if status.message else text,
        )
        self.abort()

    def _on_alias(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        if arg == 1:
            self.names.received.free(route)
            self.write(frame(f.ALIAS, 0, 0, route=route, arg=2))
        elif arg == 0:
            self.names.received.bind(route, meta)

    def _on_close(self, route: int, arg: int, meta: bytes, payload: bytes) -> None:
        self.abort(NexusError(Code.UNAVAILABLE, "the router closed the link"))

    # Ends

    def close(self) -> None:
        """An orderly end: CLOSE, then the socket."""
        cause = NexusError(Code.UNAVAILABLE, "the link was closed")
        if not self.closed and self._transport is not None:
            self._cause = cause
            self.write(frame(f.CLOSE, 0, 0, arg=LinkCode.NO_ERROR.value))
            self._output.flush()
            self._transport.close()
        self._end(cause, is_lost=False)

    def abort(self, cause: NexusError | None = None) -> None:
        """Ends at once, without a word."""
        self._cause = self._cause or cause
        if self._transport is not None:
            self._transport.abort()
        self._end(self._cause or NexusError(Code.UNAVAILABLE, "the link was given up"))

    def _fail(self, fault: LinkFault) -> None:
        payload = encode(Status(message=fault.message))
        self.write(frame(f.ERROR, 0, 0, arg=fault.code.value, payload=payload))
        self._output.flush()
        self._cause = NexusError(
            Code.INTERNAL, f"the router broke the protocol: {fault.message} ({fault.code.name})"
        )
        if self._transport is not None:
            self._transport.close()
        self._end(self._cause)

    def _end(self, cause: NexusError, *, is_lost: bool = True) -> None:
        if self.closed:
            return
        self.closed = True
        self.accepting = False
        self._settle()
        self._output.transport = None
        if self._heartbeat is not None:
            self._heartbeat.stop()
        self.resume_writing()
        streams = list(self.streams.values())
        self.streams.clear()
        error = cause
        if is_lost and cause.code is not Code.UNAUTHENTICATED:
            error = NexusError(Code.UNAVAILABLE, f"the link was lost: {cause.message}")
        for endpoint in streams:
            endpoint.on_lost(error)
        self._owner.session_lost(self, cause)
