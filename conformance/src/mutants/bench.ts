/** One lane of mutants: an adapter that plays cases, sound or broken, and is started anew only when it still holds something. */
import { setTimeout as pause } from "node:timers/promises";
import type { Answer, Interference } from "../runner/adapter-process.ts";
import type { Tls } from "../runner/certificates.ts";
import type { Language } from "../runner/languages.ts";
import { mismatches } from "../runner/match.ts";
import { type Outcome, runCase } from "../runner/run-case.ts";
import type { Actor } from "../runner/stage.ts";
import type { Case } from "../runner/template.ts";
import { Worker } from "../runner/workers.ts";
import type { Mutant } from "./mutant.ts";

const CLEAN_MS = 200;
const POLL_MS = 5;

export class Bench {
  readonly #tls: Tls;
  readonly #worker: Worker;
  #broken: Interference | undefined;
  #fresh: unknown;

  constructor(language: Language, tls: Tls) {
    this.#tls = tls;
    // One program serves many mutants: what it says is changed while one of them is planted.
    this.#worker = new Worker(language, {
      instead: (order) => this.#broken?.instead?.(order),
      answer: (order, told) => this.#broken?.answer?.(order, told) ?? told,
    });
  }

  /** Plays the case, with a mutant planted in it or as it is. */
  async play(played: Case, mutant?: Mutant): Promise<Outcome> {
    const actors = played.template.subject === "router" ? {} : await this.#actors(played);
    this.#broken = mutant?.interference;
    const outcome = await runCase({
      case: played,
      actors,
      tls: this.#tls,
      ...(mutant?.mutate && { mutate: mutant.mutate() }),
    });
    this.#broken = undefined;
    if (!outcome.passed && actors.a !== undefined && !(await this.#isClean())) {
      this.#worker.discard();
      this.#fresh = undefined;
    }
    return outcome;
  }

  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #actors({ transport }: Case): Promise<Readonly<Record<string, Actor>>> {
    const process = await this.#worker.process();
    this.#fresh ??= (await this.#state()).ok;
    const { name: language } = this.#worker.language;
    const actor = (name: string): Actor => ({ name, language, process, transport });
    return { a: actor("a"), b: actor("b") };
  }

  async #state(): Promise<Answer> {
    return (await this.#worker.process()).order({ op: "state" });
  }

  async #isClean(): Promise<boolean> {
    const until = Date.now() + CLEAN_MS;
    for (;;) {
      if (mismatches(this.#fresh, (await this.#state()).ok).length === 0) return true;
      if (Date.now() >= until) return false;
      await pause(POLL_MS);
    }
  }
}
