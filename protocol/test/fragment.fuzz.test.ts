import {
  Assembler,
  Assembly,
  crc32,
  encodeFrame,
  Flag,
  Fragmenter,
  FrameType,
  frameClass,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { campaign } from "./campaign.ts";

const { rounds, seed, next, timeoutMs } = campaign(20_000, 8);
const messageBytesMax = 64;

interface Piece {
  readonly message: number;
  readonly frame: Uint8Array;
}

/** Up to four messages of one sender, cut at random. */
function conversation(): { readonly messages: readonly Uint8Array[]; readonly pieces: Piece[] } {
  const messages = Array.from({ length: 1 + next(4) }, () =>
    Uint8Array.from({ length: next(70) }, () => next(256)),
  );
  const frameKind = frameClass(1 + next(7));
  const pieces = messages.flatMap((bytes, message) => {
    const cut = new Fragmenter(bytes);
    const made: Piece[] = [];
    while (cut.next(1 + next(40))) {
      const init = {
        type: FrameType.DATA,
        class: frameKind,
        flags: cut.complete ? 0 : Flag.MORE,
        stream: 1,
        arg: message,
        payload: bytes.subarray(cut.start, cut.end),
        crcBefore: crc32(bytes, 0, cut.start),
      };
      made.push({ message, frame: encodeFrame(init) });
    }
    return made;
  });
  return { messages, pieces };
}

/** Loses, repeats, swaps or damages; true where it did anything. */
function harm(pieces: Piece[]): boolean {
  const at = next(pieces.length);
  const [piece] = pieces.slice(at, at + 1);
  if (piece === undefined) return false;
  switch (next(5)) {
    case 0:
      pieces.splice(at, 1);
      return true;
    case 1:
      pieces.splice(at, 0, piece);
      return true;
    case 2:
      pieces.splice(next(pieces.length), 0, ...pieces.splice(at, 1));
      return true;
    case 3: {
      const frame = Uint8Array.from(piece.frame);
      const byte = 24 + next(frame.length - 24);
      // The header's own checksum is the decoder's business: all but that.
      if (byte >= 28 && byte < 32) return false;
      frame[byte] = (frame[byte] ?? 0) ^ (1 << next(8));
      pieces[at] = { ...piece, frame };
      return true;
    }
    default:
      return false;
  }
}

describe("messages in pieces", () => {
  it(
    `come out whole and in order or not at all, whatever happens to ${rounds} conversations`,
    () => {
      let faults = 0;
      let whole = 0;
      for (let round = 0; round < rounds; round++) {
        const { messages, pieces } = conversation();
        const isHarmed = harm(pieces);
        const assembler = new Assembler(messageBytesMax);
        let got = 0;
        for (const { frame } of pieces) {
          const outcome = assembler.accept(frame, new DataView(frame.buffer), 0, frame.length);
          if (outcome === Assembly.FAULT) {
            faults++;
            break;
          }
          if (outcome !== Assembly.MESSAGE) continue;
          const { bytes, start, end } = assembler;
          const place = `seed ${seed}, round ${round}, message ${got}`;
          expect(bytes.slice(start, end), place).toEqual(messages[got++]);
        }
        if (got === messages.length) whole++;
        const tooLong = messages.findIndex((each) => each.length > messageBytesMax);
        if (!isHarmed) expect(got).toBe(tooLong < 0 ? messages.length : tooLong);
      }
      expect(faults).toBeGreaterThan(rounds / 10);
      expect(whole).toBeGreaterThan(rounds / 10);
    },
    timeoutMs,
  );
});
