/** A client as a process of the simulation: a link on virtual time over virtual connections. It can crash and be started again. */
import type { Dial } from "@nexus-bridge/protocol";
import { type Alarm, type Clock, type Link, openLink } from "@nexus-bridge/sdk";
import type { Fault } from "./faults.ts";
import { type Host, type PipeEnd, pipe } from "./pipe.ts";
import { Random } from "./random.ts";
import type { RouterHost } from "./router-host.ts";
import type { Due } from "./scheduler.ts";
import type { Verdict } from "./verdict.ts";
import { WireMonitor } from "./wire-monitor.ts";

const randomBytesFrom =
  (random: Random) =>
  (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => random.int(0, 255));

const CONNECT_TIMEOUT_MS = 120_000;
const REFUSED_MS = 1;
const UNREACHABLE_MS = 1500;

export interface ClientHostOptions {
  readonly name: string;
  readonly host: Host;
  readonly router: RouterHost;
  readonly seed: number;
  readonly verdict: Verdict;
  readonly fault: Fault | undefined;
}

export class ClientHost {
  readonly name: string;
  readonly clock: Clock;
  readonly #options: ClientHostOptions;
  readonly #faultRandom: Random;
  isAlive = true;
  /** Counts the sessions of this link, from 1. */
  session = 0;
  /** Sessions that ended. */
  losses = 0;
  isReachable = true;
  /** Told while it starts. */
  onCrash: (() => void) | undefined;
  link!: Link;
  #end: PipeEnd | undefined;
  readonly #alarms = new Set<Due>();

  constructor(options: ClientHostOptions) {
    this.#options = options;
    this.name = options.name;
    this.#faultRandom = new Random(options.seed, "client fault");
    const { scheduler } = options.host;
    this.clock = {
      now: () => scheduler.now,
      after: (delayMs, wake) => this.#alarm(delayMs, wake),
    };
  }

  async connect(): Promise<void> {
    const { seed, host, fault } = this.#options;
    const { scheduler } = host;
    this.link = await openLink(
      "sim://router/",
      { "sim:": this.#dial },
      {
        name: this.name,
        clock: this.clock,
        random: new Random(seed, `client ${this.name}`).next,
        randomBytes: randomBytesFrom(new Random(seed, `producers ${this.name}`)),
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        schedule: (flush) => {
          const isForgotten = fault?.client === "turns" && this.#faultRandom.chance(0.01);
          scheduler.after(isForgotten ? 60_000 : 0, `turn ${this.name}`, () => {
            if (this.isAlive) flush();
          });
        },
        onDiagnostic: (diagnostic) => {
          host.trace.text(diagnostic.kind);
          if (diagnostic.kind === "connected") this.session++;
          if (diagnostic.kind === "disconnected") this.losses++;
        },
      },
    );
  }

  /** Resolves after so much virtual time; never once the process is gone. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#alarm(delayMs, resolve, false));
  }

  get end(): PipeEnd | undefined {
    return this.#end;
  }

  get isConnected(): boolean {
    return this.isAlive && this.link?.session !== undefined;
  }

  /** As far as the world knows, not only the client. */
  get isSound(): boolean {
    return this.isConnected && this.#end?.isSound === true;
  }

  crash(isHostGone: boolean): void {
    this.isAlive = false;
    this.onCrash?.();
    this.#end?.abandon(isHostGone);
    for (const due of this.#alarms) this.#options.host.scheduler.cancel(due);
  }

  #alarm(delayMs: number, wake: () => void, mayBeLost = true): Alarm {
    const { host, fault } = this.#options;
    const { scheduler } = host;
    const isLost = mayBeLost && fault?.client === "alarms" && this.#faultRandom.chance(0.05);
    const due = scheduler.after(delayMs, `alarm ${this.name}`, () => {
      this.#alarms.delete(due);
      if (this.isAlive && !isLost) wake();
    });
    this.#alarms.add(due);
    const cancel = (): void => {
      this.#alarms.delete(due);
      scheduler.cancel(due);
    };
    return { cancel, hold: () => {} };
  }

  readonly #dial: Dial = (_url, { signal }) => {
    const { host, router, verdict } = this.#options;
    const { scheduler, random, weather } = host;
    return new Promise((resolve, reject) => {
      const isReachable = this.isReachable;
      const wait = isReachable ? random.between(...weather.latencyMs) + REFUSED_MS : UNREACHABLE_MS;
      const due = scheduler.after(wait, `dial ${this.name}`, () => {
        if (!this.isAlive) return;
        if (!isReachable) reject(new Error("router: connection timed out"));
        else if (!router.isUp) reject(new Error("router: connection refused"));
        else {
          const [near, far] = pipe(host, this.name, "router");
          const monitor = new WireMonitor(this.name, verdict);
          near.tap = monitor.wrote;
          near.witness = monitor.arrives;
          this.#end = near;
          router.accept(far);
          resolve(near);
        }
      });
      signal.addEventListener("abort", () => {
        scheduler.cancel(due);
        reject(new Error("the attempt was given up"));
      });
    });
  };
}
