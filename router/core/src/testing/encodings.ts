/** Encodings and peers for tests of what the router translates. It translates nothing itself. */
import { crc32, Flag, type wire } from "@nexus-bridge/protocol";
import { expect } from "vitest";
import type { Encodings, MessageSchema } from "../index.ts";
import { SERVICE } from "./demo.ts";
import { type Peer, type Received, text, utf8 } from "./harness.ts";

/** What stands for zlib here: each pair of bytes is a count and a byte. */
function inflate(bytes: Uint8Array, bytesMax: number): Uint8Array | undefined {
  if (bytes.length % 2 !== 0) throw new Error("half a pair");
  let size = 0;
  for (let at = 0; at < bytes.length; at += 2) size += 100 * (bytes[at] ?? 0);
  if (size > bytesMax) return undefined;
  const made = new Uint8Array(size);
  let end = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    made.fill(bytes[at + 1] ?? 0, end, end + 100 * (bytes[at] ?? 0));
    end += 100 * (bytes[at] ?? 0);
  }
  return made;
}

export const packed = (hundreds: number): Uint8Array => Uint8Array.of(hundreds, 0x61);

/** `{"text": "..."}` is a message of these bytes. */
const schema: MessageSchema = {
  fromJson: (json) => {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || !("text" in value)) {
      throw new Error("$: expected text");
    }
    return utf8(String(value.text));
  },
  toJson: (bytes) => ({ text: text(bytes) }),
};

export const encodings: Encodings = {
  inflate,
  schemas: {
    method: (name) =>
      name.startsWith(SERVICE) ? { request: schema, response: schema } : undefined,
    topic: (name) => (name.startsWith("known.") ? schema : undefined),
  },
};

export const ZLIB = 0x81;
export const zlib: wire.HelloInit = { codecs: [0, 1] };
export const json: wire.HelloInit = { capabilities: ["json"] };
export const both: wire.HelloInit = { ...zlib, ...json };
export const plain: wire.HelloInit = {};

/** The one frame of that type that came. */
export function only(peer: Peer, type: number): Received {
  const frames = peer.takeOf(type);
  expect(frames.length).toBe(1);
  return frames[0] as Received;
}

export function expectIntact({ payload, payloadCrc, flags }: Received): void {
  expect(flags & Flag.PCRC).toBe(Flag.PCRC);
  expect(crc32(payload, 0, payload.length)).toBe(payloadCrc);
}
