/**
 * The router as a state machine: channels, their bytes and the time in; bytes, closed channels and events out. It composes the
 * rooms and owns the turn; it starts no timer and opens nothing.
 */
import {
  type Channel,
  FrameDecoder,
  type FrameFault,
  type FrameVerdict,
  frameVerdict,
  LinkCode,
  preface,
} from "@nexus-bridge/protocol";
import { Arena, INPUT_BYTES } from "./arena.ts";
import { passOnAll } from "./calls/credit.ts";
import { endCall } from "./calls/end.ts";
import { deadlinePassed } from "./calls/relay.ts";
import { linkOf, resumeSome, timeOver } from "./consume/consumption.ts";
import type { Core } from "./core.ts";
import { createCore, INTERNAL_LINK, type RouterOptions } from "./create-core.ts";
import type { RouterStats } from "./events.ts";
import { createFrame, type Frame, loadFrame, loadWhole } from "./frame.ts";
import { type RouterLimits, routerLimits } from "./limits.ts";
import { createLink, isClosed, type Link } from "./link.ts";
import { closeRun, type Outbox } from "./outbox.ts";
import { capOutbox, relieve } from "./pressure.ts";
import { type ServiceView, viewService, viewServices } from "./resolve/service-view.ts";
import { statsOf } from "./router-stats.ts";
import { mustWait, postpone, spend, workOff } from "./session/backlog.ts";
import { discard, failLink, leaveLink, loseLink } from "./session/closed.ts";
import { advanceDrain, beginDrain } from "./session/draining.ts";
import { greet } from "./session/greeting.ts";
import { look, notePartial, watch } from "./session/heartbeat.ts";
import { applyVerdict, openFrame } from "./session/open.ts";
import { expireProbes, probe } from "./session/probe.ts";
import type { Observer } from "./tap.ts";
import { ownMessageOf } from "./topics/event.ts";
import { forgetOld, publishInternally } from "./topics/keeping.ts";
import { answerLanes } from "./topics/lane.ts";
import { createSubscriptionHost } from "./topics/subscribe.ts";
import type { SubscriptionHost } from "./topics/subscription.ts";

export type { RouterOptions } from "./create-core.ts";

export interface AttachOptions {
  /** How long the connection has been there: HELLO has that much less time. */
  readonly waitedMs?: number;
  /** The link over which the router's host serves the router's own services: it alone may, and nobody else sees it. */
  readonly isInternal?: boolean;
}

/** A transport that goes wrong is a lost link, with this much of its words. */
const CAUSE_CHARACTERS_MAX = 200;

