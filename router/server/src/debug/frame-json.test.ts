import { readFileSync } from "node:fs";
import { decodeHeader, Flag, FrameType, readMeta } from "@nexus-bridge/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, frameFromLine, type LineFrame, lineOf } from "./frame-json.ts";
import { findJsonFault, NESTING_MAX } from "./json-fault.ts";
import { LineFault } from "./line-fault.ts";

const none = () => undefined;

function fault(line: string): LineFault {
  try {
    frameFromLine(line, none);
  } catch (error) {
    if (error instanceof LineFault) return error;
    throw error;
  }
  throw new Error("nothing is wrong with the line");
}

interface Vector {
  readonly name: string;
  readonly hex?: string;
}

const { frames: vectors }: { readonly frames: readonly Vector[] } = JSON.parse(
  readFileSync(new URL("../../../../schema/vectors/frames.json", import.meta.url), "utf8"),
);

/** Frames that stand alone in a line: whole, uncompressed, not about aliases, and with a name where they need one. */
function frames(): readonly {
  readonly name: string;
  readonly frame: LineFrame;
  readonly hex: string;
}[] {
  return vectors.flatMap(({ name, hex }) => {
    // The checksum of a fragment speaks of those before it.
    if (hex === undefined || name.startsWith("fragment")) return [];
    const bytes = Uint8Array.from(Buffer.from(hex, "hex"));
    if (bytes.length < 32) return [];
    const view = new DataView(bytes.buffer);
    const header = decodeHeader(view, 0);
    if (header.length + 32 !== bytes.length) return [];
    const payloadAt = 32 + header.metaLength;
    const read = readMeta(bytes, view, 32, payloadAt);
    const isPart = (header.flags & Flag.MORE) !== 0 || header.route !== 0;
    const isOther = header.type === FrameType.ALIAS || (header.class & 7) !== 0;
    if (isPart || isOther || read.kind === "fault" || read.meta.unknown !== undefined) return [];
    const { length: _length, version: _version, metaLength: _metaLength, ...fields } = header;
    const { payloadCrc: _crc, hops: _hops, ...init } = fields;
    const hasPayload = bytes.length > payloadAt || (header.flags & Flag.PCRC) !== 0;
    const payload = hasPayload ? { payload: bytes.subarray(payloadAt) } : {};
    const frame = { ...init, name: read.meta.name, meta: read.meta, ...payload };
    return [{ name, hex, frame: frame as LineFrame }];
  });
}

describe("a golden frame", () => {
  const known = frames();

  test("there are enough of them", () => {
    expect(known.length).toBeGreaterThan(15);
  });

  test.each(known.map(({ name, frame, hex }) => [name, frame, hex] as const))(
    "%s is the same after its line",
    (_name, frame, hex) => {
      const line = lineOf(frame, none);
      expect(line.indexOf("\n")).toBe(line.length - 1);
      const again = frameFromLine(line, none);
      // Flags a line cannot name are made with the bytes; hops are those of an origin.
      expect(lineOf(again, none)).toBe(line);
      const bytes = bytesOf(again);
      const expected = Buffer.from(hex, "hex");
      const hops = expected[11] ?? 0;
      if (hops === bytes[11]) expect(Buffer.from(bytes).toString("hex")).toBe(hex);
      else expect(bytes.length).toBe(expected.length);
    },
  );
});

