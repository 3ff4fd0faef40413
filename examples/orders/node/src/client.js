/** Calls every method of both services, publishes and subscribes, and prints one JSON line for each provider and call. */
import { connect, sendQueue } from "@nexus-bridge/sdk-node";
import {
  InventoryService,
  OrderCreatedTopic,
  OrderNotFoundError,
  OrderService,
  OrderStatusChangedTopic,
} from "./gen/orders/v1/index.js";
import { expect, measure, measureAnswers } from "./measure.js";

const link = await connect();
const orders = link.client(OrderService);
const inventory = link.client(InventoryService);

await measure("GetOrder", async () => {
  const order = await orders.getOrder({ id: "o-1" }, { timeoutMs: 2_000 });
  expect("revision", order.revision, 9_007_199_254_740_993n);
  expect("payment", order.payment?.case, "card");
  expect("allocation", order.allocations.get(-1n)?.shelfOffset, -3);
  return order.servedBy;
});

await measure("WatchOrders", async () => {
  let servedBy = "";
  let count = 0;
  for await (const order of orders.watchOrders({ limit: 3 })) {
    servedBy = order.servedBy;
    count += 1;
  }
  expect("count", count, 3);
  return servedBy;
});

await measure("PlaceOrders", async () => {
  const line = { sku: "tea", quantity: 3, unitPrice: { currencyCode: "EUR", units: 450n } };
  const requests = [1, 2].map((number) => ({
    order: { id: `o-${number}`, lines: [line] },
    idempotencyKey: `key-${number}`,
  }));
  const summary = await orders.placeOrders(requests);
  expect("total", summary.total?.units, 2_700n);
  return summary.servedBy;
});

await measure("Chat", async () => {
  const outgoing = sendQueue();
  await outgoing.send({ text: "hello" });
  let servedBy = "";
  for await (const message of orders.chat(outgoing)) {
    servedBy = message.servedBy;
    if (message.text === "HELLO") await outgoing.send({ text: "bye" });
    else outgoing.end();
  }
  return servedBy;
});

await measure("CheckStock", async () => {
  const level = await inventory.checkStock({ sku: "ice" });
  expect("available", level.available, -2n);
  return level.servedBy;
});

await measure("WatchStock", async () => {
  let servedBy = "";
  for await (const level of inventory.watchStock({ skus: ["tea", "ice"] })) {
    servedBy = level.servedBy;
  }
  return servedBy;
});

await measure("ReceiveDeliveries", async () => {
  const receipt = await inventory.receiveDeliveries([
    { sku: "tea", pieces: 3 },
    { sku: "tea", pieces: 4 },
  ]);
  expect("pieces", receipt.piecesBySku.get("tea"), 7n);
  return receipt.servedBy;
});

await measure("ReserveStock", async () => {
  const requests = [{ sku: "tea", pieces: 1 }, { sku: "moon" }];
  let servedBy = "";
  for await (const { sku, outcome, servedBy: by } of inventory.reserveStock(requests)) {
    expect(sku, outcome?.case, sku === "moon" ? "unknown" : "reserved");
    servedBy = by;
  }
  return servedBy;
});

try {
  await orders.getOrder({ id: "missing" });
  throw new Error("a missing order was found");
} catch (error) {
  if (!OrderNotFoundError.is(error)) throw error;
  expect("missing id", error.detail.id, "missing");
}

const region = `node-${process.pid}`;
const changes = await link.subscribe(OrderStatusChangedTopic.matching({ region }), {
  signal: AbortSignal.timeout(5_000),
});
await link.publish(OrderCreatedTopic, { region, orderId: "o-1", publishedBy: "node" });
await measureAnswers(
  "OrderCreated",
  (async function* () {
    for await (const item of changes) if (item.kind === "event") yield item.value.publishedBy;
  })(),
);
await link.close();
