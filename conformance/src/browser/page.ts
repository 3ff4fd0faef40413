/** What the browser runs: the universal SDK and the generated adapter, bundled. It calls, streams, publishes and subscribes. */
import { connect, sendQueue } from "@nexus-bridge/sdk";
import {
  type ChatMessageInit,
  OrderCreatedTopic,
  OrderNotFoundError,
  OrderService,
} from "../gen/orders/v1/index.ts";

/** What the page saw, in words that survive the way out of it. */
export interface PageReport {
  readonly revision: string;
  readonly watched: readonly string[];
  readonly accepted: number;
  readonly chat: readonly string[];
  readonly missing: string;
  readonly events: readonly string[];
}

const EVENTS = 3;

async function run(url: string, connectTimeoutMs: number): Promise<PageReport> {
  await using link = await connect(url, { name: "browser", connectTimeoutMs });
  const orders = link.client(OrderService);
  const order = await orders.getOrder({ id: "o-1" });
  const watched: string[] = [];
  for await (const { id } of orders.watchOrders({ limit: 40 })) watched.push(id);
  const placed = await orders.placeOrders([{ idempotencyKey: "a" }, { idempotencyKey: "b" }]);

  const outgoing = sendQueue<ChatMessageInit>();
  await outgoing.send({ text: "hello" });
  const chat: string[] = [];
  for await (const { text } of orders.chat(outgoing)) {
    chat.push(text);
    if (text === "HELLO") await outgoing.send({ text: "bye" });
    else outgoing.end();
  }

  let missing = "";
  try {
    await orders.getOrder({ id: "missing" });
  } catch (error) {
    if (!OrderNotFoundError.is(error)) throw error;
    missing = error.detail.id;
  }

  const events: string[] = [];
  const subscription = await link.subscribe(OrderCreatedTopic.matching({ region: "browser" }));
  for (let number = 1; number <= EVENTS; number++) {
    await link.publish(OrderCreatedTopic, { region: "browser", orderId: `o-${number}` });
  }
  for await (const item of subscription) {
    events.push(item.kind === "gap" ? `gap of ${item.count}` : item.value.orderId);
    if (events.length === EVENTS) break;
  }
  return {
    revision: String(order.revision),
    watched,
    accepted: placed.accepted,
    chat,
    missing,
    events,
  };
}

Object.assign(globalThis, { runNexus: run });
