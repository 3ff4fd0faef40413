import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc32 } from "./crc32.ts";
import { Assembler, Assembly, Fragmenter } from "./fragment.ts";
import { encodeFrame, type FrameInit } from "./frame.ts";
import { Code, Reason } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { Flag, FrameType, frameClass } from "./header.ts";

type Chain = readonly FrameInit[];

/** The frames of one message, cut wherever the credit at hand runs out. */
function cut(message: Uint8Array, credits: readonly number[], index = 0, open = false): Chain {
  const fragmenter = new Fragmenter(message);
  const frames: FrameInit[] = [];
  for (let turn = 0; !fragmenter.complete; turn++) {
    const before = fragmenter.crc;
    if (!fragmenter.next(credits[turn % credits.length] ?? 1)) continue;
    const first = frames.length === 0;
    frames.push({
      type: first && open ? FrameType.OPEN : FrameType.DATA,
      stream: 1,
      arg: first && open ? 250 : index,
      flags: fragmenter.complete ? 0 : Flag.MORE,
      payload: message.subarray(fragmenter.start, fragmenter.end),
      crcBefore: before,
    });
  }
  return frames;
}

function accept(assembler: Assembler, init: FrameInit): Assembly {
  const bytes = encodeFrame(init);
  return assembler.accept(bytes, new DataView(bytes.buffer), 0, bytes.length);
}

const messageOf = (assembler: Assembler) => assembler.bytes.slice(assembler.start, assembler.end);
const message = fc.uint8Array({ maxLength: 300 });
const credits = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });

describe("fragments", () => {
  it("put every message together again, whatever the credit was", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 5 }),
        credits,
        fc.boolean(),
        (messages, cuts, open) => {
          const assembler = new Assembler();
          messages.forEach((each, index) => {
            const chain = cut(each, cuts, index, open && index === 0);
            const outcomes = chain.map((frame) => accept(assembler, frame));
            expect(outcomes.slice(0, -1).every((outcome) => outcome === Assembly.PARTIAL)).toBe(
              true,
            );
            expect(outcomes.at(-1)).toBe(Assembly.MESSAGE);
            expect(messageOf(assembler)).toEqual(each);
            expect(assembler.nextIndex).toBe(index + 1);
          });
        },
      ),
    );
  });

  it("show a lost, a repeated and a swapped one", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 30, maxLength: 90 }).filter((each) => new Set(each).size > 20),
        fc.nat(),
        fc.constantFrom("lose", "repeat", "swap"),
        (whole, where, how) => {
          const chain = [...cut(whole, [10])];
          const at = where % (chain.length - 1);
          const [one, two] = [chain[at], chain[at + 1]] as [FrameInit, FrameInit];
          if (how === "lose") chain.splice(at, 1);
          else if (how === "repeat") chain.splice(at, 0, one);
          else chain.splice(at, 2, two, one);
          const assembler = new Assembler();
          const outcomes = chain.map((frame) => accept(assembler, frame));
          expect(outcomes).toContain(Assembly.FAULT);
          expect(assembler.fault?.code).toBe(Code.DATA_LOSS);
        },
      ),
    );
  });

  it("are never cut beyond 256 KiB, nor without credit", () => {
    const fragmenter = new Fragmenter(new Uint8Array(limits.fragmentBytes + 1));
    expect(fragmenter.next(0)).toBe(false);
    expect(fragmenter.begun).toBe(false);
    expect(fragmenter.next(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(fragmenter.end).toBe(limits.fragmentBytes);
    expect(fragmenter.next(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(fragmenter.complete).toBe(true);
    expect(fragmenter.next(1)).toBe(false);
  });

  it("of an empty message are one, and it needs no byte credit", () => {
    const fragmenter = new Fragmenter(new Uint8Array(0));
    expect(fragmenter.next(0)).toBe(true);
    expect(fragmenter.complete).toBe(true);
    expect(fragmenter.next(0)).toBe(false);
  });
});

describe("the assembler", () => {
  const { OPEN, DATA } = FrameType;
  const payload = Uint8Array.of(1, 2, 3);
  const begin: FrameInit = { type: DATA, stream: 1, flags: Flag.MORE, payload };

  it("tells an empty message from none", () => {
    const assembler = new Assembler();
    const empty = new Uint8Array(0);
    expect(accept(assembler, { type: OPEN, stream: 1 })).toBe(Assembly.NOTHING);
    expect(accept(assembler, { type: DATA, stream: 1, payload: empty })).toBe(Assembly.MESSAGE);
    expect(messageOf(assembler)).toEqual(empty);
    const end: FrameInit = { type: DATA, stream: 1, arg: 1, flags: Flag.END };
    expect(accept(assembler, end)).toBe(Assembly.NOTHING);
  });

  it.each<[string, readonly FrameInit[]]>([
    ["a wrong index", [{ type: DATA, stream: 1, arg: 1, payload }]],
    ["END with MORE", [{ ...begin, flags: Flag.MORE | Flag.END }]],
    ["an empty first fragment", [{ ...begin, payload: new Uint8Array(0) }]],
    ["an empty last fragment", [begin, { type: DATA, stream: 1, payload: new Uint8Array(0) }]],
    ["a half-close inside a message", [begin, { type: DATA, stream: 1, flags: Flag.END }]],
    ["OPEN inside a message", [begin, { type: OPEN, stream: 1, payload }]],
    ["meta on a later fragment", [begin, { type: DATA, stream: 1, payload, meta: { attempt: 1 } }]],
    ["another flag later", [begin, { type: DATA, stream: 1, payload, flags: Flag.TRACE }]],
    ["another class later", [begin, { type: DATA, stream: 1, payload, class: frameClass(5) }]],
  ])("ends the call at %s", (_, frames) => {
    const assembler = new Assembler();
    const outcomes = frames.map((frame) => accept(assembler, frame));
    expect(outcomes.at(-1)).toBe(Assembly.FAULT);
    expect(assembler.fault).toMatchObject({ code: Code.DATA_LOSS, reason: 0 });
  });

  it("verifies the payload's checksum, zero included", () => {
    const assembler = new Assembler();
    const wrong: FrameInit = { type: DATA, stream: 1, payload, crcBefore: 5 };
    expect(accept(assembler, wrong)).toBe(Assembly.FAULT);
    expect(assembler.fault).toMatchObject({ code: Code.DATA_LOSS, reason: Reason.PAYLOAD_CRC });
    // These four bytes have the checksum 0, which is a checksum like any other.
    const zero = Uint8Array.of(0x9d, 0x0a, 0xd9, 0x6d);
    expect(crc32(zero)).toBe(0);
    expect(accept(new Assembler(), { type: DATA, stream: 1, payload: zero })).toBe(
      Assembly.MESSAGE,
    );
  });

  it("stops at the message limit, before it holds more", () => {
    const assembler = new Assembler(5);
    expect(accept(assembler, begin)).toBe(Assembly.PARTIAL);
    expect(accept(assembler, begin)).toBe(Assembly.FAULT);
    expect(assembler.fault).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: Reason.TOO_LARGE,
    });
    expect(assembler.partial).toBe(false);
  });

  it("forgets a partial message when told so", () => {
    const assembler = new Assembler();
    accept(assembler, begin);
    expect(assembler.partial).toBe(true);
    assembler.discard();
    expect(accept(assembler, { type: DATA, stream: 1, payload })).toBe(Assembly.MESSAGE);
  });
});
