import { readFileSync } from "node:fs";
import {
  type Code,
  type ControlResult,
  codeOf,
  encodeCredit,
  encodeEventAck,
  encodeGap,
  encodePublishAck,
  encodeReplay,
  packCode,
  type Reason,
  readCredit,
  readEventAck,
  readGap,
  readPublishAck,
  readReplay,
  reasonOf,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

interface RawVector {
  readonly name: string;
  readonly type: string;
  readonly fields: Readonly<Record<string, number | string>>;
  readonly hex: string;
}

const file = new URL("../../schema/vectors/raw.json", import.meta.url);
const { payloads } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly payloads: readonly RawVector[];
};

type Fields = Readonly<Record<string, number>>;
interface RawType {
  encode(fields: Fields): Uint8Array;
  read(view: DataView, start: number, end: number): ControlResult<object>;
}

const types: Readonly<Record<string, RawType>> = {
  PUBACK: {
    encode: ({ code = 0, reason = 0, epoch = 0, sequence = 0 }) =>
      encodePublishAck({ code: packCode(code as Code, reason as Reason), epoch, sequence }),
    read: (view, start, end) => {
      const read = readPublishAck(view, start, end);
      if (read.kind === "fault") return read;
      const { code, epoch, sequence } = read.payload;
      const payload = { code: codeOf(code), reason: reasonOf(code), epoch, sequence };
      return { kind: "payload", payload };
    },
  },
  EVACK: {
    encode: ({ kind = 0, delayMs = 0 }) => encodeEventAck({ kind: kind as 0 | 1 | 2 | 3, delayMs }),
    read: readEventAck,
  },
  GAP: {
    encode: ({ epoch = 0, from = 0, to = 0, count = 0, reason = 0 }) =>
      encodeGap({ epoch, from, to, count, reason }),
    read: readGap,
  },
  REPLAY: {
    encode: ({ epoch = 0, from = 0, to = 0, most = 0 }) => encodeReplay({ epoch, from, to, most }),
    read: readReplay,
  },
  CREDIT: {
    encode: ({ messages = 0, bytes = 0 }) => encodeCredit({ messages, bytes }),
    read: readCredit,
  },
};

describe.each(payloads)("the payload $name", ({ type, fields, hex }) => {
  const raw = types[type];
  if (raw === undefined) throw new Error(`${type} is not known here`);
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
  const numbers: Fields = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Number(value)]),
  );
  const readAt = (at: number, size: number) => {
    const all = new Uint8Array(at + bytes.length + 1);
    all.set(bytes, at);
    return raw.read(new DataView(all.buffer), at, at + size);
  };

  it("has its bytes, and comes out of them wherever they lie", () => {
    expect(Buffer.from(raw.encode(numbers)).toString("hex")).toBe(hex);
    const expected = { ...(type === "EVACK" ? { delayMs: 0 } : {}), ...numbers };
    for (const at of [0, 3]) {
      expect(readAt(at, bytes.length)).toEqual({ kind: "payload", payload: expected });
    }
  });

  it("is refused with a byte less and a byte more", () => {
    for (const size of [bytes.length - 1, bytes.length + 1])
      expect(readAt(0, size).kind).toBe("fault");
  });
});
