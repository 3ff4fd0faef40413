"""The one handler of every case: each request's plan says how it is answered, so nothing here knows a case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from math import ceil

import nexus_bridge as nexus
from answers import sequence
from conformance_schema.nexus.conformance.v1 import (
    EchoFailed,
    EchoFailedError,
    EchoHandler,
    EchoReply,
    EchoRequest,
    Failure,
    Pair,
    Plan,
    Seen,
)


@dataclass
class EchoState:
    running: int = 0


def failed(failure: Failure) -> Exception:
    if failure.unexpected:
        return TypeError(f"a bug: {failure.message}")
    if failure.declared:
        return EchoFailedError(EchoFailed(why=failure.declared))
    return nexus.NexusError(nexus.Code(failure.code), failure.message)


def pair_of(pair: Pair) -> tuple[str, str | bytes]:
    return pair.key, pair.value if pair.key.endswith("-bin") else pair.value.decode()


def seen_by(context: nexus.HandlerContext, requests: int) -> Seen:
    left = context.time_left
    return Seen(
        method=context.method,
        metadata=[
            Pair(key=key, value=value.encode() if isinstance(value, str) else value)
            for key, value in context.metadata
        ],
        attempt=context.attempt,
        time_left_ms=None if left is None else ceil(left * 1000),
        requests=requests,
    )


async def answers(
    request: EchoRequest, context: nexus.HandlerContext, count: int, requests: int
) -> AsyncIterator[EchoReply]:
    plan = request.plan or Plan()
    if plan.headers:
        context.send_headers([pair_of(pair) for pair in plan.headers])
    if plan.trailers:
        context.set_trailers([pair_of(pair) for pair in plan.trailers])
    if plan.delay_ms:
        await asyncio.sleep(plan.delay_ms / 1000)
    for index in range(count):
        payload = sequence(plan.message_bytes, index) if plan.message_bytes else request.payload
        seen = seen_by(context, requests) if plan.describe else None
        yield EchoReply(payload=payload, index=index, seen=seen)
    if plan.hang:
        await asyncio.get_running_loop().create_future()
    if plan.failure is not None:
        raise failed(plan.failure)


class EchoHandling(EchoHandler):
    def __init__(self, state: EchoState) -> None:
        self._state = state

    async def _one(
        self, request: EchoRequest, context: nexus.HandlerContext, requests: int = 1
    ) -> EchoReply:
        self._state.running += 1
        try:
            reply = EchoReply()
            async for answer in answers(request, context, 1, requests):
                reply = answer
            return reply
        finally:
            self._state.running -= 1

    async def unary(self, request: EchoRequest, context: nexus.HandlerContext) -> EchoReply:
        return await self._one(request, context)

    async def idempotent(self, request: EchoRequest, context: nexus.HandlerContext) -> EchoReply:
        return await self._one(request, context)

    async def timed(self, request: EchoRequest, context: nexus.HandlerContext) -> EchoReply:
        return await self._one(request, context)

    async def server_stream(
        self, request: EchoRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[EchoReply]:
        self._state.running += 1
        try:
            count = request.plan.messages if request.plan else 1
            async with aclosing(answers(request, context, count, 1)) as replies:  # type: ignore[type-var]
                async for reply in replies:
                    yield reply
        finally:
            self._state.running -= 1

    async def client_stream(
        self, requests: AsyncIterator[EchoRequest], context: nexus.HandlerContext
    ) -> EchoReply:
        first: EchoRequest | None = None
        payloads: list[bytes] = []
        self._state.running += 1
        try:
            async for request in requests:
                first = first or request
                payloads.append(request.payload)
                if first.plan and first.plan.early:
                    break
        finally:
            self._state.running -= 1
        whole = EchoRequest(payload=b"".join(payloads), plan=first.plan if first else None)
        return await self._one(whole, context, len(payloads))

    async def bidi(
        self, requests: AsyncIterator[EchoRequest], context: nexus.HandlerContext
    ) -> AsyncIterator[EchoReply]:
        self._state.running += 1
        try:
            count = 0
            async for request in requests:
                count += 1
                messages = request.plan.messages if request.plan else 1
                async with aclosing(answers(request, context, messages, count)) as replies:  # type: ignore[type-var]
                    async for reply in replies:
                        yield reply
                if request.plan and request.plan.early:
                    break
        finally:
            self._state.running -= 1
