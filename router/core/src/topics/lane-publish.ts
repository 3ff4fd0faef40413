/**
 * PUBLISH on a lane: which sequence it is decides whether its message is taken, refused, or was held before. A message that is
 * not the next one is not looked at.
 */
import { Code, Flag, packCode, Reason } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Frame } from "../frame.ts";
import { checkMeta, metaFields } from "../meta-check.ts";
import { introduce, producerKey } from "./introduce.ts";
import { answerOne, endLane, type Lane, noteTaken, PRIORITY_AND_QOS_BITS } from "./lane.ts";
import type { Producer } from "./producers.ts";
import { admit, position, resolveTopic, send } from "./publish.ts";
import { codeOfRefusal, invalid, isRefusal, type Refusal, tellRefused } from "./refusals.ts";
import type { TopicEntry } from "./topic-entry.ts";

const QOS_BITS = 0x18;
const QOS_1 = 0x08;

const OUT_OF_ORDER = packCode(Code.FAILED_PRECONDITION, Reason.OUT_OF_ORDER);
const DUPLICATE = packCode(Code.ALREADY_EXISTS, Reason.DUPLICATE);
const FENCED = packCode(Code.ABORTED, Reason.FENCED);

/**
 * After these, for whatever reason, the same sequence is to come again; with any other refusal it is done with, since it would
 * get it again.
 */
const resendCodes: ReadonlySet<number> = new Set([
  Code.DATA_LOSS,
  Code.RESOURCE_EXHAUSTED,
  Code.UNAVAILABLE,
]);

/** A message on `lane`; `fault` is what its header alone says against it. */
export function publishOnLane(
  core: Core,
  lane: Lane,
  frame: Frame,
  fault: Refusal | undefined,
): void {
  take(core, lane, frame, checkMeta(frame) ?? fault);
  if ((frame.flags & Flag.END) !== 0) endLane(core, lane);
}

function take(core: Core, lane: Lane, frame: Frame, fault: Refusal | undefined): void {
  if (lane.producer === undefined) {
    const refusal = fault ?? introduce(core, lane, frame);
    if (refusal !== undefined) {
      refuseOnLane(core, lane, frame.arg, undefined, refusal);
      return;
    }
  }
  const producer = lane.producer as Producer;
  if (producer.lane !== lane) {
    answerOne(lane, frame.arg, FENCED);
    return;
  }
  // arg is the low half: the sequence is the one nearest to the next.
  const ahead = (frame.arg - ((producer.last + 1) >>> 0)) | 0;
  if (ahead > 0) answerOne(lane, frame.arg, OUT_OF_ORDER);
  else if (ahead < 0) answerAgain(core, producer, lane, frame.arg, producer.last + 1 + ahead);
  else takeNext(core, producer, lane, frame, fault);
}

/** What was answered for good is answered so again: a position with DUPLICATE, a refusal as it was. */
function answerAgain(
  core: Core,
  { answers }: Producer,
  lane: Lane,
  arg: number,
  sequence: number,
): void {
  const before = answers.get(sequence);
  if (before.epoch === 0 && before.sequence > 0) {
    answerOne(lane, arg, before.sequence);
    return;
  }
  core.counters.duplicates++;
  answerOne(lane, arg, DUPLICATE, { epoch: before.epoch, sequence: before.sequence });
}

function takeNext(
  core: Core,
  producer: Producer,
  lane: Lane,
  frame: Frame,
  fault: Refusal | undefined,
): void {
  const refused = fault ?? unfit(core, lane, producer, frame);
  const topic = refused ?? resolveTopic(core, lane.link, frame);
  const entry = isRefusal(topic) ? undefined : topic;
  const refusal = isRefusal(topic)
    ? topic
    : (admit(topic, frame) ?? send(core, lane.link, topic, frame));
  if (refusal === undefined) {
    core.producers.settle(producer, position.epoch, position.sequence);
    noteTaken(core, lane, producer.last, frame.payloadLength);
    return;
  }
  const code = codeOfRefusal(refusal);
  if (!resendCodes.has(refusal.code)) core.producers.settle(producer, 0, code);
  refuseOnLane(core, lane, frame.arg, entry, refusal);
}

function refuseOnLane(
  core: Core,
  lane: Lane,
  arg: number,
  topic: TopicEntry | undefined,
  refusal: Refusal,
): void {
  answerOne(lane, arg, codeOfRefusal(refusal));
  tellRefused(core, lane.link, topic, refusal, lane.id);
}

/** What speaks against a message on this lane, whatever its topic. */
function unfit(core: Core, lane: Lane, producer: Producer, frame: Frame): Refusal | undefined {
  if (isBeyondWindow(core, lane, frame)) return beyondWindow;
  const qos = lane.class & QOS_BITS;
  if (qos === 0) return invalid("a lane is for QoS 1; QoS 0 goes on stream 0");
  if (qos !== QOS_1) return noQos2;
  if ((frame.class & PRIORITY_AND_QOS_BITS) !== lane.class) {
    return invalid("a lane has one QoS and one priority, those of its first message");
  }
  if (metaFields.hasProducer && producerKey(frame) !== producer.key) {
    return invalid("a lane has one producer, that of its first message");
  }
  return undefined;
}

/** Whoever keeps to the window cannot have sent more than it holds before the answer of this turn. */
function isBeyondWindow(core: Core, lane: Lane, frame: Frame): boolean {
  const { laneWindowMessages, laneWindowBytes } = core.limits;
  const bytes = lane.takenBytes + frame.payloadLength;
  return lane.takenMessages >= laneWindowMessages || bytes > laneWindowBytes;
}

const beyondWindow: Refusal = {
  code: Code.RESOURCE_EXHAUSTED,
  message: "more is unacknowledged than the lane's window holds",
};
const noQos2: Refusal = {
  code: Code.UNIMPLEMENTED,
  message: "this router has QoS 0 and 1; publish with QoS 1",
};
