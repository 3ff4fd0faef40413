/**
 * Faults that are planted on purpose, to prove that the simulation sees them: each changes what one router sends or is sent, or
 * takes something away that the router or an SDK rests on. None of this exists outside of simulations.
 */
import {
  Code,
  EventAckKind,
  encodeEventAck,
  FrameType as F,
  Flag,
  wire,
} from "@nexus-bridge/protocol";
import type { RouterLimits } from "@nexus-bridge/router-core";
import type { FaultState } from "./faulty-wire.ts";
import { changed, repaid, replaced, type SeenFrame } from "./frames.ts";

/** What becomes of one frame; nothing is left of it when the list is empty. */
export type FrameFault = (frame: SeenFrame, state: FaultState) => readonly SeenFrame[];

export interface Fault {
  readonly name: string;
  /** From the router to a client. */
  readonly down?: FrameFault;
  /** From a client to the router. */
  readonly up?: FrameFault;
  readonly router?: "flush" | "tick" | "closed" | "written";
  readonly limits?: Partial<RouterLimits>;
  readonly client?: "alarms" | "turns";
  /** The store gives numbers to messages that it does not keep, or numbers them as the one before it did. */
  readonly store?: "forgets" | "sameEpoch";
}

const isEnd = ({ flags }: SeenFrame): boolean => (flags & Flag.END) !== 0;
const isWhole = ({ flags }: SeenFrame): boolean => (flags & (Flag.MORE | Flag.END)) === 0;
const isReply = (frame: SeenFrame): boolean =>
  frame.type === F.DATA && isEnd(frame) && frame.arg === 0 && (frame.flags & Flag.PCRC) !== 0;
const isStreamed = (frame: SeenFrame): boolean =>
  frame.type === F.DATA && isWhole(frame) && frame.payload.length > 0;

/** `change` for some of the frames that `applies` picks. */
const sometimes =
  (probability: number, applies: (frame: SeenFrame) => boolean, change: FrameFault): FrameFault =>
  (frame, state) =>
    applies(frame) && state.random.chance(probability) ? change(frame, state) : [frame];

const ofType =
  (...types: number[]) =>
  (frame: SeenFrame): boolean =>
    types.includes(frame.type);

const lost: FrameFault = () => [];
const twice: FrameFault = (frame) => [frame, frame];

/** Keeps the numbers of a stream without a hole while frames are taken out of it or put into it. */
const renumbered =
  (type: number, change: FrameFault): FrameFault =>
  (frame, state) => {
    if (frame.type !== type) return change(frame, state);
    return change(frame, state).map((one, at) => {
      const shift = state.shift(frame.stream);
      if (at > 0) state.shiftBy(frame.stream, 1);
      return shift + at === 0 ? one : changed(one, { arg: (one.arg + shift + at) >>> 0 });
    });
  };
const lostFor: FrameFault = (frame, state) => {
  state.shiftBy(frame.stream, -1);
  return [];
};

/** Gives each of two frames in a row the other's payload. */
const swapped =
  (applies: (frame: SeenFrame) => boolean): FrameFault =>
  (frame, state) => {
    const held = state.held;
    if (held !== undefined) {
      state.held = undefined;
      const alike =
        frame.type === held.type &&
        frame.stream === held.stream &&
        frame.route === held.route &&
        isWhole(frame);
      if (!alike) return [held, frame];
      return [changed(frame, { arg: held.arg }), changed(held, { arg: frame.arg })];
    }
    if (!applies(frame) || !state.isFollowed || !state.random.chance(0.3)) return [frame];
    state.held = frame;
    return [];
  };

const spoil = (payload: Uint8Array): void => {
  const last = payload.length - 1;
  payload[last] = (payload[last] as number) ^ 0x55;
};
const hasBody = (frame: SeenFrame): boolean => frame.payload.length > 16 && isWhole(frame);

const isOnLane = ({ type, stream }: SeenFrame): boolean => type === F.PUBLISH && stream !== 0;
const kindOf = ({ type, payload }: SeenFrame): number | undefined =>
  type === F.EVACK ? payload[0] : undefined;
const isAck = (frame: SeenFrame): boolean => kindOf(frame) === EventAckKind.ACK;
const isNack = (frame: SeenFrame): boolean => kindOf(frame) === EventAckKind.NACK;
const isAgain = ({ type, flags }: SeenFrame): boolean =>
  type === F.EVENT && (flags & Flag.DUP) !== 0;
const done = { kind: EventAckKind.ACK, delayMs: 0 };

/** A SUBSCRIBE that no longer asks for ordering by key. */
function unkeyed(frame: SeenFrame): SeenFrame {
  const asked = wire.Subscribe.decode(frame.payload);
  if (asked.ordering === 0) return frame;
  return replaced(frame, wire.Subscribe.encode({ ...asked, ordering: 0 }));
}

