/** Every mutant that is planted. */
import { adapterMutants } from "./adapter-mutants.ts";
import { codecMutants } from "./codec-mutants.ts";
import { loneRouterMutants } from "./lone-router-mutants.ts";
import type { Mutant } from "./mutant.ts";
import { routerMutants } from "./router-mutants.ts";
import { sdkMutants } from "./sdk-mutants.ts";
import { storeMutants } from "./store-mutants.ts";
import { topicMutants } from "./topic-mutants.ts";

export const mutants: readonly Mutant[] = [
  ...codecMutants,
  ...adapterMutants,
  ...sdkMutants,
  ...topicMutants,
  ...routerMutants,
  ...storeMutants,
  ...loneRouterMutants,
];
