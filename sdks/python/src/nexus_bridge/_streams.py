"""The streaming calls as the application sees them: pulled, and left with CANCEL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from ._calls import decoded, intercepted_call, open_stream, pump
from ._errors import NexusError
from ._interceptors import Call, Reply, intercept, only
from ._message import encode
from ._options import CallOptions, Response
from ._stream import Stream

if TYPE_CHECKING:
    from ._descriptors import Method
    from ._link import Link

Q = TypeVar("Q", bound=Any)
R = TypeVar("R", bound=Any)


class ServerStream(Generic[R]):
    """The answers of one call: `async with` opens it, `async for` pulls; leaving cancels what is left."""

    def __init__(
        self, link: Link, method: Method[Any, R], request: Any, options: CallOptions
    ) -> None:
        self._link = link
        self._method = method
        self._request = request
        self._options = options
        self._stream: Stream | None = None
        self._replies: AsyncIterator[R] | None = None

    async def __aenter__(self) -> Self:
        if self._replies is not None:
            raise RuntimeError("a call is opened once; make another one")
        if self._link.interceptors:
            self._replies = await self._intercepted()
        else:
            self._replies = await self._open(self._request, self._options)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.cancel()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        if self._replies is None:
            raise RuntimeError("open the call first: async with client.method(...) as stream")
        return await anext(self._replies)

    async def _open(self, request: Any, options: CallOptions) -> AsyncIterator[R]:
        self._stream = await open_stream(self._link, self._method, options, encode(request))
        return _Replies(self._stream, self._method, options)

    async def _intercepted(self) -> AsyncIterator[R]:
        async def last(call: Call) -> Reply:
            options = self._options.copy()
            options["metadata"] = call.metadata
            options["timeout"] = call.timeout
            return Reply(messages=await self._open(only(call.messages), options))

        call = intercepted_call(self._method, (self._request,), self._options, "server_stream")
        reply = await intercept(self._link.interceptors, call, last)
        return _iterated(reply)


class Duplex(Generic[Q, R]):
    """A call that sends and receives: `send`, `close_send`, `async for`; leaving cancels what is left."""

    def __init__(self, link: Link, method: Method[Q, R], options: CallOptions) -> None:
        self._link = link
        self._method = method
        self._options = options
        self._stream: Stream | None = None
        self._replies: AsyncIterator[R] | None = None
        self._handoff: _Handoff[Q] | None = None
        self._pump: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._replies is not None:
            raise RuntimeError("a call is opened once; make another one")
        if self._link.interceptors:
            self._replies = await self._intercepted()
        else:
            self._stream = await open_stream(self._link, self._method, self._options, None)
            self._replies = _Replies(self._stream, self._method, self._options)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)
        if self._stream is not None:
            self._stream.cancel()

    async def send(self, message: Q) -> None:
        """Waits for credit: a provider that does not read slows its caller down."""
        if self._handoff is not None:
            await self._handoff.put(message)
        else:
            await self._opened().send(encode(message))

    async def close_send(self) -> None:
        """No further message from this side; the answers go on."""
        if self._handoff is not None:
            await self._handoff.close()
        else:
            await self._opened().close_send()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        if self._replies is None:
            self._opened()
        assert self._replies is not None
        return await anext(self._replies)

    def _opened(self) -> Stream:
        if self._stream is None:
            raise RuntimeError("open the call first: async with client.method() as stream")
        return self._stream

    async def _intercepted(self) -> AsyncIterator[R]:
        self._handoff = handoff = _Handoff[Q]()

        async def last(call: Call) -> Reply:
            options = self._options.copy()
            options["metadata"] = call.metadata
            options["timeout"] = call.timeout
            stream = await open_stream(self._link, self._method, options, None)
            self._stream = stream
            stream.on_cancelled = handoff.fail
            self._pump = asyncio.ensure_future(pump(stream, call.messages))
            return Reply(messages=_Replies(stream, self._method, options))

        call = intercepted_call(self._method, handoff, self._options, "bidi")
        return _iterated(await intercept(self._link.interceptors, call, last))


class _Replies(Generic[R]):
    """Decodes what a stream brings."""

    def __init__(self, stream: Stream, method: Method[Any, R], options: CallOptions) -> None:
        self._stream = stream
        self._method = method
        self._options = options

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> R:
        stream = self._stream
        payload = await stream.next()
        if payload is None:
            on_response = self._options.get("on_response")
            if on_response is not None:
                on_response(Response(headers=stream.headers, trailers=stream.trailers))
            raise StopAsyncIteration
        try:
            return decoded(self._method, payload)
        except NexusError as error:
            stream.break_off(error)
            raise


async def _iterated(reply: Reply) -> AsyncIterator[Any]:
    if isinstance(reply.messages, (tuple, list)):
        for message in reply.messages:  # pyright: ignore[reportUnknownVariableType]
            yield message
    else:
        async for message in reply.messages:  # pyright: ignore
            yield message


class _Handoff(Generic[Q]):
    """Hands messages from `send` to the iterator that interceptors see, one at a time."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[Q | None, asyncio.Future[None]]] = asyncio.Queue()
        self._error: NexusError | None = None
        self._taken: asyncio.Future[None] | None = None

    async def put(self, message: Q | None) -> None:
        if self._error is not None:
            raise self._error
        taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._taken = taken
        self._queue.put_nowait((message, taken))
        await taken

    async def close(self) -> None:
        await self.put(None)

    def fail(self, error: NexusError) -> None:
        self._error = error
        if self._taken is not None and not self._taken.done():
            self._taken.set_exception(error)

    async def __aiter__(self) -> AsyncIterator[Q]:
        while True:
            message, taken = await self._queue.get()
            if not taken.done():
                taken.set_result(None)
            if message is None:
                return
            yield message
