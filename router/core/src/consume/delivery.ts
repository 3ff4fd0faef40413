/**
 * One message on its way from a cursor to a reader, from the first EVENT until it is settled. It is its own timer: for the
 * acknowledgement while it is sent, for the next delivery while it is delayed.
 */
import type { Stored, TopicLog } from "@nexus-bridge/router-stores";
import type { Expiring } from "../link.ts";
import type { Timer } from "../timer-wheel.ts";
import type { EventMessage } from "../topics/event.ts";
import type { Cursor } from "./cursor.ts";
import type { KeyLine } from "./key-lines.ts";
import type { Place } from "./place.ts";
import type { Reader } from "./reader.ts";
import type { Cause } from "./redelivery.ts";

export class Delivery implements Timer<Expiring> {
  readonly kind = "delivery";
  readonly owner = this;
  readonly cursor: Cursor;
  readonly place: Place;
  readonly log: TopicLog<EventMessage>;
  readonly sequence: number;
  readonly isRetained: boolean;
  /** EVENTs sent of it. */
  attempts = 0;
  /** How many of them came back from a reader that had most likely not got to it. */
  spared = 0;
  /** Who has it, and under which delivery number; undefined while nobody does. */
  reader: Reader | undefined;
  number = 0;
  /** The line of its key, where the cursor orders by key and it has one. */
  line: KeyLine | undefined;
  /** Why it was not settled the last time. */
  cause: Cause = "nacked";
  dueAt = Number.POSITIVE_INFINITY;
  next: Timer<Expiring> | undefined;
  previous: Timer<Expiring> | undefined;
  /** Its neighbours among those that hold the topic's ring. */
  before: Delivery | undefined;
  after: Delivery | undefined;

  constructor(cursor: Cursor, place: Place, sequence: number, isRetained = false) {
    this.cursor = cursor;
    this.place = place;
    this.log = place.log;
    this.sequence = sequence;
    this.isRetained = isRetained;
  }

  /** Deliveries that speak against the message. */
  get failures(): number {
    return this.attempts - this.spared;
  }

  /** The message, as long as the store has it. */
  get stored(): Stored<EventMessage> | undefined {
    const kept = this.log.at(this.sequence);
    if (kept !== undefined || !this.isRetained) return kept;
    const { retained } = this.log;
    return retained?.sequence === this.sequence ? retained : undefined;
  }
}
