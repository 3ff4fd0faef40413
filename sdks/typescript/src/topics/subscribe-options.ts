/** What a subscriber may ask for, checked before it is sent. What the router does not have it refuses, and the loop ends with that. */
import { limitRanges, limits, type wire } from "@nexus-bridge/protocol";
import type { TopicPattern } from "../descriptor.ts";
import { invalidArgument } from "../nexus-error.ts";

/** Where a subscription begins in the topics that match. Of a topic that no position names: with the first event kept. */
export type StartAt =
  | "latest"
  | "earliest"
  | { readonly ageMs: number }
  | {
      readonly positions: readonly {
        readonly topic: string;
        readonly epoch: number;
        /** The first that is wanted. */
        readonly sequence: number;
      }[];
    };

export interface SubscribeOptions {
  /** Members of one group share the events: each goes to one of them. */
  readonly group?: string;
  /** Events that may be on their way or waiting to be read; 1,024. */
  readonly credit?: number;
  /** Adds `publishedAt` and `origin` to events. */
  readonly attributes?: boolean;
  /** The topic's by default. With 0 events of a topic of QoS 1 come at most once. */
  readonly qos?: 0 | 1 | 2;
  /** "latest" by default. */
  readonly start?: StartAt;
  /** The values that the router keeps: where the subscription is "new" (default), "always" or "never". */
  readonly retained?: "new" | "always" | "never";
  /** "key": the events of one ordering key go to one member of the group. */
  readonly ordering?: "none" | "key";
  /**
   * What becomes of events that come faster than they are read: "drop_old" by default. At QoS 1 "block" is the default, and only
   * there: they wait in the topic's ring, and while that is full publishers are held back.
   */
  readonly slow?: "drop_old" | "drop_new" | "latest" | "disconnect" | "block";
  /** At QoS 1, who acknowledges: asking for the next event ("auto", default) or the event's methods ("manual"). */
  readonly ack?: "auto" | "manual";
  /** How long the router waits for an answer before it delivers an event again; 30 s. */
  readonly ackWaitMs?: number;
  /** Events that may be without an answer at a time; 1,024. */
  readonly maxUnacked?: number;
  /** Names this subscriber, so that the router keeps its place while it is away. Not together with `group`. */
  readonly consumer?: string;
  /** How long the router keeps the place of a `consumer` that is away; 5 min, at most 24 h. */
  readonly expiryMs?: number;
  /** Aborting it ends the loop. */
  readonly signal?: AbortSignal;
  /** 1 (first) to 7 (background), of the events on their way here; 4. */
  readonly priority?: number;
}

const RETAINED = { new: 0, always: 1, never: 2 } as const;
const SLOW = { drop_old: 1, drop_new: 2, latest: 3, disconnect: 4, block: 5 } as const;

/** What the router is asked for; `start` is where an earlier session ended, and goes before what the options say. */
export function subscribePayload(
  pattern: TopicPattern<unknown>,
  options: SubscribeOptions,
  start: wire.StartInit | undefined,
): wire.SubscribeInit {
  const { group, ordering, slow, consumer, ackWaitMs, maxUnacked, expiryMs } = options;
  const begin = start ?? (options.start === undefined ? undefined : startOf(options.start));
  return {
    pattern: pattern.pattern,
    qos: options.qos ?? pattern.qos,
    retained: RETAINED[options.retained ?? "new"],
    attributes: options.attributes ?? false,
    fingerprint: pattern.message.fingerprint,
    ...(group !== undefined && { group }),
    ...(ordering === "key" && { ordering: 1 }),
    ...(slow !== undefined && { slow: SLOW[slow] }),
    ...(consumer !== undefined && { consumer }),
    ...(begin !== undefined && { start: begin }),
    ...(ackWaitMs !== undefined && { ackWaitMs }),
    ...(maxUnacked !== undefined && { maxUnacked }),
    ...(expiryMs !== undefined && { expiryMs }),
  };
}

/** Throws INVALID_ARGUMENT where an option is out of its range, or does not go with another. */
export function checkOptions(options: SubscribeOptions, pattern: TopicPattern<unknown>): void {
  const { credit, ackWaitMs, maxUnacked, expiryMs, start } = options;
  within("credit", credit, limitRanges.subscriptionCredit);
  within("ackWaitMs", ackWaitMs, limitRanges.ackWaitMs);
  within("maxUnacked", maxUnacked, limitRanges.unackedMessages);
  within("expiryMs", expiryMs, { minimum: 1, maximum: limitRanges.consumerExpiryMs.maximum });
  const qos = options.qos ?? pattern.qos;
  if (qos === 0 && options.slow === "block")
    throw invalidArgument('slow is "block", which only subscriptions of QoS 1 have');
  if (qos === 0 && options.ack === "manual")
    throw invalidArgument('ack is "manual", but at QoS 0 nothing is acknowledged');
  if (expiryMs !== undefined && options.consumer === undefined)
    throw invalidArgument("expiryMs is for a consumer: name one");
  if (options.consumer !== undefined && options.group !== undefined)
    throw invalidArgument("a consumer and a group exclude each other: leave one out");
  if (typeof start !== "object") return;
  if ("ageMs" in start) within("start.ageMs", start.ageMs, { minimum: 0, maximum: 2 ** 53 - 1 });
  else
    for (const { sequence } of start.positions)
      within("start.positions", sequence, { minimum: 0, maximum: 2 ** 53 - 1 });
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

function within(what: string, value: number | undefined, { minimum, maximum }: Range): void {
  if (value === undefined || (Number.isInteger(value) && value >= minimum && value <= maximum))
    return;
  throw invalidArgument(
    `${what} is ${value}; it must be a whole number from ${minimum} to ${maximum}`,
  );
}

export const CREDIT_DEFAULT: number = limits.subscriptionCredit;

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
