"""The base of generated clients: the doors to the four kinds of calls."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from ._calls import client_stream, intercepted_call
from ._interceptors import Call, CallKind, Reply, intercept, only
from ._options import CallOptions, Response
from ._streams import Duplex, ServerStream
from ._unary import unary

if TYPE_CHECKING:
    from ._descriptors import Method
    from ._link import Link

Q = TypeVar("Q", bound=Any)
R = TypeVar("R", bound=Any)


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


async def _intercepted(
    link: Link, method: Method[Any, R], messages: Any, options: CallOptions, kind: CallKind
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
