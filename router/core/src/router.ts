/**
 * The router as a state machine: channels, their bytes and the time in; bytes, closed channels and events out. It composes the
 * rooms and owns the turn; it starts no timer and opens nothing.
 */
import {
  type Channel,
  FrameDecoder,
  type FrameFault,
  frameVerdict,
  LinkCode,
  preface,
} from "@nexus-bridge/protocol";
import { Arena, INPUT_BYTES } from "./arena.ts";
import { CallPool } from "./calls/call.ts";
import { passOnWithheld } from "./calls/credit.ts";
import { endCall } from "./calls/end.ts";
import { deadlinePassed } from "./calls/relay.ts";
import type { Core, Counters } from "./core.ts";
import type { RouterEvent, RouterStats } from "./events.ts";
import { createFrame, type Frame, loadFrame } from "./frame.ts";
import { type RouterLimits, routerLimits } from "./limits.ts";
import { createLink, type Expiring, type Link } from "./link.ts";
import { closeRun, type Outbox } from "./outbox.ts";
import { Services } from "./resolve/services.ts";
import { discard, failLink, leaveLink, loseLink } from "./session/closed.ts";
import { advanceDrain, beginDrain } from "./session/draining.ts";
import { greet } from "./session/greeting.ts";
import { look, watch } from "./session/heartbeat.ts";
import { applyVerdict, openFrame } from "./session/open.ts";
import { type Observer, Tap } from "./tap.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { createSubscriptionHost } from "./topics/subscribe.ts";
import type { SubscriptionHost } from "./topics/subscription.ts";
import { Topics } from "./topics/topics.ts";

