/** Jobs at QoS 1: clients publish them, and consumers, the members of a group and plain subscriptions work them off. */
import type { SubscribeOptions, Subscription } from "@nexus-bridge/sdk";
import type { ClientHost } from "./client-host.ts";
import type { Audience, JobBook, JobReader } from "./job-book.ts";
import type { Random } from "./random.ts";
import { type Job, JobTopic } from "./schema.ts";

export interface JobReading {
  readonly audience: string;
  readonly kind: Audience["kind"];
  readonly workMs: number;
  /** Of so many jobs one is given back when it comes for the first time; 0 for none. */
  readonly nackEvery: number;
  readonly options: SubscribeOptions;
}

const NACK_DELAY_MS = 50;

/** What a client of this place works off. A crashed one comes back under another name, but to the same consumer. */
export function jobReadingsOf(place: number, random: Random): readonly JobReading[] {
  const workMs = random.chance(0.3) ? random.between(1, 20) : 0;
  const options: SubscribeOptions = {
    credit: random.int(1, 40),
    maxUnacked: random.int(1, 40),
  };
  if (place < 2) {
    const kind = "group";
    const member = { group: "workers", ordering: "key", ack: "manual" } as const;
    const nackEvery = random.chance(0.5) ? random.int(2, 6) : 0;
    return [{ audience: kind, kind, workMs, nackEvery, options: { ...options, ...member } }];
  }
  if (place === 2) {
    const audience = `consumer ${place}`;
    const kind = "consumer";
    return [
      { audience, kind, workMs, nackEvery: 0, options: { ...options, consumer: `c${place}` } },
    ];
  }
  return [{ audience: "", kind: "alone", workMs, nackEvery: 0, options }];
}

/** Subscribes; resolves once the router has it, and goes on working. */
export async function workOff(
  client: ClientHost,
  book: JobBook,
  reading: JobReading,
): Promise<void> {
  const name = reading.kind === "alone" ? `alone ${client.name}` : reading.audience;
  const audience = book.audience(name, reading.kind);
  const reader: JobReader = { audience, client, isIdle: false, isOver: false };
  book.readers.push(reader);
  const subscription = await client.link.subscribe(JobTopic, reading.options);
  book.began(audience);
  void readAll(book, reader, subscription, reading);
}

async function readAll(
  book: JobBook,
  reader: JobReader,
  subscription: Subscription<Job>,
  { workMs, nackEvery, kind }: JobReading,
): Promise<void> {
  try {
    for (;;) {
      reader.isIdle = true;
      const next = await subscription.next();
      reader.isIdle = false;
      if (next.done === true) break;
      const item = next.value;
      book.read(reader, item);
      if (workMs > 0) await reader.client.sleep(workMs);
      if (item.kind === "gap" || kind !== "group") continue;
      const isNack = nackEvery > 0 && item.attempt === 1 && item.value.index % nackEvery === 0;
      book.settles(reader, item.value, isNack);
      if (isNack) item.nack({ delayMs: NACK_DELAY_MS });
      else item.ack();
    }
  } catch (error) {
    book.failed(reader, error);
  } finally {
    reader.isIdle = true;
    reader.isOver = true;
  }
}
