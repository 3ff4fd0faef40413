"""Serves both services of the schema and answers every new order with a change of its state."""

import asyncio
import signal

import nexus_bridge as nexus
from acme_orders.orders.v1 import (
    OrderCreatedTopic,
    OrderStatus,
    OrderStatusChanged,
    OrderStatusChangedTopic,
)
from orders import SERVED_BY, Inventory, Orders


async def announce(link: nexus.Link) -> None:
    async with link.subscribe(OrderCreatedTopic) as created:
        print("ready", flush=True)
        async for item in created:
            if isinstance(item, nexus.Gap):
                print(f"lost {item.count} new orders: {item.reason}")
                continue
            change = OrderStatusChanged(
                region=item.value.region,
                order_id=item.value.order_id,
                status=OrderStatus.PLACED,
                published_by=SERVED_BY,
            )
            await link.publish(OrderStatusChangedTopic, change)


async def main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with nexus.connect() as link:
        await link.serve(Orders())
        await link.serve(Inventory())
        announcing = asyncio.create_task(announce(link))
        await stop.wait()
        announcing.cancel()
        await link.drain(grace=5)


asyncio.run(main())
