/**
 * Publishing one event. QoS 0 goes straight into the output and is done when it is queued there; QoS 1 goes to a lane, which
 * keeps it until the router does. QoS 2 is refused.
 */
import type { Writer } from "@nexus-bridge/codec/gen1";
import {
  crc32,
  Flag,
  FrameType,
  frameClass,
  limits,
  type Meta,
  metaBytes,
  ORDERING_KEY_BYTES_MAX,
  PRIORITY_DEFAULT,
} from "@nexus-bridge/protocol";
import { callMeta, checkPriority, type Scope, timeout } from "../call/plan.ts";
import type { TopicDescriptor } from "../descriptor.ts";
import { chain, type InterceptedCall, type Reply } from "../interceptor.ts";
import { ZLIB } from "../link/compression.ts";
import type { LinkCore } from "../link/core.ts";
import { encodeMessage } from "../link/encoding.ts";
import type { Route } from "../link/route.ts";
import type { Session } from "../link/session.ts";
import { type MetadataInit, metadataOf, NO_METADATA } from "../metadata.ts";
import { cancelledBy, invalidArgument, NexusError } from "../nexus-error.ts";
import { checkTopicName, topicName } from "../topic.ts";
import { checkRules } from "../validation.ts";
import { certain, type PublishReceipt } from "./publication.ts";
import { Room } from "./room.ts";

export interface PublishOptions {
  /**
   * How long it may wait for room in the output (QoS 0) or for the router's acknowledgement (QoS 1); left out: no limit but
   * that of the handler it is made from.
   */
  readonly timeoutMs?: number | null;
  readonly signal?: AbortSignal;
  readonly metadata?: MetadataInit;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly contentType?: string;
  /** Milliseconds after which nobody wants it any more. */
  readonly ttlMs?: number;
}

// biome-ignore lint/suspicious/noExplicitAny: message types are erased here; `publish` is typed by the topic.
type AnyTopic = TopicDescriptor<any, any, any>;

/** What a name, a producer and a fingerprint take is left free. */
const META_BYTES_MAX = limits.clientMetaBytes - limits.nameBytes - 64;
const QUEUED: Promise<PublishReceipt> = Promise.resolve({ position: undefined, duplicate: false });
const encoder = new TextEncoder();
const nothing = (): void => {};

