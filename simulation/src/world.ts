/** One simulated world: a router, clients that come back after a crash, their work, and the way from the first link to rest. */
import { CallBook } from "./call-book.ts";
import { planCall } from "./call-plan.ts";
import { makeCall } from "./caller.ts";
import { ClientHost } from "./client-host.ts";
import { EventBook } from "./event-book.ts";
import type { Fault } from "./faults.ts";
import { JobBook } from "./job-book.ts";
import { type JobReading, jobReadingsOf, workOff } from "./jobs.ts";
import type { Host } from "./pipe.ts";
import { type Profile, profileOf } from "./profile.ts";
import { Random } from "./random.ts";
import { RouterHost } from "./router-host.ts";
import { Scheduler } from "./scheduler.ts";
import { bodyOf, ItemTopic, JobTopic, Work } from "./schema.ts";
import { type Reading, readingsOf, subscribe } from "./subscriber.ts";
import { Trace } from "./trace.ts";
import { Verdict } from "./verdict.ts";
import { workHandler } from "./worker.ts";

/** Ordering keys of jobs. */
const KEYS = 4;

/** The phases of work, which are tokens of the topics as well. */
export type Phase = "rough" | "calm";

export class World {
  readonly profile: Profile;
  readonly trace = new Trace();
  readonly scheduler: Scheduler;
  readonly verdict: Verdict;
  readonly router: RouterHost;
  readonly calls: CallBook;
  readonly events: EventBook;
  readonly jobs: JobBook;
  readonly clients: ClientHost[] = [];
  readonly random: Random;
  readonly #seed: number;
  readonly #fault: Fault | undefined;
  readonly #host: Host;
  readonly #readings: (readonly Reading[])[] = [];
  readonly #jobReadings: (readonly JobReading[])[] = [];
  #incarnations = 0;
  #calls = 0;
  /** Work that is planned and not done. */
  #unstarted = 0;
  #starting = 0;

  constructor(seed: number, fault: Fault | undefined) {
    this.#seed = seed;
    this.#fault = fault;
    this.random = new Random(seed, "world");
    this.profile = profileOf(this.random);
    this.scheduler = new Scheduler(new Random(seed, "scheduler"), this.trace);
    this.verdict = new Verdict(() => this.now);
    const { weather, limits, bounds, isCreditTight } = this.profile;
    const { scheduler, trace, verdict } = this;
    this.#host = { scheduler, trace, weather, random: new Random(seed, "network") };
    this.router = new RouterHost({ host: this.#host, seed, limits, bounds, fault, verdict });
    this.calls = new CallBook(verdict, trace, () => this.now, isCreditTight);
    this.events = new EventBook(verdict, trace);
    this.jobs = new JobBook(verdict, trace);
  }

  get now(): number {
    return this.scheduler.now;
  }

  after(delayMs: number, label: string, run: () => void): void {
    this.scheduler.after(delayMs, label, run);
  }

  /** Starts all clients. */
  open(): void {
    for (let at = 0; at < this.profile.clients; at++) {
      this.#readings.push(readingsOf(at, this.profile.lanes, this.random));
      this.#jobReadings.push(jobReadingsOf(at, this.random));
      this.#startClient(at);
    }
  }

  /** The process of client `at` dies, and another takes its place after a while. */
  crashClient(at: number, isHostGone: boolean, downMs: number): void {
    const client = this.clients[at];
    if (client?.isAlive !== true) return;
    client.crash(isHostGone);
    this.after(downMs, "client restart", () => this.#startClient(at));
  }

  /** Lets calls and publishes begin, spread over `spanMs`. */
  work(phase: Phase, spanMs: number): void {
    const { calls, publishes } = this.profile;
    for (let count = 0; count < calls; count++) {
      const plan = planCall(++this.#calls, this.random);
      const place = this.random.int(0, this.profile.clients - 1);
      this.#planned(spanMs, "call", () => {
        const client = this.clients[place];
        if (client?.isConnected === true) void makeCall(client, this.calls, plan, phase === "calm");
      });
    }
    let count = 0;
    while (count < publishes) {
      const place = this.random.int(0, this.profile.clients - 1);
      const lane = this.random.int(1, this.profile.lanes);
      const burst = this.random.chance(0.2) ? this.random.int(10, 60) : 1;
      const bytes = this.random.chance(0.1) ? this.random.int(500, 9000) : this.random.int(0, 200);
      count += burst;
      this.#planned(spanMs, "publish", () => {
        const client = this.clients[place];
        if (client?.isConnected !== true) return;
        for (let at = 0; at < burst; at++) void this.#publish(client, phase, lane, bytes);
      });
    }
    this.#planJobs(phase, spanMs);
  }

