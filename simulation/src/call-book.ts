/**
 * Every call of a simulation: what was planned, who executed it, how it ended. It judges each call when it ends, strictly where
 * nothing happened to the world meanwhile, and all of them at the end.
 */
import { NexusError } from "@nexus-bridge/sdk";
import type { CallPlan } from "./call-plan.ts";
import type { ClientHost } from "./client-host.ts";
import type { Trace } from "./trace.ts";
import type { Verdict } from "./verdict.ts";

export interface CallRecord {
  readonly plan: CallPlan;
  readonly client: ClientHost;
  readonly startedAt: number;
  /** Nothing but latency may happen to it. */
  readonly isCalm: boolean;
  executions: number;
  /** Handlers at work on it; attempts may overlap. */
  readonly running: Set<Run>;
  /** Who took the last attempt. */
  ran: ClientHost | undefined;
  outcomes: number;
  responses: number;
  endedAt: number;
}

/** One handler at work, and the process that it dies with. */
export interface Run {
  readonly by: ClientHost | undefined;
}

/** What bad weather and tight limits may make of a call. */
const WEATHER_CODES: ReadonlySet<string> = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED"]);
/** An idempotent call is tried so often at most. */
const ATTEMPTS_MAX = 3;
/** A handler hears of the end of its call within this time. */
const HEARD_MS = 2000;
/** A timer of the SDK fires so much late at most. */
const LATE_MS = 20;

export class CallBook {
  readonly #records = new Map<number, CallRecord>();
  readonly #verdict: Verdict;
  readonly #trace: Trace;
  readonly #now: () => number;
  /** Calls may be refused for want of credit. */
  readonly #isCreditTight: boolean;

  constructor(verdict: Verdict, trace: Trace, now: () => number, isCreditTight: boolean) {
    this.#verdict = verdict;
    this.#trace = trace;
    this.#now = now;
    this.#isCreditTight = isCreditTight;
  }

  get size(): number {
    return this.#records.size;
  }

  broken(rule: string, detail: string): void {
    this.#verdict.broken(rule, detail);
  }

  nameOf({ plan, client }: CallRecord): string {
    return `${plan.method} ${plan.id} of ${client.name} (${plan.end})`;
  }

  begin(plan: CallPlan, client: ClientHost, isCalm: boolean): CallRecord {
    const record: CallRecord = {
      plan,
      client,
      startedAt: this.#now(),
      isCalm,
      executions: 0,
      running: new Set(),
      ran: undefined,
      outcomes: 0,
      responses: 0,
      endedAt: Number.POSITIVE_INFINITY,
    };
    this.#records.set(plan.id, record);
    return record;
  }

  record(id: number): CallRecord | undefined {
    return this.#records.get(id);
  }

  executed(record: CallRecord, by: ClientHost): void {
    record.executions++;
    record.ran = by;
    const most = record.plan.method === "again" ? ATTEMPTS_MAX : 1;
    if (record.executions > most)
      this.broken(
        "executed once",
        `${this.nameOf(record)} was executed ${record.executions} times`,
      );
  }

  runs(record: CallRecord): Run {
    const run: Run = { by: record.ran };
    record.running.add(run);
    return run;
  }

  ran(record: CallRecord, run: Run): void {
    const afterMs = this.#now() - record.endedAt;
    if (record.isCalm && afterMs > HEARD_MS)
      this.broken(
        "cancel",
        `${this.nameOf(record)}: its handler stopped ${afterMs} ms after its end`,
      );
    record.running.delete(run);
  }

  async during<T>(record: CallRecord, act: (record: CallRecord) => Promise<T>): Promise<T> {
    const run = this.runs(record);
    try {
      return await act(record);
    } finally {
      this.ran(record, run);
    }
  }

  /** The caller has its outcome: undefined for success. */
  ended(record: CallRecord, error: unknown): void {
    const { plan } = record;
    record.outcomes++;
    const code = error === undefined ? "OK" : error instanceof NexusError ? error.code : "none";
    record.endedAt = this.#now();
    this.#trace.text(code);
    this.#trace.number(plan.id);
    if (code === "none")
      this.broken("outcome", `${this.nameOf(record)} ended with ${String(error)}`);
    if (code === "OK" && record.executions === 0)
      this.broken("outcome", `${this.nameOf(record)} succeeded and was never executed`);
    if (error instanceof NexusError && error.notExecuted && record.executions > 0)
      this.broken("outcome", `${this.nameOf(record)} ended ${code}, not executed; it was`);
    if (!this.#isExpected(record, code, error))
      this.broken("outcome", `${this.nameOf(record)} ended ${code}: ${String(error)}`);
    this.#checkTime(record);
  }

  /** After all weather: nothing is open any more. */
  finish(): void {
    for (const record of this.#records.values()) {
      if (!record.client.isAlive) continue;
      const { outcomes, responses } = record;
      if (outcomes !== 1 || responses !== 1)
        this.broken(
          "one outcome",
          `${this.nameOf(record)} has ${outcomes} outcomes and ${responses} responses`,
        );
    }
  }

  /** Calls without an outcome, or with a handler that still runs. */
  open(): readonly CallRecord[] {
    return [...this.#records.values()].filter(
      ({ client, outcomes, running }) =>
        (client.isAlive && outcomes === 0) || [...running].some(({ by }) => by?.isAlive === true),
    );
  }

  #isExpected(record: CallRecord, code: string, error: unknown): boolean {
    const planned = plannedCodes[record.plan.end];
    if (planned.includes(code)) return true;
    // An attempt before the one that was refused may have run, as far as the caller can know.
    const mayHaveRun = record.plan.method === "again";
    const isRefused = error instanceof NexusError && (error.notExecuted || mayHaveRun);
    if (code === "RESOURCE_EXHAUSTED" && isRefused && this.#isCreditTight) return true;
    return !record.isCalm && WEATHER_CODES.has(code);
  }

  #checkTime({ plan, startedAt, client }: CallRecord): void {
    const { timeoutMs } = plan;
    if (timeoutMs === null || plan.readMs > 0) return;
    const lateMs = this.#now() - startedAt - timeoutMs;
    if (lateMs > LATE_MS)
      this.broken(
        "deadline",
        `${plan.method} ${plan.id} of ${client.name} ended ${lateMs} ms late`,
      );
  }
}

const plannedCodes: Readonly<Record<CallPlan["end"], readonly string[]>> = {
  reply: ["OK"],
  error: ["FAILED_PRECONDITION"],
  deadline: ["DEADLINE_EXCEEDED"],
  cancel: ["CANCELLED"],
  leave: ["OK"],
};
