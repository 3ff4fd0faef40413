/**
 * Every job that was published at QoS 1 and what became of it: who read it, how often, and in which order. What the router said
 * it holds must be read by everybody who was there, again only with a word about it, and a key by one member at a time.
 */
import type { Event, Item as Read } from "@nexus-bridge/sdk";
import type { ClientHost } from "./client-host.ts";
import { isIntact, type Job } from "./schema.ts";
import type { Trace } from "./trace.ts";
import type { Verdict } from "./verdict.ts";

export type AudienceKind = "consumer" | "group" | "alone";

/** Those who share one cursor: a consumer through all its lives, the members of a group, or one subscription. */
export interface Audience {
  readonly name: string;
  readonly kind: AudienceKind;
  /** Jobs published before it was there. */
  since: number;
  /** It is there, and was before the calm. */
  isWhole: boolean;
  /** By position: how often it was read. */
  readonly positions: Map<string, number>;
  /** By epoch, publisher and key: the index read last for the first time. */
  readonly last: Map<string, number>;
  /** By job: how often it was read, and given back. */
  readonly reads: Map<string, number>;
  readonly nacks: Map<string, number>;
  /** Keys that a member works on, and which. */
  readonly busy: Map<number, ClientHost>;
}

export interface JobReader {
  readonly audience: Audience;
  readonly client: ClientHost;
  isIdle: boolean;
  isOver: boolean;
}

interface Published {
  readonly name: string;
  readonly phase: string;
  isHeld: boolean;
}

export class JobBook {
  readonly #verdict: Verdict;
  readonly #trace: Trace;
  readonly #jobs: Published[] = [];
  readonly #audiences = new Map<string, Audience>();
  readonly readers: JobReader[] = [];
  /** Those without an answer, and whose they are. */
  readonly #open = new Map<Published, ClientHost>();
  /** Jobs that were given back and did not come again. */
  readonly #returning = new Set<string>();
  #isCalm = false;

  constructor(verdict: Verdict, trace: Trace) {
    this.#verdict = verdict;
    this.#trace = trace;
  }

  /** A job leaves; the function that is returned is told whether the router holds it. */
  publish(client: ClientHost, job: Job): (isHeld: boolean) => void {
    const published: Published = { name: nameOf(job), phase: job.phase, isHeld: false };
    this.#jobs.push(published);
    this.#open.set(published, client);
    return (isHeld) => {
      this.#open.delete(published);
      published.isHeld = isHeld;
    };
  }

