"""Serves HelloService until Ctrl-C, and publishes whom it has greeted."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator

import nexus_bridge as nexus
from hello_adapters.hello.v1 import (
    CountDownReply,
    CountDownRequest,
    Greeted,
    GreetedTopic,
    GreetReply,
    GreetRequest,
    HelloServiceHandler,
    NoName,
    NoNameError,
)


class Hello(HelloServiceHandler):
    def __init__(self, link: nexus.Link) -> None:
        self._link = link

    async def greet(self, request: GreetRequest, context: nexus.HandlerContext) -> GreetReply:
        if not request.name:
            raise NoNameError(NoName())
        await self._link.publish(GreetedTopic, Greeted(language="python", name=request.name))
        return GreetReply(text=f"Hello, {request.name}, from Python")

    async def count_down(
        self, request: CountDownRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[CountDownReply]:
        for number in range(request.start, 0, -1):
            yield CountDownReply(number=number)


async def main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with nexus.connect() as link:
        await link.serve(Hello(link))
        print("the Python provider is ready; Ctrl-C ends it", flush=True)
        await stop.wait()
        await link.drain(grace=5)


try:
    asyncio.run(main())
except nexus.NexusError as error:
    sys.exit(str(error))
