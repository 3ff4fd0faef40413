/** What a subscriber asked to see once more, in the order of asking. It reads the store step by step and keeps no message. */
import { GapReason, limits, type ReplayRequest } from "@nexus-bridge/protocol";
import type { Stored, TopicLog } from "@nexus-bridge/router-stores";
import { Fifo } from "../fifo.ts";
import { type EventMessage, ttlLeft } from "../topics/event.ts";
import type { Hole } from "../topics/hole.ts";

/** Replays of one subscription that are not through; a further one ends it. */
export const REPLAYS_MAX: number = limits.replaysPerSubscription;

export type ReplayStep =
  | { readonly kind: "event"; readonly stored: Stored<EventMessage> }
  | { readonly kind: "hole"; readonly topic: string; readonly hole: Hole };

interface Replay {
  readonly topic: string;
  readonly log: TopicLog<EventMessage> | undefined;
  readonly epoch: number;
  readonly to: number;
  next: number;
  left: number;
}

export class ReplayLine {
  readonly #replays = new Fifo<Replay>();

  /** False where too many wait already. */
  add(topic: string, log: TopicLog<EventMessage> | undefined, asked: ReplayRequest): boolean {
    if (this.#replays.length >= REPLAYS_MAX) return false;
    const most = asked.most === 0 ? limits.replayMessages : asked.most;
    this.#replays.push({
      topic,
      log,
      epoch: asked.epoch,
      next: Math.max(1, asked.from),
      to: Math.min(asked.to, (log?.next ?? 1) - 1),
      left: Math.min(most, limits.replayMessages),
    });
    return true;
  }

  /** The next thing to send; undefined at the end. */
  step(now: number): ReplayStep | undefined {
    for (;;) {
      const replay = this.#replays.first;
      if (replay === undefined) return undefined;
      const step = stepOf(replay, now);
      if (step !== undefined) return step;
      this.#replays.shift();
    }
  }
}

function stepOf(replay: Replay, now: number): ReplayStep | undefined {
  const { topic, log, to } = replay;
  if (replay.left <= 0) return undefined;
  if (log === undefined || !log.isLive || log.epoch !== replay.epoch) {
    replay.left = 0;
    const epoch = log?.isLive === true ? log.epoch : 0;
    return {
      kind: "hole",
      topic,
      hole: { epoch, from: 0, to: 0, count: 0, reason: GapReason.RESET },
    };
  }
  const from = replay.next;
  while (replay.next <= to && !isThere(log, replay.next, now)) {
    replay.next = replay.next < log.first ? Math.min(log.first, to + 1) : replay.next + 1;
  }
  if (replay.next > from) {
    const count = Math.min(0xffffffff, replay.next - from);
    const hole = {
      epoch: log.epoch,
      from,
      to: replay.next - 1,
      count,
      reason: GapReason.RETENTION,
    };
    return { kind: "hole", topic, hole };
  }
  const stored = replay.next <= to ? log.at(replay.next) : undefined;
  if (stored === undefined) return undefined;
  replay.next++;
  replay.left--;
  return { kind: "event", stored };
}

function isThere(log: TopicLog<EventMessage>, sequence: number, now: number): boolean {
  const stored = log.at(sequence);
  return stored !== undefined && ttlLeft(stored.message, now) > 0;
}
