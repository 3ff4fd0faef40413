/**
 * A program's link to the router: the way to clients, services and topics, over whatever session there is at the moment. What
 * a call, a service or a subscription does is theirs; bytes are the session's.
 */
import { codeOf, type Dial, limits, reasonOf } from "@nexus-bridge/protocol";
import { RetryBudget } from "../call/retry.ts";
import { makeClient } from "../client.ts";
import type { ServiceDescriptor, TopicDescriptor, TopicPattern } from "../descriptor.ts";
import type { Diagnostic, LinkOptions } from "../link-options.ts";
import { errorOf, NexusError } from "../nexus-error.ts";
import { takeCall } from "../serve/dispatch.ts";
import {
  type AnyService,
  type DrainOptions,
  type ServeOptions,
  Service,
} from "../serve/service.ts";
import { systemWheel, TimerWheel } from "../timer-wheel.ts";
import { Lanes } from "../topics/lanes.ts";
import type { PublishReceipt } from "../topics/publication.ts";
import { clearRetained, type PublishOptions, publish } from "../topics/publish.ts";
import { type PendingSubscription, subscribe } from "../topics/subscribe.ts";
import type { SubscribeOptions } from "../topics/subscribe-options.ts";
import type { SubscriptionStream } from "../topics/subscription.ts";
import { calledBack } from "./callback.ts";
import { Connector } from "./connector.ts";
import type { LinkCore, Opening } from "./core.ts";
import { Route } from "./route.ts";
import { type Session, type SessionEvents, unavailable } from "./session.ts";
import { WAITING_MAX, Waiting } from "./waiting.ts";

/** Names whose alias is remembered; further ones are looked up for each use. */
const ROUTES_MAX = limits.aliases;

/** A service that is being served. */
export interface Served {
  readonly service: string;
  /** Takes no more calls, lets those in flight finish, and ends what is left after the grace. */
  drain(options?: DrainOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export class Link implements LinkCore, SessionEvents {
  readonly url: URL;
  readonly options: LinkOptions;
  readonly wheel: TimerWheel;
  readonly budget = new RetryBudget();
  /** @internal */
  readonly lanes: Lanes = new Lanes(this);
  readonly #connector: Connector;
  readonly #waiting = new Waiting();
  readonly #routes = new Map<string, Route>();
  readonly #services = new Map<string, Service>();
  readonly #subscriptions = new Set<SubscriptionStream>();
  readonly #sessions = new Set<Session>();
  #session: Session | undefined;
  #closed: NexusError | undefined;
  #everConnected = false;
  #calls = 0;
  #idle: (() => void) | undefined;

  /** @internal Use `connect`. */
  constructor(url: URL, dial: Dial, options: LinkOptions) {
    this.url = url;
    this.options = options;
    this.wheel = options.clock === undefined ? systemWheel : new TimerWheel(options.clock);
    this.#connector = new Connector({
      url,
      dial,
      options,
      wheel: this.wheel,
      events: this,
      random: () => this.random(),
      // Browsers refuse their own functions as methods of somebody else.
      schedule: options.schedule ?? ((flush) => queueMicrotask(flush)),
      connected: (session) => this.#connected(session),
      failed: (error, retryInMs) => this.#failed(error, retryInMs),
    });
    this.#connector.begin();
  }

  /** Resolves once the link has been connected for the first time; rejects where it cannot be. */
  get connected(): Promise<void> {
    return this.#connector.first.promise.then(() => undefined);
  }

  /** A typed client of `service`; costs nothing until it is used. */
  client<Client>(service: ServiceDescriptor<Client, unknown>): Client {
    return makeClient(this, service);
  }

