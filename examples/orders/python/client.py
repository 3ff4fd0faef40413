"""Calls every method of both services, publishes and subscribes; one JSON line for each call."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

import nexus_bridge as nexus
from acme_orders.orders.v1 import (
    ChatMessage,
    CheckStockRequest,
    Delivery,
    GetOrderRequest,
    InventoryServiceClient,
    Money,
    Order,
    OrderCreated,
    OrderCreatedTopic,
    OrderNotFoundError,
    OrderServiceClient,
    OrderStatusChangedTopic,
    PlaceOrderRequest,
    ReserveReply,
    ReserveRequest,
    WatchOrdersRequest,
    WatchStockRequest,
)
from measure import PROVIDERS, finish, measure, measure_answers, report


def expect(what: str, actual: object, expected: object) -> None:
    if actual != expected:
        raise ValueError(f"{what} is {actual!r}, not {expected!r}")


async def measure_orders(orders: OrderServiceClient) -> None:
    async def get_order() -> str:
        order = await orders.get_order(GetOrderRequest(id="o-1"), timeout=2)
        expect("revision", order.revision, 9_007_199_254_740_993)
        expect("payment", type(order.payment), Order.PaymentCard)
        expect("allocation", order.allocations[-1].shelf_offset, -3)
        return order.served_by

    async def watch_orders() -> str:
        async with orders.watch_orders(WatchOrdersRequest(limit=3)) as stream:
            received = [order async for order in stream]
        expect("count", len(received), 3)
        return received[0].served_by

    async def place_orders() -> str:
        line = Order.Line(sku="tea", quantity=3, unit_price=Money(currency_code="EUR", units=450))
        requests = [
            PlaceOrderRequest(order=Order(id=f"o-{n}", lines=[line]), idempotency_key=f"key-{n}")
            for n in (1, 2)
        ]
        summary = await orders.place_orders(requests)
        expect("total", summary.total and summary.total.units, 2_700)
        return summary.served_by

    async def chat() -> str:
        served_by = ""
        async with orders.chat() as stream:
            await stream.send(ChatMessage(text="hello"))
            async for message in stream:
                served_by = message.served_by
                if message.text == "HELLO":
                    await stream.send(ChatMessage(text="bye"))
                else:
                    await stream.close_send()
        return served_by

    await measure("GetOrder", get_order)
    await measure("WatchOrders", watch_orders)
    await measure("PlaceOrders", place_orders)
    await measure("Chat", chat)
    try:
        await orders.get_order(GetOrderRequest(id="missing"))
        report(call="OrderNotFound", error="a missing order was found")
    except OrderNotFoundError as error:
        expect("missing id", error.detail.id, "missing")


async def measure_inventory(inventory: InventoryServiceClient) -> None:
    async def check_stock() -> str:
        level = await inventory.check_stock(CheckStockRequest(sku="ice"))
        expect("available", level.available, -2)
        return level.served_by

    async def watch_stock() -> str:
        async with inventory.watch_stock(WatchStockRequest(skus=["tea", "ice"])) as stream:
            levels = [level async for level in stream]
        return levels[-1].served_by

    async def receive_deliveries() -> str:
        deliveries = [Delivery(sku="tea", pieces=3), Delivery(sku="tea", pieces=4)]
        receipt = await inventory.receive_deliveries(deliveries)
        expect("pieces", receipt.pieces_by_sku["tea"], 7)
        return receipt.served_by

    async def reserve_stock() -> str:
        served_by = ""
        async with inventory.reserve_stock() as stream:
            await stream.send(ReserveRequest(sku="tea", pieces=1))
            await stream.send(ReserveRequest(sku="moon"))
            await stream.close_send()
            async for reply in stream:
                expected = (
                    ReserveReply.OutcomeUnknown
                    if reply.sku == "moon"
                    else ReserveReply.OutcomeReserved
                )
                expect(reply.sku, type(reply.outcome), expected)
                served_by = reply.served_by
        return served_by

    await measure("CheckStock", check_stock)
    await measure("WatchStock", watch_stock)
    await measure("ReceiveDeliveries", receive_deliveries)
    await measure("ReserveStock", reserve_stock)


async def measure_topics(link: nexus.Link) -> None:
    region = f"python-{os.getpid()}"

    async def publishers(
        changes: AsyncIterator[nexus.Event | nexus.Gap],
    ) -> AsyncIterator[str]:
        async for item in changes:
            if isinstance(item, nexus.Event):
                yield item.value.published_by

    async with link.subscribe(OrderStatusChangedTopic.matching(region=region)) as changes:
        started = time.perf_counter()
        created = OrderCreated(region=region, order_id="o-1", published_by="python")
        await link.publish(OrderCreatedTopic, created)
        try:
            async with asyncio.timeout(5):
                await measure_answers("OrderCreated", started, publishers(changes))
        except TimeoutError:
            report(call="OrderCreated", error=f"not every one of {PROVIDERS} answered in 5 s")


async def main() -> None:
    async with nexus.connect() as link:
        await measure_orders(OrderServiceClient(link))
        await measure_inventory(InventoryServiceClient(link))
        await measure_topics(link)


asyncio.run(main())
finish()
