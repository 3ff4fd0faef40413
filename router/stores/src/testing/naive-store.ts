/** What a store is to do, written as plainly as it can be: everything is looked for, nothing is remembered. */
import type { StoreCosts, StoreLimits } from "./suite.ts";

export interface NaiveMessage {
  readonly sequence: number;
  readonly storedAt: number;
  readonly bytes: number;
  readonly message: string;
}

export interface NaivePin {
  sequence: number;
  isReleased: boolean;
}

export interface NaiveLog {
  readonly topic: string;
  readonly order: number;
  hasRing: boolean;
  next: number;
  messages: NaiveMessage[];
  retained: NaiveMessage | undefined;
  pins: NaivePin[];
}

export class NaiveStore {
  readonly logs: NaiveLog[] = [];
  readonly #limits: StoreLimits;
  readonly #costs: StoreCosts;
  #opened = 0;

  constructor(limits: StoreLimits, costs: StoreCosts) {
    this.#limits = limits;
    this.#costs = costs;
  }

  get ringBytes(): number {
    const of = (log: NaiveLog): number => this.#costs.topicBytes(log.topic) + ringBytes(log);
    return this.logs.reduce((sum, log) => sum + of(log), 0);
  }

  get retainedBytes(): number {
    return this.logs.reduce((sum, { retained }) => sum + (retained?.bytes ?? 0), 0);
  }

  open(topic: string): NaiveLog {
    const known = this.logs.find((log) => log.topic === topic);
    if (known !== undefined) return known;
    const log: NaiveLog = {
      topic,
      order: this.#opened++,
      hasRing: false,
      next: 1,
      messages: [],
      retained: undefined,
      pins: [],
    };
    this.logs.push(log);
    this.#makeRoom(log, 0);
    return log;
  }

  append(log: NaiveLog, message: string, size: number, now: number): number | undefined {
    const { ringMessages, ringBytes } = this.#limits;
    if (!log.hasRing) return log.next++;
    while (log.messages.length >= ringMessages) {
      if (!mayGo(log)) return undefined;
      log.messages.shift();
    }
    const bytes = size + this.#costs.messageBytes;
    if (bytes + this.#costs.topicBytes(log.topic) > ringBytes) return undefined;
    if (!this.#makeRoom(log, bytes)) return undefined;
    const sequence = log.next++;
    log.messages.push({ sequence, storedAt: now, bytes, message });
    return sequence;
  }

  retain(log: NaiveLog, sequence: number, message: string, size: number, now: number): boolean {
    const bytes = size + this.#costs.messageBytes;
    const others = this.logs.filter((each) => each !== log && each.retained !== undefined);
    const sum = others.reduce((total, { retained }) => total + (retained?.bytes ?? 0), bytes);
    const { retainedValues, retainedBytes } = this.#limits;
    if (others.length + 1 > retainedValues || sum > retainedBytes) return false;
    log.retained = { sequence, storedAt: now, bytes, message };
    return true;
  }

  pin(log: NaiveLog, sequence: number): NaivePin {
    const first = log.messages[0]?.sequence ?? log.next;
    const pin = { sequence: Math.min(log.next, Math.max(first, sequence)), isReleased: false };
    log.pins.push(pin);
    return pin;
  }

  advance(now: number): void {
    for (const log of this.logs) {
      const isOld = (): boolean =>
        (log.messages[0]?.storedAt ?? now) <= now - this.#limits.ringAgeMs;
      while (log.messages.length > 0 && isOld() && mayGo(log)) log.messages.shift();
    }
    this.#forget(undefined);
  }

  #makeRoom(log: NaiveLog, bytes: number): boolean {
    while (this.ringBytes + bytes > this.#limits.ringBytes) {
      const longest = this.#longest();
      if (longest !== undefined) longest.messages.shift();
      else if (!this.#forget(log)) return false;
    }
    return true;
  }

  #longest(): NaiveLog | undefined {
    return this.logs
      .filter((log) => log.messages.length > 0 && mayGo(log))
      .sort((one, other) => ringBytes(other) - ringBytes(one) || one.order - other.order)[0];
  }

  #forget(except: NaiveLog | undefined): boolean {
    const idle = this.logs.filter((log) => log !== except && isIdle(log));
    for (const log of idle) this.logs.splice(this.logs.indexOf(log), 1);
    return idle.length > 0;
  }
}

const ringBytes = (log: NaiveLog): number =>
  log.messages.reduce((sum, { bytes }) => sum + bytes, 0);

const held = (log: NaiveLog): readonly NaivePin[] => log.pins.filter((pin) => !pin.isReleased);

const mayGo = (log: NaiveLog): boolean =>
  held(log).every(({ sequence }) => sequence > (log.messages[0]?.sequence ?? 0));

const isIdle = (log: NaiveLog): boolean =>
  log.messages.length === 0 && log.retained === undefined && held(log).length === 0;
