/** What a subscriber may ask for. What the router of the day does not have it refuses, and the subscription ends with that. */
import type { wire } from "@nexus-bridge/protocol";
import type { TopicPattern } from "../descriptor.ts";
import { invalidArgument } from "../nexus-error.ts";

export type StartAt =
  | "latest"
  | "earliest"
  | { readonly ageMs: number }
  | {
      readonly positions: readonly {
        readonly topic: string;
        readonly epoch: number;
        readonly sequence: number;
      }[];
    };

export interface SubscribeOptions {
  /** Members of one group share the events: each goes to one of them. */
  readonly group?: string;
  /** Events that may be on their way or waiting to be read; 1,024. */
  readonly credit?: number;
  /** Adds `publishedAt`, `origin` and positions to events. */
  readonly attributes?: boolean;
  readonly qos?: 0 | 1 | 2;
  readonly start?: StartAt;
  readonly retained?: "new" | "always" | "never";
  readonly ordering?: "none" | "key";
  /** What becomes of events that come faster than they are read. */
  readonly slow?: "drop_old" | "drop_new" | "latest" | "disconnect" | "block";
  /** Names this subscriber, so that the router keeps its place. */
  readonly consumer?: string;
  /** Aborting it ends the loop. */
  readonly signal?: AbortSignal;
  /** 1 (first) to 7 (background), of the events on their way here; 4. */
  readonly priority?: number;
}

const RETAINED = { new: 0, always: 1, never: 2 } as const;
const SLOW = { drop_old: 1, drop_new: 2, latest: 3, disconnect: 4, block: 5 } as const;

export function subscribePayload(
  pattern: TopicPattern<unknown>,
  options: SubscribeOptions,
): wire.SubscribeInit {
  return {
    pattern: pattern.pattern,
    qos: options.qos ?? pattern.qos,
    retained: RETAINED[options.retained ?? "new"],
    attributes: options.attributes ?? false,
    ...(options.group !== undefined && { group: options.group }),
    ...(options.ordering === "key" && { ordering: 1 }),
    ...(options.slow !== undefined && { slow: SLOW[options.slow] }),
    ...(options.consumer !== undefined && { consumer: options.consumer }),
    ...(options.start !== undefined && { start: startOf(options.start) }),
  };
}

export function checkCredit(credit: number): number {
  if (!Number.isInteger(credit) || credit < 1 || credit > 1_000_000)
    throw invalidArgument(`credit is ${credit}; it must be 1 to 1,000,000 events`);
  return credit;
}

function startOf(start: StartAt): wire.StartInit {
  if (start === "latest") return { kind: 0 };
  if (start === "earliest") return { kind: 1 };
  if ("ageMs" in start) return { kind: 3, ageMs: BigInt(Math.round(start.ageMs)) };
  return {
    kind: 2,
    positions: start.positions.map(({ topic, epoch, sequence }) => ({
      topic,
      epoch,
      sequence: BigInt(sequence),
    })),
  };
}
