/** What calls, subscriptions and services need of the link they belong to; the link itself is one floor above. */

import type { RetryBudget } from "../call/retry.ts";
import type { Diagnostic, LinkOptions } from "../link-options.ts";
import type { NexusError } from "../nexus-error.ts";
import type { TimerWheel } from "../timer-wheel.ts";
import type { Lanes } from "../topics/lanes.ts";
import type { Route } from "./route.ts";
import type { Session } from "./session.ts";

/** Something that begins with an opening frame and may have to wait for a session. */
export interface Opening {
  /** 1 is first. */
  readonly priority: number;
  /** It gave up while it waited. */
  readonly settled: boolean;
  open(session: Session): void;
  /** Ends it before it opened. */
  refuseOpening(error: NexusError): void;
}

export interface LinkCore {
  readonly wheel: TimerWheel;
  readonly options: LinkOptions;
  readonly budget: RetryBudget;
  /** The producers of acknowledged publishes. */
  readonly lanes: Lanes;
  /** The one that new streams go to; undefined while there is none. */
  readonly session: Session | undefined;
  /** Settles with the first session; undefined once it is there. A link that `connect` gave has it already. */
  readonly connecting: Promise<void> | undefined;
  random(): number;
  route(name: string): Route;
  /** Opens now, or once there is a session; `failFast` refuses instead of waiting. */
  start(opening: Opening, failFast: boolean): void;
  /** Counts a logical call, so that a drain waits for it. */
  began(): void;
  ended(): void;
  diagnose(diagnostic: Diagnostic): void;
}
