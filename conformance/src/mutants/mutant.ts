/** A mutant: a broken adapter, SDK or router, and the case that must see it. */
import type { Interference } from "../runner/adapter-process.ts";
import type { WireMutation } from "../runner/stage.ts";

export interface Mutant {
  readonly name: string;
  /** Whose plan it is planted in: a language's, or the router's. */
  readonly who: "node" | "router";
  /** The template that must fail on it. */
  readonly killedBy: string;
  readonly interference?: Interference;
  readonly mutate?: WireMutation;
}
