/** Runs `nexus publish`: one message, encoded where a topic of the schema matches, otherwise as application/json. */
import type { Model, Topic } from "@nexus-bridge/schema";
import { encodeJson } from "@nexus-bridge/schema-dynamic";
import { topic as topicDescriptor } from "@nexus-bridge/sdk/gen1";
import type { Link, PublishOptions, PublishReceipt } from "@nexus-bridge/sdk-node";
import type { PublishFlags } from "../commands/publish.ts";
import { bytesMessageType } from "../dynamic/message-type.ts";
import { pulledModel } from "../dynamic/pulled-schema.ts";
import { findModel } from "../dynamic/schema.ts";
import { fillFields, findTopic, orderingKeyOf } from "../dynamic/topic.ts";
import { usageFailure } from "../failure.ts";
import { readJson } from "../input.ts";
import { routerUrl, withLink } from "../link.ts";
import { failureOf, jsonFailureOf } from "../nexus-failure.ts";
import { print, printJson } from "../output.ts";

interface Outgoing {
  readonly bytes: Uint8Array;
  /** The message's full name; absent for JSON that no schema describes. */
  readonly type?: string;
  readonly fingerprint: bigint;
  readonly qos: 0 | 1 | 2;
  readonly options: PublishOptions;
}

export async function runPublish(
  name: string,
  message: string | undefined,
  flags: PublishFlags,
): Promise<void> {
  const model = await findModel(flags);
  const json = await readJson(message, "message");
  const isLocal = flags.schema !== undefined || findTopic(model, name) !== undefined;
  // What is wrong with a message of a schema at hand is said without a router.
  let outgoing = outgoingOf(model, name, json);
  try {
    await withLink(
      { url: routerUrl(flags.url), timeoutMs: flags.timeout },
      async (link, signal) => {
        const pulled = isLocal ? undefined : await pulledModel(link, { topic: name }, signal);
        if (pulled !== undefined) outgoing = outgoingOf(pulled, name, json);
        await link.publish(literalTopic(name, outgoing), outgoing.bytes, {
          ...outgoing.options,
          signal,
          ...(flags.timeout === undefined ? {} : { timeoutMs: flags.timeout }),
          ...(flags.metadata === undefined ? {} : { metadata: flags.metadata }),
        });
      },
    );
  } catch (error) {
    throw flags.json === true ? jsonFailureOf(error, model) : failureOf(error, model);
  }
  const { type, bytes } = outgoing;
  if (flags.json === true) printJson({ topic: name, type, bytes: bytes.length });
  else print(`published ${name} as ${type ?? "application/json"}, ${bytes.length} bytes`);
}

function outgoingOf(model: Model | undefined, name: string, json: unknown): Outgoing {
  const topic = findTopic(model, name);
  if (topic === undefined) {
    return {
      bytes: new TextEncoder().encode(JSON.stringify(json)),
      fingerprint: 0n,
      qos: 0,
      options: { contentType: "application/json" },
    };
  }
  const { message } = topic;
  return {
    bytes: encodeFor(topic, fillFields(topic, name, json)),
    type: message.fullName,
    fingerprint: message.fingerprint,
    qos: topic.qos,
    options: topic.ttlMs === undefined ? {} : { ttlMs: topic.ttlMs },
  };
}

function encodeFor(topic: Topic, json: unknown): Uint8Array {
  try {
    return encodeJson(topic.message, json);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw usageFailure(`the message is no ${topic.message.fullName}: ${message}`);
  }
}

/** A topic whose name is already known: every token is literal and the message is its bytes. */
function literalTopic(name: string, outgoing: Outgoing) {
  return topicDescriptor<Uint8Array, Uint8Array>({
    message: bytesMessageType(outgoing.type ?? "application/json", outgoing.fingerprint),
    tokens: name.split("."),
    qos: outgoing.qos,
    retained: false,
  });
}
