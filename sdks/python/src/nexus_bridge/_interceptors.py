"""Interceptors: functions around every logical call of a link, first in the list outermost."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ._errors import Code, NexusError
from ._metadata import EMPTY, Metadata

CallKind: TypeAlias = Literal["unary", "server_stream", "client_stream", "bidi", "publish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What an interceptor sees, and may hand on changed (`dataclasses.replace`)."""

    kind: CallKind
    target: str
    """The method's path, or the topic of a publish."""
    metadata: Metadata
    timeout: float | None
    messages: Iterable[Any] | AsyncIterable[Any]
    """Of one message where the caller sends one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`messages` has one message where the method answers with one, none for a publish."""

    messages: Sequence[Any] | AsyncIterable[Any]
    headers: Metadata = EMPTY
    trailers: Metadata = EMPTY


Next: TypeAlias = Callable[[Call], Awaitable[Reply]]
Interceptor: TypeAlias = Callable[[Call, Next], Awaitable[Reply]]


async def intercept(interceptors: Sequence[Interceptor], call: Call, last: Next) -> Reply:
    """Runs `call` through all of them."""

    def bind(interceptor: Interceptor, following: Next) -> Next:
        return lambda each: interceptor(each, following)

    chain = last
    for interceptor in reversed(interceptors):
        chain = bind(interceptor, chain)
    return await chain(call)


def only(messages: Iterable[Any] | AsyncIterable[Any]) -> Any:
    """The message of a call or reply that has one; an interceptor that changed that made a mistake."""
    if isinstance(messages, (tuple, list)):
        found: Sequence[Any] = messages  # pyright: ignore[reportUnknownVariableType]
        if len(found) == 1:
            return found[0]
    raise NexusError(Code.INTERNAL, "an interceptor must leave a tuple of one message")
