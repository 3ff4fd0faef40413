"""One call: a handler, a client, a deadline, metadata, and the error that the schema declares."""

import asyncio

from acme_orders.orders.v1 import (
    GetOrderRequest,
    Order,
    OrderNotFound,
    OrderNotFoundError,
    OrderServiceClient,
    OrderServiceHandler,
)

import nexus_bridge as nexus


class Orders(OrderServiceHandler):
    async def get_order(self, request: GetOrderRequest, context: nexus.HandlerContext) -> Order:
        if not request.id:
            raise OrderNotFoundError(OrderNotFound(id=request.id))
        return Order(id=request.id, labels={"tenant": str(context.metadata.get("x-tenant"))})


async def main() -> None:
    async with nexus.connect() as link:
        await link.serve(Orders())
        orders = OrderServiceClient(link)
        order = await orders.get_order(
            GetOrderRequest(id="o-1"), timeout=0.5, metadata={"x-tenant": "a"}
        )
        print(order.id, order.labels["tenant"])
        try:
            await orders.get_order(GetOrderRequest())
        except OrderNotFoundError as error:
            print(error.code.name, repr(error.detail.id))


asyncio.run(main())
