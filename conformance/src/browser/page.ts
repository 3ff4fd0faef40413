/** What the browser runs: the universal SDK and the generated adapter, bundled. It calls, streams, publishes and subscribes. */
import { connect, type Item, type Link, sendQueue } from "@nexus-bridge/sdk";
import { type TopicDescriptor, topic } from "@nexus-bridge/sdk/gen1";
import {
  type ChatMessageInit,
  type OrderCreated,
  type OrderCreatedInit,
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

/** The same of acknowledged topics. */
export interface CertainReport {
  /** The places that the router gave the publishes. */
  readonly receipts: readonly number[];
  /** What came of one that was given back, and one that was held when the socket was cut. */
  readonly seen: readonly string[];
  readonly retained: string;
  readonly links: number;
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

type CertainTopic = TopicDescriptor<OrderCreated, OrderCreatedInit, { region: string }>;

function certain(name: string, retained: boolean): CertainTopic {
  const { message } = OrderCreatedTopic.definition;
  const region = { field: "region", kind: "string" } as const;
  return topic({ message, tokens: ["browser", name, region], qos: 1, retained });
}

function told(item: Item<OrderCreated> | undefined): string {
  if (item?.kind !== "event") return `${item?.kind ?? "end"}`;
  return `${item.value.orderId}${item.redelivered ? " again" : ""}`;
}

async function newestOf(link: Link, kept: CertainTopic): Promise<string> {
  for await (const item of link.subscribe(kept))
    return item.kind === "event" && item.retained ? item.value.orderId : told(item);
  return "end";
}

/** `cut` breaks every connection of this page. */
async function runCertain(url: string, cut: () => Promise<void>): Promise<CertainReport> {
  let links = 0;
  await using link = await connect(url, {
    name: "browser",
    onDiagnostic: ({ kind }) => {
      if (kind === "connected") links += 1;
    },
  });
  const work = certain("work", false);
  const kept = certain("kept", true);
  const order = (number: number): OrderCreatedInit => ({ region: "eu", orderId: `o-${number}` });
  const receipts: number[] = [];
  const publish = async (number: number): Promise<void> => {
    const { position } = await link.publish(work, order(number));
    receipts.push(position?.sequence ?? 0);
  };
  const seen: string[] = [];
  const items = await link.subscribe(work, { ack: "manual" });
  const take = async (answer: "ack" | "nack" | "hold"): Promise<void> => {
    const { value } = await items.next();
    seen.push(told(value));
    if (value?.kind === "event" && answer !== "hold") value[answer]();
  };

  for (const number of [1, 2, 3]) await publish(number);
  for (const answer of ["ack", "nack", "ack", "ack"] as const) await take(answer);

  await link.publish(kept, order(10));
  await link.publish(kept, order(11));
  const retained = await newestOf(link, kept);

  await publish(4);
  await take("hold");
  await cut();
  // It waits here until there is a link again.
  await publish(5);
  await take("ack");
  await take("ack");
  await items.return?.();
  return { receipts, seen, retained, links };
}

Object.assign(globalThis, { runNexus: run, runCertain });
