/** A schema error as a constant: makes errors of its type and recognises them. Whether a method declares it is not asked. */
import type { MessageType } from "@nexus-bridge/codec";
import { type CodeName, codes } from "@nexus-bridge/protocol";
import type { ErrorDefinition } from "./descriptor.ts";
import { NexusError } from "./nexus-error.ts";

export interface ErrorType<T, Init = T> {
  readonly definition: ErrorDefinition<T, Init>;
  /** Whether `error` is of this type; then `error.detail` is the message. */
  is(error: unknown): error is NexusError & { readonly detail: T };
  /** The error to throw from a handler. */
  create(
    init?: Init,
    options?: { readonly message?: string; readonly cause?: unknown },
  ): NexusError;
}

const TYPE_URL_PREFIX = "type.googleapis.com/";
const names = new Set<string>(codes.map((row) => row.name));

export function error<T, Init>(definition: ErrorDefinition<T, Init>): ErrorType<T, Init> {
  const { message: type, retryable } = definition;
  const code = codeNamed(definition.code);
  return {
    definition,
    is(error): error is NexusError & { readonly detail: T } {
      return error instanceof NexusError && hasDetail(error, definition.message);
    },
    create(init, options) {
      const detail = type.create(init);
      return new NexusError({
        code,
        retryable,
        detail,
        message: options?.message ?? type.typeName,
        cause: options?.cause,
        details: [
          {
            typeUrl: TYPE_URL_PREFIX + type.typeName,
            value: type.encode(detail as unknown as Init),
          },
        ],
      });
    },
  };
}

function codeNamed(name: string): CodeName {
  return names.has(name) && name !== "OK" ? (name as CodeName) : "UNKNOWN";
}

/** Decodes the detail where it came over the wire undecoded; bytes that are no such message are no such error. */
function hasDetail<T, Init>(error: NexusError, type: MessageType<T, Init>): boolean {
  const [first] = error.details;
  if (first === undefined || typeNameOf(first.typeUrl) !== type.typeName) return false;
  if (error.detail !== undefined) return true;
  try {
    (error as { detail: unknown }).detail = type.decode(first.value);
    return true;
  } catch {
    return false;
  }
}

const typeNameOf = (url: string): string => url.slice(url.lastIndexOf("/") + 1);
