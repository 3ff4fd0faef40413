"""The unary call: a future and no task, two frames on the wire, retries by the rules."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from . import _frame as f
from ._calls import (
    UNARY_TIMEOUT_SECONDS,
    class_of,
    deadline_ms,
    decoded,
    only_message,
    over_time,
    timeout_of,
)
from ._context import current
from ._diagnostics import Diagnostic
from ._endpoint import Endpoint
from ._errors import Code, NexusError, Reason
from ._frame import frame, message_frame
from ._halves import CREDIT_BYTES
from ._message import encode
from ._meta import ATTEMPT, MetaFault, read_meta, tag
from ._metadata import EMPTY
from ._options import CallOptions, Response
from ._retry import call_backoff, may_retry
from ._session import Session
from ._status import error_of, unpack_code
from ._stream import Stream, opening_meta

if TYPE_CHECKING:
    from ._descriptors import Method
    from ._link import Link

Q = TypeVar("Q", bound=Any)
R = TypeVar("R", bound=Any)


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
    may_have_run = False
    while True:
        try:
            return await _attempt(link, method, payload, tags, deadline, options)
        except NexusError as error:
            retry = may_retry(error, attempt, idempotent=method.idempotent)
            # what one attempt says of itself is no word about those before it
            may_have_run = may_have_run or not error.not_executed
            error.not_executed = not may_have_run
            if not retry:
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
    alias = session.names.alias_for(method.path)
    tags += session.names.type_tag(method.path, alias, method.request.__nexus_fingerprint__)
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
