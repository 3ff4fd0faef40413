import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Code, LinkCode } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { CRITICAL, type Meta, metaProblem, routerTagIn, Tag, unknownCriticalIn } from "./meta.ts";
import { readMeta } from "./meta-reader.ts";
import { encodeMeta, metaBytes, sealMeta } from "./meta-writer.ts";

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const u64 = fc.maxSafeNat();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: "grapheme", maxLength: 60 });
const key = fc.stringMatching(/^[a-z0-9._-]{1,40}$/);
const pair = fc.oneof(
  fc.tuple(
    key.filter((each) => !each.endsWith("-bin")),
    text,
  ),
  fc.tuple(
    key.filter((each) => each.length < 37).map((each) => `${each}-bin`),
    fc.uint8Array({ maxLength: 400 }),
  ),
);
const known = new Set<number>(Object.values(Tag));
const unknown = fc.uniqueArray(
  fc.record({
    tag: fc.integer({ min: 1, max: 0x7f }).filter((tag) => !known.has(tag)),
    critical: fc.boolean(),
    value: fc.uint8Array({ maxLength: 300 }),
  }),
  { selector: (each) => each.tag, minLength: 1, maxLength: 4 },
);
const metas: fc.Arbitrary<Meta> = fc.record(
  {
    name: text,
    trace: fc.record({ id: bytes(16), span: bytes(8), flags: fc.nat(255) }),
    tracestate: text,
    user: fc.array(pair, { minLength: 1, maxLength: 8 }),
    producer: fc.record({ id: bytes(16), epoch: u32, sequence: u64 }),
    position: fc.record({ epoch: u32, sequence: u64 }),
    orderingKey: fc.uint8Array({ maxLength: 255 }),
    ttlMs: u32,
    fingerprint: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    principal: text,
    idempotencyKey: fc.uint8Array({ maxLength: 64 }),
    attempt: fc.nat(255),
    initialCredit: fc.record({ messages: u32, kibibytes: u32 }),
    ingressTime: u64,
    origin: bytes(8),
    deadLetterReason: text,
    correlationId: text,
    contentType: text,
    unknown,
  },
  { requiredKeys: [] },
);

const viewOf = (block: Uint8Array) =>
  new DataView(block.buffer, block.byteOffset, block.byteLength);
const read = (block: Uint8Array) => readMeta(block, viewOf(block), 0, block.length);
/** A block of these bytes with a right CRC. */
function sealed(body: readonly number[]): Uint8Array {
  const block = new Uint8Array(body.length + 4);
  block.set(body);
  sealMeta(block, viewOf(block), 0, body.length);
  return block;
}

