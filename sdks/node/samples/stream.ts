/** The three kinds of stream: many replies, many requests, and both at once. */
import { connect, sendQueue } from "@nexus-bridge/sdk-node";
import { type ChatMessageInit, OrderService } from "./gen/orders/v1/index.js";

await using link = await connect();
await link.serve(OrderService, {
  async *watchOrders({ limit }) {
    for (let count = 1; count <= limit; count += 1) yield { id: `o-${count}` };
  },
  async placeOrders(requests) {
    let accepted = 0;
    for await (const _ of requests) accepted += 1;
    return { accepted };
  },
  async *chat(messages) {
    for await (const { text } of messages) yield { text: text.toUpperCase() };
  },
});
const orders = link.client(OrderService);

for await (const order of orders.watchOrders({ limit: 3 })) console.log(order.id);

const summary = await orders.placeOrders([{ order: { id: "o-1" } }, { order: { id: "o-2" } }]);
console.log(summary.accepted);

const outgoing = sendQueue<ChatMessageInit>();
await outgoing.send({ text: "hello" });
for await (const message of orders.chat(outgoing)) {
  console.log(message.text);
  outgoing.end();
}
