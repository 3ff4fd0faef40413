/** The whole SDK in one program: serve, call, stream, talk, publish and subscribe. */
import { connect, sendQueue } from "@nexus-bridge/sdk-node";
import {
  type ChatMessageInit,
  OrderCreatedTopic,
  OrderNotFoundError,
  OrderService,
} from "./gen/orders/v1/index.js";

await using link = await connect(process.env.NEXUS_URL);
await link.serve(OrderService, {
  async getOrder({ id }) {
    if (id === "") throw OrderNotFoundError.create({ id });
    return { id };
  },
  async *watchOrders() {
    yield* [{ id: "o-1" }, { id: "o-2" }];
  },
  async *chat(requests) {
    yield* requests;
  },
});

const orders = link.client(OrderService);
console.log(
  (await orders.getOrder({ id: "o-1" }, { timeoutMs: 500, metadata: { "x-tenant": "a" } })).id,
);

for await (const order of orders.watchOrders({}, { signal: AbortSignal.timeout(5_000) }))
  console.log(order.id);

const outgoing = sendQueue<ChatMessageInit>();
void outgoing.send({ text: "hello" }).then(() => outgoing.end());
for await (const message of orders.chat(outgoing)) console.log(message.text);

const items = await link.subscribe(OrderCreatedTopic.matching({ region: "eu" }), {
  group: "billing",
});
await link.publish(OrderCreatedTopic, { region: "eu", orderId: "o-1" });
for await (const item of items) {
  console.log(item.kind === "gap" ? `lost ${item.count}, ${item.reason}` : item.value.orderId);
  break;
}
