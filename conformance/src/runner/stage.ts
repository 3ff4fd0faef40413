/**
 * What one case plays on: the referee's listeners, the router where it is a real one, the taps, the adapters, and everything
 * that was seen. It is built for one case and taken down with it.
 */
import { connect } from "node:net";
import { type RunningRouter, startRouter } from "@nexus-bridge/router";
import { type Duplex, socketDuplex, type Transport } from "../referee/duplex.ts";
import { RefereeLink } from "../referee/link.ts";
import { type Credentials, listenAsRouter, type RefereeListener } from "../referee/listener.ts";
import { Tap } from "../referee/tap.ts";
import { Transcript } from "../referee/transcript.ts";
import type { AdapterProcess, Answer } from "./adapter-process.ts";
import type { Case } from "./template.ts";
import { BadCase } from "./words.ts";

export interface Actor {
  readonly name: string;
  readonly language: string;
  readonly process: AdapterProcess;
  readonly transport: Transport;
}

/** Changes bytes on their way, as a broken SDK or router would have made them. */
export type WireMutation = (duplex: Duplex) => Duplex;

export interface StageOptions {
  readonly case: Case;
  readonly actors: Readonly<Record<string, Actor>>;
  readonly tls: {
    readonly credentials: Credentials;
    readonly ca: string;
    /** Of an authority that signed none of them. */
    readonly otherCa: string;
    /** Those that `setup.certificate` names, such as `expired`. */
    named(name: string): Credentials;
  };
  readonly mutate?: WireMutation;
  readonly limits?: Readonly<Record<string, number>>;
}

export class Stage {
  readonly transcript = new Transcript();
  readonly variables = new Map<string, unknown>();
  /** Answers that are on their way, by the name that the step gave. */
  readonly pending = new Map<string, Promise<Answer>>();
  readonly links: RefereeLink[] = [];
  readonly peers = new Map<string, RefereeLink>();
  readonly taps: Tap[] = [];
  /** Links that adapters have open: they are closed at the end. */
  readonly opened = new Map<string, Actor>();
  readonly options: StageOptions;
  router: RunningRouter | undefined;
  readonly #listeners: RefereeListener[] = [];
  readonly #urls = new Map<string, string>();
  #arrived: (() => void) | undefined;
  #routerPort = 0;

  constructor(options: StageOptions) {
    this.options = options;
    for (const [name, value] of Object.entries(options.case.values))
      this.variables.set(name, value);
  }

  get case(): Case {
    return this.options.case;
  }

  async build(): Promise<void> {
    const { template } = this.case;
    if (template.stage === "none") return;
    if (template.stage === "routed") await this.startRouter();
  }

  async startRouter(): Promise<void> {
    const limits = this.case.template.setup.limits as object | undefined;
    this.router = await startRouter({
      listen: [`tcp://127.0.0.1:${this.#routerPort}`],
      ...(limits !== undefined && { limits }),
    });
    this.#routerPort = Number(new URL(this.router.addresses[0] ?? "").port);
  }

  actor(name: string): Actor {
    const actor = this.options.actors[name];
    if (actor === undefined) throw new BadCase(`no actor ${name}`);
    return actor;
  }

  /** Where this actor connects to; its listener is made when it is first asked for. */
  async urlFor(actor: Actor): Promise<string> {
    const key = `${actor.name} ${actor.transport}`;
    const known = this.#urls.get(key);
    if (known !== undefined) return known;
    const listener = await listenAsRouter(
      actor.transport,
      (duplex) => this.#accept(actor, duplex),
      this.#credentials(),
    );
    this.#listeners.push(listener);
    this.#urls.set(key, listener.url);
    return listener.url;
  }

  #credentials(): Credentials {
    const { tls } = this.options;
    const { certificate } = this.case.template.setup;
    if (typeof certificate !== "string") return tls.credentials;
    return tls.named(String(this.variables.get(certificate.replace("$", "")) ?? certificate));
  }

  #accept(actor: Actor, raw: Duplex): void {
    const duplex = this.options.mutate?.(raw) ?? raw;
    if (this.case.template.stage === "routed") {
      this.taps.push(
        new Tap(duplex, this.#routerPort, `${actor.name}${this.taps.length}`, this.transcript),
      );
      return;
    }
    const label = `${actor.name}${this.links.length}`;
    this.links.push(
      new RefereeLink(duplex, { peer: "client", label, transcript: this.transcript }),
    );
    this.#arrived?.();
  }

  /** The connection with this number, counted from 0; waits for it. */
  async accepted(number: number, waitMs: number): Promise<RefereeLink> {
    const until = Date.now() + waitMs;
    for (;;) {
      const link = this.links[number];
      if (link !== undefined) return link;
      if (Date.now() >= until) throw new BadCase(`no connection came within ${waitMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, until - Date.now());
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The referee as a client of the real router. */
  async dial(name: string): Promise<RefereeLink> {
    const socket = connect({ port: this.#routerPort, host: "127.0.0.1" });
    const raw = socketDuplex(socket, "tcp");
    const duplex = this.options.mutate?.(raw) ?? raw;
    const link = new RefereeLink(duplex, {
      peer: "router",
      label: name,
      transcript: this.transcript,
    });
    this.peers.set(name, link);
    return link;
  }

  /** Everything against the rules of every frame, on all links. */
  strictFaults(): readonly string[] {
    return [
      ...this.links.flatMap((link) => link.strict.faults),
      ...[...this.peers.values()].flatMap((link) => link.strict.faults),
      ...this.taps.flatMap((tap) => [...tap.up.strict.faults, ...tap.down.strict.faults]),
    ];
  }

  async teardown(): Promise<void> {
    for (const tap of this.taps) tap.close();
    for (const link of [...this.links, ...this.peers.values()]) link.reset();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.router?.close();
  }
}
