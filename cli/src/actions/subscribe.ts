/** Runs `nexus subscribe`: prints events and gaps until Ctrl-C or `--count`; decodes what the schema knows. */
import type { Model } from "@nexus-bridge/schema";
import { decodeToJson } from "@nexus-bridge/schema-dynamic";
import type {
  Event,
  EventPosition,
  Gap,
  Item,
  Metadata,
  StartAt,
  SubscribeOptions,
  TopicPattern,
} from "@nexus-bridge/sdk-node";
import type { Start } from "../arguments.ts";
import type { SubscribeFlags } from "../commands/subscribe.ts";
import { bytesMessageType } from "../dynamic/message-type.ts";
import { topicModels } from "../dynamic/pulled-schema.ts";
import { findModel } from "../dynamic/schema.ts";
import { messageOf } from "../dynamic/topic.ts";
import { usageFailure } from "../failure.ts";
import { routerUrl, withLink } from "../link.ts";
import { failureOf, jsonFailureOf } from "../nexus-failure.ts";
import { note, print, printJson } from "../output.ts";

const aheadMax = 256;

export async function runSubscribe(pattern: string, flags: SubscribeFlags): Promise<void> {
  const qos = flags.qos ?? (flags.consumer === undefined ? 0 : 1);
  const options = optionsOf(pattern, qos, flags);
  const model = await findModel(flags);
  const topics: TopicPattern<Uint8Array> = { message: bytesMessageType("", 0n), pattern, qos };
  try {
    await withLink({ url: routerUrl(flags.url) }, async (link, signal) => {
      const items = await link.subscribe(topics, { ...options, signal });
      note(`subscribed ${pattern}`);
      const local = (topic: string) =>
        flags.schema !== undefined || messageOf(model, topic) !== undefined ? model : undefined;
      const models = topicModels(link, local, signal);
      await untilAborted(signal, printItems(items, models, flags));
    });
  } catch (error) {
    throw flags.json === true ? jsonFailureOf(error, model) : failureOf(error, model);
  }
}

function optionsOf(pattern: string, qos: 0 | 1, flags: SubscribeFlags): SubscribeOptions {
  const { group, consumer, expiry, start, count } = flags;
  if (consumer !== undefined && group !== undefined)
    throw usageFailure("--consumer and --group exclude each other: leave one out");
  if (expiry !== undefined && consumer === undefined)
    throw usageFailure("--expiry is for a consumer: name one with --consumer");
  return {
    ...(group === undefined ? {} : { group }),
    ...(consumer === undefined ? {} : { consumer }),
    ...(expiry === undefined ? {} : { expiryMs: expiry }),
    ...(start === undefined ? {} : { start: startOf(pattern, start) }),
    ...(qos === 0 ? {} : acknowledging(count)),
  };
}

/**
 * Somebody who looks must not hold back who works. What is not printed is not acknowledged, and no more comes than is printed,
 * since every delivery counts.
 */
function acknowledging(count: number | undefined): SubscribeOptions {
  const ahead = count === undefined ? {} : { credit: Math.min(count, aheadMax) };
  return { slow: "drop_old", ack: "manual", ...ahead };
}

function startOf(pattern: string, start: Start): StartAt {
  if (typeof start === "string" || "ageMs" in start) return start;
  if (/(^|\.)[*>](\.|$)/.test(pattern))
    throw usageFailure(
      `--start ${start.epoch}:${start.sequence} is a position of one topic, and ${pattern} means several: name the topic, or begin at an age such as 10m`,
    );
  return { positions: [{ topic: pattern, ...start }] };
}

/** Ctrl-C is how a subscription usually ends; it is no error. */
async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function printItems(
  items: AsyncIterable<Item<Uint8Array>>,
  models: ReturnType<typeof topicModels>,
  flags: SubscribeFlags,
): Promise<void> {
  let count = 0;
  for await (const item of items) {
    if (item.kind === "gap") {
      if (flags.json === true) printJson(item);
      else print(gapText(item));
      continue;
    }
    const isTyped = item.contentType === undefined;
    const shown = shownEvent(item, isTyped ? await models(item.topic) : undefined);
    if (flags.json === true) printJson(shown);
    else print(`${shown.topic} ${JSON.stringify(shown.value)}${markText(shown)}`);
    item.ack();
    count += 1;
    if (count === flags.count) return;
  }
}

function gapText(gap: Gap): string {
  const count = gap.count === 0 ? "an unknown number of" : String(gap.count);
  const { epoch, first, last } = gap;
  const place = first === undefined ? "" : `, positions ${epoch}:${first} to ${epoch}:${last}`;
  return `gap: ${count} events of ${gap.topic} are missing (${gap.reason})${place}`;
}

/** What is particular about an event. */
function markText({ retained, redelivered, attempt, deadLetterReason }: ShownEvent): string {
  const marks: string[] = [];
  if (retained === true) marks.push("retained");
  if (redelivered === true)
    marks.push(attempt === undefined ? "again" : `again, delivery ${attempt}`);
  if (deadLetterReason !== undefined) marks.push(`dead: ${deadLetterReason}`);
  return marks.length === 0 ? "" : ` (${marks.join("; ")})`;
}

interface ShownEvent {
  readonly kind: "event";
  readonly topic: string;
  /** Absent where the value is shown as text, JSON or base64. */
  readonly type?: string;
  readonly value: unknown;
  readonly position?: EventPosition;
  readonly retained?: true;
  readonly redelivered?: true;
  readonly attempt?: number;
  readonly deadLetterReason?: string;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

function shownEvent(event: Event<Uint8Array>, model: Model | undefined): ShownEvent {
  const { topic, position, attempt, deadLetterReason, contentType, correlationId } = event;
  return {
    kind: "event",
    topic,
    ...shownValue(event, model),
    ...(position === undefined ? {} : { position }),
    ...(event.retained ? { retained: true } : {}),
    ...(event.redelivered ? { redelivered: true } : {}),
    ...(attempt > 1 ? { attempt } : {}),
    ...(deadLetterReason === undefined ? {} : { deadLetterReason }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(event.metadata.size === 0 ? {} : { metadata: shownMetadata(event.metadata) }),
  };
}

function shownValue(
  event: Event<Uint8Array>,
  model: Model | undefined,
): Pick<ShownEvent, "type" | "value"> {
  const bytes = event.value;
  try {
    if (event.contentType === "application/json") {
      return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
    }
    if (event.contentType?.startsWith("text/") === true) {
      return { value: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
    }
    const message = event.contentType === undefined ? messageOf(model, event.topic) : undefined;
    if (message !== undefined) {
      return { type: message.fullName, value: decodeToJson(message, bytes) };
    }
  } catch {
    // Not what it says it is: its bytes are all that can be shown.
  }
  return { value: Buffer.from(bytes).toString("base64") };
}

function shownMetadata(metadata: Metadata): Readonly<Record<string, unknown>> {
  const shown: Record<string, unknown> = {};
  for (const [key, value] of metadata) {
    const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
    const before = shown[key];
    shown[key] = before === undefined ? text : [before, text].flat();
  }
  return shown;
}
