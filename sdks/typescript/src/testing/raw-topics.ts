/** The router's part of one subscription of QoS 1, said frame by frame. */
import {
  EventAckKind,
  encodeGap,
  type FrameInit,
  FrameType,
  type GapNotice,
  readEventAck,
  wire,
} from "@nexus-bridge/protocol";
import { Note } from "./notes.ts";
import type { Heard, RawRouter } from "./raw-router.ts";

export interface Said {
  readonly stream?: number;
  readonly topic?: string;
  readonly flags?: number;
  readonly meta?: FrameInit["meta"];
  readonly qos?: 0 | 1;
}

/** An answer as the router hears it: `ack 3`, `ack ..3` for all up to 3, `nack 2 after 50`. */
export function answerOf({ type, flags, arg, payload }: Heard): string {
  if (type !== FrameType.EVACK) return `frame ${type}`;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const read = readEventAck(view, 0, payload.length);
  if (read.kind === "fault") return read.message;
  const { kind, delayMs } = read.payload;
  const upTo = (flags & 1) !== 0 ? ".." : "";
  const name = Object.entries(EventAckKind)
    .find(([, value]) => value === kind)?.[0]
    .toLowerCase();
  return `${name} ${upTo}${arg}${kind === EventAckKind.NACK ? ` after ${delayMs}` : ""}`;
}

export class RawTopics {
  readonly router: RawRouter;

  constructor(router: RawRouter) {
    this.router = router;
  }

  /** The next SUBSCRIBE and its answer. */
  async accept(init: wire.SubscribedInit = { qos: 1 }): Promise<Heard & { asked: wire.Subscribe }> {
    const [heard] = await this.router.take(1);
    if (heard?.type !== FrameType.SUBSCRIBE) throw new Error(`frame ${heard?.type}, not SUBSCRIBE`);
    const { stream } = heard;
    this.router.send({ type: FrameType.SUBSCRIBED, stream, payload: wire.Subscribed.encode(init) });
    return { ...heard, asked: wire.Subscribe.decode(heard.payload) };
  }

  event(arg: number, sequence: number, said: Said = {}): void {
    this.router.send(this.frame(arg, sequence, said));
  }

  frame(arg: number, sequence: number, said: Said = {}): FrameInit {
    const { stream = 1, topic = "certain", flags = 0, meta, qos = 1 } = said;
    return {
      type: FrameType.EVENT,
      class: qos === 1 ? 0x88 : 0x80,
      flags,
      stream,
      arg,
      meta: { name: topic, position: { epoch: 1, sequence }, ...meta },
      payload: Note.encode({ text: String(sequence) }),
    };
  }

  gap(notice: GapNotice, { stream = 1, topic = "certain" }: Said = {}): void {
    const payload = encodeGap(notice);
    this.router.send({ type: FrameType.GAP, stream, meta: { name: topic }, payload });
  }

  /** The next answers. */
  async answers(count: number): Promise<string[]> {
    return (await this.router.take(count)).map(answerOf);
  }
}
