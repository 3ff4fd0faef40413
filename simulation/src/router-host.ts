/** The router as a process of the simulation: it can be started, crash, drain and start again. Its memory is measured as it runs. */
import { Router, type RouterLimits, type RouterStats } from "@nexus-bridge/router-core";
import type { Fault } from "./faults.ts";
import { faultyStore } from "./faulty-store.ts";
import { FaultyWire } from "./faulty-wire.ts";
import type { Host, PipeEnd } from "./pipe.ts";
import { Random } from "./random.ts";
import type { Due } from "./scheduler.ts";
import type { Verdict } from "./verdict.ts";

const TICK_MS = 50;
/** Few: a simulation moves little at once. */
const SLABS = 8;
/** Headers and control frames on top of what is counted. */
const SLACK_BYTES = 32 * 1024;

export interface RouterHostOptions {
  readonly host: Host;
  readonly seed: number;
  readonly limits: Partial<RouterLimits>;
  readonly bounds: { readonly outboxBytes: number; readonly creditBytes: number };
  readonly fault: Fault | undefined;
  readonly verdict: Verdict;
}

export class RouterHost {
  readonly #options: RouterHostOptions;
  readonly #faultRandom: Random;
  #router: Router | undefined;
  #generation = 0;
  #tick: Due | undefined;
  #ends: PipeEnd[] = [];
  #isDraining = false;

  constructor(options: RouterHostOptions) {
    this.#options = options;
    this.#faultRandom = new Random(options.seed, "fault");
    this.start();
  }

  get isUp(): boolean {
    return this.#router !== undefined && !this.#isDraining;
  }

  /** Whether no other process has ever been in its place. */
  get isFirst(): boolean {
    return this.#generation === 1;
  }

  get stats(): RouterStats | undefined {
    return this.#router?.stats;
  }

  start(): void {
    if (this.#router !== undefined) return;
    const { host, seed, limits, fault, verdict } = this.#options;
    const { scheduler } = host;
    const generation = ++this.#generation;
    const isMine = (): boolean => this.#generation === generation;
    const flush = (): void => {
      const forgotten = fault?.router === "flush" && this.#faultRandom.chance(0.02);
      scheduler.after(forgotten ? 60_000 : 0, "router flush", () => {
        if (isMine()) this.#router?.flush();
      });
    };
    this.#router = new Router({
      now: () => scheduler.now,
      wallMicros: () => Math.round(scheduler.now * 1000),
      random: new Random(seed, `router ${generation}`).next,
      requestFlush: flush,
      limits: { ...limits, ...fault?.limits },
      slabsMax: SLABS,
      ...(fault?.store !== undefined && { store: faultyStore(fault.store) }),
      onEvent: (event) => {
        host.trace.text(event.kind);
        if (event.kind === "failed") verdict.broken("router", event.message);
      },
    });
    if (fault?.router !== "tick") this.#beat();
  }

  accept(end: PipeEnd): void {
    const { fault, host } = this.#options;
    const router = this.#router;
    if (router === undefined) {
      end.destroy(new Error("connection refused"));
      return;
    }
    this.#ends = this.#ends.filter(({ isOpen }) => isOpen);
    this.#ends.push(end);
    if (fault !== undefined) {
      if (fault.down !== undefined || fault.up !== undefined) {
        const wire = new FaultyWire(fault, this.#faultRandom);
        end.tap = wire.down;
        end.peer.tap = wire.after(end.peer.tap);
      }
      end.forgetsClosed = fault.router === "closed" && this.#faultRandom.chance(0.3);
      end.forgetsWritten = fault.router === "written" && this.#faultRandom.chance(0.3);
    }
    host.trace.text("accept");
    router.attach(end);
  }

  /** The process dies; `isHostGone` when nobody is left to tell the peers. */
  crash(isHostGone: boolean): void {
    this.#generation++;
    this.#router = undefined;
    this.#isDraining = false;
    if (this.#tick !== undefined) this.#options.host.scheduler.cancel(this.#tick);
    for (const end of this.#ends.splice(0)) end.abandon(isHostGone);
  }

  /** Goes away in order. */
  async drain(graceMs: number): Promise<void> {
    const generation = this.#generation;
    this.#isDraining = true;
    await this.#router?.drain(graceMs);
    if (this.#generation === generation) this.crash(false);
  }

  /** Stops its clock, so that the world can come to rest. */
  stop(): void {
    if (this.#tick !== undefined) this.#options.host.scheduler.cancel(this.#tick);
  }

  #beat(): void {
    this.#tick = this.#options.host.scheduler.after(TICK_MS, "router tick", () => {
      this.#router?.tick();
      this.#measure();
      this.#beat();
    });
  }

  #measure(): void {
    const stats = this.#router?.stats;
    if (stats === undefined) return;
    const { bounds, verdict } = this.#options;
    // What slow policies bound, and what is bounded by ending the link.
    const outMost = 2 * stats.links * bounds.outboxBytes + stats.creditBytes + SLACK_BYTES;
    if (stats.queuedBytes > outMost)
      verdict.broken("memory", `${stats.queuedBytes} bytes wait, ${outMost} may`);
    const creditMost = stats.links * bounds.creditBytes;
    if (stats.creditBytes > creditMost || stats.creditBytes < 0)
      verdict.broken(
        "memory",
        `${stats.creditBytes} bytes of credit are out, ${creditMost} may be`,
      );
    if (stats.queuedBytes < 0 || stats.slabBytes < 0 || stats.callsInFlight < 0)
      verdict.broken("memory", `a count is below zero: ${JSON.stringify(stats)}`);
  }
}
