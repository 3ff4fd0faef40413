/** Subscriptions of a client, and the readers of them, each at a pace of its own. */
import { NexusError, type SubscribeOptions, type Subscription } from "@nexus-bridge/sdk";
import type { ClientHost } from "./client-host.ts";
import type { EventBook, SubscriptionRecord } from "./event-book.ts";
import type { Random } from "./random.ts";
import { type Item, ItemTopic } from "./schema.ts";

export interface Reading {
  readonly name: string;
  readonly lane: number | undefined;
  readonly readMs: number;
  readonly options: SubscribeOptions;
}

const policies = ["drop_old", "drop_old", "drop_new", "latest", "disconnect"] as const;

/** What a client of this place in the world subscribes to. */
export function readingsOf(place: number, lanes: number, random: Random): readonly Reading[] {
  const readings: Reading[] = [];
  const count = random.int(1, 2);
  for (let at = 0; at < count; at++) {
    const isSlow = random.chance(0.4);
    readings.push({
      name: `subscription ${place}.${at}`,
      lane: random.chance(0.4) ? undefined : random.int(1, lanes),
      readMs: isSlow ? random.between(5, 60) : 0,
      options: {
        slow: random.pick(policies),
        ...(isSlow && { credit: random.int(1, 12) }),
        ...(random.chance(0.2) && { attributes: true }),
      },
    });
  }
  if (place <= 2)
    readings.push({
      name: `member ${place}`,
      lane: 1,
      readMs: random.chance(0.3) ? 10 : 0,
      options: { group: "group", credit: random.int(4, 64) },
    });
  return readings;
}

/** Subscribes; resolves once the router has it, and goes on reading. */
export async function subscribe(
  client: ClientHost,
  book: EventBook,
  reading: Reading,
): Promise<void> {
  const { name, lane, options } = reading;
  const pattern = lane === undefined ? ItemTopic : ItemTopic.matching({ lane });
  const record = book.subscribe({ name, client, lane, group: options.group });
  const subscription = await client.link.subscribe(pattern, options);
  void readAll(client, book, record, { subscription, reading });
}

async function readAll(
  client: ClientHost,
  book: EventBook,
  record: SubscriptionRecord,
  {
    subscription,
    reading,
  }: { readonly subscription: Subscription<Item>; readonly reading: Reading },
): Promise<void> {
  try {
    for (;;) {
      record.isIdle = true;
      const next = await subscription.next();
      record.isIdle = false;
      if (next.done === true) break;
      book.read(record, next.value);
      if (reading.readMs > 0) await client.sleep(reading.readMs);
    }
  } catch (error) {
    const isPolicy =
      reading.options.slow === "disconnect" &&
      error instanceof NexusError &&
      error.reason === "SLOW_CONSUMER";
    if (!isPolicy) book.failed(record, error);
  } finally {
    record.isIdle = true;
    record.isOver = true;
  }
}
