"""What generated clients rest on: the unary call (a future and no task), and the doors to the streaming kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zlib import crc32

from . import _frame as f
from ._context import current
from ._diagnostics import Diagnostic
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import frame, message_frame
from ._gen_constants import LIMITS
from ._halves import CREDIT_BYTES
from ._interceptors import Call, Reply, intercept, only
from ._message import DecodeError, decode, encode
from ._meta import ATTEMPT, MetaFault, read_meta, tag
from ._metadata import EMPTY, Metadata, checked
from ._options import CallOptions, Response
from ._retry import call_backoff, may_retry
from ._session import Session
from ._status import error_of, unpack_code
from ._stream import Stream, opening_meta
from ._streams import Duplex, ServerStream

if TYPE_CHECKING:
    from ._descriptors import Method
    from ._link import Link

Q = TypeVar("Q", bound=Any)
R = TypeVar("R", bound=Any)

UNARY_TIMEOUT_SECONDS: Final = LIMITS["call_timeout_ms"] / 1000
DEADLINE_MS_MAX: Final = 0xFFFFFFFF


class Client:
    """The base of generated clients; its own names cannot clash with a method's."""

    __slots__ = ("_nexus_link",)

    def __init__(self, link: Link, /) -> None:
        self._nexus_link = link

    async def _nexus_unary(self, method: Method[Q, R], request: Q, options: CallOptions) -> R:
        link = self._nexus_link
        if link.interceptors:
            return await _intercepted(link, method, (request,), options, "unary")
        return await unary(link, method, request, options)

    def _nexus_server_stream(
        self, method: Method[Q, R], request: Q, options: CallOptions
    ) -> ServerStream[R]:
        return ServerStream(self._nexus_link, method, request, options)

    async def _nexus_client_stream(
        self,
        method: Method[Q, R],
        requests: AsyncIterable[Q] | Iterable[Q],
        options: CallOptions,
    ) -> R:
        link = self._nexus_link
        if link.interceptors:
            return await _intercepted(link, method, requests, options, "client_stream")
        return await client_stream(link, method, requests, options)

    def _nexus_bidi(self, method: Method[Q, R], options: CallOptions) -> Duplex[Q, R]:
        return Duplex(self._nexus_link, method, options)


def timeout_of(method: Method[Any, Any], options: CallOptions) -> float | None:
    """Seconds that the call may take: the least of its option and what its handler has left."""
    context = current.get()
    left = None if context is None else context.time_left
    if "timeout" in options:
        timeout = options["timeout"]
    elif left is not None:
        return left
    elif method.timeout is not None:
        return method.timeout
    else:
        return UNARY_TIMEOUT_SECONDS if method.shape == "unary" else None
    if left is None:
        return timeout
    return left if timeout is None else min(timeout, left)


def deadline_ms(timeout: float | None) -> int:
    """For the wire: 0 is none, and never comes from rounding."""
    if timeout is None:
        return 0
    return min(max(1, int(timeout * 1000)), DEADLINE_MS_MAX)


def class_of(method: Method[Any, Any], options: CallOptions) -> int:
    priority = options.get("priority", method.priority)
    if priority is None:
        return f.CLASS_DEFAULT
    if not 1 <= priority <= 7:
        raise NexusError(Code.INVALID_ARGUMENT, f"priority {priority}: use 1 to 7")
    return priority << 5


def over_time() -> NexusError:
    return NexusError(Code.DEADLINE_EXCEEDED, "the time for the call is over")