export interface RouterOptions {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Microseconds since 1970. */
  readonly wallMicros: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Asks for {@link Router.flush} at the end of the turn; called once until then. */
  readonly requestFlush: () => void;
  readonly limits?: Partial<RouterLimits>;
  readonly onEvent?: (event: RouterEvent) => void;
  readonly version?: string;
  /** Slabs in the arena; fewer for tests. */
  readonly slabsMax?: number;
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
  #drainUntil = Number.POSITIVE_INFINITY;
  #draining: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: RouterOptions) {
    const { now, random, wallMicros, onEvent } = options;
    this.#now = now;
    this.#arena = new Arena(options.slabsMax);
    this.#requestFlush = options.requestFlush;
    const tap = new Tap();
    if (onEvent !== undefined) tap.add({ event: onEvent });
    this.#core = {
      arena: this.#arena,
      run: { outbox: undefined, start: 0, end: 0 },
      now: now(),
      queuedBytes: 0,
      dirty: [],
      requestFlush: () => this.#askForFlush(),
      limits: routerLimits(options.limits),
      routerId: randomBytes(random, 8),
      version: options.version ?? "0.0.0",
      random,
      wallMicros,
      services: new Services(),
      topics: new Topics(),
      wheel: new TimerWheel<Expiring>(now()),
      calls: new CallPool(),
      links: new Set(),
      greetings: new Set(),
      counters: createCounters(),
      withholding: new Set(),
      released: createFrame(),
      tap,
      emit: (event) => tap.event(event),
      isDraining: false,
    };
    this.#host = createSubscriptionHost(this.#core);
  }

  get linkCount(): number {
    return this.#core.links.size;
  }

  get callsInFlight(): number {
    return this.#core.calls.live;
  }

  get stats(): RouterStats {
    const { links, services, topics, calls, counters, queuedBytes } = this.#core;
    return {
      links: links.size,
      services: services.size,
      subscriptions: topics.size,
      callsInFlight: calls.live,
      ...counters,
      queuedBytes,
      creditBytes: [...links].reduce((sum, link) => sum + link.committedBytes, 0),
      slabBytes: this.#arena.usedBytes,
    };
  }

  /** Lets `observer` see what passes until the function that is returned is called. */
  observe(observer: Observer): () => void {
    return this.#core.tap.add(observer);
  }

  /** Other limits from now on. What links agreed on in their handshake stays as it is. */
  setLimits(changes: Partial<RouterLimits>): void {
    this.#core.limits = routerLimits(changes);
  }

  /** Takes a connected channel over and starts it. */
  attach(channel: Channel): void {
    const core = this.#core;
    core.now = this.#now();
    if (core.greetings.size >= core.limits.unauthenticatedLinks) {
      core.counters.linksRefused++;
      channel.destroy();
      return;
    }
    const decoder = new FrameDecoder((bytes, view, start) =>
      this.#receiveFrame(link, bytes, view, start),
    );
    const link = createLink({
      id: ++this.#linkCount,
      channel,
      press: core,
      limits: core.limits,
      now: core.now,
      decoder,
    });
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
      else this.#guard(owner.requester, () => endCall(core, owner, deadlinePassed));
    });
    this.#passOn();
    this.#advanceDrain();
  }

  /** Ends the turn: what was written goes to the channels. */
  flush(): void {
    const core = this.#core;
    this.#flushRequested = false;
    core.now = this.#now();
    this.#passOn();
    const { dirty } = core;
    // A channel may answer while it is written to; what becomes dirty then stands behind.
    for (let at = 0; at < dirty.length; at++) {
      this.#flushOne(dirty[at] as Outbox);
    }
    dirty.length = 0;
    const heldBytes = core.queuedBytes + this.#arena.usedBytes;
    if (heldBytes > core.limits.routerQueuedBytes) this.#relieve(heldBytes);
    if (core.isDraining) this.#advanceDrain();
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
    if (link.decoder.pendingBytes === 0) link.partialSince = Number.POSITIVE_INFINITY;
    else if (link.partialSince === Number.POSITIVE_INFINITY) link.partialSince = core.now;
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
    if (verdict !== undefined) return applyVerdict(core, link, frame, verdict);
    return openFrame(core, this.#host, link, frame);
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
      if (outbox.queuedBytes > 0) this.#cap(outbox);
    } catch (error) {
      if (outbox.owner !== undefined) this.#fail(outbox.owner, error);
    }
  }

  /** Nothing that goes wrong with one link may end the process, or another link. */
  #guard(link: Link, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(link, error);
    }
  }

  #fail(link: Link, error: unknown): void {
    const core = this.#core;
    closeRun(core.run);
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    core.emit({ kind: "failed", link: link.id, message });
    loseLink(core, link, "the router failed on this link");
    link.channel.destroy();
  }

  #askForFlush(): void {
    if (this.#flushRequested) return;
    this.#flushRequested = true;
    this.#requestFlush();
  }

  #passOn(): void {
    const { withholding } = this.#core;
    if (withholding.size === 0) return;
    for (const link of [...withholding]) {
      if (link.withheld.size > 0) passOnWithheld(this.#core, link);
      if (link.withheld.size === 0) withholding.delete(link);
    }
  }

  /** What neither credit nor a slow policy holds back is a peer that does not read. */
  #cap(outbox: Outbox): void {
    const core = this.#core;
    const { outboxBytesPerLink, outboxMessagesPerLink, creditBytesPerLink } = core.limits;
    // Byte credit covers payloads alone: a flood of frames with next to none is bounded here.
    const isOver =
      outbox.uncreditedBytes - outbox.policedBytes > outboxBytesPerLink ||
      outbox.queuedMessages - outbox.policedMessages > outboxMessagesPerLink ||
      outbox.queuedBytes - outbox.uncreditedBytes > 2 * creditBytesPerLink;
    if (!isOver || outbox.owner === undefined) return;
    core.emit({ kind: "slow", link: outbox.owner.id, queuedBytes: outbox.queuedBytes });
    failLink(core, outbox.owner, LinkCode.SLOW_CONSUMER, "the peer does not read its answers");
  }

  /** Gives memory back by ending the links that hold most of it. */
  #relieve(heldBytes: number): void {
    const core = this.#core;
    let excess = heldBytes - core.limits.routerQueuedBytes;
    while (excess > 0) {
      let longest: Link | undefined;
      for (const link of core.links) {
        if (link.state !== "closed" && held(link) > (longest ? held(longest) : 0)) longest = link;
      }
      if (longest === undefined) return;
      excess -= held(longest);
      core.emit({ kind: "slow", link: longest.id, queuedBytes: longest.outbox.queuedBytes });
      failLink(core, longest, LinkCode.SLOW_CONSUMER, "the router's memory for queues is used up");
    }
  }

  #advanceDrain(): void {
    if (!this.#core.isDraining || this.#drained === undefined) return;
    if (!advanceDrain(this.#core, this.#drainUntil)) return;
    const drained = this.#drained;
    this.#drained = undefined;
    drained();
  }
}

const held = ({ outbox }: Link): number => outbox.queuedBytes + outbox.pendingBytes;
const isClosed = (link: Link): boolean => link.state === "closed";

function randomBytes(random: () => number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(random() * 256));
}

const createCounters = (): Counters => ({
  calls: 0,
  callsRefused: 0,
  publishesRefused: 0,
  linksRefused: 0,
  published: 0,
  delivered: 0,
  dropped: 0,
});
