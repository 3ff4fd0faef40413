"""The shop's order desk and the warehouse: the generated handlers with their methods written."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import nexus_bridge as nexus
from acme_orders.orders.v1 import (
    Address,
    Allocation,
    Card,
    ChatMessage,
    CheckStockRequest,
    Customer,
    Delivery,
    DeliveryReceipt,
    GetOrderRequest,
    InventoryServiceHandler,
    Money,
    Order,
    OrderNotFound,
    OrderNotFoundError,
    OrderRejected,
    OrderRejectedError,
    OrderServiceHandler,
    OrderStatus,
    PlaceOrderRequest,
    PlaceOrdersSummary,
    ReserveReply,
    ReserveRequest,
    StockLevel,
    UnknownSku,
    UnknownSkuError,
    WatchOrdersRequest,
    WatchStockRequest,
    Zone,
)

SERVED_BY = "python"
WATCH_LIMIT_DEFAULT = 3
SHELF = {"tea": 40, "ice": -2}


def example_order(id: str) -> Order:
    return Order(
        id=id,
        revision=9_007_199_254_740_993,  # 2^53 + 1: exact in every language
        status=OrderStatus.PAID,
        customer=Customer(
            id=-7, name="Ada", address=Address(lines=["1 Main St"], country_code="GB")
        ),
        lines=[
            Order.Line(sku="tea", quantity=2, unit_price=Money(currency_code="EUR", units=450))
        ],
        labels={"channel": "web"},
        payment=Order.PaymentCard(
            Card(last_four_digits="4242", expiry_month=12, expiry_year=2030)
        ),
        placed_at=nexus.Timestamp.from_datetime(datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
        delivery_estimate=nexus.Duration.from_timedelta(timedelta(days=2)),
        notes={"gift": True, "words": ["handle", "with", "care"]},
        gift_message="For you",
        signature=bytes([0, 255, 128]),
        allocations={-1: Allocation(pieces={"tea": 2}, shelf_offset=-3)},
        served_by=SERVED_BY,
    )


def total_of(order: Order) -> int:
    """What an order costs, in the smallest unit of its currency."""
    return sum(line.quantity * line.unit_price.units for line in order.lines if line.unit_price)


class Orders(OrderServiceHandler):
    async def get_order(self, request: GetOrderRequest, context: nexus.HandlerContext) -> Order:
        if request.id == "missing":
            raise OrderNotFoundError(OrderNotFound(id=request.id))
        return example_order(request.id)

    async def watch_orders(
        self, request: WatchOrdersRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[Order]:
        for count in range(1, (request.limit or WATCH_LIMIT_DEFAULT) + 1):
            yield example_order(f"o-{count}")

    async def place_orders(
        self, requests: AsyncIterator[PlaceOrderRequest], context: nexus.HandlerContext
    ) -> PlaceOrdersSummary:
        accepted = units = 0
        async for request in requests:
            if request.order is None:
                raise OrderRejectedError(
                    OrderRejected(
                        idempotency_key=request.idempotency_key, why="there is no order in it"
                    )
                )
            accepted += 1
            units += total_of(request.order)
        total = Money(currency_code="EUR", units=units)
        return PlaceOrdersSummary(accepted=accepted, total=total, served_by=SERVED_BY)

    async def chat(
        self, requests: AsyncIterator[ChatMessage], context: nexus.HandlerContext
    ) -> AsyncIterator[ChatMessage]:
        async for message in requests:
            yield ChatMessage(
                text=message.text.upper(), sent_at=message.sent_at, served_by=SERVED_BY
            )


def level_of(sku: str) -> StockLevel:
    if sku not in SHELF:
        raise UnknownSkuError(UnknownSku(sku=sku))
    return StockLevel(
        sku=sku,
        available=SHELF[sku],
        zone=Zone.FROZEN if sku == "ice" else Zone.AMBIENT,
        temperatures_celsius=[18.5, 18.25],
        pallet_serials=[18_446_744_073_709_551_615],
        served_by=SERVED_BY,
    )


class Inventory(InventoryServiceHandler):
    async def check_stock(
        self, request: CheckStockRequest, context: nexus.HandlerContext
    ) -> StockLevel:
        return level_of(request.sku)

    async def watch_stock(
        self, request: WatchStockRequest, context: nexus.HandlerContext
    ) -> AsyncIterator[StockLevel]:
        for sku in request.skus:
            yield level_of(sku)

    async def receive_deliveries(
        self, requests: AsyncIterator[Delivery], context: nexus.HandlerContext
    ) -> DeliveryReceipt:
        pieces_by_sku: dict[str, int] = {}
        async for delivery in requests:
            pieces_by_sku[delivery.sku] = pieces_by_sku.get(delivery.sku, 0) + delivery.pieces
        return DeliveryReceipt(
            pieces=sum(pieces_by_sku.values()), pieces_by_sku=pieces_by_sku, served_by=SERVED_BY
        )

    async def reserve_stock(
        self, requests: AsyncIterator[ReserveRequest], context: nexus.HandlerContext
    ) -> AsyncIterator[ReserveReply]:
        async for request in requests:
            outcome = (
                ReserveReply.OutcomeReserved(request.pieces)
                if request.sku in SHELF
                else ReserveReply.OutcomeUnknown(UnknownSku(sku=request.sku))
            )
            yield ReserveReply(sku=request.sku, outcome=outcome, served_by=SERVED_BY)
