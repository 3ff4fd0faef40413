/**
 * Timers in a hashed wheel: arming and disarming are a few stores, whatever the number of timers. It knows no clock; `advance`
 * is told the time and hands out what is due, never early and at most one slot late.
 */

/** The wheel's resolution. */
export const SLOT_MS = 8;
const SLOTS = 1024;

export interface Timer<Owner> {
  readonly owner: Owner;
  /** In milliseconds of the wheel's clock; Infinity when not armed. */
  dueAt: number;
  next: Timer<Owner> | undefined;
  previous: Timer<Owner> | undefined;
}

export function createTimer<Owner>(owner: Owner): Timer<Owner> {
  return { owner, dueAt: Number.POSITIVE_INFINITY, next: undefined, previous: undefined };
}

export class TimerWheel<Owner> {
  readonly #slots: Timer<Owner>[] = [];
  #tick: number;
  #armed = 0;

  constructor(now: number) {
    this.#tick = Math.floor(now / SLOT_MS);
    for (let at = 0; at < SLOTS; at++) {
      // A slot is a ring through a head that owns nothing, so that unlinking needs no case for the ends.
      const head = { owner: undefined, dueAt: 0, next: undefined, previous: undefined };
      const ring = head as unknown as Timer<Owner>;
      ring.next = ring;
      ring.previous = ring;
      this.#slots.push(ring);
    }
  }

  get armed(): number {
    return this.#armed;
  }

  /** Arms `timer`, or arms it anew for another time. */
  arm(timer: Timer<Owner>, dueAt: number): void {
    this.disarm(timer);
    const tick = Math.max(Math.ceil(dueAt / SLOT_MS), this.#tick + 1);
    const head = this.#slots[tick % SLOTS] as Timer<Owner>;
    const last = head.previous as Timer<Owner>;
    timer.dueAt = dueAt;
    timer.next = head;
    timer.previous = last;
    last.next = timer;
    head.previous = timer;
    this.#armed++;
  }

  disarm(timer: Timer<Owner>): void {
    const { next, previous } = timer;
    if (next === undefined || previous === undefined) return;
    previous.next = next;
    next.previous = previous;
    timer.next = undefined;
    timer.previous = undefined;
    timer.dueAt = Number.POSITIVE_INFINITY;
    this.#armed--;
  }

  /** Hands every timer due at `now` to `expired`, disarmed; `expired` may arm and disarm any timer. */
  advance(now: number, expired: (owner: Owner) => void): void {
    const target = Math.floor(now / SLOT_MS);
    // After a long pause one turn of the wheel sees every slot.
    if (target - this.#tick > SLOTS) this.#tick = target - SLOTS;
    while (this.#tick < target) {
      this.#tick++;
      this.#expire(this.#slots[this.#tick % SLOTS] as Timer<Owner>, now, expired);
    }
  }

  #expire(head: Timer<Owner>, now: number, expired: (owner: Owner) => void): void {
    let due: Timer<Owner>[] | undefined;
    for (let at = head.next as Timer<Owner>; at !== head; at = at.next as Timer<Owner>) {
      if (at.dueAt <= now) {
        due ??= [];
        due.push(at);
      }
    }
    if (due === undefined) return;
    for (const timer of due) {
      // One that fired before may have disarmed or moved this one.
      if (timer.dueAt > now) continue;
      this.disarm(timer);
      expired(timer.owner);
    }
  }
}
