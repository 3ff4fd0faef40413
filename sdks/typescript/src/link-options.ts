/** What a program may say when it connects, and what the link tells it while it runs. */
import type { Clock } from "./clock.ts";
import type { Interceptor } from "./interceptor.ts";
import type { NexusError } from "./nexus-error.ts";
import type { Gap } from "./subscription-item.ts";

/** What happened to a link; told once, in the order it happened. */
export type Diagnostic =
  | { readonly kind: "connected"; readonly url: string; readonly router: string }
  | {
      readonly kind: "disconnected";
      readonly cause: NexusError;
      /** Milliseconds until the next attempt; undefined where there is none. */
      readonly retryInMs: number | undefined;
    }
  | { readonly kind: "draining"; readonly reason: string }
  | {
      readonly kind: "retry";
      readonly method: string;
      readonly attempt: number;
      readonly code: string;
    }
  | { readonly kind: "gap"; readonly gap: Gap }
  | { readonly kind: "slow"; readonly queueBytes: number }
  | { readonly kind: "refused"; readonly what: string; readonly reason: NexusError }
  | { readonly kind: "handlerFailed"; readonly method: string; readonly error: unknown }
  | { readonly kind: "undeclaredError"; readonly method: string; readonly type: string };

/** Zlib (RFC 1950) as the host has it; both functions answer at once. */
export interface Zlib {
  /** One whole zlib stream, in memory of its own. */
  deflate(bytes: Uint8Array): Uint8Array;
  /**
   * What was compressed; undefined as soon as that is more than `bytesMax`. Throws where `bytes` are damaged, cut off, or
   * followed by others.
   */
  inflate(bytes: Uint8Array, bytesMax: number): Uint8Array | undefined;
}

/** Which messages a link sends compressed. */
export interface CompressionOptions {
  /** Messages of more bytes than this; 1,024. */
  readonly thresholdBytes?: number;
}

export interface LinkOptions {
  /** Sent in HELLO; needed where the router asks for credentials. */
  readonly token?: string;
  /** Names this program in the router's tables. */
  readonly name?: string;
  /** Keys of a handled call's metadata that calls made from its `context.link` carry on. */
  readonly forwardMetadata?: readonly string[];
  /**
   * With it the link reads messages that others compressed. `@nexus-bridge/sdk-node` brings Node's; elsewhere a program may hand
   * one in.
   */
  readonly zlib?: Zlib;
  /**
   * Sends larger messages compressed where the router agrees and it makes them smaller; needs `zlib`. Left out: none. It is
   * worth it on slow links between programs that all read zlib: for one that does not the router inflates, within bounds
   * (docs/guides/compression.md).
   */
  readonly compression?: boolean | CompressionOptions;
  /** Around every logical call and publish; the first is outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Must not block and must not throw. */
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** How long the first connect may take; 5 s. */
  readonly connectTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For tests: the time that deadlines and reconnects run on. */
  readonly clock?: Clock;
  /** For tests: numbers from 0 to 1 for backoff. */
  readonly random?: () => number;
  /** For tests: the ids of the producers of acknowledged publishes; no two links may get the same. */
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Arranges the write at the end of a turn; the host package sets what is fastest there. */
  readonly schedule?: (flush: () => void) => void;
}
