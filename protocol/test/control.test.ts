import { readFileSync } from "node:fs";
import { wire } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

interface ControlVector {
  readonly name: string;
  readonly type: string;
  readonly json: unknown;
  readonly hex: string;
}

const file = new URL("../../schema/vectors/control.json", import.meta.url);
const { payloads } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly payloads: readonly ControlVector[];
};
const types: Readonly<Record<string, Codec>> = {
  Hello: wire.Hello,
  Welcome: wire.Welcome,
  Status: wire.Status,
  GoAway: wire.GoAway,
  Subscribe: wire.Subscribe,
  Subscribed: wire.Subscribed,
  Register: wire.Register,
  Registered: wire.Registered,
};
interface Codec {
  readonly typeName: string;
  create(init: object): object;
  encode(message: object): Uint8Array;
  decode(bytes: Uint8Array): object;
}

const bytesKeys = new Set(["token", "challenge", "routerId", "linkId", "value"]);
const bigKeys = new Set([
  "messageBytesMax",
  "authExpiresInMs",
  "ageMs",
  "sequence",
  "requestFingerprint",
  "responseFingerprint",
  "fingerprint",
]);

/** Proto-JSON as the initial value of a message. */
function initOf(json: unknown): object {
  return JSON.parse(JSON.stringify(json), (key: string, value: unknown) => {
    if (bytesKeys.has(key)) return new Uint8Array(Buffer.from(String(value), "base64"));
    return bigKeys.has(key) ? BigInt(String(value)) : value;
  }) as object;
}

describe.each(payloads)("the payload $name", ({ type, json, hex }) => {
  const codec = types[type.replace("nexus.wire.v1.", "")];
  if (codec === undefined) throw new Error(`${type} is not known here`);
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"));

  it("has its bytes", () => {
    expect(codec.typeName).toBe(type);
    expect(Buffer.from(codec.encode(initOf(json))).toString("hex")).toBe(hex);
  });

  it("comes out of them, also in front of what nobody knows", () => {
    const expected = codec.create(initOf(json));
    expect(codec.decode(bytes)).toEqual(expected);
    expect(codec.decode(Uint8Array.of(...bytes, 0xf8, 0x7f, 1))).toMatchObject(expected);
  });

  it("is refused where it is cut inside a field", () => {
    const verdicts = Array.from({ length: bytes.length }, (_, size) => {
      try {
        codec.decode(bytes.subarray(0, size));
        return "read";
      } catch {
        return "refused";
      }
    });
    const last = bytes.length > 1 ? verdicts.at(-1) : "refused";
    expect(last).toBe("refused");
  });
});
