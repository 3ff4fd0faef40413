"""What the four kinds of calls share: deadlines, opening with credit, sending many, reading the only answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from . import _frame as f
from ._context import current
from ._errors import Code, NexusError
from ._gen_constants import LIMITS
from ._interceptors import Call, CallKind
from ._message import DecodeError, decode, encode
from ._metadata import Metadata, checked
from ._options import CallOptions, Response
from ._stream import Stream

if TYPE_CHECKING:
    from ._descriptors import Method
    from ._link import Link

Q = TypeVar("Q", bound=Any)
R = TypeVar("R", bound=Any)

UNARY_TIMEOUT_SECONDS: Final = LIMITS["call_timeout_ms"] / 1000
DEADLINE_MS_MAX: Final = 0xFFFFFFFF


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


def intercepted_call(
    method: Method[Any, Any], messages: Any, options: CallOptions, kind: CallKind
) -> Call:
    metadata: Metadata = checked(options.get("metadata", ()))
    return Call(
        kind=kind, target=method.path, metadata=metadata, timeout=timeout_of(method, options),
        messages=messages,
    )  # fmt: skip
