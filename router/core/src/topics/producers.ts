/**
 * What the router remembers of those who publish on lanes: how far each has come, and where its last messages went. Lanes come
 * and go with their links; this stays, for as many producers as a limit says.
 */
import type { RouterLimits } from "../limits.ts";
import { Answers } from "./answers.ts";
import type { Lane } from "./lane.ts";

export interface Producer {
  readonly key: string;
  epoch: number;
  /** The sequence answered for good last: the next one is expected. */
  last: number;
  /** The only lane that may publish for it; undefined while there is none. */
  lane: Lane | undefined;
  /** The link that took it over last. */
  linkId: number;
  readonly answers: Answers;
}

export class Producers {
  readonly #limits: () => RouterLimits;
  readonly #live = new Map<string, Producer>();
  /** Without a lane, the one unused for the longest first. */
  readonly #idle = new Map<string, Producer>();
  /** Those who hold positions, the one unused for the longest first. */
  readonly #holders = new Set<Producer>();
  #positions = 0;

  constructor(limits: () => RouterLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#live.size + this.#idle.size;
  }

  /** Places for positions, of all producers. */
  get positions(): number {
    return this.#positions;
  }

  find(key: string): Producer | undefined {
    return this.#live.get(key) ?? this.#idle.get(key);
  }

  /** A producer that nothing is known of: its first sequence is where it begins. */
  begin(key: string, epoch: number, sequence: number): Producer {
    return {
      key,
      epoch,
      last: sequence - 1,
      lane: undefined,
      linkId: 0,
      answers: new Answers(this.#limits().laneHistoryMessages),
    };
  }

  /** `lane` is the one that publishes for `producer` from now on. */
  attach(producer: Producer, lane: Lane): void {
    producer.lane = lane;
    producer.linkId = lane.link.id;
    this.#idle.delete(producer.key);
    this.#live.set(producer.key, producer);
    this.#touch(producer);
  }

  /** `lane` is over; what is known of its producer waits for the next one. */
  detach(producer: Producer, lane: Lane): void {
    if (producer.lane !== lane) return;
    producer.lane = undefined;
    this.#live.delete(producer.key);
    this.#idle.set(producer.key, producer);
    this.#touch(producer);
    const { lanesRemembered } = this.#limits();
    for (const [key, oldest] of this.#idle) {
      if (this.#idle.size <= lanesRemembered) return;
      this.#idle.delete(key);
      this.#forgetAnswers(oldest);
    }
  }

  /** A higher epoch: numbering begins anew. */
  restart(producer: Producer, epoch: number, sequence: number): void {
    producer.epoch = epoch;
    producer.last = sequence - 1;
    this.#forgetAnswers(producer);
  }

  /** Remembers how the next sequence of `producer` was answered for good. */
  settle(producer: Producer, epoch: number, sequence: number): void {
    producer.last++;
    const grown = producer.answers.set(producer.last, epoch, sequence);
    if (grown === 0) return;
    this.#positions += grown;
    this.#holders.add(producer);
    const { lanePositions } = this.#limits();
    for (const oldest of this.#holders) {
      if (this.#positions <= lanePositions || oldest === producer) return;
      this.#forgetAnswers(oldest);
    }
  }

  #touch(producer: Producer): void {
    if (this.#holders.delete(producer)) this.#holders.add(producer);
  }

  #forgetAnswers(producer: Producer): void {
    this.#positions -= producer.answers.clear();
    this.#holders.delete(producer);
  }
}
