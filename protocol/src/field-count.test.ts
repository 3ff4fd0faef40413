import { expect, it } from "vitest";
import { decodeControl, wire } from "./control.ts";
import { hasFieldsAtMost } from "./field-count.ts";

const bytesOf = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes);

it("counts fields of every wire type, those inside messages and groups too", () => {
  const varint = [0x08, 0xff, 0x01];
  const fixed64 = [0x11, 0, 0, 0, 0, 0, 0, 0, 0];
  const fixed32 = [0x25, 0, 0, 0, 0];
  const group = [0x2b, 0x2c];
  const inner = [0x1a, 6, 0x1a, 2, 0x08, 1, 0x08, 1];
  const payload = bytesOf(...varint, ...fixed64, ...fixed32, ...group, ...inner);
  // Three scalars, both ends of a group, and a message with two fields, one of which has one.
  expect(hasFieldsAtMost(payload, 9)).toBe(true);
  expect(hasFieldsAtMost(payload, 8)).toBe(false);
});

it("ends at what is no message, and never reads behind the end", () => {
  expect(hasFieldsAtMost(bytesOf(0x08, 1, 0x0f, 0x08, 1, 0x08, 1), 2)).toBe(true);
  expect(hasFieldsAtMost(bytesOf(0x1a, 0x7f, 0x08, 1, 0x08, 1), 1)).toBe(true);
  expect(hasFieldsAtMost(bytesOf(0xff, 0xff, 0xff, 0xff), 3)).toBe(true);
});

it("refuses a control payload of more fields than there may be before it is decoded", () => {
  const method = bytesOf(0x1a, 0);
  const payload = new Uint8Array(2 * 100_001);
  for (let at = 0; at < payload.length; at += 2) payload.set(method, at);
  expect(decodeControl(wire.Register, payload)).toMatchObject({
    kind: "fault",
    message: "nexus.wire.v1.Register has more than 100000 fields",
  });
  const allowed = decodeControl(wire.Register, payload.subarray(2));
  expect(allowed.kind === "payload" && allowed.payload.methods.length).toBe(100_000);
});
