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

export interface LinkOptions {
  /** Sent in HELLO; needed where the router asks for credentials. */
  readonly token?: string;
  /** Names this program in the router's tables. */
  readonly name?: string;
  /** Keys of a handled call's metadata that calls made from its `context.link` carry on. */
  readonly forwardMetadata?: readonly string[];
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
