/** The kinds of mutants: adapters that lie, SDKs that speak or listen wrongly, routers that do. */
import type { Answer } from "../runner/adapter-process.ts";
import type { Mutant } from "./mutant.ts";
import { type Change, mutation } from "./wire-mutants.ts";

export type Words = Readonly<Record<string, unknown>>;

export const okOf = (answer: Answer): Words => (answer.ok ?? {}) as Words;

/** Answers the order without doing it. */
export function idle(
  name: string,
  killedBy: string,
  instead: (order: Answer) => Answer | undefined,
): Mutant {
  return { name, who: "node", killedBy, interference: { instead } };
}

/** Does what the order says, and tells something else. */
export function lying(
  name: string,
  killedBy: string,
  answer: (order: Answer, told: Answer) => Answer,
): Mutant {
  return { name, who: "node", killedBy, interference: { answer } };
}

/** An SDK whose own frames are changed. */
export function speaking(name: string, killedBy: string, heard: Change): Mutant {
  return { name, who: "node", killedBy, mutate: () => mutation({ heard }) };
}

/** An SDK whose own frames are changed by a change that remembers, over all its links. */
export function remembering(name: string, killedBy: string, make: () => Change): Mutant {
  const mutate = () => mutation({ heard: make() });
  return { name, who: "node", killedBy, mutate };
}

/** An SDK that takes frames for others than they are. */
export function listening(name: string, killedBy: string, said: Change): Mutant {
  return { name, who: "node", killedBy, mutate: () => mutation({ said }) };
}

/** A router between two SDKs: what it sends is changed. */
export function routing(name: string, killedBy: string, said: Change): Mutant {
  return listening(`router-${name}`, killedBy, said);
}

/** The same with a change that remembers. */
export function routingOver(name: string, killedBy: string, make: () => Change): Mutant {
  const mutate = () => mutation({ said: make() });
  return { name: `router-${name}`, who: "node", killedBy, mutate };
}

/** A router between two SDKs that takes what they send for something else. */
export function mishearing(name: string, killedBy: string, heard: Change): Mutant {
  return speaking(`router-${name}`, killedBy, heard);
}

/** The same with a change that remembers. */
export function misremembering(name: string, killedBy: string, make: () => Change): Mutant {
  return remembering(`router-${name}`, killedBy, make);
}

/** A router that the referee speaks to as a client: what it sends is changed. */
export function answering(name: string, killedBy: string, heard: Change): Mutant {
  return { name: `router-${name}`, who: "router", killedBy, mutate: () => mutation({ heard }) };
}

/** A router that the referee speaks to as a client, and that takes its frames for others. */
export function mistaking(name: string, killedBy: string, said: Change): Mutant {
  return { name: `router-${name}`, who: "router", killedBy, mutate: () => mutation({ said }) };
}

/** The same with a change that remembers. */
export function mistakingOver(name: string, killedBy: string, make: () => Change): Mutant {
  const mutate = () => mutation({ said: make() });
  return { name: `router-${name}`, who: "router", killedBy, mutate };
}
