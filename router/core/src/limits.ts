/** The limits the router holds its links to: the defaults of the protocol, less what the operator changed. */
import { limits as defaults } from "@nexus-bridge/protocol";

export type RouterLimits = { readonly [Name in keyof typeof defaults]: number };

/** The defaults with `changes` over them; a name that is no limit or a value that is no whole number is refused. */
export function routerLimits(changes: Partial<RouterLimits> = {}): RouterLimits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaults, name)) throw new RangeError(`there is no limit named ${name}`);
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`limit ${name} must be a whole number from 0, not ${value}`);
    }
  }
  return { ...defaults, ...changes };
}
