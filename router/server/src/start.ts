/**
 * The composition root of a router process: listeners, the clock and the turn around the core. It decides nothing about frames.
 */
import { crc32 } from "node:zlib";
import { type Channel, limits, useNativeCrc } from "@nexus-bridge/protocol";
import {
  type Encodings,
  type Observer,
  Router,
  type RouterEvent,
  type RouterLimits,
  type RouterStats,
  type SchemaJudge,
} from "@nexus-bridge/router-core";
import { type PushSeen, pushSeen, type SchemaRegistry } from "@nexus-bridge/router-registry";
import { type Listener, type ListenOptions, listen } from "@nexus-bridge/transports";
import { isLoopback, LISTEN_DEFAULT, listenUrl } from "./addresses.ts";
import { startClock } from "./clock.ts";
import { debugChannel } from "./debug/debug-channel.ts";
import { encodingsOf } from "./encodings.ts";
import { type Observation, observeRouter } from "./observation.ts";
import { serveOwnServices } from "./own/own-services.ts";
import { openSchemaRegistry } from "./schema-registry.ts";
import { readTlsFiles, type TlsFiles } from "./tls-files.ts";

export interface TlsOptions extends TlsFiles {
  /** Links without TLS beside those with it; without this a TCP port with a certificate closes them. */
  readonly allowPlaintext?: boolean;
}

export interface RouterOptions {
  /** Default `["tcp://127.0.0.1:5673"]`; `tcp://` with port 0 takes a free one, `unix:///path` a socket file. */
  readonly listen?: readonly string[];
  /** TLS 1.3 on every TCP port; Unix sockets stay as they are. */
  readonly tls?: TlsOptions;
  /** Called for what happens, in the order it happens; it must not block. What it throws is ignored. */
  readonly onEvent?: (event: RouterEvent) => void;
  /** Other values than the protocol's defaults. */
  readonly limits?: Partial<RouterLimits>;
  /**
   * Patterns of topics, such as `orders.>`, whose messages are kept and numbered from the first on. Others are from their first
   * QoS 1 message or subscription on.
   */
  readonly rings?: readonly string[];
  /** Told to clients in WELCOME. */
  readonly version?: string;
  /** Web origins, for example `https://app.example`, whose pages may open WebSockets beside those of the same origin. */
  readonly allowedOrigins?: readonly string[];
  /** Host names, without port, that requests may name beside `localhost` and addresses. */
  readonly allowedHosts?: readonly string[];
  /** `127.0.0.1:5674`: a listener for `/healthz`, `/readyz`, `/metrics` and `/trace`, on loopback only. Default none. */
  readonly admin?: string;
  /** The share of calls and messages that the trace ring keeps, from 0 to 1. Default 1; without `admin` there is no ring. */
  readonly traceSample?: number;
  /**
   * Links of JSON lines, for people with `nc` and for tests, on the same ports. Default true; never beside TLS, and on loopback
   * and Unix sockets alone.
   */
  readonly jsonLines?: boolean;
  /** Schema files or folders that the registry knows from the start. */
  readonly schemas?: readonly string[];
  /** A folder that keeps the schemas that are pushed; without it a restart forgets them. */
  readonly registryPath?: string;
  /** Whether peers may push schemas. Default true. */
  readonly allowPush?: boolean;
  /** Called for every schema that is pushed: who audits it writes it down. What it throws is ignored. */
  readonly onPush?: (push: PushSeen) => void;
}

/** What may change while a router runs. What is not named goes back to its default. */
export type RouterChanges = Pick<
  RouterOptions,
  "limits" | "rings" | "traceSample" | "allowedHosts" | "allowedOrigins"
>;

