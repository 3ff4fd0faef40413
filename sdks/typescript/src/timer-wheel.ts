/**
 * One coarse wheel for all deadlines of a process: starting and stopping a timer costs a list operation, and the host's clock
 * is armed for the next slot in use alone. A timer may fire up to one tick late, never early.
 */
import { type Alarm, type Clock, systemClock } from "./clock.ts";

const TICK_MS = 8;
/** A power of two; a turn of the wheel takes 33 s, later timers go round more than once. */
const SLOTS = 4096;

/** What the wheel keeps in whoever is timed: its place in a slot's list. */
export class Timer {
  dueAt = 0;
  slot = -1;
  next: Timer | undefined;
  previous: Timer | undefined;
  readonly owner: Expiring;

  constructor(owner: Expiring) {
    this.owner = owner;
  }
}

export interface Expiring {
  expire(): void;
}

export class TimerWheel {
  readonly clock: Clock;
  readonly #slots: (Timer | undefined)[] = new Array<Timer | undefined>(SLOTS).fill(undefined);
  #count = 0;
  /** The last tick whose slot has been looked at. */
  #tick: number;
  #alarm: Alarm | undefined;
  #alarmTick = Number.POSITIVE_INFINITY;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
    this.#tick = Math.floor(clock.now() / TICK_MS);
  }

  /** Starts `timer`, or starts it anew. */
  start(timer: Timer, delayMs: number): void {
    this.stop(timer);
    timer.dueAt = this.clock.now() + delayMs;
    const tick = Math.max(Math.ceil(timer.dueAt / TICK_MS), this.#tick + 1);
    const slot = tick & (SLOTS - 1);
    const head = this.#slots[slot];
    timer.slot = slot;
    timer.next = head;
    if (head !== undefined) head.previous = timer;
    this.#slots[slot] = timer;
    this.#count += 1;
    if (tick < this.#alarmTick) this.#arm(tick);
    else if (this.#count === 1) this.#alarm?.hold(true);
  }

  stop(timer: Timer): void {
    if (timer.slot < 0) return;
    if (timer.previous === undefined) this.#slots[timer.slot] = timer.next;
    else timer.previous.next = timer.next;
    if (timer.next !== undefined) timer.next.previous = timer.previous;
    timer.next = undefined;
    timer.previous = undefined;
    timer.slot = -1;
    this.#count -= 1;
    if (this.#count === 0) this.#alarm?.hold(false);
  }

  readonly #wake = (): void => {
    this.#alarm = undefined;
    this.#alarmTick = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    const until = Math.floor(now / TICK_MS);
    const first = Math.max(this.#tick + 1, until - SLOTS + 1);
    this.#tick = Math.max(this.#tick, until);
    const due: Timer[] = [];
    for (let tick = first; tick <= until; tick++)
      for (let at = this.#slots[tick & (SLOTS - 1)]; at !== undefined; at = at.next)
        if (at.dueAt <= now) due.push(at);
    for (const timer of due) {
      if (timer.slot < 0) continue;
      this.stop(timer);
      timer.owner.expire();
    }
    this.#armNext();
  };

  #armNext(): void {
    if (this.#count === 0) return;
    for (let tick = this.#tick + 1; tick <= this.#tick + SLOTS; tick++) {
      if (this.#slots[tick & (SLOTS - 1)] === undefined) continue;
      if (tick < this.#alarmTick) this.#arm(tick);
      return;
    }
  }

  #arm(tick: number): void {
    this.#alarm?.cancel();
    this.#alarmTick = tick;
    this.#alarm = this.clock.after(Math.max(0, tick * TICK_MS - this.clock.now()), this.#wake);
  }
}

/** The wheel of everything that uses the host's clock. */
export const systemWheel: TimerWheel = new TimerWheel();
