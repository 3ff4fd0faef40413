/** The first message of a lane says whose it is, and since when: here lanes take over from one another, or come too late. */
import { Code, getUint64, Reason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Frame } from "../frame.ts";
import { metaFields } from "../meta-check.ts";
import { answerTaken, type Lane } from "./lane.ts";
import type { Producer } from "./producers.ts";
import { invalid, type Refusal } from "./refusals.ts";

const ID_BYTES = 16;
const EPOCH_BYTES = 4;
/** How far from its producer's place the low half of a sequence is understood. */
const REACH = 0x7fffffff;

/** Finds or begins the producer that the frame names, and makes `lane` its lane, unless that is fenced. */
export function introduce(core: Core, lane: Lane, frame: Frame): Refusal | undefined {
  if (!metaFields.hasProducer) return invalid("the first message of a lane names its producer");
  const at = metaFields.producerStart + ID_BYTES;
  const epoch = frame.view.getUint32(at);
  const sequence = getUint64(frame.view, at + EPOCH_BYTES);
  if (sequence === undefined) return invalid("the producer's sequence is above 2^53 - 1");
  if (sequence >>> 0 !== frame.arg) return invalid("arg is not the low half of the sequence");
  const key = producerKey(frame);
  const known = core.producers.find(key);
  const producer = known ?? core.producers.begin(key, epoch, sequence);
  if (known !== undefined && !mayTakeOver(known, lane, epoch)) {
    lane.producer = known;
    return undefined;
  }
  if (epoch === producer.epoch && Math.abs(sequence - producer.last - 1) > REACH) {
    return {
      code: Code.FAILED_PRECONDITION,
      reason: Reason.OUT_OF_ORDER,
      message: "the producer's sequence is too far from its last",
    };
  }
  if (producer.lane !== undefined) replace(producer.lane, lane);
  if (epoch > producer.epoch) core.producers.restart(producer, epoch, sequence);
  core.producers.attach(producer, lane);
  lane.producer = producer;
  return undefined;
}

/** What the lane before was given is answered while its positions are known. On the same link nobody sends on it any more. */
function replace(before: Lane, { link }: Lane): void {
  answerTaken(before);
  if (before.link === link) link.attachments.delete(before.id);
}

/** A higher epoch always may. The same one may on a newer link, or on the same: what comes late on an older one is fenced. */
function mayTakeOver(producer: Producer, lane: Lane, epoch: number): boolean {
  if (epoch !== producer.epoch) return epoch > producer.epoch;
  return lane.link.id >= producer.linkId;
}

/** Links have no principals in this version: the id alone tells producers apart. */
export function producerKey({ bytes }: Frame): string {
  const start = metaFields.producerStart;
  return String.fromCharCode(...bytes.subarray(start, start + ID_BYTES));
}
