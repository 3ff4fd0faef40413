"""Calls HelloService, whichever language serves it."""

import asyncio
import sys

import nexus_bridge as nexus
from hello_adapters.hello.v1 import CountDownRequest, GreetRequest, HelloServiceClient


async def main() -> None:
    async with nexus.connect() as link:
        hello = HelloServiceClient(link)
        name = sys.argv[1] if len(sys.argv) > 1 else "Ada"
        print((await hello.greet(GreetRequest(name=name))).text)
        async with hello.count_down(CountDownRequest(start=3)) as numbers:
            async for reply in numbers:
                print(reply.number)


try:
    asyncio.run(main())
except nexus.NexusError as error:
    sys.exit(str(error))
