/** What a name that a peer bound to an alias stood for when it was last looked up, so that a frame by alias costs no look-up. */
import type { MethodRoute } from "./resolve/services.ts";
import type { Mismatch } from "./schema-check.ts";
import type { TopicEntry } from "./topics/topic-entry.ts";

export interface BoundName {
  readonly name: string;
  method: MethodRoute | undefined;
  /** The registry's epoch when `method` was looked up; 0 for never. */
  methodEpoch: number;
  /** Of the request's type, as the caller told it; 0 where it did not. */
  fingerprint: bigint;
  /** Why calls of the method are refused, where the caller's schema does not fit. */
  mismatch: Mismatch | undefined;
  topic: TopicEntry | undefined;
}

export function createBoundName(name: string): BoundName {
  return {
    name,
    method: undefined,
    methodEpoch: 0,
    fingerprint: 0n,
    mismatch: undefined,
    topic: undefined,
  };
}
