/** A publisher on lanes, for tests: frames as it would send them, and its answers in words. */
import {
  codeOf,
  type FrameInit,
  FrameType,
  frameClass,
  readPublishAck,
  reasonOf,
} from "@nexus-bridge/protocol";
import { type Received, utf8 } from "./harness.ts";

export interface LaneMessage {
  readonly topic?: string;
  readonly payload?: string;
  readonly sequence: number;
  /** Named in the first message of a lane. */
  readonly producer?: { readonly id: number; readonly epoch?: number };
  readonly stream?: number;
  readonly more?: Partial<FrameInit>;
}

/** A 16-byte id that ends in `number`. */
export function producerId(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(12, number);
  return id;
}

export function onLane({
  topic = "a",
  payload = "x",
  sequence,
  producer,
  stream = 1,
  more = {},
}: LaneMessage): FrameInit {
  const first = producer !== undefined && {
    producer: { id: producerId(producer.id), epoch: producer.epoch ?? 1, sequence },
  };
  return {
    type: FrameType.PUBLISH,
    stream,
    arg: sequence >>> 0,
    class: frameClass(4, 1),
    payload: utf8(payload),
    ...more,
    meta: { name: topic, ...first, ...more.meta },
  };
}

/** `count` messages in order, the first of which opens the lane. */
export function laneOf(
  count: number,
  { sequence, producer, ...rest }: LaneMessage & { producer: { id: number; epoch?: number } },
): FrameInit[] {
  return Array.from({ length: count }, (_, at) =>
    onLane({ ...rest, sequence: sequence + at, ...(at === 0 ? { producer } : {}) }),
  );
}

const codeNames = new Map([
  [0, "held"],
  [3, "invalid"],
  [6, "duplicate"],
  [7, "denied"],
  [8, "exhausted"],
  [9, "out of order"],
  [10, "fenced"],
  [12, "unimplemented"],
  [14, "unavailable"],
  [15, "data loss"],
]);
const reasonOfCode = new Map([
  [6, 14],
  [9, 13],
  [10, 12],
]);

/** For example `3 held at 7`: arg, code, and the position where there is one. */
export function inWords(frame: Received): string {
  if (frame.type !== FrameType.PUBACK) return `type ${frame.type}`;
  const read = readPublishAck(new DataView(frame.payload.buffer), 0, frame.payload.length);
  if (read.kind === "fault") return read.message;
  const { code, epoch, sequence } = read.payload;
  const name = codeNames.get(codeOf(code)) ?? `code ${codeOf(code)}`;
  const expected = reasonOfCode.get(codeOf(code));
  const reason = expected !== undefined && reasonOf(code) !== expected ? " without reason" : "";
  if ((epoch === 0) !== (sequence === 0)) return `half a position ${epoch} ${sequence}`;
  return `${frame.arg} ${name}${reason}${sequence > 0 ? ` at ${sequence}` : ""}`;
}
