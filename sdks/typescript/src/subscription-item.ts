/** What a subscription yields: events, and gaps where events are missing. Nothing is lost in silence. */
import type { Metadata } from "./metadata.ts";

export interface EventPosition {
  readonly epoch: number;
  /** Exact to 2^53. */
  readonly sequence: number;
}

/**
 * One event. At QoS 1 it is acknowledged by asking for the next one, or with `ack: "manual"` by these four methods, of which the
 * first that is called counts. At QoS 0 nobody waits for an answer, and they do nothing.
 */
export interface Event<T> {
  readonly kind: "event";
  readonly value: T;
  readonly topic: string;
  /** Absent where the topic keeps no positions. */
  readonly position: EventPosition | undefined;
  /** Counts this subscription's events on this link, from 1. */
  readonly delivery: number;
  /** The value that the router kept for the topic, not one published since. */
  readonly retained: boolean;
  /** It, or one behind it in its topic, was delivered to this subscription before. */
  readonly redelivered: boolean;
  /** Which of the router's deliveries of the event this is, from 1. */
  readonly attempt: number;
  readonly metadata: Metadata;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  /** Only with `attributes`: when the router took it in. */
  readonly publishedAt: Date | undefined;
  /** Only with `attributes`: the router that took it in, as hexadecimal. */
  readonly origin: string | undefined;
  /** Only of topics that begin with `$dead`: why the event came there. Its `position` is then that of its own topic. */
  readonly deadLetterReason: string | undefined;
  /** It is done: it does not come again. */
  ack(): void;
  /**
   * It comes again, here or at another member of the group: after `delayMs`, or after a pause of the router's. An event that
   * failed five times goes to the topic `$dead.<topic>` instead.
   */
  nack(options?: { readonly delayMs?: number }): void;
  /** It will never succeed: it does not come again. */
  reject(): void;
  /** It takes longer: the router's wait for an answer begins anew. */
  extend(): void;
}

export type GapReasonName =
  | "slow"
  | "retention"
  | "resume"
  | "rate"
  | "codec"
  | "reset"
  | "invalid"
  | "unreported";

export interface Gap {
  readonly kind: "gap";
  /** The concrete topic where it is known, else the pattern. */
  readonly topic: string;
  readonly epoch: number | undefined;
  /** Positions, both inclusive; absent where the topic keeps none. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** How many events are missing; 0 where nobody can know, as after a lost link. */
  readonly count: number;
  readonly reason: GapReasonName;
}

export type Item<T> = Event<T> | Gap;