export const faults: readonly Fault[] = [
  { name: "event lost", down: renumbered(F.EVENT, sometimes(0.05, ofType(F.EVENT), lostFor)) },
  { name: "event twice", down: renumbered(F.EVENT, sometimes(0.05, ofType(F.EVENT), twice)) },
  { name: "events swapped", down: swapped(ofType(F.EVENT)) },
  {
    name: "event to another subscription",
    down: sometimes(0.1, ofType(F.EVENT), (frame, state) => {
      const other = state.subscriptions.find((id) => id !== frame.stream);
      return [other === undefined ? frame : changed(frame, { stream: other })];
    }),
  },
  { name: "gap unsaid", down: sometimes(0.5, ofType(F.GAP), lost) },
  {
    name: "gap counted wrong",
    down: sometimes(0.5, ofType(F.GAP), (frame) => [
      repaid(frame, (_payload, view) => view.setUint32(20, view.getUint32(20) + 1)),
    ]),
  },
  { name: "publish lost", up: sometimes(0.05, ofType(F.PUBLISH), lost) },
  { name: "publish twice", up: sometimes(0.05, ofType(F.PUBLISH), twice) },
  { name: "reply lost", down: sometimes(0.1, isReply, lost) },
  { name: "reply twice", down: sometimes(0.3, isReply, twice) },
  {
    name: "reply to another call",
    down: sometimes(0.2, isReply, (frame, state) => {
      const other = state.calls.find((id) => id !== frame.stream);
      return [other === undefined ? frame : changed(frame, { stream: other })];
    }),
  },
  {
    name: "reply spoilt",
    down: sometimes(
      0.1,
      (frame) => isReply(frame) && frame.payload.length > 16,
      (frame) => [repaid(frame, spoil, false)],
    ),
  },
  {
    name: "reply spoilt under a new checksum",
    down: sometimes(
      0.1,
      (frame) => isReply(frame) && frame.payload.length > 16,
      (frame) => [repaid(frame, spoil)],
    ),
  },
  { name: "stream message lost", down: renumbered(F.DATA, sometimes(0.1, isStreamed, lostFor)) },
  { name: "stream message twice", down: renumbered(F.DATA, sometimes(0.1, isStreamed, twice)) },
  { name: "stream messages swapped", down: swapped(isStreamed) },
  {
    name: "event spoilt under a new checksum",
    down: sometimes(
      0.1,
      (frame) => frame.type === F.EVENT && hasBody(frame),
      (frame) => [repaid(frame, spoil)],
    ),
  },
  { name: "credit lost", down: sometimes(0.5, ofType(F.CREDIT), lost) },
  {
    name: "credit invented",
    up: sometimes(0.7, ofType(F.CREDIT), (frame) => [
      repaid(frame, (_payload, view) => {
        view.setUint32(4, view.getUint32(4) + 64);
        view.setUint32(12, view.getUint32(12) + 262_144);
      }),
    ]),
  },
  {
    name: "subscription credit ignored",
    up: sometimes(1, ofType(F.SUBSCRIBE), (frame) => [changed(frame, { arg: frame.arg + 5 })]),
  },
  {
    name: "deadline forgotten on the way",
    down: sometimes(1, ofType(F.OPEN), (frame) => [changed(frame, { arg: 0 })]),
  },
  { name: "status lost", down: sometimes(0.3, ofType(F.STATUS), lost) },
  { name: "status turned into success", down: sometimes(0.3, ofType(F.STATUS), succeed) },
  {
    name: "executed called not executed",
    down: sometimes(
      1,
      (frame) => frame.type === F.STATUS && frame.arg === Code.UNAVAILABLE,
      (frame) => [changed(frame, { flags: frame.flags | Flag.NOEXEC })],
    ),
  },
  { name: "cancel lost", up: sometimes(1, ofType(F.CANCEL), lost) },
  { name: "subscription never confirmed", down: sometimes(0.3, ofType(F.SUBSCRIBED), lost) },
  { name: "withdrawal never confirmed", down: sometimes(1, ofType(F.UNREGISTERED), lost) },
  { name: "alias unbound", up: sometimes(0.3, ofType(F.ALIAS), lost) },
  { name: "acknowledgement of an event lost", up: sometimes(0.1, isAck, lost) },
  {
    name: "next event acknowledged, too",
    up: sometimes(0.2, isAck, (frame) => [frame, changed(frame, { arg: frame.arg + 1 })]),
  },
  {
    name: "nack taken for an ack",
    up: sometimes(0.5, isNack, (frame) => [replaced(frame, encodeEventAck(done))]),
  },
  { name: "redelivery lost", down: renumbered(F.EVENT, sometimes(0.5, isAgain, lostFor)) },
  {
    name: "redelivery without a word",
    down: sometimes(1, isAgain, (frame) => [changed(frame, { flags: frame.flags & ~Flag.DUP })]),
  },
  { name: "publish acknowledged before it is kept", store: "forgets" },
  { name: "epoch of a topic not changed by a restart", store: "sameEpoch" },
  {
    name: "credit of a reader off by one",
    up: sometimes(
      1,
      (frame) => frame.type === F.SUBSCRIBE && frame.arg < 40,
      (frame) => [changed(frame, { arg: frame.arg + 1 })],
    ),
  },
  { name: "key moved early", up: sometimes(1, ofType(F.SUBSCRIBE), (frame) => [unkeyed(frame)]) },
  { name: "lane's message lost", up: sometimes(0.05, isOnLane, lost) },
  { name: "output forgotten at the end of a turn", router: "flush" },
  { name: "time stands still in the router", router: "tick" },
  { name: "end of a connection untold", router: "closed" },
  { name: "written bytes never given back", router: "written" },
  {
    name: "queues without a cap",
    limits: { outboxBytesPerLink: 2 ** 40, outboxMessagesPerLink: 2 ** 40 },
  },
  { name: "credit without a cap", limits: { creditBytesPerLink: 2 ** 40 } },
  { name: "alarms lost in a client", client: "alarms" },
  { name: "output of a client forgotten", client: "turns" },
];

function succeed(frame: SeenFrame): readonly SeenFrame[] {
  return [changed(frame, { arg: 0 })];
}
