import {
  encodeFrame,
  Flag,
  FrameDecoder,
  FrameType,
  frameClass,
  frameVerdict,
  HEADER_BYTES,
  headerCrcMatches,
  readMeta,
  sealHeader,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { campaign } from "./campaign.ts";

const { rounds, seed, next, timeoutMs } = campaign(100_000);

const seeds = [
  encodeFrame({ type: FrameType.PING, payload: new Uint8Array(8) }),
  encodeFrame({ type: FrameType.OPEN, stream: 1, meta: { name: "a.B/C", user: [["k", "v"]] } }),
  encodeFrame({ type: FrameType.DATA, stream: 1, flags: Flag.MORE, payload: new Uint8Array(20) }),
  encodeFrame({ type: FrameType.PUBLISH, route: 3, payload: Uint8Array.of(1, 2, 3) }),
  encodeFrame({
    type: FrameType.PUBLISH,
    stream: 5,
    class: frameClass(4, 1),
    arg: 1,
    meta: { producer: { id: new Uint8Array(16), epoch: 1, sequence: 1 } },
    payload: Uint8Array.of(1),
  }),
  encodeFrame({
    type: FrameType.EVENT,
    stream: 7,
    arg: 1,
    meta: { position: { epoch: 1, sequence: 2 }, attempt: 1 },
    payload: Uint8Array.of(1, 2),
  }),
  encodeFrame({ type: FrameType.EVACK, stream: 7, arg: 1, payload: Uint8Array.of(0) }),
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
  it(
    `gives ${rounds} of them the same verdict in every chunking, and never throws`,
    () => {
      let faults = 0;
      for (let round = 0; round < rounds; round++) {
        const bytes = mutated();
        const whole = verdicts(bytes, []);
        const cut = next(bytes.length);
        const pieces = verdicts(bytes, [cut, cut + next(bytes.length - cut)]);
        if (pieces !== whole)
          expect.unreachable(`seed ${seed}, round ${round}: ${whole} but in pieces ${pieces}`);
        if (!whole.includes("undefined 0")) faults++;
      }
      // The mutations must bite, or the test proves nothing.
      expect(faults).toBeGreaterThan(rounds / 4);
    },
    timeoutMs,
  );
});

/** Two frames, some of their bytes replaced. */
function mutated(): Uint8Array {
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
  return bytes;
}
