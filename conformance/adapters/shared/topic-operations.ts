/** The operations on topics: publish, subscribe, settle. Events come back as values, gaps as gaps. */
import type {
  Item,
  PublishOptions,
  SubscribeOptions,
  Subscription,
  TopicDescriptor,
} from "@nexus-bridge/sdk";
import { bytesFrom, bytesTold } from "./bytes.ts";
import {
  type Answer,
  BadOrder,
  type Host,
  numberOf,
  type Operations,
  type Order,
  recordOf,
  textOf,
} from "./host.ts";
import type { Links } from "./links.ts";
import { pairsFrom, pairsTold } from "./metadata.ts";

type Fields = Readonly<Record<string, unknown>>;
type AnyTopic = TopicDescriptor<Fields, Fields, Fields>;

interface Open {
  readonly subscription: Subscription<Fields>;
  /** A read that did not end in time goes on, and is the next one's. */
  pending: Promise<IteratorResult<Item<Fields>, undefined>> | undefined;
  last: unknown;
  /** The latest events by their delivery, for answers out of order. */
  readonly events: Map<number, unknown>;
}

const EVENTS_KEPT = 256;

export class Subscriptions {
  readonly open = new Map<string, Open>();
}

/** Numbers of the schema that are 64 bits wide come as text. */
function valueFrom(order: Order): Fields {
  return Object.fromEntries(
    Object.entries(recordOf(order.event)).map(([key, value]) => {
      if (key === "payload") return [key, bytesFrom(value)];
      if (order.topic === "Spelt" && key === "number") return [key, BigInt(String(value))];
      return [key, value];
    }),
  );
}

function valueTold(value: Fields): Fields {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      if (each instanceof Uint8Array) return [[key, bytesTold(each)]];
      if (typeof each === "bigint") return [[key, String(each)]];
      return [[key, each]];
    }),
  );
}

function itemTold(item: Item<Fields>): Answer {
  if (item.kind === "gap") return { gap: { ...item } };
  const { value, metadata, publishedAt, ...rest } = item;
  const plain = Object.fromEntries(
    Object.entries(rest).filter(([, each]) => typeof each !== "function"),
  );
  return {
    event: {
      ...plain,
      value: valueTold(value),
      metadata: pairsTold(metadata),
      published: publishedAt !== undefined,
    },
  };
}

function publishOptions(order: Order): PublishOptions {
  const { metadata, ...rest } = recordOf(order.options);
  return {
    ...(rest as PublishOptions),
    ...(metadata !== undefined && { metadata: pairsFrom(metadata) }),
  };
}

/** The next item, or nothing where none came in time. */
async function nextOf(open: Open, withinMs: number): Promise<Answer> {
  open.pending ??= open.subscription.next();
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), withinMs);
  const next = await Promise.race([open.pending, late.promise]).finally(() => {
    clearTimeout(timer);
  });
  if (next === undefined) return { none: true };
  open.pending = undefined;
  if (next.done === true) return { end: true };
  open.last = next.value;
  if (next.value.kind === "event") {
    open.events.set(next.value.delivery, next.value);
    if (open.events.size > EVENTS_KEPT) open.events.delete(next.value.delivery - EVENTS_KEPT);
  }
  return itemTold(next.value);
}

export function topicOperations({ schema }: Host, links: Links, all: Subscriptions): Operations {
  const topicOf = (order: Order): AnyTopic => {
    const name = textOf(order, "topic");
    const topic = (schema as unknown as Fields)[`${name}Topic`] as AnyTopic | undefined;
    if (topic === undefined) throw new BadOrder(`no topic ${name}`);
    return topic;
  };
  const found = (order: Order): Open => {
    const key = textOf(order, "sub");
    const open = all.open.get(key);
    if (open === undefined) throw new BadOrder(`there is no subscription ${key}`);
    return open;
  };
  return {
    async pub(order) {
      const count = numberOf(order, "count") ?? 1;
      const base = valueFrom(order);
      const topic = topicOf(order);
      const options = publishOptions(order);
      const link = links.of(order);
      const sent = Array.from({ length: count }, (_, at) => {
        const event = count === 1 ? base : { ...base, number: Number(base.number ?? 0) + at };
        return link.publish(topic, event, options);
      });
      const receipts = await Promise.all(sent);
      const { position, duplicate } = receipts.at(-1) ?? { position: undefined, duplicate: false };
      return { position: position ?? null, duplicate };
    },
    async "pub.clear"(order) {
      const link = links.of(order) as unknown as Readonly<Record<string, unknown>>;
      const { clearRetained } = link;
      if (typeof clearRetained !== "function") throw new BadOrder("this SDK clears no value");
      await clearRetained.call(link, topicOf(order), valueFrom(order));
      return {};
    },
    async "sub.open"(order) {
      const fields = recordOf(order.fields);
      const topic = topicOf(order);
      const pattern = Object.keys(fields).length === 0 ? topic : topic.matching(fields);
      const options = recordOf(order.options) as SubscribeOptions;
      const subscription = await links.of(order).subscribe(pattern, options);
      const fresh = { subscription, pending: undefined, last: undefined, events: new Map() };
      all.open.set(textOf(order, "sub"), fresh);
      return { pattern: subscription.pattern };
    },
    "sub.next": (order) => nextOf(found(order), numberOf(order, "withinMs") ?? 2000),
    async "sub.settle"(order) {
      const { last, events } = found(order);
      const delivery = numberOf(order, "delivery");
      const event = delivery === undefined ? last : events.get(delivery);
      const settle = recordOf(event)[textOf(order, "how")];
      if (typeof settle !== "function") throw new BadOrder("this SDK settles nothing");
      const delayMs = numberOf(order, "delayMs");
      await settle.call(event, ...(delayMs === undefined ? [] : [{ delayMs }]));
      return {};
    },
    async "sub.close"(order) {
      const { subscription } = found(order);
      all.open.delete(textOf(order, "sub"));
      await subscription.return();
      return {};
    },
  };
}