export function publish(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options?: PublishOptions,
  scope?: Scope,
): Promise<PublishReceipt> {
  try {
    const interceptors = link.options.interceptors ?? [];
    if (interceptors.length > 0) return intercepted(link, topic, event, options, scope);
    return send(link, topic, event, options, scope);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** An empty payload with RETAIN: the router forgets the topic's value. */
export function clearRetained(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options?: PublishOptions,
  scope?: Scope,
): Promise<PublishReceipt> {
  try {
    const { definition } = topic;
    if (!definition.retained)
      throw invalidArgument(
        `${definition.message.typeName} is not retained: there is no value to clear`,
      );
    const clears = { ...topic, definition: clearing(definition) };
    return publish(link, clears, event, options, scope);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The definition of a topic whose messages take no bytes. */
function clearing(definition: AnyTopic["definition"]): AnyTopic["definition"] {
  const { validate: _, ...message } = definition.message;
  return { ...definition, message: { ...message, write: nothing } };
}

function send(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options: PublishOptions | undefined,
  scope: Scope | undefined,
): Promise<PublishReceipt> {
  const { definition } = topic;
  if (definition.qos !== 0) return sendOnLane(link, topic, event, options, scope);
  checkRules(definition.message, event);
  const route = routeOf(link, topicName(definition.tokens, event as object));
  const session = link.session;
  if (session === undefined) {
    const { connecting } = link;
    if (connecting === undefined) throw noLink();
    return connecting.then(() => send(link, topic, event, options, scope));
  }
  if (options?.signal?.aborted === true) throw cancelledBy(options.signal);
  if (session.writer.pendingBytes > limits.outboxBytesPerLink)
    return waitForRoom(link, topic, event, options, scope);
  const meta = metaFor(topic, event, options, scope);
  const priority = checkPriority(options?.priority ?? PRIORITY_DEFAULT);
  const writer = encodeEvent(topic, event);
  const packed = session.compression?.packed(writer.bytes, writer.position);
  const bytes = packed ?? writer.bytes;
  const size = packed?.length ?? writer.position;
  const tellsType = route.told !== session;
  const alias = session.aliasOf(route);
  session.write(
    FrameType.PUBLISH,
    definition.retained ? Flag.RETAIN : 0,
    packed === undefined ? frameClass(priority) : frameClass(priority) | ZLIB,
    0,
    alias,
    0,
    alias === 0 || tellsType ? firstMeta(route, session, alias, definition, meta) : meta,
    bytes,
    0,
    size,
    crc32(bytes, 0, size),
  );
  return QUEUED;
}

/** What the first publish to a topic on a link says besides, and every one to a topic that has no alias. */
function firstMeta(
  route: Route,
  session: Session,
  alias: number,
  { message }: AnyTopic["definition"],
  meta: Meta | undefined,
): Meta {
  const tellsType = route.told !== session;
  route.told = session;
  return {
    ...(alias === 0 && { name: route.name }),
    ...meta,
    ...(tellsType && message.fingerprint !== 0n && { fingerprint: message.fingerprint }),
  };
}

function sendOnLane(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options: PublishOptions | undefined,
  scope: Scope | undefined,
): Promise<PublishReceipt> {
  const { definition } = topic;
  if (definition.qos !== 1) throw unimplementedQos(definition.message.typeName, definition.qos);
  checkRules(definition.message, event);
  const name = topicName(definition.tokens, event as object);
  checkTopicName(name);
  const priority = checkPriority(options?.priority ?? PRIORITY_DEFAULT);
  const signals = [options?.signal, scope?.signal].filter((each) => each !== undefined);
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) throw certain(cancelledBy(aborted));
  const timeoutMs = timeout(options?.timeoutMs, scope?.timeLeftMs, undefined);
  if (timeoutMs === 0)
    throw new NexusError({
      code: "DEADLINE_EXCEEDED",
      message: `${name}: there was no time left to publish`,
      notExecuted: true,
    });
  return link.lanes.publish(priority, {
    route: link.route(name),
    flags: definition.retained ? Flag.RETAIN : 0,
    meta: metaFor(topic, event, options, scope),
    fingerprint: definition.message.fingerprint,
    timeoutMs,
    signals,
    encode() {
      const writer = encodeEvent(topic, event);
      const payload = writer.bytes.slice(0, writer.position);
      return { payload, crc: crc32(payload) };
    },
  }).receipt;
}

/** The event's bytes, in the scratch writer. */
function encodeEvent({ definition }: AnyTopic, event: unknown): Writer {
  const { message, retained } = definition;
  const writer = encodeMessage(message, event);
  const size = writer.position;
  if (size > limits.frameBytes)
    throw invalidArgument(
      `${message.typeName} takes ${size} bytes; an event may have ${limits.frameBytes}`,
      "TOO_LARGE",
    );
  if (size === 0 && retained && message.write !== nothing)
    throw invalidArgument(
      `a ${message.typeName} without any value has no bytes, which would clear what is retained: set a field, or call clearRetained`,
    );
  return writer;
}

/** The route of a topic whose name has been checked, or the error that the router gave for the publish before. */
function routeOf(link: LinkCore, name: string): Route {
  const route = link.route(name);
  if (route.session === undefined) checkTopicName(name);
  const { refused } = route;
  if (refused === undefined) return route;
  route.refused = undefined;
  throw refused;
}

async function waitForRoom(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options: PublishOptions | undefined,
  scope: Scope | undefined,
): Promise<PublishReceipt> {
  const session = link.session;
  if (session === undefined) throw noLink();
  const timeoutMs = timeout(options?.timeoutMs, scope?.timeLeftMs, undefined);
  const signals = [options?.signal, scope?.signal].filter((each) => each !== undefined);
  link.diagnose({ kind: "slow", queueBytes: session.writer.pendingBytes });
  await new Room(link, session, timeoutMs, signals).free;
  return send(link, topic, event, options, scope);
}

function metaFor(
  topic: AnyTopic,
  event: unknown,
  options: PublishOptions | undefined,
  scope: Scope | undefined,
): Meta | undefined {
  const { orderingKey, ttlMs } = topic.definition;
  if (
    options === undefined &&
    scope === undefined &&
    orderingKey === undefined &&
    ttlMs === undefined
  )
    return undefined;
  const ttl = options?.ttlMs ?? ttlMs;
  if (ttl !== undefined && !(Number.isInteger(ttl) && ttl > 0 && ttl <= 0xffff_ffff))
    throw invalidArgument(`ttlMs is ${ttl}; it must be a whole number of milliseconds above 0`);
  const meta = {
    ...callMeta(options?.metadata, scope),
    ...(orderingKey !== undefined && { orderingKey: keyOf(event, orderingKey) }),
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(options?.correlationId !== undefined && { correlationId: options.correlationId }),
    ...(options?.contentType !== undefined && { contentType: options.contentType }),
  };
  if (metaBytes(meta) > META_BYTES_MAX)
    throw invalidArgument(
      `metadata, correlationId and contentType take ${metaBytes(meta)} bytes; at most ${META_BYTES_MAX} may be sent`,
      "TOO_LARGE",
    );
  return meta;
}

function keyOf(event: unknown, field: string): Uint8Array {
  const value = (event as Readonly<Record<string, unknown>>)[field];
  const key = value instanceof Uint8Array ? value : encoder.encode(String(value ?? ""));
  if (key.length > ORDERING_KEY_BYTES_MAX)
    throw invalidArgument(
      `the ordering key "${field}" has ${key.length} bytes; at most ${ORDERING_KEY_BYTES_MAX} may be sent`,
    );
  return key;
}

async function intercepted(
  link: LinkCore,
  topic: AnyTopic,
  event: unknown,
  options: PublishOptions | undefined,
  scope: Scope | undefined,
): Promise<PublishReceipt> {
  let receipt = await QUEUED;
  const last = async (call: InterceptedCall): Promise<Reply> => {
    for await (const message of call.messages)
      receipt = await send(link, topic, message, { ...options, metadata: call.metadata }, scope);
    const none = Promise.resolve(NO_METADATA);
    return { headers: none, trailers: none, messages: (async function* () {})() };
  };
  const call: InterceptedCall = {
    kind: "publish",
    target: topicName(topic.definition.tokens, event as object),
    metadata: metadataOf(callMeta(options?.metadata, scope)?.user),
    timeoutMs: timeout(options?.timeoutMs, scope?.timeLeftMs, undefined),
    messages: (async function* () {
      yield event;
    })(),
  };
  const reply = await chain(link.options.interceptors ?? [], last)(call);
  for await (const _ of reply.messages);
  return receipt;
}

function noLink(): NexusError {
  return new NexusError({
    code: "UNAVAILABLE",
    message: "there is no link at the moment; an event of QoS 0 does not wait for one",
    notExecuted: true,
  });
}

function unimplementedQos(typeName: string, qos: number): NexusError {
  return new NexusError({
    code: "UNIMPLEMENTED",
    message: `${typeName} has QoS ${qos}; this version publishes QoS 0 and 1: change (nexus.topic).qos`,
    notExecuted: true,
  });
}