describe("a meta block", () => {
  it("comes back as it was written, in the size that was announced", () => {
    fc.assert(
      fc.property(metas, (meta) => {
        const block = encodeMeta(meta);
        expect(block.length).toBe(metaBytes(meta));
        expect(read(block)).toEqual({ kind: "meta", meta });
      }),
    );
  });

  it("owns its bytes", () => {
    const block = encodeMeta({ orderingKey: Uint8Array.of(1, 2) });
    const result = read(block);
    block.fill(0);
    expect(result).toEqual({ kind: "meta", meta: { orderingKey: Uint8Array.of(1, 2) } });
  });

  it("shows every damaged bit", () => {
    const block = encodeMeta({ name: "demo.Echo/Say", user: [["team", "blue"]], ttlMs: 5 });
    for (let bit = 0; bit < block.length * 8; bit++) {
      const damaged = block.slice();
      damaged[bit >>> 3] = (damaged[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(read(damaged)).toMatchObject({
        kind: "fault",
        code: Code.DATA_LOSS,
        linkCode: LinkCode.META_CRC,
      });
    }
  });

  it("gives any bytes a verdict, never an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (body) => {
        const result = read(sealed([...body]));
        if (result.kind === "fault") expect(result.code).toBe(Code.INVALID_ARGUMENT);
        else expect(metaBytes(result.meta)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 5000 },
    );
  });

  const user = (length: number, ...rest: number[]) => [Tag.USER, length, ...rest];
  it.each([
    ["a lonely tag", [Tag.NAME]],
    ["a length beyond the block", [Tag.NAME, 3, 65]],
    ["a cut long length", [Tag.NAME, 255, 1]],
    ["a long length below 255", [Tag.NAME, 255, 0, 2, 65, 65]],
    ["a long length of 254", [Tag.NAME, 255, 0, 254, ...Array(254).fill(65)]],
    ["a long length beyond the block", [Tag.NAME, 255, 1, 0, 65]],
    ["a repeated tag", [Tag.ATTEMPT, 1, 1, Tag.ATTEMPT, 1, 1]],
    ["a repeated tag, once critical", [Tag.ATTEMPT, 1, 1, Tag.ATTEMPT | CRITICAL, 1, 1]],
    ["a repeated unknown tag", [0x7e, 0, 0x7e, 0]],
    ["a wrong size", [Tag.TTL, 3, 0, 0, 1]],
    ["a name that is not UTF-8", [Tag.NAME, 1, 0xff]],
    ["a name above 255 bytes", [Tag.NAME, 255, 1, 0, ...Array(256).fill(65)]],
    ["an idempotency key above 64 bytes", [Tag.IDEMPOTENCY_KEY, 65, ...Array(65).fill(1)]],
    ["a position above 2^53", [Tag.POSITION, 12, 0, 0, 0, 1, 0, 32, 0, 0, 0, 0, 0, 0]],
    ["an empty user pair", user(0)],
    ["a user key beyond its pair", user(2, 5, 97)],
    ["a user key without a character", user(1, 0)],
    ["a user key in capitals", user(2, 1, 65)],
    ["a user text that is not UTF-8", user(3, 1, 97, 0xff)],
  ])("refuses %s", (_, body) => {
    expect(read(sealed(body))).toMatchObject({
      kind: "fault",
      code: Code.INVALID_ARGUMENT,
      linkCode: LinkCode.PROTOCOL_ERROR,
    });
  });

  it("holds as many user pairs as allowed and no more", () => {
    const pairs = (count: number) => encodeMeta({ user: Array(count).fill(["a", "b"]) });
    expect(read(pairs(limits.userPairs)).kind).toBe("meta");
    expect(read(pairs(limits.userPairs + 1)).kind).toBe("fault");
  });

  it("tells which unknown tags may not be ignored", () => {
    const meta = (critical: boolean): Meta => ({
      unknown: [{ tag: 0x70, critical, value: new Uint8Array(0) }],
    });
    expect(unknownCriticalIn(meta(false))).toBeUndefined();
    expect(unknownCriticalIn(meta(true))).toBe(0x70);
    const result = read(encodeMeta(meta(true)));
    expect(result.kind === "meta" && unknownCriticalIn(result.meta)).toBe(0x70);
  });

  it("tells which tags are a router's", () => {
    expect(routerTagIn({ name: "a", attempt: 1 })).toBeUndefined();
    expect(routerTagIn({ origin: new Uint8Array(8) })).toBe("origin");
    expect(routerTagIn({ position: { epoch: 1, sequence: 1 } })).toBe("position");
  });
});

describe("metadata of an application", () => {
  it.each<[string, Meta]>([
    ["Team", { user: [["Team", "blue"]] }],
    ["key-bin", { user: [["key-bin", "text"]] }],
    ["team", { user: [["team", Uint8Array.of(1)]] }],
    ["64", { user: Array(65).fill(["a", "b"]) }],
    ["255", { orderingKey: new Uint8Array(256) }],
    ["64", { idempotencyKey: new Uint8Array(65) }],
    ["255", { name: "ä".repeat(128) }],
    ["16", { trace: { id: new Uint8Array(15), span: new Uint8Array(8), flags: 0 } }],
    ["16", { producer: { id: new Uint8Array(17), epoch: 0, sequence: 0 } }],
  ])("is refused before it is sent, naming %s", (named, meta) => {
    expect(metaProblem(meta)).toContain(named);
  });

  it("is accepted within the rules", () => {
    const user: Meta["user"] = [
      ["team", "blue"],
      ["key-bin", Uint8Array.of(0)],
    ];
    expect(metaProblem({ user, orderingKey: new Uint8Array(255) })).toBeUndefined();
  });
});