  /** Everything planned has begun and ended, and everybody has read what there was. */
  get isDone(): boolean {
    return (
      this.#unstarted === 0 &&
      this.calls.open().length === 0 &&
      this.events.subscriptions.every(({ client, isIdle }) => isIdle || !client.isAlive) &&
      this.jobs.readers.every(({ client, isIdle }) => isIdle || !client.isAlive) &&
      this.jobs.isAnswered &&
      this.jobs.isReturned &&
      this.clients.every(({ end }) => end === undefined || (end.isQuiet && end.peer.isQuiet)) &&
      (this.router.stats?.queuedBytes ?? 0) === 0
    );
  }

  /** Every client has its link, and the router knows of nobody else. */
  get isWhole(): boolean {
    const { stats } = this.router;
    const wanted = [...this.events.subscriptions, ...this.jobs.readers].filter(
      ({ client, isOver }) => client.isAlive && !isOver,
    );
    return (
      this.#starting === 0 &&
      stats !== undefined &&
      stats.links === this.profile.clients &&
      stats.services === 1 &&
      stats.subscriptions === wanted.length &&
      this.clients.every(({ isSound }) => isSound)
    );
  }

  #planJobs(phase: Phase, spanMs: number): void {
    for (let count = 0; count < this.profile.jobs; ) {
      const place = this.random.int(0, this.profile.clients - 1);
      const key = this.random.int(1, KEYS);
      const burst = this.random.chance(0.2) ? this.random.int(5, 20) : 1;
      const bytes = this.random.int(0, 300);
      count += burst;
      this.#planned(spanMs, "job", () => {
        const client = this.clients[place];
        if (client?.isConnected !== true) return;
        for (let at = 0; at < burst; at++) void this.#publishJob(client, phase, key, bytes);
      });
    }
  }

  #planned(spanMs: number, label: string, begin: () => void): void {
    this.#unstarted++;
    this.after(this.random.between(0, spanMs), label, () => {
      this.#unstarted--;
      begin();
    });
  }

  async #publish(client: ClientHost, phase: Phase, lane: number, bytes: number): Promise<void> {
    const session = this.events.sessionOf(client);
    const topic = `items.${phase}.${lane}`;
    const index = this.events.nextIndex(session, topic);
    const body = bodyOf(session, index, bytes);
    try {
      // It is in the output, or refused, when this returns: links that are connected do not wait.
      await client.link.publish(ItemTopic, { id: session, index, phase, lane, body });
      this.events.published(topic);
    } catch (error) {
      this.events.takeBack(session, topic);
      if (phase === "calm") this.verdict.broken("publish", `${client.name}: ${String(error)}`);
    }
  }

  async #publishJob(client: ClientHost, phase: Phase, lane: number, bytes: number): Promise<void> {
    // A process is a publisher through all its sessions: its lane goes on.
    const id = Number(client.name.split(".").at(-1));
    const index = this.events.nextIndex(id, `jobs ${phase}`);
    const job = { id, index, phase, lane, body: bodyOf(id, index, bytes) };
    const answered = this.jobs.publish(client, job);
    try {
      await client.link.publish(JobTopic, job);
      answered(true);
    } catch (error) {
      answered(false);
      if (phase === "calm") this.verdict.broken("publish", `${client.name}: ${String(error)}`);
    }
  }

  #startClient(at: number): void {
    const client = new ClientHost({
      name: `client ${at}.${++this.#incarnations}`,
      host: this.#host,
      router: this.router,
      seed: this.#seed,
      verdict: this.verdict,
      fault: this.#fault,
    });
    this.clients[at] = client;
    this.#starting++;
    void this.#run(client, at);
  }

  async #run(client: ClientHost, at: number): Promise<void> {
    // A process that dies while it starts is not waited for.
    const died = (): void => {
      this.#starting--;
    };
    client.onCrash = died;
    try {
      await client.connect();
      if (at < this.profile.servers)
        await client.link.serve(Work, workHandler(client, this.calls), { instance: client.name });
      for (const reading of this.#readings[at] ?? []) await subscribe(client, this.events, reading);
      for (const reading of this.#jobReadings[at] ?? []) await workOff(client, this.jobs, reading);
    } catch (error) {
      this.verdict.broken("start", `${client.name}: ${String(error)}`);
    }
    client.onCrash = undefined;
    this.#starting--;
  }
}
