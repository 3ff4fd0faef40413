import { describe, expect, it } from "vitest";
import { encodeFrame } from "./frame.ts";
import { FrameDecoder } from "./frame-decoder.ts";
import { frameVerdict } from "./frame-rules.ts";
import { Flag, FrameType, HEADER_BYTES, headerCrcMatches, sealHeader } from "./header.ts";
import { readMeta } from "./meta-reader.ts";

const ROUNDS = 100_000;
/** Changed by nobody: a failure names its round, and the round repeats. */
const SEED = 0x5eed;

/** mulberry32: small, and the same everywhere. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const seeds = [
  encodeFrame({ type: FrameType.PING, payload: new Uint8Array(8) }),
  encodeFrame({ type: FrameType.OPEN, stream: 1, meta: { name: "a.B/C", user: [["k", "v"]] } }),
  encodeFrame({ type: FrameType.DATA, stream: 1, flags: Flag.MORE, payload: new Uint8Array(20) }),
  encodeFrame({ type: FrameType.PUBLISH, route: 3, payload: Uint8Array.of(1, 2, 3) }),
];

/** Everything a receiver would say of these bytes, as text. */
function verdicts(bytes: Uint8Array, cuts: readonly number[]): string {
  const said: string[] = [];
  const decoder = new FrameDecoder((buffer, view, start, end) => {
    const verdict = frameVerdict(view, start);
    const metaEnd = start + HEADER_BYTES + view.getUint16(start + 8);
    const meta = readMeta(buffer, view, start + HEADER_BYTES, metaEnd);
    said.push(`${end - start} ${verdict?.kind} ${meta.kind === "fault" ? meta.message : "fine"}`);
    return undefined;
  });
  decoder.allowFullFrames();
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    decoder.push(bytes.slice(from, cut));
    from = cut;
  }
  const fault = decoder.push(new Uint8Array(0));
  return `${said.join("|")} ${fault?.code} ${decoder.pendingBytes}`;
}

describe("the decoder under mutated frames", () => {
  it(`gives ${ROUNDS} of them the same verdict in every chunking, and never throws`, () => {
    const next = random(SEED);
    let faults = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const first = seeds[next(seeds.length)] ?? new Uint8Array(0);
      const second = seeds[next(seeds.length)] ?? new Uint8Array(0);
      const bytes = new Uint8Array(first.length + second.length);
      bytes.set(first);
      bytes.set(second, first.length);
      for (let mutation = next(4); mutation >= 0; mutation--)
        bytes[next(bytes.length)] = next(3) === 0 ? 0xff : next(256);
      // Half of the time the header is made plausible again, so that what lies behind its CRC is reached.
      const view = new DataView(bytes.buffer);
      if (next(2) === 0 && !headerCrcMatches(bytes, view, 0)) sealHeader(bytes, view, 0);
      const whole = verdicts(bytes, []);
      const cut = next(bytes.length);
      const pieces = verdicts(bytes, [cut, cut + next(bytes.length - cut)]);
      if (pieces !== whole) expect.unreachable(`round ${round}: ${whole} but in pieces ${pieces}`);
      if (!whole.includes("undefined 0")) faults++;
    }
    // The mutations must bite, or the test proves nothing.
    expect(faults).toBeGreaterThan(ROUNDS / 4);
  });
});
