import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeControl,
  EventAckKind,
  encodeCredit,
  encodeEventAck,
  encodeGap,
  encodePublishAck,
  encodeReplay,
  readCredit,
  readEventAck,
  readGap,
  readPublishAck,
  readReplay,
  wire,
} from "./control.ts";
import { Code, LinkCode, Reason } from "./gen/errors.ts";
import { PREFACE_BYTES, PrefaceReader, preface } from "./preface.ts";
import {
  codeName,
  codeOf,
  isCode,
  isLinkCode,
  isRetryable,
  linkCodeName,
  packCode,
  reasonName,
  reasonOf,
} from "./status.ts";

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.maxSafeNat();

describe("raw control payloads", () => {
  it("EVACK and REPLAY come back as they were written", () => {
    fc.assert(
      fc.property(u64, u64, u32, u32, fc.constantFrom(0, 2, 3), (from, to, epoch, most, kind) => {
        const replay = { epoch, from, to, most };
        expect(readReplay(viewOf(encodeReplay(replay)), 0, 24)).toEqual({
          kind: "payload",
          payload: replay,
        });
        const nack = { kind: EventAckKind.NACK, delayMs: most };
        expect(readEventAck(viewOf(encodeEventAck(nack)), 0, 5)).toEqual({
          kind: "payload",
          payload: nack,
        });
        const other = encodeEventAck({ kind: kind as EventAckKind, delayMs: 7 });
        expect(readEventAck(viewOf(other), 0, 1)).toEqual({
          kind: "payload",
          payload: { kind, delayMs: 0 },
        });
      }),
    );
  });

  it.each([
    ["an empty EVACK", []],
    ["a nack without its delay", [1]],
    ["an ack with a delay", [0, 0, 0, 0, 0]],
    ["a kind that is none", [4]],
  ])("%s is a fault", (_, bytes) => {
    expect(readEventAck(viewOf(Uint8Array.from(bytes)), 0, bytes.length).kind).toBe("fault");
  });

  it("come back as they were written", () => {
    fc.assert(
      fc.property(u64, u64, u32, u32, fc.nat(0xffff), (one, two, epoch, count, code) => {
        const credit = { messages: one, bytes: two };
        const ack = { code, epoch, sequence: one };
        const gap = { epoch, from: one, to: two, count, reason: code & 0xff };
        expect(readCredit(viewOf(encodeCredit(credit)), 0, 16)).toEqual({
          kind: "payload",
          payload: credit,
        });
        expect(readPublishAck(viewOf(encodePublishAck(ack)), 0, 14)).toEqual({
          kind: "payload",
          payload: ack,
        });
        expect(readGap(viewOf(encodeGap(gap)), 0, 25)).toEqual({ kind: "payload", payload: gap });
      }),
    );
  });

  it("of a wrong size or an impossible sequence end the link", () => {
    const zeros = viewOf(new Uint8Array(32));
    const view = viewOf(new Uint8Array(32).fill(0xff));
    const fault = { kind: "fault", code: LinkCode.PROTOCOL_ERROR };
    for (const size of [0, 13, 15, 17, 24, 26]) {
      expect(readCredit(zeros, 0, size)).toMatchObject(fault);
      expect(readPublishAck(zeros, 0, size)).toMatchObject(fault);
      expect(readGap(zeros, 0, size)).toMatchObject(fault);
    }
    expect(readPublishAck(view, 0, 14)).toMatchObject(fault);
    expect(readGap(view, 0, 25)).toMatchObject(fault);
  });

  it("saturate where credit is beyond counting", () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(readCredit(viewOf(new Uint8Array(16).fill(0xff)), 0, 16)).toEqual({
      kind: "payload",
      payload: { messages: most, bytes: most },
    });
  });
});

describe("protobuf control payloads", () => {
  it("come back as they were written", () => {
    const hello = wire.Hello.create({
      wireMin: 1,
      wireMax: 1,
      client: { name: "test", language: "typescript" },
      capabilities: ["json", "json"],
      codecs: [0, 1, 300],
      limits: { messageBytesMax: 2n ** 40n },
    });
    expect(decodeControl(wire.Hello, wire.Hello.encode(hello))).toEqual({
      kind: "payload",
      payload: hello,
    });
  });

  it("that cannot be decoded are a fault, not an exception", () => {
    expect(decodeControl(wire.Hello, Uint8Array.of(0x1a, 5, 1))).toMatchObject({
      kind: "fault",
      code: LinkCode.PROTOCOL_ERROR,
      message: expect.stringContaining("nexus.wire.v1.Hello"),
    });
  });
});

describe("codes", () => {
  it("travel with their reason in one number", () => {
    const packed = packCode(Code.FAILED_PRECONDITION, Reason.OUT_OF_ORDER);
    expect([codeOf(packed), reasonOf(packed)]).toEqual([9, 13]);
    expect(packCode(Code.CANCELLED)).toBe(1);
  });

  it("have names, known or not", () => {
    expect([codeName(14), codeName(99)]).toEqual(["UNAVAILABLE", "UNKNOWN"]);
    expect([reasonName(1), reasonName(200)]).toEqual(["NO_ROUTE", undefined]);
    expect([linkCodeName(0x101), linkCodeName(1)]).toEqual(["PROTOCOL_ERROR", undefined]);
    expect([isCode(16), isCode(17), isLinkCode(0x100), isLinkCode(0x10b)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect([isRetryable(Code.UNAVAILABLE), isRetryable(Code.INTERNAL)]).toEqual([true, false]);
  });
});

describe("the preface", () => {
  it("is taken off a stream in any pieces", () => {
    const bytes = new Uint8Array([...preface(), 1, 2, 3]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new PrefaceReader();
      const taken = reader.take(bytes.subarray(0, cut));
      const more = reader.complete ? 0 : reader.take(bytes.subarray(cut));
      expect(taken + more).toBe(PREFACE_BYTES);
      expect(reader.complete).toBe(true);
    }
  });

  it("is refused at its first wrong byte", () => {
    for (let at = 0; at < PREFACE_BYTES; at++) {
      const bytes = preface();
      bytes[at] = 0x20;
      expect(new PrefaceReader().take(bytes)).toBe(-1);
    }
  });
});
