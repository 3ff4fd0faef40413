import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameVerdict } from "./frame-rules.ts";
import { Code, LinkCode } from "./gen/errors.ts";
import { FrameType, HEADER_BYTES, Offset, writeHeader } from "./header.ts";

const types = new Set<number>(Object.values(FrameType));
const END = 1;
const MORE = 2;
const PCRC = 4;
const SKIP = 0x8000;

interface Case {
  readonly type: number;
  readonly flags: number;
  readonly class: number;
  readonly stream: number;
  readonly payload: number;
  readonly payloadCrc: number;
}

/** The rows of the specification that need no state, once more and in its order (WIRE-14.1). */
function expected({ type, flags, class: kind, stream, payload, payloadCrc }: Case): string {
  const isLink = type >= 0x01 && type <= 0x0b;
  if (!types.has(type)) {
    if ((flags & SKIP) !== 0) return "ignore";
    return stream === 0 ? `link ${LinkCode.UNKNOWN_TYPE}` : `refusal ${Code.UNIMPLEMENTED}`;
  }
  const isReserved = (flags & 0x7c08) !== 0 || (kind & 0x18) === 0x18 || (kind & 7) > 3;
  if (isReserved)
    return isLink ? `link ${LinkCode.PROTOCOL_ERROR}` : `refusal ${Code.INVALID_ARGUMENT}`;
  const mayBeOnLink = type === FrameType.PUBLISH || type === FrameType.PUBACK;
  const isMisplaced = isLink ? stream !== 0 : stream === 0 && !mayBeOnLink;
  const mayGoOn = type === FrameType.OPEN || type === FrameType.DATA;
  const goesOn = (flags & MORE) !== 0 && !mayGoOn;
  const hasCrc = (flags & PCRC) !== 0;
  const lacksCrc = !hasCrc && ((payload > 0 && type >= 0x06) || payloadCrc !== 0);
  const saysNothing = type === FrameType.DATA && !hasCrc && payload === 0 && (flags & END) === 0;
  const isBroken = isMisplaced || goesOn || lacksCrc || saysNothing;
  return isBroken ? `link ${LinkCode.PROTOCOL_ERROR}` : "fine";
}

function said(frame: Case): string {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  writeHeader(view, 0, frame.type, frame.flags, frame.class, frame.stream, 0, 0);
  view.setUint32(Offset.length, frame.payload);
  view.setUint32(Offset.payloadCrc, frame.payloadCrc);
  const verdict = frameVerdict(view, 0);
  if (verdict === undefined) return "fine";
  return verdict.kind === "ignore" ? "ignore" : `${verdict.kind} ${verdict.code}`;
}

const bits: fc.Arbitrary<number> = fc.constantFrom(
  0,
  0,
  0,
  END,
  MORE,
  PCRC,
  8,
  16,
  64,
  256,
  0x400,
  0x4000,
  SKIP,
);
const cases: fc.Arbitrary<Case> = fc.record({
  type: fc.oneof(fc.constantFrom(...types), fc.nat(255)),
  flags: fc.array(bits, { maxLength: 3 }).map((set) => set.reduce((all, bit) => all | bit, 0)),
  class: fc.oneof(fc.constantFrom(0, 0x80, 0x88), fc.nat(255)),
  stream: fc.constantFrom(0, 1, 2, 0xffffffff),
  payload: fc.constantFrom(0, 1, 1000),
  payloadCrc: fc.constantFrom(0, 0, 1),
});

describe("the rules of a single frame", () => {
  it("are those of the specification, for any header", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(cases, (frame) => {
        const verdict = expected(frame);
        seen.add(verdict);
        expect(said(frame)).toBe(verdict);
      }),
      { numRuns: 5000 },
    );
    expect(seen.size).toBe(6);
  });
});
