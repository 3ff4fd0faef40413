/** Where planted faults of frames act: between a router and one client, on whole frames, in both directions. */
import { FrameType, PREFACE_BYTES, preface } from "@nexus-bridge/protocol";
import type { Fault, FrameFault } from "./faults.ts";
import { FrameReader, type SeenFrame } from "./frames.ts";
import type { Tap } from "./pipe.ts";
import type { Random } from "./random.ts";

/** What a fault may know and remember of its direction. */
export interface FaultState {
  readonly random: Random;
  /** Ids that the client has opened on this link, the live ones and some of those before. */
  readonly calls: readonly number[];
  readonly subscriptions: readonly number[];
  /** Another frame stands behind this one in the same write. */
  isFollowed: boolean;
  held: SeenFrame | undefined;
  shift(stream: number): number;
  shiftBy(stream: number, by: number): void;
}

const REMEMBERED_MAX = 8;

export class FaultyWire {
  readonly down: Tap;
  readonly #up: Tap;

  constructor(fault: Fault, random: Random) {
    const calls: number[] = [];
    const subscriptions: number[] = [];
    const state = (): FaultState => {
      const shifts = new Map<number, number>();
      const shift = (stream: number): number => shifts.get(stream) ?? 0;
      return {
        random,
        calls,
        subscriptions,
        isFollowed: false,
        held: undefined,
        shift,
        shiftBy: (stream, by) => void shifts.set(stream, shift(stream) + by),
      };
    };
    const remember = (frame: SeenFrame): void => {
      const list =
        frame.type === FrameType.OPEN
          ? calls
          : frame.type === FrameType.SUBSCRIBE
            ? subscriptions
            : [];
      list.push(frame.stream);
      if (list.length > REMEMBERED_MAX) list.shift();
    };
    this.down = tapOf(fault.down, state(), () => undefined);
    this.#up = tapOf(fault.up, state(), remember);
  }

  /** The client's end: `first` sees what was really written. */
  after(first: Tap | undefined): Tap {
    return (bytes) => this.#up(first === undefined ? bytes : first(bytes));
  }
}

function tapOf(
  change: FrameFault | undefined,
  state: FaultState,
  look: (frame: SeenFrame) => void,
): Tap {
  let frames: SeenFrame[] = [];
  let isGreeted = false;
  const reader = new FrameReader((frame) => void frames.push(frame));
  return (bytes) => {
    frames = [];
    reader.push(bytes);
    const out: Uint8Array[] = isGreeted ? [] : [preface().slice(0, PREFACE_BYTES)];
    isGreeted = true;
    for (const [at, frame] of frames.entries()) {
      look(frame);
      state.isFollowed = at + 1 < frames.length;
      const changed = change === undefined ? [frame] : change(frame, state);
      for (const one of changed) out.push(one.bytes);
    }
    return joined(out);
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
