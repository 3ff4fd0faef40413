/** Where broken rules are gathered: the first few, with the time and the words that a person needs. */

export interface Violation {
  readonly rule: string;
  readonly detail: string;
  readonly atMs: number;
}

/** More of them say nothing new. */
const KEPT_MAX = 20;

export class Verdict {
  readonly violations: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get isClean(): boolean {
    return this.violations.length === 0;
  }

  broken(rule: string, detail: string): void {
    if (this.violations.length < KEPT_MAX)
      this.violations.push({ rule, detail, atMs: Math.round(this.#now() * 1000) / 1000 });
  }
}
