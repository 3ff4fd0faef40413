/** The operations on frames: cuts bytes into frames and says what each holds; encodes what it read once more. */
import {
  decodeHeader,
  encodeFrame,
  FrameDecoder,
  type FrameType,
  HEADER_BYTES,
  linkCodeName,
  readMeta,
} from "@nexus-bridge/protocol";
import { type Answer, listOf, type Operations, type Order, textOf } from "./host.ts";

interface Told {
  readonly frames: Answer[];
  readonly again: Uint8Array[];
}

/** One frame, and the same bytes made anew from what was understood of it. */
function read(bytes: Uint8Array, view: DataView, start: number, end: number, told: Told): void {
  const header = decodeHeader(view, start);
  const from = start + HEADER_BYTES;
  const block = header.metaLength;
  const meta = block === 0 ? undefined : readMeta(bytes, view, from, from + block);
  const payload = bytes.slice(from + block, end);
  told.frames.push({
    type: header.type,
    flags: header.flags,
    class: header.class,
    hops: header.hops,
    stream: header.stream,
    route: header.route,
    arg: header.arg,
    payloadCrc: header.payloadCrc,
    meta: meta?.kind === "fault" ? "fault" : block,
    payload: Buffer.from(payload).toString("base64"),
  });
  if (meta?.kind === "fault") return;
  const withPayload = payload.length > 0 || (header.flags & 4) !== 0;
  told.again.push(
    encodeFrame({
      type: header.type as FrameType,
      flags: header.flags,
      class: header.class,
      hops: header.hops,
      stream: header.stream,
      route: header.route,
      arg: header.arg,
      ...(meta === undefined ? {} : { meta: meta.meta }),
      ...(withPayload ? { payload } : {}),
    }),
  );
}

function decode(order: Order): Answer & Told {
  const bytes = new Uint8Array(Buffer.from(textOf(order, "bytes"), "base64"));
  const told: Told = { frames: [], again: [] };
  const decoder = new FrameDecoder((chunk, view, start, end) => {
    read(chunk, view, start, end, told);
    return undefined;
  });
  if (order.welcomed !== false) decoder.allowFullFrames();
  const cuts = [...listOf(order.cuts).map(Number), bytes.length];
  let from = 0;
  for (const to of cuts) {
    const fault = decoder.push(bytes.slice(from, to));
    if (fault !== undefined) return { ...told, fault: linkCodeName(fault.code) };
    from = to;
  }
  return { ...told, pending: decoder.pendingBytes };
}

export const frameOperations: Operations = {
  "frame.decode": (order) => {
    const { again: _, ...rest } = decode(order);
    return rest;
  },
  "frame.again": (order) => ({ bytes: Buffer.concat(decode(order).again).toString("base64") }),
};
