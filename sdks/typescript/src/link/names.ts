/** The aliases of one session, both ways: ours for methods and topics, the router's for what it sends. */
import {
  AliasAction,
  AliasReceiver,
  AliasSender,
  argAt,
  type FrameFault,
  type FrameInit,
  FrameType,
  HEADER_BYTES,
  LinkCode,
  payloadStart,
  readMeta,
  routeAt,
} from "@nexus-bridge/protocol";
import type { Route } from "./route.ts";

/** What a name that the router bound stands for. */
export interface InboundName {
  readonly name: string;
  /** What the link keeps for it, for example a served method. */
  target: unknown;
}

export class Names {
  readonly inbound: AliasReceiver<InboundName> = new AliasReceiver();
  readonly #send: (frame: FrameInit) => void;
  readonly #aliases = new AliasSender();
  readonly #routes: (Route | undefined)[] = [];

  constructor(send: (frame: FrameInit) => void) {
    this.#send = send;
  }

  /** The alias of a route that has none on this session yet; 0 where the name must go into meta. */
  bind(route: Route): number {
    const { alias, bind } = this.#aliases.use(route.name);
    if (bind) {
      const { name } = route;
      this.#send({ type: FrameType.ALIAS, route: alias, arg: AliasAction.BIND, meta: { name } });
      this.#routes[alias] = route;
    }
    return alias;
  }

  /** The name behind one of our own aliases. */
  nameOf(alias: number): string | undefined {
    return this.#routes[alias]?.name;
  }

  /** Takes an ALIAS frame of the router in. */
  frame(bytes: Uint8Array, view: DataView, start: number): FrameFault | undefined {
    const alias = routeAt(view, start);
    const action = argAt(view, start);
    if (action === AliasAction.FREED) {
      this.#aliases.freed(alias);
      return undefined;
    }
    if (action === AliasAction.FREE) {
      if (!this.inbound.free(alias)) return fault(`alias ${alias} is not bound`);
      this.#send({ type: FrameType.ALIAS, route: alias, arg: AliasAction.FREED });
      return undefined;
    }
    const meta = readMeta(bytes, view, start + HEADER_BYTES, payloadStart(view, start));
    if (meta.kind === "fault") return { code: meta.linkCode, message: meta.message };
    const { name } = meta.meta;
    if (name === undefined) return fault("ALIAS bind without a name");
    const problem = this.inbound.bind(alias, name, { name, target: undefined });
    return problem === undefined ? undefined : fault(problem);
  }
}

const fault = (message: string): FrameFault => ({ code: LinkCode.ALIAS_ERROR, message });