class UnaryCall(Endpoint):
    """A call whose request left in one frame and whose answer, as a rule, comes in one."""

    __slots__ = ("future", "headers", "id", "method", "session", "tick", "trailers")

    def __init__(self, session: Session, method: Any) -> None:
        self.session = session
        self.method = method
        self.future: asyncio.Future[bytes | Stream] = session.loop.create_future()
        self.headers = EMPTY
        self.trailers = EMPTY
        self.tick: float | None = None
        self.id = session.open(self)

    def on_data(
        self, flags: int, class_: int, index: int, crc: int, meta: bytes, payload: bytes
    ) -> None:
        if flags & (f.MORE | f.END | f.PCRC) != f.END | f.PCRC or index:
            self._in_parts().on_data(flags, class_, index, crc, meta, payload)
        elif crc32(payload) != crc:
            text = "the checksum of the answer is wrong"
            self._end(NexusError(Code.DATA_LOSS, text, reason=Reason.PAYLOAD_CRC))
        else:
            self._end(payload)

    def _in_parts(self) -> Stream:
        """The answer is more than one frame: a stream takes over."""
        stream = Stream(self.session, self.method, requester=True)
        stream.id = self.id
        stream.headers = self.headers
        stream.sending.ended = True
        stream.sending.index = 1
        self._end(stream)
        self.session.streams[self.id] = stream
        return stream

    def on_status(self, flags: int, code: int, meta: bytes, payload: bytes) -> None:
        if code == 0:
            self._end(NexusError(Code.INTERNAL, "the provider answered without a message"))
            return
        try:
            if meta:
                self.trailers = read_meta(meta).metadata
            error = error_of(code, payload, self.method, not_executed=bool(flags & f.NOEXEC))
        except (MetaFault, NexusError) as fault:
            error = NexusError(fault.code, f"a STATUS cannot be read: {fault}")
        self._end(error)

    def on_headers(self, meta: bytes) -> None:
        try:
            self.headers = read_meta(meta).metadata
        except MetaFault as fault:
            self.give_up(NexusError(fault.code, fault.message))

    def on_credit(self, messages: int, bytes_: int) -> None:
        return  # everything has left already

    def on_cancel(self, code: int) -> None:
        self._end(unpack_code(code, "the provider gave the call up"))

    def on_lost(self, error: NexusError) -> None:
        self._end(error)

    def expire(self) -> None:
        self.tick = None
        self.give_up(over_time())

    def give_up(self, error: NexusError) -> None:
        """Ends the call from this side."""
        if self.session.streams.get(self.id) is self:
            self.session.write(frame(f.CANCEL, 0, self.id, arg=error.code.value))
        self._end(error)

    def _end(self, outcome: bytes | Stream | NexusError) -> None:
        self.session.streams.pop(self.id, None)
        if self.tick is not None:
            self.session.deadlines.remove(self, self.tick)
            self.tick = None
        if self.future.done():
            return
        if isinstance(outcome, NexusError):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


async def unary(link: Link, method: Method[Q, R], request: Q, options: CallOptions) -> R:
    """One logical call, retries inside."""
    payload = encode(request)
    if not options and current.get() is None:
        timeout = UNARY_TIMEOUT_SECONDS if method.timeout is None else method.timeout
        tags = b""
    else:
        timeout = timeout_of(method, options)
        tags = link.call_tags(options)
    if timeout is not None and timeout <= 0:
        raise over_time()
    deadline = None if timeout is None else link.loop.time() + timeout
    link.budget.pay_in()
    attempt = 0
    while True:
        try:
            return await _attempt(link, method, payload, tags, deadline, options)
        except NexusError as error:
            if not may_retry(error, attempt, idempotent=method.idempotent):
                raise
            wait = call_backoff(attempt)
            if deadline is not None and link.loop.time() + wait >= deadline:
                raise
            if link.closed or not link.budget.take():
                raise
            attempt += 1
            link.tell(
                Diagnostic(kind="retry", method=method.path, attempt=attempt, code=error.code)
            )
        await asyncio.sleep(wait)
        tags = link.call_tags(options) + tag(ATTEMPT, bytes((attempt,)))


async def _attempt(
    link: Link, method: Method[Q, R], payload: bytes, tags: bytes, deadline: float | None,
    options: CallOptions,
) -> R:  # fmt: skip
    session = link.session
    if session is None or not session.accepting or session.congested:
        session = await link.ready(deadline, fail_fast=options.get("fail_fast", False))
    timeout = None if deadline is None else deadline - link.loop.time()
    if timeout is not None and timeout <= 0:
        raise over_time()
    if len(payload) > CREDIT_BYTES:
        stream = Stream(session, method, requester=True, class_=class_of(method, options))
        stream.open(method.path, deadline_ms(timeout), tags, payload, end=True)
        if deadline is not None and timeout is not None:
            stream.deadline = session.deadlines.add(stream, deadline, timeout)
        return await only_message(stream, method, options)
    alias = session.alias_for(method.path)
    meta = opening_meta(alias, method.path, tags) if tags or not alias else b""
    call = UnaryCall(session, method)
    class_ = class_of(method, options)
    if meta or class_ != f.CLASS_DEFAULT:
        session.write(
            frame(f.OPEN, f.END, call.id, route=alias, arg=deadline_ms(timeout), meta=meta,
                  payload=payload, crc=crc32(payload), class_=class_)
        )  # fmt: skip
    else:
        session.write(message_frame(f.OPEN, f.END, call.id, alias, deadline_ms(timeout), payload))
    if deadline is not None and timeout is not None:
        call.tick = session.deadlines.add(call, deadline, timeout)
    try:
        answer = await call.future
    except asyncio.CancelledError:
        call.give_up(NexusError(Code.CANCELLED, "the call was cancelled"))
        raise
    if isinstance(answer, Stream):
        if deadline is not None and timeout is not None and not answer.done:
            answer.deadline = session.deadlines.add(answer, deadline, timeout)
        return await only_message(answer, method, options)
    if "on_response" in options:
        options["on_response"](Response(headers=call.headers, trailers=call.trailers))
    return decoded(method, answer)


