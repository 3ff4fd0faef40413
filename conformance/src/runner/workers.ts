/** Adapter programs that play one case at a time; one that failed a case is started anew. */
import { AdapterProcess, type Interference } from "./adapter-process.ts";
import type { Language } from "./languages.ts";
import { mismatches } from "./match.ts";

export class Worker {
  readonly language: Language;
  readonly #interference: Interference;
  #process: AdapterProcess | undefined;

  constructor(language: Language, interference: Interference = {}) {
    this.language = language;
    this.#interference = interference;
  }

  /** The program, started and greeted where it is not running. */
  async process(): Promise<AdapterProcess> {
    if (this.#process !== undefined && this.#process.ended === undefined) return this.#process;
    const started = new AdapterProcess(this.language.run, this.#interference);
    this.#process = started;
    const problem = await greet(started, this.language);
    if (problem !== undefined) throw new Error(`${this.language.name}: ${problem}`);
    return started;
  }

  discard(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  async close(): Promise<void> {
    await this.#process?.close();
  }
}

const sorted = (list: unknown): readonly unknown[] => (Array.isArray(list) ? [...list].sort() : []);

/** What the program says of itself must be what features.yaml says, both ways. */
async function greet(adapter: AdapterProcess, language: Language): Promise<string | undefined> {
  const { ok, broken } = await adapter.order({ op: "hello" });
  if (broken !== undefined) return String(broken);
  const said = ok as Readonly<Record<string, unknown>>;
  const told = {
    contract: said.contract,
    language: said.language,
    features: sorted(said.features),
    transports: sorted(said.transports),
  };
  const expected = {
    contract: 1,
    language: language.name,
    features: sorted([...language.features]),
    transports: sorted(language.transports),
  };
  const found = mismatches(expected, told);
  return found.length === 0 ? undefined : `hello and features.yaml differ: ${found.join("; ")}`;
}
