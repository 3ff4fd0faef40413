/** Serves both services of the schema and answers every new order with a change of its state, until it is told to stop. */
import { connect } from "@nexus-bridge/sdk-node";
import {
  InventoryService,
  OrderCreatedTopic,
  OrderService,
  OrderStatus,
  OrderStatusChangedTopic,
} from "./gen/orders/v1/index.ts";
import { inventory } from "./inventory.ts";
import { orders } from "./orders.ts";

const link = await connect();
await link.serve(OrderService, orders);
await link.serve(InventoryService, inventory);
const created = await link.subscribe(OrderCreatedTopic);

process.once("SIGTERM", () => void link.drain({ graceMs: 5_000 }));
process.once("SIGINT", () => void link.drain({ graceMs: 5_000 }));
console.log("ready");

for await (const item of created) {
  if (item.kind === "gap") {
    console.error(`lost ${item.count} new orders: ${item.reason}`);
    continue;
  }
  await link.publish(OrderStatusChangedTopic, {
    region: item.value.region,
    orderId: item.value.orderId,
    previous: OrderStatus.UNSPECIFIED,
    status: OrderStatus.PLACED,
    publishedBy: "typescript",
  });
}