async def only_message(stream: Stream, method: Method[Any, R], options: CallOptions) -> R:
    """The answer of a method that answers once, from a stream; leaving early cancels it."""
    try:
        payload = await stream.next()
        if payload is not None and await stream.next() is not None:
            raise NexusError(Code.INTERNAL, "the provider answered with more than one message")
    finally:
        stream.cancel()
    if payload is None:
        raise NexusError(Code.INTERNAL, "the provider answered without a message")
    if "on_response" in options:
        options["on_response"](Response(headers=stream.headers, trailers=stream.trailers))
    return decoded(method, payload)


def decoded(method: Method[Any, R], payload: bytes) -> R:
    """DATA_LOSS where the answer is not of the method's type."""
    try:
        return decode(method.response, payload)
    except DecodeError as error:
        raise NexusError(
            Code.DATA_LOSS, f"the answer of {method.path} cannot be decoded: {error}", cause=error
        ) from None


async def open_stream(
    link: Link, method: Method[Any, Any], options: CallOptions, request: bytes | None
) -> Stream:
    """Opens a call of one of the streaming kinds; its deadline runs from here."""
    timeout = timeout_of(method, options)
    if timeout is not None and timeout <= 0:
        raise over_time()
    deadline = None if timeout is None else link.loop.time() + timeout
    tags = link.call_tags(options)
    session = link.session
    if session is None or not session.accepting or session.congested:
        session = await link.ready(deadline, fail_fast=options.get("fail_fast", False))
    stream = Stream(session, method, requester=True, class_=class_of(method, options))
    left = None if deadline is None else deadline - link.loop.time()
    stream.open(method.path, deadline_ms(left), tags, request, end=request is not None)
    if deadline is not None and timeout is not None:
        stream.deadline = session.deadlines.add(stream, deadline, timeout)
    return stream


async def client_stream(
    link: Link,
    method: Method[Q, R],
    requests: AsyncIterable[Q] | Iterable[Q],
    options: CallOptions,
) -> R:
    """Sends while the provider may answer at any time; its answer ends the sending."""
    stream = await open_stream(link, method, options, None)
    sending = asyncio.ensure_future(pump(stream, requests))
    answering = asyncio.ensure_future(only_message(stream, method, options))
    try:
        await asyncio.wait((sending, answering), return_when=asyncio.FIRST_COMPLETED)
        failure = sending.exception() if sending.done() else None
        if failure is not None and not stream.done:
            raise failure
        return await answering
    finally:
        sending.cancel()
        answering.cancel()
        stream.cancel()
        await asyncio.gather(sending, answering, return_exceptions=True)


async def pump(stream: Stream, requests: AsyncIterable[Any] | Iterable[Any]) -> None:
    """Every request, then the half-close."""
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            await stream.send(encode(request))
    else:
        for request in requests:
            await stream.send(encode(request))
    await stream.close_send()


async def _intercepted(
    link: Link, method: Method[Any, R], messages: Any, options: CallOptions, kind: Any
) -> R:
    async def last(call: Call) -> Reply:
        seen: list[Response] = []
        inner = options.copy()
        inner["metadata"] = call.metadata
        inner["timeout"] = call.timeout
        inner["on_response"] = seen.append
        if kind == "unary":
            answer: Any = await unary(link, method, only(call.messages), inner)
        else:
            answer = await client_stream(link, method, call.messages, inner)
        return Reply(messages=(answer,), **seen[0])

    call = intercepted_call(method, messages, options, kind)
    reply = await intercept(link.interceptors, call, last)
    if "on_response" in options:
        options["on_response"](Response(headers=reply.headers, trailers=reply.trailers))
    return only(reply.messages)


def intercepted_call(
    method: Method[Any, Any], messages: Any, options: CallOptions, kind: Any
) -> Call:
    metadata: Metadata = checked(options.get("metadata", ()))
    return Call(
        kind=kind, target=method.path, metadata=metadata, timeout=timeout_of(method, options),
        messages=messages,
    )  # fmt: skip
