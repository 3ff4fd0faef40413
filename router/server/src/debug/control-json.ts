/**
 * Payloads of frames that are no messages, as named fields: protobuf ones in their proto-JSON, raw ones by the names of
 * protocol/SPEC.md. Numbers of 64 bits are decimal strings.
 */
import {
  EventAckKind,
  encodeCredit,
  encodeEventAck,
  encodeGap,
  encodePublishAck,
  encodeReplay,
  FrameType,
  HEARTBEAT_BYTES,
  readCredit,
  readEventAck,
  readGap,
  readPublishAck,
  readReplay,
  wire,
} from "@nexus-bridge/protocol";
import { Fields, toBase64 } from "./fields.ts";
import { payloadFault } from "./line-fault.ts";

export interface ControlJson {
  /** Of a fixed size: it is there even where a line says nothing of it. */
  readonly isRaw: boolean;
  fromJson(json: unknown): Uint8Array;
  toJson(bytes: Uint8Array): unknown;
}

/** As generated code has it. */
interface WireJson<T> {
  readonly type: { encode(message: T): Uint8Array; decode(bytes: Uint8Array): T };
  parse(text: string): T;
  toJson(message: T): unknown;
}

function message<T>({ type, parse, toJson }: WireJson<T>): ControlJson {
  return {
    isRaw: false,
    fromJson: (json) => {
      try {
        return type.encode(parse(JSON.stringify(json)));
      } catch (error) {
        throw payloadFault(error);
      }
    },
    toJson: (bytes) => toJson(type.decode(bytes)),
  };
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type Read<T> = (
  view: DataView,
  start: number,
  end: number,
) => { readonly kind: "payload"; readonly payload: T } | { readonly kind: "fault" };

/** What `read` makes of the bytes; undefined where they are not that payload. */
function payloadOf<T>(read: Read<T>, bytes: Uint8Array): T | undefined {
  const result = read(viewOf(bytes), 0, bytes.length);
  return result.kind === "payload" ? result.payload : undefined;
}

const credit: ControlJson = {
  isRaw: true,
  fromJson: (json) => {
    const fields = new Fields(json, "p", ["messages", "bytes"]);
    return encodeCredit({
      messages: fields.count("messages") ?? 0,
      bytes: fields.count("bytes") ?? 0,
    });
  },
  toJson: (bytes) => textNumbers(payloadOf(readCredit, bytes), ["messages", "bytes"]),
};

const publishAck: ControlJson = {
  isRaw: true,
  fromJson: (json) => {
    const fields = new Fields(json, "p", ["code", "epoch", "sequence"]);
    return encodePublishAck({
      code: fields.uint32("code", 0xffff) ?? 0,
      epoch: fields.uint32("epoch") ?? 0,
      sequence: fields.count("sequence") ?? 0,
    });
  },
  toJson: (bytes) => textNumbers(payloadOf(readPublishAck, bytes), ["sequence"]),
};

const gap: ControlJson = {
  isRaw: true,
  fromJson: (json) => {
    const fields = new Fields(json, "p", ["epoch", "from", "to", "count", "reason"]);
    return encodeGap({
      epoch: fields.uint32("epoch") ?? 0,
      from: fields.count("from") ?? 0,
      to: fields.count("to") ?? 0,
      count: fields.uint32("count") ?? 0,
      reason: fields.uint32("reason", 255) ?? 0,
    });
  },
  toJson: (bytes) => textNumbers(payloadOf(readGap, bytes), ["from", "to"]),
};

const replay: ControlJson = {
  isRaw: true,
  fromJson: (json) => {
    const fields = new Fields(json, "p", ["epoch", "from", "to", "most"]);
    return encodeReplay({
      epoch: fields.uint32("epoch") ?? 0,
      from: fields.count("from") ?? 0,
      to: fields.count("to") ?? 0,
      most: fields.uint32("most") ?? 0,
    });
  },
  toJson: (bytes) => textNumbers(payloadOf(readReplay, bytes), ["from", "to"]),
};

const kinds = ["ack", "nack", "progress", "term"] as const;

const eventAck: ControlJson = {
  isRaw: true,
  fromJson: (json) => {
    const fields = new Fields(json, "p", ["kind", "delayMs"]);
    const kind = kinds.findIndex((name) => name === (fields.text("kind") ?? "ack"));
    if (kind < 0) return fields.fail("kind", `must be ${kinds.join(", ")}`);
    return encodeEventAck({ kind: kind as EventAckKind, delayMs: fields.uint32("delayMs") ?? 0 });
  },
  toJson: (bytes) => {
    const ack = payloadOf(readEventAck, bytes);
    if (ack === undefined) return undefined;
    const kind = kinds[ack.kind];
    return ack.kind === EventAckKind.NACK ? { kind, delayMs: ack.delayMs } : { kind };
  },
};

const heartbeat: ControlJson = {
  isRaw: true,
  fromJson: (json) =>
    new Fields(json, "p", ["echo"]).bytes("echo", HEARTBEAT_BYTES) ??
    new Uint8Array(HEARTBEAT_BYTES),
  toJson: (bytes) => ({ echo: toBase64(bytes) }),
};

function textNumbers<T extends object>(value: T | undefined, names: readonly (keyof T)[]): unknown {
  if (value === undefined) return undefined;
  return { ...value, ...Object.fromEntries(names.map((name) => [name, String(value[name])])) };
}

const payloads: Readonly<Partial<Record<number, ControlJson>>> = {
  [FrameType.HELLO]: message(wire.HelloJson),
  [FrameType.WELCOME]: message(wire.WelcomeJson),
  [FrameType.AUTH]: message(wire.AuthJson),
  [FrameType.PING]: heartbeat,
  [FrameType.PONG]: heartbeat,
  [FrameType.GOAWAY]: message(wire.GoAwayJson),
  [FrameType.ERROR]: message(wire.StatusJson),
  [FrameType.STATUS]: message(wire.StatusJson),
  [FrameType.CREDIT]: credit,
  [FrameType.SUBSCRIBE]: message(wire.SubscribeJson),
  [FrameType.SUBSCRIBED]: message(wire.SubscribedJson),
  [FrameType.PUBACK]: publishAck,
  [FrameType.EVACK]: eventAck,
  [FrameType.GAP]: gap,
  [FrameType.REPLAY]: replay,
  [FrameType.REGISTER]: message(wire.RegisterJson),
  [FrameType.REGISTERED]: message(wire.RegisteredJson),
};

/** How the payload of `type` reads; undefined for messages, and for types that have none. */
export const controlJson = (type: number): ControlJson | undefined => payloads[type];
