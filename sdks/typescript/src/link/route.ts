/** A method's or topic's name, and the alias it has on the current session. */
import type { NexusError } from "../nexus-error.ts";
import type { Session } from "./session.ts";

export class Route {
  readonly name: string;
  session: Session | undefined;
  /** 0: no alias is left on this session, the name goes into meta. */
  alias = 0;
  /** The session that was told the fingerprint of what goes there. */
  told: Session | undefined;
  /** The session on which a compressed request was refused there; its next ones are sent as they are. */
  plain: Session | undefined;
  /** The router refused a publish to it; told by the next one. */
  refused: NexusError | undefined;

  constructor(name: string) {
    this.name = name;
  }
}