  /**
   * Serves `service` with `handler`, now and after every reconnect. Resolves once the router knows it; a method that the
   * handler does not have answers UNIMPLEMENTED.
   */
  async serve<Handler extends object>(
    service: ServiceDescriptor<unknown, Handler>,
    handler: Handler,
    options: ServeOptions = {},
  ): Promise<Served> {
    const name = service.typeName;
    if (this.#services.has(name)) {
      const message = `${name} is being served on this link already`;
      throw new NexusError({ code: "ALREADY_EXISTS", message });
    }
    const descriptor = service as unknown as AnyService;
    const served = new Service(this, descriptor, handler, options, (done) => {
      if (this.#services.get(name) === done) this.#services.delete(name);
    });
    this.#services.set(name, served);
    this.start(served, false);
    await served.ready;
    return {
      service: name,
      drain: (drainOptions) => served.drain(drainOptions),
      [Symbol.asyncDispose]: () => served.drain(),
    };
  }

  /**
   * Publishes one event to the topic that its fields spell.
   *
   * QoS 0 resolves when the event is queued in the output; it is lost with the link. QoS 1 resolves when the router holds it:
   * until then it waits here, over any number of lost links, and is sent again; the router keeps it once, in its memory, which
   * does not survive the router. The event must not
   * change before the promise settles. At most 1,024 events and 8 MiB of a priority wait; further publishes wait for room, and
   * 1,024 of those for theirs.
   *
   * @throws NexusError DEADLINE_EXCEEDED or CANCELLED by `timeoutMs` and `signal`: with `notExecuted` the event never left and
   *   never will, without it may have arrived or may still. ABORTED, reason FENCED, where the router ended this producer: what
   *   was not acknowledged is lost or unknown, and the next publish begins as a new producer. UNIMPLEMENTED for QoS 2.
   */
  publish<T, Init>(
    topic: TopicDescriptor<T, Init, unknown>,
    event: Init,
    options?: PublishOptions,
  ): Promise<PublishReceipt> {
    return publish(this, topic, event, options);
  }

  /**
   * Clears the value that the router keeps for the topic that the event's fields spell; its other fields do not matter.
   * Subscribers that are there get an event with nothing in it.
   *
   * @throws NexusError INVALID_ARGUMENT where the topic is not retained; otherwise as {@link publish}.
   */
  clearRetained<T, Init>(
    topic: TopicDescriptor<T, Init, unknown>,
    event: Init,
    options?: PublishOptions,
  ): Promise<PublishReceipt> {
    return clearRetained(this, topic, event, options);
  }

  /**
   * Events of all topics that the pattern matches; leaving the loop unsubscribes.
   *
   * Not asking for the next event is the way to pause: the router sends no more than `credit` events ahead. At QoS 1 the rest
   * waits there, in the topic's ring; at QoS 0 it falls to `slow`. A lost link does not end the loop. At QoS 1 the subscription
   * goes on where it was, and what could not be kept is told as a gap; an event that was not acknowledged comes again, with
   * `redelivered` set.
   */
  subscribe<T>(pattern: TopicPattern<T>, options: SubscribeOptions = {}): PendingSubscription<T> {
    if (this.#closed !== undefined) throw this.#closed;
    const { stream, pending } = subscribe(this, pattern, options, (done) =>
      this.#subscriptions.delete(done),
    );
    this.#subscriptions.add(stream);
    stream.begin();
    return pending;
  }

  /** Unregisters, ends subscriptions, waits for calls in flight and for acknowledgements of publishes (30 s), then closes. */
  async drain(options: DrainOptions = {}): Promise<void> {
    const graceMs = options.graceMs ?? limits.drainGraceMs;
    const services = [...this.#services.values()];
    const drained = Promise.all(services.map((service) => service.drain({ graceMs })));
    for (const stream of [...this.#subscriptions]) stream.close();
    await drained;
    this.lanes.end();
    if (this.#calls > 0) await this.#untilIdle(graceMs);
    await this.close();
  }

  /** Ends everything at once: calls in flight end UNAVAILABLE, loops over subscriptions end. */
  async close(): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#closed = unavailable("the link is closed");
    this.#connector.stop();
    for (const stream of [...this.#subscriptions]) stream.close();
    this.lanes.close(this.#closed);
    for (const session of [...this.#sessions]) session.close();
    this.#refuseWaiting(this.#closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  get session(): Session | undefined {
    const session = this.#session;
    return session === undefined || session.over || session.draining ? undefined : session;
  }

  /** @internal */
  get connecting(): Promise<void> | undefined {
    return this.#everConnected || this.#closed !== undefined ? undefined : this.connected;
  }

  /** @internal */
  random(): number {
    return (this.options.random ?? Math.random)();
  }

  /** @internal */
  route(name: string): Route {
    const known = this.#routes.get(name);
    if (known !== undefined) return known;
    const route = new Route(name);
    if (this.#routes.size < ROUTES_MAX) this.#routes.set(name, route);
    return route;
  }

  /** @internal */
  start(opening: Opening, failFast: boolean): void {
    const session = this.session;
    if (session !== undefined && !session.writer.blocked && this.#waiting.empty)
      opening.open(session);
    else if (this.#closed !== undefined) opening.refuseOpening(this.#closed);
    else if (session === undefined && failFast)
      opening.refuseOpening(
        new NexusError({
          code: "UNAVAILABLE",
          message: `there is no link to ${this.url.href} at the moment`,
          notExecuted: true,
        }),
      );
    else if (!this.#waiting.add(opening))
      opening.refuseOpening(
        new NexusError({
          code: "RESOURCE_EXHAUSTED",
          message: `${WAITING_MAX} calls wait for the link already`,
          notExecuted: true,
        }),
      );
  }

  /** @internal */
  began(): void {
    this.#calls += 1;
  }

  /** @internal */
  ended(): void {
    this.#calls -= 1;
    if (this.#calls === 0) this.#idle?.();
  }

  /** @internal */
  diagnose(diagnostic: Diagnostic): void {
    const { onDiagnostic } = this.options;
    if (onDiagnostic !== undefined) calledBack(onDiagnostic, diagnostic);
  }

  /** @internal A call from the router. */
  opened(session: Session, bytes: Uint8Array, view: DataView, start: number, end: number): void {
    takeCall(this.#services, session, bytes, view, start, end);
  }

  /** @internal */
  publishRefused(name: string, code: number): void {
    const message = `the router refused the publish to ${name}`;
    const reason = errorOf(codeOf(code), reasonOf(code), message);
    const route = this.#routes.get(name);
    if (route !== undefined) {
      route.refused = reason;
      // A router that judges a type at its first use has to hear of it again.
      if (reason.reason === "SCHEMA_MISMATCH") route.told = undefined;
    }
    this.diagnose({ kind: "refused", what: name, reason });
  }

  /** @internal */
  draining(session: Session, reason: string): void {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.diagnose({ kind: "draining", reason });
    if (this.#closed !== undefined) return;
    // The old router may send calls until it is gone; they are answered where they came from.
    for (const service of this.#services.values()) service.lost();
    this.lanes.draining(session);
    this.#connector.again();
  }

  /** @internal The output has room again. */
  drained(session: Session): void {
    if (session === this.session) this.#openWaiting();
  }

  /** @internal */
  sessionEnded(session: Session, cause: NexusError): void {
    this.#sessions.delete(session);
    if (session !== this.#session) return;
    this.#session = undefined;
    if (this.#closed !== undefined) return;
    this.diagnose({ kind: "disconnected", cause, retryInMs: this.#connector.again() });
  }

  #connected(session: Session): void {
    if (this.#everConnected) this.budget.reconnected(this.wheel.clock.now());
    this.#everConnected = true;
    this.#session = session;
    this.#sessions.add(session);
    this.diagnose({ kind: "connected", url: this.url.href, router: session.channel.remote });
    this.lanes.attach(session);
    this.#openWaiting();
  }

  #openWaiting(): void {
    for (let session = this.session; session !== undefined; session = this.session) {
      if (session.writer.blocked) return;
      const opening = this.#waiting.take();
      if (opening === undefined) return;
      opening.open(session);
    }
  }

  #failed(error: NexusError, retryInMs: number | undefined): void {
    this.diagnose({ kind: "disconnected", cause: error, retryInMs });
    if (retryInMs !== undefined || this.#closed !== undefined) return;
    this.#closed = error;
    for (const stream of [...this.#subscriptions]) stream.refuseOpening(error);
    this.lanes.close(error);
    this.#refuseWaiting(error);
  }

  #refuseWaiting(error: NexusError): void {
    for (let next = this.#waiting.take(); next !== undefined; next = this.#waiting.take())
      next.refuseOpening(error);
  }

  #untilIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const late = this.wheel.clock.after(graceMs, () => resolve());
      this.#idle = () => {
        late.cancel();
        resolve();
      };
    });
  }
}