describe("a line that is wrong", () => {
  test.each([
    ['{"t":"OPEN"', 12, 'expected "," or "}", but the line ends'],
    ['{"t":OPEN}', 6, 'expected a value: text stands in double quotes, but "O" stands there'],
    ['{t:"OPEN"}', 2, "expected a name in double quotes"],
    ['{"t":"OPEN"} {}', 14, "expected the end of the line: one object a line"],
    ['{"t":"OPEN","s":01}', 17, "expected a value"],
    ['{"t":"a\\x"}', 9, "behind a backslash"],
    ['{"t":"OPEN', 11, "text that ends in a double quote"],
    [`${"[".repeat(NESTING_MAX + 2)}`, NESTING_MAX + 2, "deeper than 64"],
  ])("says where: %s", (line, column, message) => {
    const { place, message: said } = fault(line);
    expect(place.column).toBe(column);
    expect(said).toContain(message);
  });

  test.each([
    ["[]", "", "must be an object"],
    ["{}", "t", "is missing"],
    ['{"t":"OPEM"}', "t", "there are HELLO"],
    ['{"t":"ALIAS","r":"a"}', "t", "names stand in r"],
    ['{"t":"OPEN","stream":1}', "stream", "there are t, s, r"],
    ['{"t":"OPEN","__proto__":1}', "__proto__", "there are t, s, r"],
    ['{"t":"OPEN","r":"a.b/C"}', "s", "is missing: an odd number"],
    ['{"t":"SUBSCRIBE","p":{"pattern":"a"}}', "s", "is missing: an odd number"],
    ['{"t":"REGISTER","s":0,"p":{"service":"a.b"}}', "s", "is missing: an odd number"],
    ['{"t":"OPEN","s":-1}', "s", "whole number from 0 to 4294967295"],
    ['{"t":"OPEN","s":1.5}', "s", "whole number"],
    ['{"t":"OPEN","f":"END"}', "f", "must be a list"],
    ['{"t":"OPEN","f":["MORE"]}', "f", "must be a list of END, RETAIN"],
    ['{"t":"OPEN","c":129}', "c", "no payload codec"],
    ['{"t":"OPEN","c":256}', "c", "from 0 to 255"],
    ['{"t":"OPEN","b64":"?"}', "b64", "must be base64"],
    ['{"t":"OPEN","b64":"AA==","p":{}}', "b64", "write one of them"],
    ['{"t":"OPEN","r":"a/b","p":{}}', "p", "no schema for a/b"],
    ['{"t":"CANCEL","p":{}}', "p", "CANCEL has no payload"],
    ['{"t":"HELLO","p":{"codecs":[1]}}', "p.codecs", "must be left out"],
    ['{"t":"HELLO","p":{"wire":1}}', "p", 'no field "wire"'],
    ['{"t":"SUBSCRIBE","p":{"start":{"kind":"x"}}}', "p.start.kind", "expected"],
    ['{"t":"CREDIT","p":{"messages":-1}}', "p.messages", "in quotes"],
    ['{"t":"CREDIT","p":{"messages":"18446744073709551615"}}', "p.messages", "at most"],
    ['{"t":"EVACK","p":{"kind":"maybe"}}', "p.kind", "ack, nack, progress, term"],
    ['{"t":"OPEN","m":{"user":[["k"]]}}', "m.user", "list of pairs"],
    ['{"t":"OPEN","m":{"user":[["K","v"]]}}', "m", "must match"],
    ['{"t":"OPEN","m":{"user":[["k-bin","?"]]}}', "m.user", "base64"],
    ['{"t":"OPEN","m":{"trace":{"id":"00"}}}', "m.trace.id", "32 hexadecimal digits"],
    ['{"t":"OPEN","m":{"producer":{"id":"AA=="}}}', "m.producer.id", "16 bytes"],
    ['{"t":"OPEN","m":{"ttl":3}}', "m.ttl", "there are trace"],
  ])("says which key: %s", (line, key, message) => {
    const { place, message: said } = fault(line);
    expect(place.key).toBe(key);
    expect(said).toContain(message);
  });

  test("is found wrong exactly where the runtime's parser finds it wrong", () => {
    const text = fc.oneof(
      fc.json(),
      fc.string(),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([json, at, extra]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + extra + json.slice(place + (at % 3));
      }),
    );
    fc.assert(
      fc.property(text, (line) => {
        let isJson = true;
        try {
          JSON.parse(line);
        } catch {
          isJson = false;
        }
        expect(findJsonFault(line) === undefined).toBe(isJson);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what need not be written", () => {
  test("is the wire in HELLO, and the credit of a subscription", () => {
    const hello = frameFromLine('{"t":"HELLO"}', none);
    expect(lineOf(hello, none)).toContain('"wireMin":1,"wireMax":1');
    expect(frameFromLine('{"t":"SUBSCRIBE","s":1}', none).arg).toBe(1024);
    expect(frameFromLine('{"t":"SUBSCRIBE","s":1,"a":0}', none).arg).toBe(0);
  });

  test("is a message: none is there without p and b64, an empty one with them", () => {
    expect(frameFromLine('{"t":"DATA","s":1,"f":["END"]}', none).payload).toBeUndefined();
    expect(frameFromLine('{"t":"DATA","s":1,"b64":""}', none).payload?.length).toBe(0);
  });
});
