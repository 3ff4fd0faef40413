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
  readonly retained: boolean;
  readonly key?: string;
  readonly options: PublishOptions;
}

const defaultTimeoutMs = 30_000;

export async function runPublish(
  name: string,
  message: string | undefined,
  flags: PublishFlags,
): Promise<void> {
  if (flags.clear === true && (message !== undefined || flags.retain === true))
    throw usageFailure("--clear takes the value away: leave the message and --retain out");
  const model = await findModel(flags);
  const json = flags.clear === true ? undefined : await readJson(message, "message");
  const isLocal = flags.schema !== undefined || findTopic(model, name) !== undefined;
  // What is wrong with a message of a schema at hand is said without a router.
  let outgoing = outgoingOf(model, name, json, flags);
  let receipt: PublishReceipt | undefined;
  try {
    await withLink(
      { url: routerUrl(flags.url), timeoutMs: flags.timeout },
      async (link, signal) => {
        const pulled = isLocal ? undefined : await pulledModel(link, { topic: name }, signal);
        if (pulled !== undefined) outgoing = outgoingOf(pulled, name, json, flags);
        receipt = await send(link, name, outgoing, flags, signal);
      },
    );
  } catch (error) {
    throw flags.json === true ? jsonFailureOf(error, model) : failureOf(error, model);
  }
  printOutcome(name, outgoing, receipt, flags);
}

function send(
  link: Link,
  name: string,
  outgoing: Outgoing,
  flags: PublishFlags,
  signal: AbortSignal,
): Promise<PublishReceipt> {
  const topic = literalTopic(name, outgoing);
  const options = {
    ...outgoing.options,
    ...(flags.ttl === undefined ? {} : { ttlMs: flags.ttl }),
    ...(flags.metadata === undefined ? {} : { metadata: flags.metadata }),
    timeoutMs: flags.timeout ?? defaultTimeoutMs,
    signal,
  };
  return flags.clear === true
    ? link.clearRetained(topic, outgoing, options)
    : link.publish(topic, outgoing, options);
}

function printOutcome(
  name: string,
  { type, bytes }: Outgoing,
  receipt: PublishReceipt | undefined,
  flags: PublishFlags,
): void {
  const { position, duplicate } = receipt ?? { position: undefined, duplicate: false };
  if (flags.json === true) {
    printJson({
      topic: name,
      type,
      bytes: bytes.length,
      position,
      ...(duplicate && { duplicate }),
    });
    return;
  }
  const place = position === undefined ? "" : `, position ${position.epoch}:${position.sequence}`;
  if (flags.clear === true) print(`cleared the retained value of ${name}${place}`);
  else print(`published ${name} as ${type ?? "application/json"}, ${bytes.length} bytes${place}`);
}

function outgoingOf(
  model: Model | undefined,
  name: string,
  json: unknown,
  flags: PublishFlags,
): Outgoing {
  const topic = findTopic(model, name);
  const isClear = flags.clear === true;
  const retained = isClear || flags.retain === true || topic?.retained === true;
  const asked = { qos: flags.qos ?? topic?.qos ?? 0, retained };
  const key = flags.key === undefined ? {} : { key: flags.key };
  if (topic === undefined) {
    return {
      ...asked,
      ...key,
      bytes: isClear ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(json)),
      fingerprint: 0n,
      options: isClear ? {} : { contentType: "application/json" },
    };
  }
  const { message } = topic;
  const filled = isClear ? undefined : fillFields(topic, name, json);
  return {
    ...asked,
    ...(isClear ? {} : orderingKeyOf(topic, filled)),
    ...key,
    bytes: isClear ? new Uint8Array() : encodeFor(topic, filled),
    type: message.fullName,
    fingerprint: message.fingerprint,
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

/** A topic whose name is already known: every token is literal, and the message has its bytes and its key at hand. */
function literalTopic(name: string, outgoing: Outgoing) {
  const bytes = bytesMessageType(outgoing.type ?? "application/json", outgoing.fingerprint);
  return topicDescriptor<Outgoing, Outgoing>({
    message: {
      typeName: bytes.typeName,
      fingerprint: bytes.fingerprint,
      create: () => outgoing,
      encode: (value) => value.bytes,
      decode: (payload) => ({ ...outgoing, bytes: payload }),
      write: (writer, value) => bytes.write(writer, value.bytes),
      read: (reader, end) => ({ ...outgoing, bytes: bytes.read(reader, end) }),
    },
    tokens: name.split("."),
    qos: outgoing.qos,
    retained: outgoing.retained,
    ...(outgoing.key === undefined ? {} : { orderingKey: "key" }),
  });
}
