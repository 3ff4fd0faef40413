/**
 * The admin listener: `/healthz`, `/readyz`, `/metrics` and `/trace` on loopback. It only reads; Host and Origin are checked, so
 * that a web page of somebody else learns nothing.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Metrics,
  TRACE_ENTRIES_MAX,
  type TraceQuery,
  type TraceRing,
} from "@nexus-bridge/router-telemetry";
import { adminAddress, isLoopback } from "./addresses.ts";

const HEADER_BYTES_MAX = 16 * 1024;
const CONNECTIONS_MAX = 64;
const REQUEST_TIMEOUT_MS = 5000;

export interface AdminOptions {
  /** `127.0.0.1:5674`; port 0 takes a free one. */
  readonly address: string;
  readonly isReady: () => boolean;
  readonly metrics: Metrics;
  readonly trace: TraceRing;
}

export interface Admin {
  /** `http://127.0.0.1:5674`, with the port that was chosen. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens, or rejects with an `Error` that names the address and what to do. */
export async function openAdmin(options: AdminOptions): Promise<Admin> {
  const { host, port } = adminAddress(options.address);
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES_MAX,
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
    },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = CONNECTIONS_MAX;
  await bind(server, host, port, options.address);
  const { port: chosen } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${chosen}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function bind(server: Server, host: string, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: Error & { readonly code?: string }) => {
      const text =
        error.code === "EADDRINUSE"
          ? `the admin address ${address} is in use by another program; stop it or use --admin 127.0.0.1:<port> (port 0 takes a free one)`
          : `the admin listener cannot listen on ${address}: ${error.message}`;
      reject(Object.assign(new Error(text, { cause: error }), { code: error.code }));
    });
    server.listen({ host, port }, resolve);
  });
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = (status: number, text: string): Answer => ({
  status,
  type: "text/plain; charset=utf-8",
  body: `${text}\n`,
});
const json = (status: number, value: unknown): Answer => ({
  status,
  type: "application/json; charset=utf-8",
  body: `${JSON.stringify(value)}\n`,
});

async function answer(
  options: AdminOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let found: Answer;
  try {
    found = refusalOf(request) ?? (await route(options, request));
  } catch (error) {
    found = plain(500, error instanceof Error ? error.message : String(error));
  }
  response.writeHead(found.status, {
    "content-type": found.type,
    "content-length": Buffer.byteLength(found.body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : found.body);
}

/** A name can be bound to this machine by anybody's DNS; an address of loopback and `localhost` cannot. */
function refusalOf({ headers, method }: IncomingMessage): Answer | undefined {
  const { host = "", origin } = headers;
  if (!isLoopback(host.toLowerCase().replace(/:\d+$/, ""))) {
    return plain(403, "the Host must be localhost or an address of this machine");
  }
  const isSame =
    origin === undefined || (URL.canParse(origin) && new URL(origin).host === host.toLowerCase());
  if (!isSame) return plain(403, "pages of another origin are not answered");
  return method === "GET" || method === "HEAD" ? undefined : plain(405, "GET or HEAD");
}

async function route(options: AdminOptions, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://admin");
  switch (url.pathname) {
    case "/healthz":
      return plain(200, "ok");
    case "/readyz":
      return options.isReady() ? plain(200, "ready") : plain(503, "going away");
    case "/metrics": {
      const { metrics } = options;
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    }
    case "/trace":
      return trace(options.trace, url.searchParams);
    default:
      return plain(404, "there are /healthz, /readyz, /metrics and /trace");
  }
}

const kinds = ["call", "refused", "message"] as const;
const texts = ["name", "traceId", "outcome"] as const;

function trace(ring: TraceRing, asked: URLSearchParams): Answer {
  const query: { -readonly [Name in keyof TraceQuery]: TraceQuery[Name] } = {};
  for (const [key, value] of asked) {
    const text = texts.find((name) => name === key);
    if (text !== undefined) {
      query[text] = value;
    } else if (key === "kind") {
      const kind = kinds.find((name) => name === value);
      if (kind === undefined) return json(400, { error: `kind is ${kinds.join(", ")}` });
      query.kind = kind;
    } else if (key === "limit") {
      const limit = Number(value);
      if (!Number.isInteger(limit) || limit < 1 || limit > TRACE_ENTRIES_MAX) {
        return json(400, { error: `limit is a whole number from 1 to ${TRACE_ENTRIES_MAX}` });
      }
      query.limit = limit;
    } else {
      return json(400, { error: `there are kind, limit, ${texts.join(", ")}, not ${key}` });
    }
  }
  return json(200, { sample: ring.sample, entries: ring.find(query) });
}
