/** A service and a call to it, with a deadline, metadata, and an error that the schema declares. */
import { connect } from "@nexus-bridge/sdk-node";
import { OrderNotFoundError, OrderService } from "./gen/orders/v1/index.js";

const link = await connect();
try {
  await link.serve(OrderService, {
    getOrder({ id }, { metadata }) {
      if (id === "") throw OrderNotFoundError.create({ id });
      return { id, labels: { tenant: String(metadata.get("x-tenant")) } };
    },
  });

  const orders = link.client(OrderService);
  const order = await orders.getOrder(
    { id: "o-1" },
    { timeoutMs: 500, metadata: { "x-tenant": "a" } },
  );
  console.log(order.id, order.labels.get("tenant"));

  try {
    await orders.getOrder({});
  } catch (error) {
    if (!OrderNotFoundError.is(error)) throw error;
    console.log(error.code, JSON.stringify(error.detail.id));
  }
} finally {
  await link.close();
}
