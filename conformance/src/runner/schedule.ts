/** Plays many cases, a few at a time, each on a worker of its own: results come in the order of the cases. */
import type { Interference } from "./adapter-process.ts";
import type { Tls } from "./certificates.ts";
import type { Language } from "./languages.ts";
import { type Outcome, runCase } from "./run-case.ts";
import type { Actor, WireMutation } from "./stage.ts";
import type { Case } from "./template.ts";
import { Worker } from "./workers.ts";

export interface Result {
  /** A language, `client:server`, or `router`. */
  readonly who: string;
  readonly case: Case;
  readonly outcome: Outcome;
}

export interface Plan {
  readonly who: string;
  /** Without one the case has no adapter: it is the router's. */
  readonly client: Language | undefined;
  readonly server: Language | undefined;
  readonly cases: readonly Case[];
}

export interface RunOptions {
  readonly tls: Tls;
  readonly lanes: number;
  readonly onResult?: (result: Result) => void;
  readonly interference?: Interference;
  readonly mutate?: WireMutation;
}

/** One lane's adapters: a client, and a server where that is another language. */
class Lane {
  readonly #client: Worker | undefined;
  readonly #server: Worker | undefined;

  constructor({ client, server }: Plan, interference: Interference | undefined) {
    this.#client = client && new Worker(client, interference);
    this.#server = server === client ? this.#client : server && new Worker(server);
  }

  async actors(played: Case): Promise<Readonly<Record<string, Actor>>> {
    const actorOf = async (name: string, worker: Worker): Promise<Actor> => {
      const { transports } = worker.language;
      const transport = transports.includes(played.transport)
        ? played.transport
        : (transports[0] ?? "tcp");
      return { name, language: worker.language.name, process: await worker.process(), transport };
    };
    return {
      ...(this.#client && { a: await actorOf("a", this.#client) }),
      ...(this.#server && { b: await actorOf("b", this.#server) }),
    };
  }

  discard(): void {
    this.#client?.discard();
    this.#server?.discard();
  }

  async close(): Promise<void> {
    await this.#client?.close();
    if (this.#server !== this.#client) await this.#server?.close();
  }
}

export async function runPlan(plan: Plan, options: RunOptions): Promise<readonly Result[]> {
  const results: (Result | undefined)[] = plan.cases.map(() => undefined);
  let next = 0;
  const lane = async (): Promise<void> => {
    const own = new Lane(plan, options.interference);
    for (let at = next++; at < plan.cases.length; at = next++) {
      const played = plan.cases[at] as Case;
      const outcome = await playOn(own, played, options);
      if (!outcome.passed) own.discard();
      const result = { who: plan.who, case: played, outcome };
      results[at] = result;
      options.onResult?.(result);
    }
    await own.close();
  };
  const lanes = Math.min(options.lanes, Math.max(1, plan.cases.length));
  await Promise.all(Array.from({ length: lanes }, lane));
  return results.flatMap((result) => result ?? []);
}

async function playOn(lane: Lane, played: Case, options: RunOptions): Promise<Outcome> {
  try {
    return await runCase({
      case: played,
      actors: await lane.actors(played),
      tls: options.tls,
      ...(options.mutate && { mutate: options.mutate }),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { passed: false, message, step: 0, milliseconds: 0, transcript: [] };
  }
}
