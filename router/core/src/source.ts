/**
 * What waits to be written to one link, by class: a ring of sources a class, each giving one frame a turn, so that streams
 * interleave. Classes 0 and 1 go first, but every tenth frame is left to the others, which share by weight.
 */

export interface Source {
  /** 0 to 7; fixed for the life of the source. */
  readonly priority: number;
  /** True while it stands in a line. */
  waiting: boolean;
  /** Writes at most one frame; false when it has nothing more that may go. */
  pump(): boolean;
}

const CLASSES = 8;
const FIRST_WEIGHTED = 2;
/** Of this many frames one belongs to classes 2 to 7, if they have any. */
const FLOOR = 10;

export class Schedule {
  readonly #lines: Source[][] = Array.from({ length: CLASSES }, () => []);
  /** Where each line's first element stands; the elements before it are gone. */
  readonly #heads = new Uint32Array(CLASSES);
  readonly #shares = new Uint32Array(CLASSES);
  #size = 0;
  #strict = 0;

  get size(): number {
    return this.#size;
  }

  add(source: Source): void {
    if (source.waiting) return;
    source.waiting = true;
    (this.#lines[source.priority] as Source[]).push(source);
    this.#size++;
  }

  /** Lets the source whose turn it is write one frame. */
  pump(): void {
    const priority = this.#choose();
    if (priority < 0) return;
    const source = this.#shift(priority);
    source.waiting = false;
    if (source.pump()) this.add(source);
  }

  clear(): void {
    for (const line of this.#lines) {
      for (const source of line) source.waiting = false;
      line.length = 0;
    }
    this.#heads.fill(0);
    this.#size = 0;
  }

  #choose(): number {
    const strict = this.#count(0) > 0 ? 0 : this.#count(1) > 0 ? 1 : -1;
    if (strict >= 0 && (this.#strict < FLOOR - 1 || !this.#hasWeighted())) {
      this.#strict++;
      return strict;
    }
    this.#strict = 0;
    return this.#chooseWeighted();
  }

  #chooseWeighted(): number {
    if (!this.#hasWeighted()) return -1;
    for (;;) {
      for (let priority = FIRST_WEIGHTED; priority < CLASSES; priority++) {
        const share = this.#shares[priority] as number;
        if (share === 0 || this.#count(priority) === 0) continue;
        this.#shares[priority] = share - 1;
        return priority;
      }
      for (let priority = FIRST_WEIGHTED; priority < CLASSES; priority++) {
        this.#shares[priority] = CLASSES - priority;
      }
    }
  }

  #hasWeighted(): boolean {
    return this.#size > this.#count(0) + this.#count(1);
  }

  #count(priority: number): number {
    return (this.#lines[priority] as Source[]).length - (this.#heads[priority] as number);
  }

  #shift(priority: number): Source {
    const line = this.#lines[priority] as Source[];
    const head = this.#heads[priority] as number;
    const source = line[head] as Source;
    if (head + 1 === line.length) {
      line.length = 0;
      this.#heads[priority] = 0;
    } else if (head >= 512) {
      line.splice(0, head + 1);
      this.#heads[priority] = 0;
    } else {
      this.#heads[priority] = head + 1;
    }
    this.#size--;
    return source;
  }
}
