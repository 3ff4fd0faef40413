/** The shop's order desk: what the generated OrderServiceHandler asks for, written as a plain object. */
import { Duration, Timestamp } from "@nexus-bridge/sdk-node";
import {
  type Order,
  type OrderInit,
  OrderNotFoundError,
  OrderRejectedError,
  type OrderServiceHandler,
  OrderStatus,
} from "./gen/orders/v1/index.ts";

const servedBy = "typescript";
const watchLimitDefault = 3;

function exampleOrder(id: string): OrderInit {
  return {
    id,
    revision: 9_007_199_254_740_993n, // 2^53 + 1: exact in every language
    status: OrderStatus.PAID,
    customer: { id: -7n, name: "Ada", address: { lines: ["1 Main St"], countryCode: "GB" } },
    lines: [{ sku: "tea", quantity: 2, unitPrice: { currencyCode: "EUR", units: 450n } }],
    labels: { channel: "web" },
    payment: { case: "card", value: { lastFourDigits: "4242", expiryMonth: 12, expiryYear: 2030 } },
    placedAt: Timestamp.fromDate(new Date("2026-01-02T03:04:05.678Z")),
    deliveryEstimate: Duration.fromMilliseconds(172_800_000),
    notes: { gift: true, words: ["handle", "with", "care"] },
    giftMessage: "For you",
    signature: new Uint8Array([0, 255, 128]),
    allocations: new Map([[-1n, { pieces: { tea: 2 }, shelfOffset: -3 }]]),
    servedBy,
  };
}

/** What an order costs, in the smallest unit of its currency. */
function totalOf(order: Order): bigint {
  return order.lines.reduce(
    (sum, line) => sum + BigInt(line.quantity) * (line.unitPrice?.units ?? 0n),
    0n,
  );
}

export const orders: OrderServiceHandler = {
  getOrder({ id }) {
    if (id === "missing") throw OrderNotFoundError.create({ id });
    return exampleOrder(id);
  },

  async *watchOrders({ limit }) {
    for (let count = 1; count <= (limit || watchLimitDefault); count += 1) {
      yield exampleOrder(`o-${count}`);
    }
  },

  async placeOrders(requests) {
    let accepted = 0;
    let units = 0n;
    for await (const { order, idempotencyKey } of requests) {
      if (order === undefined) {
        throw OrderRejectedError.create({ idempotencyKey, why: "there is no order in it" });
      }
      accepted += 1;
      units += totalOf(order);
    }
    return { accepted, total: { currencyCode: "EUR", units }, servedBy };
  },

  async *chat(messages) {
    for await (const { text, sentAt } of messages) {
      yield { text: text.toUpperCase(), ...(sentAt && { sentAt }), servedBy };
    }
  },
};
