"""A handler that does a bit of everything, served over a memory link: what several tests start from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from say import (
    SayClient,
    SayHandler,
    Text,
    TooLoudError,
)

import nexus_bridge as nexus


class Say(SayHandler):
    def __init__(self) -> None:
        self.cancelled = asyncio.Event()
        self.started = asyncio.Event()
        self.contexts: list[nexus.HandlerContext] = []
        self.time_left: float | None = None

    async def echo(self, request: Text, context: nexus.HandlerContext) -> Text:
        self.contexts.append(context)
        self.time_left = context.time_left
        match request.text:
            case "loud":
                raise TooLoudError(Text(text="85 dB"))
            case "broken":
                raise ValueError("a secret of the handler")
            case "wait":
                self.started.set()
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    self.cancelled.set()
                    raise
            case "around":
                async with asyncio.timeout(5):  # a handler runs in a task of its own
                    return await SayClient(context.link).echo(Text(text="inner"))
            case "headers":
                context.send_headers({"first": "1"})
                context.set_trailers({"last-bin": b"\0"})
            case _:
                pass
        return request

    async def count(self, request: Text, context: nexus.HandlerContext) -> AsyncIterator[Text]:
        number = 0
        self.started.set()
        try:
            while request.text == "" or number < int(request.text):
                yield Text(text=str(number))
                number += 1
        finally:
            self.produced = number
            self.cancelled.set()
        if request.room == "fail":
            raise TooLoudError(Text(text="after"))

    async def join(self, requests: AsyncIterator[Text], context: nexus.HandlerContext) -> Text:
        texts: list[str] = []
        async for request in requests:
            if request.text == "stop":
                return Text(text="stopped")
            texts.append(request.text)
        return Text(text="".join(texts))

    async def chat(
        self, requests: AsyncIterator[Text], context: nexus.HandlerContext
    ) -> AsyncIterator[Text]:
        async for request in requests:
            yield Text(text=request.text.upper())


@asynccontextmanager
async def served(**options: Any) -> AsyncGenerator[tuple[nexus.Link, SayClient, Say]]:
    handler = Say()
    async with nexus.memory_link(**options) as link, asyncio.timeout(20):
        await link.serve(handler)
        yield link, SayClient(link), handler


async def text_of(items: nexus.Subscription[Text]) -> str:
    item = await anext(items)
    assert isinstance(item, nexus.Event)
    return item.value.text
