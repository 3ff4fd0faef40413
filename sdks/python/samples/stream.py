"""The three streaming kinds: the server's, the client's, and both at once."""

import asyncio
from collections.abc import AsyncIterator

from acme_orders.orders.v1 import (
    ChatMessage,
    Order,
    OrderServiceClient,
    OrderServiceHandler,
    PlaceOrderRequest,
    PlaceOrdersSummary,
    WatchOrdersRequest,
)

import nexus_bridge as nexus


class Orders(OrderServiceHandler):
    async def watch_orders(
        self, request: WatchOrdersRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[Order]:
        number = 0
        while True:  # only as far as the caller reads
            number += 1
            yield Order(id=f"o-{number}")

    async def place_orders(
        self, requests: AsyncIterator[PlaceOrderRequest], context: nexus.HandlerContext
    ) -> PlaceOrdersSummary:
        return PlaceOrdersSummary(accepted=len([request async for request in requests]))

    async def chat(
        self, requests: AsyncIterator[ChatMessage], context: nexus.HandlerContext
    ) -> AsyncIterator[ChatMessage]:
        async for message in requests:
            yield ChatMessage(text=message.text.upper())


async def main() -> None:
    async with nexus.connect() as link:
        await link.serve(Orders())
        orders = OrderServiceClient(link)

        async with orders.watch_orders(WatchOrdersRequest(), timeout=5) as stream:
            async for order in stream:
                print(order.id)
                if order.id == "o-3":
                    break  # leaving the block cancels the call

        summary = await orders.place_orders(PlaceOrderRequest(order=Order()) for _ in range(4))
        print(summary.accepted)

        async with orders.chat() as chat:
            await chat.send(ChatMessage(text="hello"))
            await chat.close_send()
            async for message in chat:
                print(message.text)


asyncio.run(main())