  /** Whether nobody who lives waits for an answer. */
  get isAnswered(): boolean {
    for (const client of this.#open.values()) if (client.isAlive) return false;
    return true;
  }

  /** Whether all that was given back in the calm has come again. Before it, that may be nobody's any more. */
  get isReturned(): boolean {
    return !this.#isCalm || this.#returning.size === 0;
  }

  /** The audience of that name, as of now where there is none. */
  audience(name: string, kind: AudienceKind): Audience {
    const known = this.#audiences.get(name);
    if (known !== undefined) return known;
    const audience: Audience = {
      name,
      kind,
      since: Number.POSITIVE_INFINITY,
      isWhole: false,
      positions: new Map(),
      last: new Map(),
      reads: new Map(),
      nacks: new Map(),
      busy: new Map(),
    };
    this.#audiences.set(name, audience);
    return audience;
  }

  /** The router has it: what is published from now on is for it, too. */
  began(audience: Audience): void {
    audience.since = Math.min(audience.since, this.#jobs.length);
  }

  read(reader: JobReader, item: Read<Job>): void {
    this.#trace.text(`job ${item.kind}`);
    const { audience } = reader;
    if (item.kind === "gap") {
      if (this.#isCalm) this.#broken(audience, "gap", `${item.count} on ${item.topic} in the calm`);
      return;
    }
    const { value } = item;
    if (!isIntact(value) || item.topic !== `jobs.${value.phase}`)
      this.#broken(audience, "contents", `${item.topic} brought ${nameOf(value)}`);
    this.#checkAgain(audience, item);
    this.#checkOrder(audience, item);
    add(audience.reads, nameOf(value));
    this.#returning.delete(`${audience.name} ${nameOf(value)}`);
    if (audience.kind === "group") this.#take(audience, reader.client, value);
  }

  /** What was read before must be told to come again, and the other way round. */
  #checkAgain(audience: Audience, event: Event<Job>): void {
    const { topic, position, redelivered, value, attempt } = event;
    const what = `${topic} ${position?.epoch} ${position?.sequence}`;
    const before = audience.positions.get(what) ?? 0;
    if (before > 0 && !redelivered && this.#mayJudge(audience, value))
      this.#broken(audience, "at least once", `${nameOf(value)} came again without a word`);
    if (this.#isCalm && value.phase === "calm" && attempt > 1 && before === 0)
      this.#broken(
        audience,
        "at least once",
        `attempt ${attempt} of ${nameOf(value)} is the first`,
      );
    audience.positions.set(what, before + 1);
  }

  /** A group whose members are all lost begins anew where one of them was, and gives others what they had before. */
  #mayJudge({ kind }: Audience, { phase }: Job): boolean {
    return kind !== "group" || (this.#isCalm && phase === "calm");
  }

  #checkOrder(audience: Audience, { position, redelivered, value }: Event<Job>): void {
    if (redelivered) return;
    const key = audience.kind === "group" ? value.lane : "";
    const line = `${position?.epoch} ${value.id} ${value.phase} ${key}`;
    const before = audience.last.get(line) ?? 0;
    if (value.index <= before && this.#mayJudge(audience, value))
      this.#broken(audience, "order", `${nameOf(value)} after index ${before}`);
    audience.last.set(line, value.index);
  }

  #take(audience: Audience, client: ClientHost, job: Job): void {
    const holder = audience.busy.get(job.lane);
    if (this.#isCalm && holder?.isAlive === true)
      this.#broken(audience, "key", `${client.name} and ${holder.name} have key ${job.lane}`);
    audience.busy.set(job.lane, client);
  }

  /** The member settles the job that it has. */
  settles({ audience, client }: JobReader, job: Job, isNack: boolean): void {
    if (audience.busy.get(job.lane) === client) audience.busy.delete(job.lane);
    if (!isNack) return;
    add(audience.nacks, nameOf(job));
    this.#returning.add(`${audience.name} ${nameOf(job)}`);
  }

  /** From here on nothing is lost, and nothing comes again that nobody gave back. */
  beginCalm(): void {
    this.#isCalm = true;
    this.#returning.clear();
    for (const audience of this.#audiences.values()) {
      audience.isWhole = this.readers.some(
        (reader) => reader.audience === audience && !reader.isOver && reader.client.isAlive,
      );
      audience.busy.clear();
    }
  }

  /** Nothing is on its way any more. `isSame` while the router has never been another process. */
  finish(isSame: boolean): void {
    for (const audience of this.#audiences.values()) {
      if (!audience.isWhole) continue;
      for (const [number, job] of this.#jobs.entries()) {
        const isCalm = job.phase === "calm";
        const isOwed = isCalm || (isSame && audience.kind === "consumer");
        if (!job.isHeld || !isOwed || number < audience.since) continue;
        const reads = audience.reads.get(job.name) ?? 0;
        const nacks = audience.nacks.get(job.name) ?? 0;
        if (reads === 0) this.#broken(audience, "at least once", `${job.name} never came`);
        else if (isCalm && reads !== nacks + 1)
          this.#broken(audience, "again", `${job.name}: ${reads} reads, ${nacks} given back`);
      }
    }
  }

  failed({ audience }: JobReader, error: unknown): void {
    this.#broken(audience, "subscription", `ended with ${String(error)}`);
  }

  #broken(audience: Audience, rule: string, detail: string): void {
    this.#verdict.broken(rule, `${audience.name}: ${detail}`);
  }
}

const nameOf = ({ id, index, phase }: Job): string => `job ${phase} ${id}:${index}`;
const add = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);
