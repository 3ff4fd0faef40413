/** A mutant: a broken adapter, SDK, codec or router, and the case that must see it. */
import type { Interference } from "../runner/adapter-process.ts";
import type { WireMutation } from "../runner/stage.ts";

export interface Mutant {
  readonly name: string;
  /** Whose case it is planted in: a language's, or the router's own. */
  readonly who: "node" | "router";
  /** The case that must fail on it: its id, or its template's, whose first case is meant then. */
  readonly killedBy: string;
  readonly interference?: Interference;
  /** Made anew each time it is planted: some count what they see. */
  readonly mutate?: () => WireMutation;
}
