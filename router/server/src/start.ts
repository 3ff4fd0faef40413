/**
 * The composition root of a router process: listeners, the clock and the turn around the core. It decides nothing about frames.
 */
import { crc32 } from "node:zlib";
import { useNativeCrc } from "@nexus-bridge/protocol";
import {
  Router,
  type RouterEvent,
  type RouterLimits,
  type RouterStats,
} from "@nexus-bridge/router-core";
import { type Listener, listen } from "@nexus-bridge/transports";
import { LISTEN_DEFAULT, listenUrl } from "./addresses.ts";
import { startClock } from "./clock.ts";

export interface RouterOptions {
  /** Default `["tcp://127.0.0.1:5673"]`; `tcp://` with port 0 takes a free one, `unix:///path` a socket file. */
  readonly listen?: readonly string[];
  /** Called for what happens, in the order it happens; it must not block. What it throws is ignored. */
  readonly onEvent?: (event: RouterEvent) => void;
  /** Other values than the protocol's defaults. */
  readonly limits?: Partial<RouterLimits>;
  /** Told to clients in WELCOME. */
  readonly version?: string;
}

export interface RunningRouter {
  /** Where it listens, with the ports that were chosen. */
  readonly addresses: readonly string[];
  stats(): RouterStats;
  /**
   * Takes no new links and calls, lets calls in flight end for at most `graceMs` (default 30 s), and closes. Resolves when all
   * links are closed.
   */
  drain(options?: { readonly graceMs?: number }): Promise<void>;
  /** Ends everything at once. */
  close(): Promise<void>;
}

const DRAIN_GRACE_MS = 30_000;

/**
 * Starts a router.
 *
 * @throws Error naming the address when one cannot be listened on, or is not of this machine alone.
 * @example
 * const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
 * console.log(router.addresses[0]);
 * await router.drain();
 */
export async function startRouter(options: RouterOptions = {}): Promise<RunningRouter> {
  useNativeCrc(crc32);
  const urls = (options.listen ?? [LISTEN_DEFAULT]).map(listenUrl);
  const { onEvent } = options;
  const router: Router = new Router({
    now: () => performance.now(),
    wallMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
    random: Math.random,
    requestFlush: () => setImmediate(flush),
    ...(options.limits && { limits: options.limits }),
    ...(options.version !== undefined && { version: options.version }),
    ...(onEvent && { onEvent: shielded(onEvent) }),
  });
  const flush = () => router.flush();
  const listeners = await openAll(urls, router);
  const clock = startClock(router);
  let closed: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
    router.close();
    await clock.idle();
    clock.stop();
  };
  const close = () => {
    closed ??= stop();
    return closed;
  };
  return {
    addresses: listeners.map((listener) => addressOf(listener.url)),
    stats: () => router.stats,
    drain: async ({ graceMs = DRAIN_GRACE_MS } = {}) => {
      await Promise.all(listeners.map((listener) => listener.close()));
      await router.drain(graceMs);
      await clock.idle();
      await close();
    },
    close,
  };
}

async function openAll(urls: readonly URL[], router: Router): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const url of urls) {
      listeners.push(await open(url, router));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return listeners;
}

async function open(url: URL, router: Router): Promise<Listener> {
  try {
    return await listen({ url, accept: (channel) => router.attach(channel) });
  } catch (error) {
    throw named(url, error);
  }
}

/** A port that is taken is answered with the flag that changes it. */
function named(url: URL, error: unknown): Error {
  const cause = error instanceof Error ? error : new Error(String(error));
  if (!("code" in cause) || cause.code !== "EADDRINUSE") return cause;
  const remedy =
    url.protocol === "unix:"
      ? "use --listen unix:///another/path"
      : "use --listen tcp://127.0.0.1:<port>";
  return Object.assign(
    new Error(
      `${addressOf(url)} is in use by another program; stop it or ${remedy} (port 0 takes a free one)`,
      { cause },
    ),
    { code: "EADDRINUSE", address: addressOf(url) },
  );
}

/** `tcp://127.0.0.1:5673` or `unix:///path`, whatever the transport calls the scheme. */
const addressOf = (url: URL): string =>
  url.protocol.endsWith("unix:") ? `unix://${url.pathname}` : `tcp://${url.host}`;

function shielded(onEvent: (event: RouterEvent) => void): (event: RouterEvent) => void {
  return (event) => {
    try {
      onEvent(event);
    } catch {
      // A logger that fails must not cost a link.
    }
  };
}
