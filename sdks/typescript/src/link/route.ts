/** A method's or topic's name, and the alias it has on the current session. */
import type { Session } from "./session.ts";

export class Route {
  readonly name: string;
  session: Session | undefined;
  /** 0: no alias is left on this session, the name goes into meta. */
  alias = 0;

  constructor(name: string) {
    this.name = name;
  }
}
