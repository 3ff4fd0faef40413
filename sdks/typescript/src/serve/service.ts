/**
 * A service that this program serves: registers it, again on every new session, and takes it back. Calls themselves are
 * handled in inbound-call.
 */
import {
  argAt,
  decodeControl,
  FrameType,
  limits,
  PRIORITY_DEFAULT,
  payloadStart,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { packedError } from "../call/status.ts";
import type { MethodShape, ServiceDescriptor } from "../descriptor.ts";
import type { LinkCore, Opening } from "../link/core.ts";
import type { Session, Stream } from "../link/session.ts";
import { errorOf, invalidArgument, type NexusError } from "../nexus-error.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";
import type { InboundCall } from "./inbound-call.ts";
import { type Handle, ServedMethod, type Slots } from "./served-method.ts";

export interface ServeOptions {
  /** Calls handled at once; beyond it callers get RESOURCE_EXHAUSTED, certainly not executed. 1,024. */
  readonly concurrency?: number;
  /** The share of calls where several instances serve; 1. */
  readonly weight?: number;
  /** Names this instance for people. */
  readonly instance?: string;
}

export interface DrainOptions {
  /** How long calls in flight may take; 30 s. */
  readonly graceMs?: number;
}

const KINDS: Readonly<Record<MethodShape, number>> = {
  unary: 1,
  client_stream: 2,
  server_stream: 3,
  bidi: 4,
};
const POLICIES = { round_robin: 0, random: 1, least_in_flight: 2, hash: 3 } as const;

export type AnyService = ServiceDescriptor<unknown, unknown>;

export class Service implements Opening, Stream, Slots, Expiring {
  readonly priority = PRIORITY_DEFAULT;
  readonly methods: ReadonlyMap<string, ServedMethod>;
  readonly concurrency: number;
  readonly calls = new Set<InboundCall>();
  id = 0;
  running = 0;
  serving = true;
  readonly #link: LinkCore;
  readonly #descriptor: AnyService;
  readonly #options: ServeOptions;
  readonly #closed: (service: Service) => void;
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<void>();
  readonly #graceTimer = new Timer(this);
  #session: Session | undefined;
  /** The router took it once. */
  #accepted = false;
  /** The router still sends calls, or may. */
  #registered = false;

  constructor(
    link: LinkCore,
    descriptor: AnyService,
    handler: object,
    options: ServeOptions,
    closed: (service: Service) => void,
  ) {
    this.#link = link;
    this.#descriptor = descriptor;
    this.#options = options;
    this.#closed = closed;
    this.concurrency = options.concurrency ?? limits.callsInFlightPerProvider;
    if (!(this.concurrency >= 1))
      throw invalidArgument(`concurrency is ${this.concurrency}; it must be at least 1`);
    this.methods = new Map(
      Object.entries(descriptor.methods).map(([key, method]) => {
        const path = `${descriptor.typeName}/${method.name}`;
        return [path, new ServedMethod(link, path, method, handleOf(handler, key), this)];
      }),
    );
  }

  /** Resolves once the router knows the service; rejects where it refuses it. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get settled(): boolean {
    return !this.serving;
  }

  get name(): string {
    return this.#descriptor.typeName;
  }

  open(session: Session): void {
    this.id = session.takeId();
    this.#session = session;
    session.streams.set(this.id, this);
    this.#registered = true;
    const { version, balancing, methods } = this.#descriptor;
    session.control({
      type: FrameType.REGISTER,
      stream: this.id,
      payload: wire.Register.encode({
        service: this.name,
        ...(version !== undefined && { version }),
        methods: Object.values(methods).map((method) => ({
          name: method.name,
          kind: KINDS[method.shape],
          requestFingerprint: method.request.fingerprint,
          responseFingerprint: method.response.fingerprint,
          idempotent: method.idempotent ?? false,
        })),
        policy: POLICIES[balancing ?? "round_robin"],
        weight: this.#options.weight ?? 1,
        maxInFlight: Math.min(this.concurrency, 0xffff_ffff),
        ...(this.#options.instance !== undefined && { instance: this.#options.instance }),
      }),
    });
  }

  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (type === FrameType.REGISTERED) {
      const code = argAt(view, start);
      const payload = bytes.subarray(payloadStart(view, start), end);
      if (code === 0) {
        this.#accepted = true;
        this.#ready.resolve();
      } else {
        const told = decodeControl(wire.Registered, payload);
        const why = told.kind === "payload" ? told.payload.message : "";
        const reason = packedError(code, why === "" ? `${this.name} was refused` : why);
        // After a lost link nobody waits for the answer any more.
        if (this.#accepted) this.#link.diagnose({ kind: "refused", what: this.name, reason });
        this.#end(reason);
      }
    } else if (type === FrameType.UNREGISTERED) {
      this.#leave();
      const code = argAt(view, start);
      if (this.serving)
        this.#withdrawn(packedError(code === 0 ? 14 : code, `${this.name} was withdrawn`));
    } else this.#session?.fail(0x101, `type ${type} on a registration`);
  }

  lost(): void {
    this.#leave();
    if (this.serving) this.#link.start(this, false);
    else this.released();
  }

  refuse(code: number, message: string): void {
    this.#leave();
    this.#end(errorOf(code, 0, message));
  }

  refuseOpening(error: NexusError): void {
    this.#end(error);
  }

  /** Takes no more calls, lets those in flight finish, and ends what is left after the grace. */
  drain(options: DrainOptions = {}): Promise<void> {
    if (this.serving) {
      this.serving = false;
      this.#ready.promise.catch(() => {});
      this.#ready.reject(errorOf(14, 17, `${this.name} was drained`));
      if (this.#registered) this.#session?.control({ type: FrameType.UNREGISTER, stream: this.id });
      this.#link.wheel.start(this.#graceTimer, options.graceMs ?? limits.drainGraceMs);
      this.released();
    }
    return this.#done.promise;
  }

  /** A handler ended. */
  released(): void {
    if (!this.serving && this.running === 0 && !this.#registered) this.#finish();
  }

  expire(): void {
    for (const call of [...this.calls])
      call.evict(errorOf(14, 17, `${this.name} went away before the call was done`));
    this.#finish();
  }

  #withdrawn(error: NexusError): void {
    this.#link.diagnose({ kind: "refused", what: this.name, reason: error });
    const session = this.#session;
    if (session === undefined || session.draining || session.over) this.#link.start(this, false);
    else this.#end(error);
  }

  #leave(): void {
    this.#session?.streams.delete(this.id);
    this.#registered = false;
    this.released();
  }

  #end(error: NexusError): void {
    this.serving = false;
    this.#ready.promise.catch(() => {});
    this.#ready.reject(error);
    this.#leave();
    this.#finish();
  }

  #finish(): void {
    this.#link.wheel.stop(this.#graceTimer);
    this.#closed(this);
    this.#done.resolve();
  }
}

function handleOf(handler: object, key: string): Handle | undefined {
  const method: unknown = (handler as Readonly<Record<string, unknown>>)[key];
  if (typeof method !== "function") return undefined;
  return (request, context) => method.call(handler, request, context);
}