export class Router {
  readonly #now: () => number;
  readonly #core: Core;
  readonly #host: SubscriptionHost;
  readonly #frame: Frame = createFrame();
  readonly #arena: Arena;
  readonly #requestFlush: () => void;
  #flushRequested = false;
  #linkCount = 0;
  #internal: Link | undefined;
  #drainUntil = Number.POSITIVE_INFINITY;
  #draining: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: RouterOptions) {
    this.#now = options.now;
    this.#arena = new Arena(options.slabsMax);
    this.#requestFlush = options.requestFlush;
    this.#core = createCore(options, this.#arena, () => this.#askForFlush());
    this.#host = createSubscriptionHost(this.#core);
  }

  get linkCount(): number {
    const { links } = this.#core;
    const hasOwn = this.#internal !== undefined && links.has(this.#internal);
    return hasOwn ? links.size - 1 : links.size;
  }

  get callsInFlight(): number {
    return this.#core.calls.live;
  }

  get stats(): RouterStats {
    return statsOf(this.#core, this.linkCount, this.#arena.usedBytes);
  }

  /** Lets `observer` see what passes until the function that is returned is called. */
  observe(observer: Observer): () => void {
    return this.#core.tap.add(observer);
  }

  /** The services that have an instance, the router's own among them, at most so many; or one. */
  services(name?: string, most: number = Number.POSITIVE_INFINITY): readonly ServiceView[] {
    const { services } = this.#core;
    if (name === undefined) return viewServices(services.all(), most);
    const service = services.get(name);
    return service === undefined ? [] : [viewService(service)];
  }

  /** Services that have an instance, the router's own among them. */
  get serviceCount(): number {
    return this.#core.services.size;
  }

  /** Whether a service has an instance. */
  hasService(name: string): boolean {
    return this.#core.services.has(name);
  }

  /** Calls `changed` whenever an instance of a service comes or goes, until the function that is returned is called. */
  watchServices(changed: () => void): () => void {
    const { listeners } = this.#core.services;
    listeners.add(changed);
    return () => listeners.delete(changed);
  }

  /** Asks links for a sign of life: the milliseconds until it came, of those from which one came in time. */
  async ping(links: ReadonlySet<number>, timeoutMs: number): Promise<ReadonlyMap<number, number>> {
    const core = this.#core;
    core.now = this.#now();
    const answered = new Map<number, number>();
    const ask = async (link: Link): Promise<void> => {
      const durationMs = await probe(core, link, timeoutMs);
      if (durationMs !== undefined) answered.set(link.id, durationMs);
    };
    await Promise.all([...core.links].filter(({ id }) => links.has(id)).map(ask));
    return answered;
  }

  /** The judge knows more than before: every caller's schema is compared again at its next call. */
  schemasChanged(): void {
    this.#core.services.epoch++;
    this.#core.schemas.forgetTold();
  }

  /** Other limits from now on. What links agreed on in their handshake stays as it is. */
  setLimits(changes: Partial<RouterLimits>): void {
    this.#core.limits = routerLimits(changes);
  }

  /** Publishes a message of the router's own, to topics that begin with $ too; false where a ring has no room for it. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1 = 0): boolean {
    this.#core.now = this.#now();
    return publishInternally(this.#core, topic, ownMessageOf(payload, qos));
  }

  /** Other topics that have a ring from the start, from now on. */
  setRings(patterns: readonly string[]): void {
    this.#core.topics.setRings(patterns);
  }

  /** Takes a connected channel over and starts it. */
  attach(channel: Channel, { waitedMs = 0, isInternal = false }: AttachOptions = {}): void {
    const core = this.#core;
    core.now = this.#now();
    if (core.greetings.size >= core.limits.unauthenticatedLinks && !isInternal) {
      core.counters.linksRefused++;
      channel.destroy();
      return;
    }
    const decoder = new FrameDecoder((bytes, view, start) =>
      this.#receiveFrame(link, bytes, view, start),
    );
    const link = createLink({
      id: isInternal ? INTERNAL_LINK : ++this.#linkCount,
      channel,
      press: core,
      limits: core.limits,
      now: core.now,
      connectedAt: core.now - waitedMs,
      decoder,
      isInternal,
    });
    if (isInternal) this.#internal = link;
    link.outbox.owner = link;
    core.links.add(link);
    core.greetings.add(link);
    core.emit({ kind: "linkOpened", link: link.id, remote: channel.remote });
    watch(core, link);
    channel.start({
      data: (bytes) => this.#guard(link, () => this.#receive(link, bytes)),
      ended: () => this.#guard(link, () => this.#end(link)),
      closed: (cause) => this.#guard(link, () => this.#lose(link, cause)),
    });
    if (core.isDraining) failLink(core, link, LinkCode.SHUTTING_DOWN, "the router is going away");
  }

  /** Does what is due; to be called some times a second. */
  tick(): void {
    const core = this.#core;
    core.now = this.#now();
    core.wheel.advance(core.now, (owner) => {
      if (owner.kind === "link") this.#guard(owner, () => look(core, owner));
      else if (owner.kind === "call") {
        this.#guard(owner.requester, () => endCall(core, owner, deadlinePassed));
      } else this.#guard(linkOf(owner), () => timeOver(core, owner));
    });
    if (core.probes.links.size > 0) expireProbes(core);
    if (core.later.size > 0) this.#guard(undefined, () => resumeSome(core));
    passOnAll(core);
    forgetOld(core);
    this.#advanceDrain();
  }

  /** Ends the turn: what was written goes to the channels. */
  flush(): void {
    const core = this.#core;
    this.#flushRequested = false;
    core.now = this.#now();
    passOnAll(core);
    answerLanes(core);
    const { dirty } = core;
    // A channel may answer while it is written to; what becomes dirty then stands behind.
    for (let at = 0; at < dirty.length; at++) {
      this.#flushOne(dirty[at] as Outbox);
    }
    dirty.length = 0;
    workOff(core, (link, bytes) => this.#handleLate(link, bytes));
    const heldBytes = this.#heldBytes;
    if (heldBytes > core.limits.routerQueuedBytes) relieve(core, heldBytes);
    if (core.isDraining) this.#advanceDrain();
  }

  /** Memory for what waits for its link, is on its way to it, or has not wholly come. */
  get #heldBytes(): number {
    return this.#core.queuedBytes + this.#arena.usedBytes + this.#core.partialBytes;
  }

  /** Stops taking calls, lets those in flight end, and closes all links; resolves when that is done. Asked again, it is one drain. */
  drain(graceMs: number): Promise<void> {
    this.#draining ??= this.#beginDrain(graceMs);
    return this.#draining;
  }

  #beginDrain(graceMs: number): Promise<void> {
    const core = this.#core;
    core.now = this.#now();
    core.isDraining = true;
    this.#drainUntil = core.now + graceMs;
    core.emit({ kind: "draining", graceMs });
    for (const link of [...core.links]) beginDrain(core, link, graceMs);
    this.#askForFlush();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** Cuts every link at once. */
  close(): void {
    for (const link of [...this.#core.links]) link.channel.destroy();
  }

  #receive(link: Link, bytes: Uint8Array): void {
    const core = this.#core;
    core.now = this.#now();
    if (link.state === "closed") {
      discard(link, bytes.length);
      return;
    }
    link.receivedAt = core.now;
    let at = 0;
    if (link.preface !== undefined) {
      at = link.preface.take(bytes);
      if (at < 0) {
        link.channel.destroy();
        return;
      }
      if (link.preface.complete) {
        link.preface = undefined;
        link.outbox.say(preface());
      }
    }
    const { bytes: arena } = this.#arena;
    while (at < bytes.length && !isClosed(link)) {
      const end = Math.min(bytes.length, at + INPUT_BYTES);
      arena.set(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
      const fault = link.decoder.push(arena.subarray(0, end - at));
      closeRun(core.run);
      if (fault !== undefined) failLink(core, link, fault.code, fault.message);
      // The turn may go on for many chunks: those who wait need not wait for all of them.
      if (core.queuedBytes > 0) for (const outbox of core.dirty) outbox.pump();
      at = end;
    }
    notePartial(core, link);
    const isPartial = link.partialBytes > 0;
    if (isPartial && this.#heldBytes > core.limits.routerQueuedBytes) this.#askForFlush();
  }

  #receiveFrame(
    link: Link,
    bytes: Uint8Array,
    view: DataView,
    start: number,
  ): FrameFault | undefined {
    const core = this.#core;
    const frame = this.#frame;
    const isInput = bytes.buffer === this.#arena.bytes.buffer;
    loadFrame(frame, isInput ? this.#arena.bytes : bytes, view, start);
    link.partialSince = Number.POSITIVE_INFINITY;
    const verdict = frameVerdict(view, start);
    if (link.state === "greeting") {
      if (verdict?.kind === "link") return verdict;
      return greet(core, link, frame);
    }
    if (mustWait(core, link)) {
      postpone(core, link, frame);
      return undefined;
    }
    return this.#handle(link, frame, verdict);
  }

  #handle(link: Link, frame: Frame, verdict: FrameVerdict | undefined): FrameFault | undefined {
    const core = this.#core;
    const { work } = core;
    const fault =
      verdict === undefined
        ? openFrame(core, this.#host, link, frame)
        : applyVerdict(core, link, frame, verdict);
    if (core.work !== work) spend(core, link, core.work - work);
    return fault;
  }

  /** A frame that has waited for its turn. */
  #handleLate(link: Link, bytes: Uint8Array): void {
    const frame = this.#frame;
    const { bytes: arena, view } = this.#arena;
    this.#guard(link, () => {
      if (bytes.length > INPUT_BYTES) loadWhole(frame, bytes);
      else {
        // From the input area it is copied on as cheaply as any other.
        arena.set(bytes);
        loadFrame(frame, arena, view, 0);
      }
      const fault = this.#handle(link, frame, frameVerdict(frame.view, frame.start));
      closeRun(this.#core.run);
      if (fault !== undefined) failLink(this.#core, link, fault.code, fault.message);
    });
  }

  #end(link: Link): void {
    this.#core.now = this.#now();
    if (link.state === "closed") {
      link.channel.destroy();
      return;
    }
    leaveLink(this.#core, link, LinkCode.NO_ERROR, "the peer ended the connection");
  }

  #lose(link: Link, cause: Error | undefined): void {
    this.#core.now = this.#now();
    const why = cause?.message.slice(0, CAUSE_CHARACTERS_MAX) ?? "the connection was closed";
    loseLink(this.#core, link, why);
  }

  #flushOne(outbox: Outbox): void {
    try {
      outbox.flush();
      if (outbox.queuedBytes > 0) capOutbox(this.#core, outbox);
    } catch (error) {
      if (outbox.owner !== undefined) this.#fail(outbox.owner, error);
    }
  }

  /** Nothing that goes wrong with one link may end the process, or another link. */
  #guard(link: Link | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(link, error);
    }
  }

  #fail(link: Link | undefined, error: unknown): void {
    const core = this.#core;
    closeRun(core.run);
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    core.emit({ kind: "failed", link: link?.id ?? INTERNAL_LINK, message });
    if (link === undefined) return;
    loseLink(core, link, "the router failed on this link");
    link.channel.destroy();
  }

  #askForFlush(): void {
    if (this.#flushRequested) return;
    this.#flushRequested = true;
    this.#requestFlush();
  }

  #advanceDrain(): void {
    if (!this.#core.isDraining || this.#drained === undefined) return;
    if (!advanceDrain(this.#core, this.#drainUntil)) return;
    const drained = this.#drained;
    this.#drained = undefined;
    drained();
  }
}
