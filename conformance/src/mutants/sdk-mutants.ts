/** Broken SDKs: what the adapter answers is changed, or the bytes between it and the wire. Each has the case that sees it. */
import { crc32 } from "node:zlib";
import { flag, frame, headerBytes, seal, type } from "../referee/wire.ts";
import type { Answer } from "../runner/adapter-process.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, changed, mutation, typeOf } from "./wire-mutants.ts";

type Words = Readonly<Record<string, unknown>>;

const call = (order: Answer): boolean => order.op === "call";
const okOf = (answer: Answer): Words => (answer.ok ?? {}) as Words;

/** Answers in place of the adapter's. */
function lying(
  name: string,
  killedBy: string,
  answer: (order: Answer, told: Answer) => Answer,
): Mutant {
  return { name, who: "node", killedBy, interference: { answer } };
}

const without = (name: string, killedBy: string, instead: (order: Answer) => Answer | undefined) =>
  ({ name, who: "node", killedBy, interference: { instead } }) as const;

function speaking(name: string, killedBy: string, heard: Change): Mutant {
  return { name, who: "node", killedBy, mutate: mutation({ heard }) };
}

function listening(name: string, killedBy: string, said: Change): Mutant {
  return { name, who: "node", killedBy, mutate: mutation({ said }) };
}

const only =
  (number: number, change: Change): Change =>
  (bytes) =>
    typeOf(bytes) === number ? change(bytes) : undefined;

const swallow: Change = () => [];

function reversed(base64: unknown): string {
  return Buffer.from(String(base64), "base64").reverse().toString("base64");
}

const answersMutants: readonly Mutant[] = [
  without("answers-ok-without-a-network", "rpc.unary.echoes-the-payload", (order) =>
    call(order)
      ? { ok: { messages: [{ payload: "aGVsbG8=", index: 0 }], headers: [], trailers: [] } }
      : undefined,
  ),
  without("echoes-every-order", "rpc.errors.no-provider", (order) =>
    call(order) ? { ok: { messages: [order.requests] } } : undefined,
  ),
  without("never-fails", "rpc.errors.every-code", (order) =>
    call(order) ? { ok: { messages: [] } } : undefined,
  ),
  lying("swaps-endianness-of-fixed32", "codec.binary.scalar.fixed32.one", (order, told) =>
    order.op === "codec.binary" ? { ok: { bytes: reversed(okOf(told).bytes) } } : told,
  ),
  lying("loses-unknown-enum-values", "codec.json.scalar.enum.unknown", (order, told) =>
    order.op === "codec.decode" ? { ok: { json: "{}" } } : told,
  ),
  lying("codec-echoes-its-input", "codec.binary.scalar.string.the-last-one-wins", (order, told) =>
    order.op === "codec.binary" ? { ok: { bytes: order.bytes } } : told,
  ),
  lying("writes-int64-as-numbers", "codec.json.scalar.int64.above-2-53", (order, told) =>
    order.op === "codec.decode" ? { ok: { json: '{"fInt64":9007199254740992}' } } : told,
  ),
  lying("forgets-headers", "rpc.metadata.headers-and-trailers", (order, told) =>
    call(order) && told.ok !== undefined ? { ok: { ...okOf(told), headers: [] } } : told,
  ),
  lying("every-error-is-unknown", "rpc.errors.declared", (_, told) =>
    told.failed === undefined ? told : { failed: { ...(told.failed as Words), code: "UNKNOWN" } },
  ),
  lying("hides-gaps", "pubsub.wire.missing-deliveries-are-told", (order, told) =>
    order.op === "sub.next" && okOf(told).gap !== undefined ? { ok: { none: true } } : told,
  ),
  lying("leaks-a-stream", "rpc.unary.echoes-the-payload", (order, told) =>
    order.op === "state" ? { ok: { ...okOf(told), streams: performance.now() } } : told,
  ),
];

/** Takes a header that was damaged for a sound one. */
function repairsHeader(bytes: Buffer): readonly Buffer[] {
  return [seal(Buffer.from(bytes))];
}

function withPayload(bytes: Buffer, payload: Buffer): readonly Buffer[] {
  const copy = Buffer.concat([bytes.subarray(0, bytes.length - payload.length), payload]);
  copy.writeUInt32BE(crc32(payload), 24);
  return [seal(copy)];
}

const setFlags = (bytes: Buffer, bits: number): readonly Buffer[] =>
  changed(bytes, (copy) => copy.writeUInt16BE(bits, 6));

