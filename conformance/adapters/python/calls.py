"""The operations on calls: a whole call at once, or a stream step by step."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import nexus_bridge as nexus
from answers import BadOrder, bytes_from, bytes_told, pairs_from, pairs_told
from conformance_schema.nexus.conformance.v1 import (
    EchoClient,
    EchoReply,
    EchoRequest,
    Failure,
    Pair,
    Plan,
)
from links import Program

SCALARS = {
    "messages": "messages",
    "messageBytes": "message_bytes",
    "delayMs": "delay_ms",
    "hang": "hang",
    "describe": "describe",
    "early": "early",
}


def plan_of(told: dict[str, Any] | None) -> Plan | None:
    if told is None:
        return None
    pairs = {
        name: [
            Pair(key=key, value=value.encode() if isinstance(value, str) else value)
            for key, value in pairs_from(told.get(name))
        ]
        for name in ("headers", "trailers")
    }
    failure = Failure(**told["failure"]) if "failure" in told else None
    fields = {field: told[key] for key, field in SCALARS.items() if key in told}
    return Plan(**fields, **pairs, failure=failure)


def request_of(told: dict[str, Any] | None) -> EchoRequest:
    told = told or {}
    return EchoRequest(payload=bytes_from(told.get("payload")), plan=plan_of(told.get("plan")))


def reply_told(reply: EchoReply) -> dict[str, Any]:
    answer: dict[str, Any] = {"payload": bytes_told(reply.payload), "index": reply.index}
    if reply.seen is not None:
        seen = reply.seen
        answer["seen"] = {
            "method": seen.method,
            "metadata": pairs_told(
                (pair.key, pair.value if pair.key.endswith("-bin") else pair.value.decode())
                for pair in seen.metadata
            ),
            "attempt": seen.attempt,
            "requests": seen.requests,
        }
        if seen.time_left_ms is not None:
            answer["seen"]["timeLeftMs"] = seen.time_left_ms
    return answer


def response_told(responses: list[nexus.Response]) -> dict[str, Any]:
    if not responses:
        return {}
    response = responses[0]
    return {
        "headers": pairs_told(response["headers"]),
        "trailers": pairs_told(response["trailers"]),
    }


def options_of(order: dict[str, Any], responses: list[nexus.Response]) -> nexus.CallOptions:
    told = order.get("options", {})
    options: nexus.CallOptions = {"on_response": responses.append}
    if "timeoutMs" in told:
        left = told["timeoutMs"]
        options["timeout"] = None if left is None else left / 1000
    if "metadata" in told:
        options["metadata"] = pairs_from(told["metadata"])
    if "priority" in told:
        options["priority"] = told["priority"]
    if "failFast" in told:
        options["fail_fast"] = told["failFast"]
    return options


@dataclass
class OpenCall:
    responses: list[nexus.Response]
    stream: Any = None
    task: asyncio.Task[Any] | None = None


class CallOperations:
    def __init__(self, program: Program) -> None:
        self._program = program

    def table(self) -> dict[str, Any]:
        return {
            "call": self.call,
            "stream.open": self.open,
            "stream.send": self.send,
            "stream.half_close": self.half_close,
            "stream.recv": self.recv,
            "stream.cancel": self.cancel,
            "stream.forget": self.forget,
        }

    def _found(self, order: dict[str, Any]) -> OpenCall:
        found = self._program.calls.get(order["stream"])
        if found is None:
            raise BadOrder(f"there is no stream {order['stream']}")
        return found

    async def _whole(self, order: dict[str, Any], call: OpenCall) -> dict[str, Any]:
        client = EchoClient(self._program.link(order))
        requests = [request_of(each) for each in order.get("requests", [])]
        first = requests[0] if requests else EchoRequest()
        options = options_of(order, call.responses)
        messages: list[EchoReply] = []
        method = order["method"]
        if method == "serverStream":
            async with client.server_stream(first, **options) as replies:
                messages = [reply async for reply in replies]
        elif method == "clientStream":
            messages = [await client.client_stream(requests, **options)]
        elif method == "bidi":
            async with client.bidi(**options) as stream:
                sending = asyncio.create_task(self._feed(stream, requests))
                try:
                    messages = [reply async for reply in stream]
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)
        else:
            messages = [await getattr(client, method)(first, **options)]
        told = [reply_told(reply) for reply in messages]
        return {"messages": told, **response_told(call.responses)}

    @staticmethod
    async def _feed(stream: Any, requests: list[EchoRequest]) -> None:
        for request in requests:
            await stream.send(request)
        await stream.close_send()

    async def call(self, order: dict[str, Any]) -> dict[str, Any]:
        call = OpenCall([], task=asyncio.current_task())
        key = order.get("stream")
        if key is not None:
            self._program.calls[key] = call
        self._program.running += 1
        try:
            return await self._whole(order, call)
        finally:
            self._program.running -= 1
            if key is not None:
                self._program.calls.pop(key, None)

    async def open(self, order: dict[str, Any]) -> dict[str, Any]:
        client = EchoClient(self._program.link(order))
        call = OpenCall([])
        options = options_of(order, call.responses)
        if order["method"] == "serverStream":
            call.stream = client.server_stream(request_of(order.get("request")), **options)
        else:
            call.stream = client.bidi(**options)
        await call.stream.__aenter__()
        self._program.calls[order["stream"]] = call
        return {}

    async def send(self, order: dict[str, Any]) -> dict[str, Any]:
        await self._found(order).stream.send(request_of(order.get("request")))
        return {}

    async def half_close(self, order: dict[str, Any]) -> dict[str, Any]:
        await self._found(order).stream.close_send()
        return {}

    async def recv(self, order: dict[str, Any]) -> dict[str, Any]:
        call = self._found(order)
        messages: list[dict[str, Any]] = []
        for _ in range(order.get("count", 1)):
            try:
                messages.append(reply_told(await anext(call.stream)))
            except StopAsyncIteration:
                return {"messages": messages, "end": True, **response_told(call.responses)}
        return {"messages": messages}

    async def cancel(self, order: dict[str, Any]) -> dict[str, Any]:
        call = self._found(order)
        self._program.calls.pop(order["stream"], None)
        if call.task is not None:
            call.task.cancel()
        else:
            await call.stream.__aexit__(None, None, None)
        return {}

    async def forget(self, order: dict[str, Any]) -> dict[str, Any]:
        call = self._program.calls.pop(order["stream"], None)
        if call is not None and call.stream is not None:
            await call.stream.__aexit__(None, None, None)
        return {}
