/** Addresses and transports of Node: TCP, TLS and Unix sockets beside what every host has. */
import {
  type Dialers,
  type Link,
  type LinkOptions,
  NexusError,
  openLink,
  universalDialers,
} from "@nexus-bridge/sdk";
import {
  dialSecureWebSocket,
  dialTcp,
  dialTls,
  dialUnix,
  isUntrusted,
  type TlsTrust,
} from "@nexus-bridge/transports";
import { nodeZlib } from "./zlib.ts";

const URL_DEFAULT = "nexus://127.0.0.1:5673";
const SECURE: ReadonlySet<string> = new Set(["nexus+tls:", "wss:"]);

/** Whom to trust over `nexus+tls://` and `wss://`. The router's certificate and its name are always verified. */
export interface TlsOptions {
  /**
   * The authorities to trust in place of the system's: PEM text, or the path of a PEM file, which is read again for every
   * connection. Left out: the file that `NEXUS_CA` names, else the system's.
   */
  readonly ca?: string;
  /** The name that the certificate must have, where it is not the address's host. */
  readonly servername?: string;
}

export interface ConnectOptions extends LinkOptions {
  readonly tls?: TlsOptions;
}

/**
 * Connects to a router.
 *
 * @param url `nexus://host[:5673]`, `nexus+tls://host[:5673]`, `nexus+unix:///path`, `ws://` or `wss://`, or `memory:name` for
 *   tests. Left out: `NEXUS_URL`, else `nexus://127.0.0.1:5673`.
 * @throws NexusError UNAVAILABLE where no router answers within 5 s; later losses are reconnected until the link is closed.
 *   FAILED_PRECONDITION where the router's certificate is not to be trusted; the message says why and what to do.
 *
 * Messages that others compressed are read with Node's zlib; `compression: true` also sends larger ones so.
 *
 * @example
 * ```ts
 * await using link = await connect("nexus://127.0.0.1:5673");
 * const orders = link.client(OrderService);
 * ```
 */
export async function connect(
  url: string | URL = process.env.NEXUS_URL || URL_DEFAULT,
  { tls, ...options }: ConnectOptions = {},
): Promise<Link> {
  const scheme = URL.parse(url)?.protocol;
  if (tls !== undefined && scheme !== undefined && !SECURE.has(scheme)) {
    throw new NexusError({
      code: "INVALID_ARGUMENT",
      message: `${url}: this address has no TLS, so the option tls would do nothing; write nexus+tls:// or wss://`,
    });
  }
  return openLink(url, dialersFor(tls), { schedule: setImmediate, zlib: nodeZlib, ...options });
}

function dialersFor(tls: TlsOptions = {}): Dialers {
  const trust: TlsTrust = { ca: process.env.NEXUS_CA || undefined, ...tls };
  return {
    ...universalDialers,
    "nexus:": dialTcp,
    "nexus+unix:": dialUnix,
    "nexus+tls:": finalAtFirst(dialTls(trust)),
    "wss:": finalAtFirst(dialSecureWebSocket(trust)),
  };
}

type Dial = Dialers[string];

/**
 * A certificate that is not trusted ends the first connect at once: waiting mends nothing. Later it is a loss like another,
 * because a link that ran must outlive a router whose certificate is renewed a little late.
 */
function finalAtFirst(dial: Dial): Dial {
  let trusted = false;
  return async (url, options) => {
    try {
      const channel = await dial(url, options);
      trusted = true;
      return channel;
    } catch (cause) {
      if (trusted || !isUntrusted(cause) || !(cause instanceof Error)) throw cause;
      throw new NexusError({
        code: "FAILED_PRECONDITION",
        message: cause.message,
        cause,
        notExecuted: true,
      });
    }
  };
}
