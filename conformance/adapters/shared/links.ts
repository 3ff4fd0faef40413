/** The links of one program by their name in the orders, with what they told of themselves. */
import type { Diagnostic, Link, LinkOptions, Served } from "@nexus-bridge/sdk";
import { type EchoState, echoHandler } from "./handler.ts";
import {
  BadOrder,
  type Host,
  listOf,
  numberOf,
  type Operations,
  type Order,
  textOf,
} from "./host.ts";

const DIAGNOSTICS_MAX = 10_000;

export interface OpenLink {
  readonly link: Link;
  readonly diagnostics: Diagnostic[];
}

export class Links {
  readonly open = new Map<string, OpenLink>();
  readonly served = new Map<string, { readonly link: string; readonly served: Served }>();
  readonly echo: EchoState = { running: 0, begun: 0 };

  of(order: Order): Link {
    const name = textOf(order, "link");
    const found = this.open.get(name);
    if (found === undefined) throw new BadOrder(`there is no link ${name}`);
    return found.link;
  }
}

function optionsOf(order: Order, diagnostics: Diagnostic[]): LinkOptions {
  const timeoutMs = numberOf(order, "timeoutMs");
  const forwarded = listOf(order.forwardMetadata).map(String);
  return {
    ...(typeof order.name === "string" && { name: order.name }),
    ...(order.compression === true && { compression: true }),
    ...(typeof order.token === "string" && { token: order.token }),
    ...(timeoutMs !== undefined && { connectTimeoutMs: timeoutMs }),
    ...(forwarded.length > 0 && { forwardMetadata: forwarded }),
    onDiagnostic: (diagnostic) => {
      if (diagnostics.length < DIAGNOSTICS_MAX) diagnostics.push(diagnostic);
    },
  };
}

export function linkOperations(host: Host, links: Links): Operations {
  const close = async (order: Order, end: (link: Link) => Promise<void>) => {
    const link = links.of(order);
    const name = textOf(order, "link");
    links.open.delete(name);
    for (const [key, { link: of }] of links.served) if (of === name) links.served.delete(key);
    await end(link);
    return {};
  };
  const service = (order: Order): Served => {
    const key = textOf(order, "key");
    const found = links.served.get(key);
    if (found === undefined) throw new BadOrder(`${key} is not served`);
    links.served.delete(key);
    return found.served;
  };
  return {
    async "client.open"(order) {
      const diagnostics: Diagnostic[] = [];
      const ca = typeof order.ca === "string" ? order.ca : undefined;
      const link = await host.connect(textOf(order, "url"), optionsOf(order, diagnostics), ca);
      links.open.set(textOf(order, "link"), { link, diagnostics });
      return {};
    },
    "client.close": (order) => close(order, (link) => link.close()),
    "client.drain": (order) => {
      const graceMs = numberOf(order, "graceMs") ?? 1000;
      return close(order, (link) => link.drain({ graceMs }));
    },
    async serve(order) {
      const concurrency = numberOf(order, "concurrency");
      const handler = echoHandler(host.schema, links.echo);
      const options = concurrency === undefined ? {} : { concurrency };
      const served = await links.of(order).serve(host.schema.Echo, handler, options);
      links.served.set(textOf(order, "key"), { link: textOf(order, "link"), served });
      return {};
    },
    async "serve.drain"(order) {
      await service(order).drain({ graceMs: numberOf(order, "graceMs") ?? 1000 });
      return {};
    },
    diagnostics(order) {
      const kinds = links.open.get(textOf(order, "link"))?.diagnostics.splice(0) ?? [];
      return { kinds: kinds.map(({ kind }) => kind) };
    },
  };
}
