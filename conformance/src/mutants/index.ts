/** Every mutant that is planted. */
import type { Mutant } from "./mutant.ts";
import { routerMutants } from "./router-mutants.ts";
import { sdkMutants } from "./sdk-mutants.ts";

export const mutants: readonly Mutant[] = [...sdkMutants, ...routerMutants];