export interface RunningRouter {
  /** Where it listens, with the ports that were chosen. */
  readonly addresses: readonly string[];
  /** `http://127.0.0.1:5674`, with the port that was chosen; undefined without an admin listener. */
  readonly admin: string | undefined;
  stats(): RouterStats;
  /** Lets `observer` see calls, messages and events until the function that is returned is called. What it throws is ignored. */
  observe(observer: Observer): () => void;
  /** From now on, for everything but what links agreed on in their handshake. */
  configure(changes: RouterChanges): void;
  /**
   * Reads certificate and key again for further links; those that stand go on. Without TLS it does nothing.
   *
   * @throws Error naming the file and what to do; the old certificate stays.
   */
  reloadTls(): Promise<void>;
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
 * @throws Error naming the address when one cannot be listened on, or is not of this machine alone; naming the file when
 *   certificate or key cannot be used.
 * @example
 * const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
 * console.log(router.addresses[0]);
 * await router.drain();
 */
export async function startRouter(options: RouterOptions = {}): Promise<RunningRouter> {
  useNativeCrc(crc32);
  const urls = (options.listen ?? [LISTEN_DEFAULT]).map(listenUrl);
  const { onEvent, tls } = options;
  const credentials = tls && (await readTlsFiles(tls, new Date()));
  const tell = onEvent && shielded(onEvent);
  const { router, ...core } = await openCore(options, tell);
  // The gates keep these lists: `configure` changes them in place.
  const allowedOrigins = [...(options.allowedOrigins ?? [])];
  const allowedHosts = [...(options.allowedHosts ?? [])];
  let isDraining = false;
  const observation = await watch(router, options, () => isDraining);
  const own = await serveOwnServices(router, {
    registry: core.registry,
    allowPush: options.allowPush ?? true,
    isDraining: () => isDraining,
    trace: observation?.trace,
    failed: (message) => tell?.({ kind: "failed", link: 0, message }),
  });
  const listeners = await openAll(urls, router, {
    allowedOrigins,
    allowedHosts,
    ...(credentials && { tls: credentials }),
    ...(tls?.allowPlaintext === true && { allowPlaintext: true }),
    ...(tls === undefined && options.jsonLines !== false && { lines: linesOf(core) }),
    failed: (remote, { message }) => {
      const event = { kind: "connectionFailed", remote, message } as const;
      tell?.(event);
      observation?.metrics.event(event);
    },
  }).catch(async (error: unknown) => {
    await own.close();
    await observation?.admin.close();
    throw error;
  });
  const clock = startClock(router);
  let closed: Promise<void> | undefined;
  const closeListeners = () => Promise.all(listeners.map((listener) => listener.close()));
  const stop = async () => {
    await closeListeners();
    router.close();
    await own.close();
    await clock.idle();
    clock.stop();
    await observation?.admin.close();
  };
  const close = (): Promise<void> => (closed ??= stop());
  return {
    addresses: listeners.map((listener) => addressOf(listener.url)),
    admin: observation?.admin.url,
    stats: () => router.stats,
    observe: (observer) => router.observe(shieldedObserver(observer)),
    configure: (changes) => {
      core.setLimits(changes.limits ?? {});
      router.setRings(changes.rings ?? []);
      if (observation !== undefined) observation.trace.sample = changes.traceSample ?? 1;
      replaceAll(allowedOrigins, changes.allowedOrigins);
      replaceAll(allowedHosts, changes.allowedHosts);
    },
    reloadTls: () => renewTls(tls, listeners),
    drain: async ({ graceMs = DRAIN_GRACE_MS } = {}) => {
      isDraining = true;
      await closeListeners();
      await router.drain(graceMs);
      await clock.idle();
      await close();
    },
    close,
  };
}

async function renewTls(tls: TlsFiles | undefined, listeners: readonly Listener[]): Promise<void> {
  if (tls === undefined) return;
  const renewed = await readTlsFiles(tls, new Date());
  for (const listener of listeners) listener.renewTls(renewed);
}

type Tell = (event: RouterEvent) => void;

interface OpenCore {
  readonly router: Router;
  readonly registry: SchemaRegistry;
  readonly encodings: ReturnType<typeof encodingsOf>;
  /** Those that hold at the moment. */
  readonly limits: () => RouterLimits;
  setLimits(changes: Partial<RouterLimits>): void;
}

/** The core with the schemas that it knows. */
async function openCore(options: RouterOptions, tell: Tell | undefined): Promise<OpenCore> {
  const onPush = options.onPush && shielded(options.onPush);
  let limitsNow = { ...limits, ...options.limits };
  const registry = await openSchemaRegistry({
    schemas: options.schemas,
    path: options.registryPath,
    limits: () => limitsNow,
    pushed: (version) => {
      router.schemasChanged();
      onPush?.(pushSeen(version));
    },
  });
  const encodings = encodingsOf(registry);
  const router = createRouter(options, tell, { encodings, schemaJudge: registry.judge });
  return {
    router,
    registry,
    encodings,
    limits: () => limitsNow,
    setLimits: (changes) => {
      router.setLimits(changes);
      limitsNow = { ...limits, ...changes };
    },
  };
}

function createRouter(
  { limits, rings, version }: RouterOptions,
  tell: Tell | undefined,
  knowledge: { readonly encodings: Encodings; readonly schemaJudge: SchemaJudge },
): Router {
  const router: Router = new Router({
    now: () => performance.now(),
    wallMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
    random: Math.random,
    requestFlush: () => setImmediate(flush),
    ...knowledge,
    ...(limits && { limits }),
    ...(rings && { rings }),
    ...(version !== undefined && { version }),
    ...(tell && { onEvent: tell }),
  });
  const flush = () => router.flush();
  return router;
}

function replaceAll(list: string[], items: readonly string[] = []): void {
  list.splice(0, list.length, ...items);
}

async function watch(
  router: Router,
  { admin, traceSample = 1 }: RouterOptions,
  isDraining: () => boolean,
): Promise<Observation | undefined> {
  if (admin === undefined) return undefined;
  return await observeRouter(router, { address: admin, traceSample, isDraining });
}

interface Door extends Omit<ListenOptions, "url" | "accept" | "acceptJson"> {
  /** Makes frames of JSON lines; absent where they are not spoken. */
  readonly lines?: (channel: Channel) => Channel;
}

const linesOf =
  ({ limits, encodings: { schemas } }: Omit<OpenCore, "router">) =>
  (channel: Channel): Channel =>
    debugChannel(channel, schemas, limits().translatedBytesPerSecond);

async function openAll(urls: readonly URL[], router: Router, door: Door): Promise<Listener[]> {
  const listeners: Listener[] = [];
  try {
    for (const url of urls) {
      listeners.push(await open(url, router, door));
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  return listeners;
}

async function open(url: URL, router: Router, door: Door): Promise<Listener> {
  try {
    const { lines, ...options } = door;
    const isLocal = url.protocol === "unix:" || isLoopback(url.hostname);
    const attach = (channel: Channel, waitedMs: number) => router.attach(channel, { waitedMs });
    return await listen({
      ...options,
      url,
      accept: attach,
      ...(isLocal &&
        lines && { acceptJson: (channel, waitedMs) => attach(lines(channel), waitedMs) }),
    });
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

/** `tcp://127.0.0.1:5673`, `tls://` where nothing else is spoken, or `unix:///path`, whatever the transport calls the scheme. */
function addressOf(url: URL): string {
  if (url.protocol.endsWith("unix:")) return `unix://${url.pathname}`;
  return `${url.protocol.endsWith("tls:") ? "tls" : "tcp"}://${url.host}`;
}

function shielded<Seen>(act: (seen: Seen) => void): (seen: Seen) => void {
  return (seen) => {
    try {
      act(seen);
    } catch {
      // A logger that fails must not cost a link.
    }
  };
}

function shieldedObserver({ event, callEnded, published }: Observer): Observer {
  return {
    ...(event && { event: shielded(event) }),
    ...(callEnded && { callEnded: shielded(callEnded) }),
    ...(published && { published: shielded(published) }),
  };
}
