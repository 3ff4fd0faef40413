/**
 * The meta block as a value: what each tag means, which limits hold, and what a fault in a block costs. Reading and writing
 * bytes are rooms of their own (meta-reader, meta-writer).
 */
import { Code, LinkCode } from "./gen/errors.ts";
import { limits } from "./gen/limits.ts";
import { utf8Bytes } from "./text.ts";

/** The block's own CRC at its end. */
export const META_CRC_BYTES = 4;
/** Bit 7 of a tag byte: who does not know the tag must not go on without it. */
export const CRITICAL = 0x80;

export const Tag = {
  NAME: 0x01,
  TRACE: 0x02,
  TRACESTATE: 0x03,
  USER: 0x05,
  PRODUCER: 0x06,
  POSITION: 0x07,
  ORDERING_KEY: 0x08,
  TTL: 0x09,
  FINGERPRINT: 0x0b,
  PRINCIPAL: 0x0c,
  IDEMPOTENCY_KEY: 0x0d,
  ATTEMPT: 0x10,
  INITIAL_CREDIT: 0x11,
  INGRESS_TIME: 0x12,
  ORIGIN: 0x13,
  DEAD_LETTER_REASON: 0x14,
  CORRELATION_ID: 0x15,
  CONTENT_TYPE: 0x16,
} as const;

export interface Trace {
  /** 16 bytes. */
  readonly id: Uint8Array;
  /** 8 bytes. */
  readonly span: Uint8Array;
  readonly flags: number;
}

export interface Producer {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly epoch: number;
  readonly sequence: number;
}

export interface Position {
  readonly epoch: number;
  readonly sequence: number;
}

/** Keys ending in `-bin` carry bytes, all others text. */
export type UserPair = readonly [key: string, value: string | Uint8Array];

export interface UnknownTag {
  /** Without the critical bit. */
  readonly tag: number;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export interface Meta {
  readonly name?: string;
  readonly trace?: Trace;
  readonly tracestate?: string;
  readonly user?: readonly UserPair[];
  readonly producer?: Producer;
  readonly position?: Position;
  /** At most 255 bytes. */
  readonly orderingKey?: Uint8Array;
  readonly ttlMs?: number;
  readonly fingerprint?: bigint;
  readonly principal?: string;
  /** At most 64 bytes. */
  readonly idempotencyKey?: Uint8Array;
  readonly attempt?: number;
  readonly initialCredit?: { readonly messages: number; readonly kibibytes: number };
  /** Microseconds since 1970. */
  readonly ingressTime?: number;
  /** 8 bytes. */
  readonly origin?: Uint8Array;
  readonly deadLetterReason?: string;
  readonly correlationId?: string;
  readonly contentType?: string;
  readonly unknown?: readonly UnknownTag[];
}

/** `code` ends the stream the block came on; on types 01-0B `linkCode` ends the link. */
export interface MetaFault {
  readonly kind: "fault";
  readonly code: Code;
  readonly linkCode: LinkCode;
  readonly message: string;
}

export type MetaResult = { readonly kind: "meta"; readonly meta: Meta } | MetaFault;

export function metaCrcFault(): MetaFault {
  return {
    kind: "fault",
    code: Code.DATA_LOSS,
    linkCode: LinkCode.META_CRC,
    message: "the checksum of the meta block is wrong",
  };
}

export function metaMalformed(message: string): MetaFault {
  return {
    kind: "fault",
    code: Code.INVALID_ARGUMENT,
    linkCode: LinkCode.PROTOCOL_ERROR,
    message: `meta: ${message}`,
  };
}

const userKey = /^[a-z0-9._-]{1,255}$/;

export const ORDERING_KEY_BYTES_MAX = 255;
export const IDEMPOTENCY_KEY_BYTES_MAX = 64;

export function isUserKey(key: string): boolean {
  return userKey.test(key);
}

/** The first tag that only a router may send, by name. */
export function routerTagIn(meta: Meta): string | undefined {
  if (meta.position !== undefined) return "position";
  if (meta.principal !== undefined) return "principal";
  if (meta.ingressTime !== undefined) return "ingressTime";
  if (meta.origin !== undefined) return "origin";
  if (meta.deadLetterReason !== undefined) return "deadLetterReason";
  return undefined;
}

/** The first unknown tag that may not be ignored; an end receiver answers UNIMPLEMENTED. */
export function unknownCriticalIn(meta: Meta): number | undefined {
  return meta.unknown?.find((each) => each.critical)?.tag;
}

/** Why `meta` cannot be sent, in words for the caller; sizes are checked by {@link metaBytes} against a limit. */
export function metaProblem(meta: Meta): string | undefined {
  const user = meta.user ?? [];
  if (user.length > limits.userPairs)
    return `metadata has ${user.length} pairs; at most ${limits.userPairs} are allowed`;
  for (const [key, value] of user) {
    if (!isUserKey(key)) return `metadata key "${key}" must match [a-z0-9._-]{1,255}`;
    if ((typeof value === "string") === key.endsWith("-bin"))
      return `metadata "${key}" must be ${key.endsWith("-bin") ? "bytes" : "text"}: keys ending in -bin carry bytes`;
  }
  const { name, trace, producer } = meta;
  if (name !== undefined && utf8Bytes(name) > limits.nameBytes)
    return `the name "${name}" is longer than ${limits.nameBytes} bytes`;
  if (trace !== undefined && (trace.id.length !== 16 || trace.span.length !== 8))
    return "a trace has an id of 16 bytes and a span of 8";
  if (producer !== undefined && producer.id.length !== 16) return "a producer id has 16 bytes";
  if ((meta.orderingKey?.length ?? 0) > ORDERING_KEY_BYTES_MAX)
    return `the ordering key is longer than ${ORDERING_KEY_BYTES_MAX} bytes`;
  if ((meta.idempotencyKey?.length ?? 0) > IDEMPOTENCY_KEY_BYTES_MAX)
    return `the idempotency key is longer than ${IDEMPOTENCY_KEY_BYTES_MAX} bytes`;
  return undefined;
}
