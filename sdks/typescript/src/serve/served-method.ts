/** A method of a served service: how to read its requests, whom to call, what its failures become. */
import type { Read } from "../call/incoming.ts";
import { checkedReader } from "../call/reader.ts";
import type { MethodDescriptor } from "../descriptor.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { LinkCore } from "../link/core.ts";
import { errorOf, NexusError } from "../nexus-error.ts";
import type { InboundCall } from "./inbound-call.ts";

export type Handle = (request: unknown, context: HandlerContext) => unknown;

/** What counts a service's running handlers. */
export interface Slots {
  readonly serving: boolean;
  readonly concurrency: number;
  running: number;
  readonly calls: Set<InboundCall>;
  released(): void;
}

export class ServedMethod {
  readonly path: string;
  readonly descriptor: MethodDescriptor;
  readonly link: LinkCore;
  readonly read: Read;
  /** Undefined: the handler has no such method. */
  readonly #handle: Handle | undefined;
  readonly #slots: Slots;
  readonly #declared: ReadonlySet<string>;
  readonly #toldUndeclared = new Set<string>();

  constructor(
    link: LinkCore,
    path: string,
    descriptor: MethodDescriptor,
    handle: Handle | undefined,
    slots: Slots,
  ) {
    this.link = link;
    this.path = path;
    this.descriptor = descriptor;
    this.read = checkedReader(descriptor.request);
    this.#handle = handle;
    this.#slots = slots;
    this.#declared = new Set(
      (descriptor.errors ?? []).map((each) => each.definition.message.typeName),
    );
  }

  get open(): boolean {
    return this.#slots.serving;
  }

  /** Counts a handler in, or says why there is none. */
  admit(): NexusError | undefined {
    if (this.#handle === undefined) return refused("UNIMPLEMENTED", `${this.path} is not written`);
    const slots = this.#slots;
    if (!slots.serving) return refused("UNAVAILABLE", `${this.path} is no longer served here`);
    if (slots.running >= slots.concurrency)
      return refused(
        "RESOURCE_EXHAUSTED",
        `${this.path}: ${slots.concurrency} calls are being handled already`,
      );
    slots.running += 1;
    return undefined;
  }

  handle(request: unknown, context: HandlerContext): unknown {
    return this.#handle?.(request, context);
  }

  /** The handler has really ended. */
  left(): void {
    this.#slots.running -= 1;
    this.#slots.released();
  }

  entered(call: InboundCall): void {
    this.#slots.calls.add(call);
  }

  exited(call: InboundCall): void {
    this.#slots.calls.delete(call);
  }

  /** What the caller is told: an error that was made for it, or nothing but that the handler failed. */
  errorFor(error: unknown): NexusError {
    if (error instanceof NexusError) {
      this.#tellUndeclared(error);
      return forCaller(error);
    }
    this.link.diagnose({ kind: "handlerFailed", method: this.path, error });
    return errorOf(13, 0, "handler failed");
  }

  #tellUndeclared(error: NexusError): void {
    const [first] = error.details;
    if (first === undefined) return;
    const type = first.typeUrl.slice(first.typeUrl.lastIndexOf("/") + 1);
    if (this.#declared.has(type) || this.#toldUndeclared.has(type)) return;
    this.#toldUndeclared.add(type);
    this.link.diagnose({ kind: "undeclaredError", method: this.path, type });
  }
}

/** What ran cannot be said not to have run. */
function forCaller(error: NexusError): NexusError {
  if (!error.notExecuted) return error;
  return new NexusError({
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    details: error.details,
    ...(error.reason !== undefined && { reason: error.reason }),
  });
}

function refused(
  code: "UNIMPLEMENTED" | "UNAVAILABLE" | "RESOURCE_EXHAUSTED",
  message: string,
): NexusError {
  return new NexusError({ code, message, notExecuted: true });
}
