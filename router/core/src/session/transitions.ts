/** The states of a link and the ways between them; everything else is a fault of the router's own. */

export type LinkState = "greeting" | "open" | "draining" | "closed";

const transitions: Readonly<Record<LinkState, readonly LinkState[]>> = {
  greeting: ["open", "closed"],
  open: ["draining", "closed"],
  draining: ["closed"],
  closed: [],
};

/** Moves `link` on; throws where the table has no such way. */
export function enter(link: { state: LinkState }, next: LinkState): void {
  if (!transitions[link.state].includes(next)) {
    throw new Error(`a link that is ${link.state} cannot become ${next}`);
  }
  link.state = next;
}
