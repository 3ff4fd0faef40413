"""The whole surface in one program: serve, call, stream, talk, publish, subscribe."""

import asyncio
from collections.abc import AsyncIterator

from acme_orders.orders.v1 import (
    ChatMessage,
    GetOrderRequest,
    Order,
    OrderCreated,
    OrderCreatedTopic,
    OrderNotFound,
    OrderNotFoundError,
    OrderServiceClient,
    OrderServiceHandler,
    WatchOrdersRequest,
)

import nexus_bridge as nexus


class Orders(OrderServiceHandler):
    async def get_order(self, request: GetOrderRequest, context: nexus.HandlerContext) -> Order:
        if not request.id:
            raise OrderNotFoundError(OrderNotFound(id=request.id))
        return Order(id=request.id)

    async def watch_orders(
        self, request: WatchOrdersRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[Order]:
        for number in (1, 2):
            yield Order(id=f"o-{number}")

    async def chat(
        self, requests: AsyncIterator[ChatMessage], context: nexus.HandlerContext
    ) -> AsyncIterator[ChatMessage]:
        async for message in requests:
            yield message


async def main() -> None:
    async with nexus.connect() as link:
        await link.serve(Orders())
        orders = OrderServiceClient(link)
        order = await orders.get_order(
            GetOrderRequest(id="o-1"), timeout=0.5, metadata={"x-tenant": "a"}
        )
        print(order.id)
        async with orders.watch_orders(WatchOrdersRequest(), timeout=5) as stream:
            async for order in stream:
                print(order.id)
        async with orders.chat() as chat:
            await chat.send(ChatMessage(text="hello"))
            await chat.close_send()
            async for message in chat:
                print(message.text)
        pattern = OrderCreatedTopic.matching(region="eu")
        async with link.subscribe(pattern, group="billing") as items:
            await link.publish(OrderCreatedTopic, OrderCreated(region="eu", order_id="o-1"))
            async for item in items:
                if isinstance(item, nexus.Gap):
                    print(f"lost {item.count}, {item.reason}")
                else:
                    print(item.value.order_id)
                    break


asyncio.run(main())
