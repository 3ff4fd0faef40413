/**
 * A lane: acknowledged messages of one producer, on one stream of its peer. Here it begins, answers and ends; which messages it
 * takes is decided elsewhere. Those that are held are answered together, once a turn, all others one by one.
 */
import type { Core } from "../core.ts";
import type { Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import type { Producer } from "./producers.ts";
import { writePublishAck } from "./puback.ts";

export interface Lane {
  readonly kind: "lane";
  readonly id: number;
  readonly link: Link;
  /** Priority and QoS, the same for all its messages. */
  readonly class: number;
  /** Undefined until a PUBLISH has said who publishes. */
  producer: Producer | undefined;
  /** Messages taken since the last PUBACK for them, their bytes, and the sequence of the last. */
  takenMessages: number;
  takenBytes: number;
  takenLast: number;
}

export const PRIORITY_AND_QOS_BITS = 0xf8;

export function openLane(link: Link, frame: Frame): Lane {
  const lane: Lane = {
    kind: "lane",
    id: frame.stream,
    link,
    class: frame.class & PRIORITY_AND_QOS_BITS,
    producer: undefined,
    takenMessages: 0,
    takenBytes: 0,
    takenLast: 0,
  };
  link.attachments.set(lane.id, lane);
  return lane;
}

/** The lane is over, with its link or before; what it owes is said. */
export function endLane(core: Core, lane: Lane): void {
  answerTaken(lane);
  lane.link.attachments.delete(lane.id);
  if (lane.producer !== undefined) core.producers.detach(lane.producer, lane);
}

/** The message of `sequence` is held: its answer may wait for the end of the turn. */
export function noteTaken(core: Core, lane: Lane, sequence: number, bytes: number): void {
  if (lane.takenMessages === 0) {
    core.answering.push(lane);
    core.requestFlush();
  }
  lane.takenMessages++;
  lane.takenBytes += bytes;
  lane.takenLast = sequence;
}

/** Answers exactly the message of `arg`, after those that were taken before it. */
export function answerOne(
  lane: Lane,
  arg: number,
  code: number,
  position: { readonly epoch: number; readonly sequence: number } = nowhere,
): void {
  answerTaken(lane);
  const { epoch, sequence } = position;
  writePublishAck(lane.link, {
    stream: lane.id,
    class: lane.class,
    route: 0,
    arg,
    code,
    epoch,
    sequence,
  });
}

const nowhere = { epoch: 0, sequence: 0 };

/** Says PUBACK for all that was taken; the position in it is the last one's. */
export function answerTaken(lane: Lane): void {
  if (lane.takenMessages === 0 || lane.producer === undefined) return;
  lane.takenMessages = 0;
  lane.takenBytes = 0;
  answerOne(lane, lane.takenLast >>> 0, 0, lane.producer.answers.get(lane.takenLast));
}

/** Says PUBACK for what all lanes took in this turn. */
export function answerLanes(core: Core): void {
  const { answering } = core;
  for (const lane of answering) answerTaken(lane);
  answering.length = 0;
}
