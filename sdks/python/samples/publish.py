"""A topic: a subscription by region, and an event that reaches it."""

import asyncio

from acme_orders.orders.v1 import OrderCreated, OrderCreatedTopic

import nexus_bridge as nexus


async def main() -> None:
    pattern = OrderCreatedTopic.matching(region="eu")
    async with nexus.connect() as link, link.subscribe(pattern, group="billing") as items:
        await link.publish(OrderCreatedTopic, OrderCreated(region="us", order_id="o-1"))
        await link.publish(OrderCreatedTopic, OrderCreated(region="eu", order_id="o-2"))
        async for item in items:
            if isinstance(item, nexus.Gap):
                print(f"lost {item.count}, {item.reason}")
                continue
            print(item.topic, item.value.order_id)
            break


asyncio.run(main())
