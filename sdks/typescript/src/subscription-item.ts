/** What a subscription yields: events, and gaps where events are missing. Nothing is lost in silence. */
import type { Metadata } from "./metadata.ts";

export interface EventPosition {
  readonly epoch: number;
  /** Exact to 2^53. */
  readonly sequence: number;
}

export interface Event<T> {
  readonly kind: "event";
  readonly value: T;
  readonly topic: string;
  /** Absent where the topic keeps no positions. */
  readonly position: EventPosition | undefined;
  /** Counts this subscription's events on this link, from 1. */
  readonly delivery: number;
  readonly retained: boolean;
  readonly redelivered: boolean;
  readonly attempt: number;
  readonly metadata: Metadata;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  /** Only with `attributes`: when the router took it in. */
  readonly publishedAt: Date | undefined;
  /** Only with `attributes`: the router that took it in, as hexadecimal. */
  readonly origin: string | undefined;
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