const flagsOf = (bytes: Buffer): number => bytes.readUInt16BE(6);

const wireMutants: readonly Mutant[] = [
  listening("drops-the-header-crc-check", "frame.malformed.header-crc.byte-6", repairsHeader),
  listening(
    "drops-the-payload-crc-check",
    "rpc.wire.broken-chains",
    only(type.data, (bytes) => withPayload(bytes, bytes.subarray(headerBytes))),
  ),
  listening("accepts-any-version", "frame.malformed.version.major-2", (bytes) =>
    changed(bytes, (copy) => copy.writeUInt8(0x10, 4)),
  ),
  listening(
    "ignores-credit",
    "flow.credit.server-stream-stops-at-zero",
    only(type.open, (bytes) => [
      bytes,
      frame({
        type: type.credit,
        class: 0,
        stream: bytes.readUInt32BE(12),
        payload: Buffer.concat([Buffer.alloc(4, 0), Buffer.alloc(12, 1)]),
      }),
    ]),
  ),
  speaking("swallows-cancel", "rpc.cancel.call-is-given-up", only(type.cancel, swallow)),
  listening(
    "does-not-hear-cancel",
    "rpc.wire.cancel-reaches-the-handler",
    only(type.cancel, swallow),
  ),
  speaking("never-answers-ping", "session.client.pong", only(type.pong, swallow)),
  speaking(
    "pongs-with-zeros",
    "session.client.pong",
    only(type.pong, () => [frame({ type: type.pong, payload: Buffer.alloc(8), flags: 0 })]),
  ),
  speaking("closes-without-a-word", "session.client.close", only(type.close, swallow)),
  speaking(
    "sets-a-reserved-flag",
    "rpc.unary.echoes-the-payload",
    only(type.open, (bytes) => setFlags(bytes, flagsOf(bytes) | 8)),
  ),
  speaking(
    "forgets-pcrc",
    "rpc.unary.echoes-the-payload",
    only(type.open, (bytes) =>
      changed(bytes, (copy) => {
        copy.writeUInt16BE(flagsOf(copy) & ~flag.pcrc, 6);
        copy.writeUInt32BE(0, 24);
      }),
    ),
  ),
  speaking(
    "sends-the-wrong-payload-crc",
    "rpc.unary.echoes-the-payload",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt32BE(7, 24))),
  ),
  speaking(
    "opens-even-streams",
    "rpc.wire.two-frames",
    only(type.open, (bytes) =>
      changed(bytes, (copy) => copy.writeUInt32BE(copy.readUInt32BE(12) + 1, 12)),
    ),
  ),
  speaking(
    "forgets-the-deadline",
    "rpc.deadline.is-relative-and-on-the-wire",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt32BE(0, 20))),
  ),
  speaking(
    "says-every-priority-is-4",
    "rpc.unary.priority",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt8(0x80, 10))),
  ),
  speaking(
    "sends-hops-of-1",
    "rpc.unary.hops-are-counted",
    only(type.open, (bytes) => changed(bytes, (copy) => copy.writeUInt8(1, 11))),
  ),
  speaking("does-not-retry", "rpc.wire.retries-what-is-idempotent", (bytes) =>
    typeOf(bytes) === type.open && bytes.readUInt32BE(12) > 1 ? [] : undefined,
  ),
  speaking(
    "swallows-unsubscribe",
    "pubsub.core.leaving-unsubscribes",
    only(type.unsubscribe, swallow),
  ),
  speaking(
    "subscribes-to-everything",
    "pubsub.wire.subscribe-says-what-it-wants",
    only(type.subscribe, (bytes) => withPayload(bytes, Buffer.from("0a013e", "hex"))),
  ),
  speaking(
    "never-grants-credit",
    "flow.credit.rises-with-what-is-read",
    only(type.credit, swallow),
  ),
  listening(
    "does-not-hear-goaway",
    "session.client.goaway-opens-nothing-further",
    only(type.goAway, swallow),
  ),
  listening("does-not-hear-gap", "pubsub.wire.gap-frames", only(type.gap, swallow)),
  speaking(
    "keeps-wrong-aliases",
    "session.streams.alias-in-each-direction",
    only(type.alias, swallow),
  ),
  speaking(
    "never-registers",
    "session.client.register-names-the-methods",
    only(type.register, swallow),
  ),
];

export const sdkMutants: readonly Mutant[] = [...answersMutants, ...wireMutants];
