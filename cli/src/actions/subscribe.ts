/** Runs `nexus subscribe`: prints events and gaps until Ctrl-C or `--count`; decodes what the schema knows. */
import type { Model } from "@nexus-bridge/schema";
import { decodeToJson } from "@nexus-bridge/schema-dynamic";
import type { Event, Gap, Item, Metadata, TopicPattern } from "@nexus-bridge/sdk-node";
import type { SubscribeFlags } from "../commands/subscribe.ts";
import { bytesMessageType } from "../dynamic/message-type.ts";
import { topicModels } from "../dynamic/pulled-schema.ts";
import { findModel } from "../dynamic/schema.ts";
import { messageOf } from "../dynamic/topic.ts";
import { routerUrl, withLink } from "../link.ts";
import { failureOf, jsonFailureOf } from "../nexus-failure.ts";
import { note, print, printJson } from "../output.ts";

export async function runSubscribe(pattern: string, flags: SubscribeFlags): Promise<void> {
  const model = await findModel(flags);
  const topics: TopicPattern<Uint8Array> = {
    message: bytesMessageType("", 0n),
    pattern,
    qos: 0,
  };
  try {
    await withLink({ url: routerUrl(flags.url) }, async (link, signal) => {
      const options = flags.group === undefined ? { signal } : { signal, group: flags.group };
      const items = await link.subscribe(topics, options);
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
    else print(`${shown.topic} ${JSON.stringify(shown.value)}`);
    count += 1;
    if (count === flags.count) return;
  }
}

function gapText(gap: Gap): string {
  const count = gap.count === 0 ? "an unknown number of" : String(gap.count);
  return `gap: ${count} events of ${gap.topic} are missing (${gap.reason})`;
}

interface ShownEvent {
  readonly kind: "event";
  readonly topic: string;
  /** Absent where the value is shown as text, JSON or base64. */
  readonly type?: string;
  readonly value: unknown;
  readonly contentType?: string;
  readonly correlationId?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

function shownEvent(event: Event<Uint8Array>, model: Model | undefined): ShownEvent {
  const { topic, contentType, correlationId } = event;
  return {
    kind: "event",
    topic,
    ...shownValue(event, model),
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
