/**
 * What a listener's port answers to HTTP: `/healthz`, WebSocket upgrades, and 404 for all else. Host and Origin are checked
 * first, so that a web page of somebody else cannot reach a local router.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Channel, JSON_SUBPROTOCOL, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { bare, hostPort } from "./address.ts";
import { WebSocketAcceptor } from "./websocket.ts";

const HEADER_BYTES_MAX = 16 * 1024;

export interface HttpGateOptions {
  /** `waitedMs`: since the connection was accepted. */
  readonly accept: (channel: Channel, waitedMs: number) => void;
  /** Gets links of JSON lines, from raw sockets and as a subprotocol; absent where they are not spoken. */
  readonly acceptJson?: (channel: Channel, waitedMs: number) => void;
  /** What `/healthz` says: 200 or 503. */
  readonly healthy?: () => boolean;
  /** Host names, without port, allowed beside `localhost` and addresses. */
  readonly allowedHosts?: readonly string[];
  /** Origins, for example `https://app.example`, allowed beside the same one. */
  readonly allowedOrigins?: readonly string[];
}

export interface HttpTime {
  /** When the connection was accepted, on the clock of `performance.now`. */
  readonly acceptedAt: number;
  readonly timeoutMs: number;
}

/** A socket whose request is still coming. */
interface HttpArrival {
  readonly timer: NodeJS.Timeout;
  readonly acceptedAt: number;
}

export class HttpGate {
  readonly #options: HttpGateOptions;
  readonly #sockets = new WebSocketAcceptor();
  readonly #server: Server;
  readonly #arrivals = new WeakMap<Duplex, HttpArrival>();

  constructor(options: HttpGateOptions) {
    this.#options = options;
    this.#server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) =>
      this.#answer(request, response),
    );
    this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  /** Takes over a socket whose first byte was a letter; all of its request must come within `timeoutMs` of `acceptedAt`. */
  take(socket: Socket, { acceptedAt, timeoutMs }: HttpTime): void {
    const left = Math.max(1, timeoutMs - (performance.now() - acceptedAt));
    const timer = setTimeout(() => socket.destroy(), left);
    this.#arrivals.set(socket, { timer, acceptedAt });
    socket.once("close", () => clearTimeout(timer));
    this.#server.emit("connection", socket);
    socket.resume();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const [status, text] = this.#verdict(request);
    response.writeHead(status, {
      connection: "close",
      "content-type": "text/plain; charset=utf-8",
    });
    response.end(`${text}
`);
  }

  #verdict(request: IncomingMessage): readonly [status: number, text: string] {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return [403, refusal];
    if (request.url !== "/healthz") return [404, "this port speaks Nexus, WebSocket and /healthz"];
    if (request.method !== "GET" && request.method !== "HEAD") return [405, "GET or HEAD"];
    return (this.#options.healthy?.() ?? true) ? [200, "ok"] : [503, "not ready"];
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusal(request);
    const { accept, acceptJson } = this.#options;
    const taken = offers(request, SUBPROTOCOL) ? accept : acceptJson;
    if (refusal !== undefined) {
      refuse(socket, "403 Forbidden", refusal);
    } else if (taken === undefined || (taken !== accept && !offers(request, JSON_SUBPROTOCOL))) {
      refuse(socket, "400 Bad Request", `the subprotocol must be ${SUBPROTOCOL}`);
    } else {
      const { timer, acceptedAt } = this.#arrivals.get(socket) ?? {};
      clearTimeout(timer);
      const { remoteAddress = "", remotePort = 0 } = request.socket;
      const remote = hostPort(remoteAddress, remotePort);
      const isJson = taken !== accept;
      this.#sockets.accept({ request, socket, head, remote, isJson }, (channel) => {
        const now = performance.now();
        taken(channel, now - (acceptedAt ?? now));
      });
    }
  }

  /** Why a request may not be answered. */
  #refusal(request: IncomingMessage): string | undefined {
    const { host, origin } = request.headers;
    if (host === undefined) return "a Host header is needed";
    const name = hostName(host);
    // A name can be made to point at this machine by anybody's DNS; an address cannot.
    const allowed =
      isIP(name) > 0 || name === "localhost" || this.#options.allowedHosts?.includes(name);
    if (!allowed) return `the host ${JSON.stringify(name)} is not in the listener's allowed hosts`;
    if (origin === undefined || this.#options.allowedOrigins?.includes(origin)) return undefined;
    if (URL.canParse(origin) && new URL(origin).host === host.toLowerCase()) return undefined;
    return `the origin ${JSON.stringify(origin.slice(0, 256))} is not in the listener's allowed origins`;
  }
}

/** The Host header without its port. */
function hostName(host: string): string {
  return bare(host.toLowerCase().replace(/:\d+$/, ""));
}

function offers(request: IncomingMessage, subprotocol: string): boolean {
  const offered = request.headers["sec-websocket-protocol"] ?? "";
  return offered.split(",").some((each) => each.trim() === subprotocol);
}

function refuse(socket: Duplex, status: string, text: string): void {
  const body = `${text}\n`;
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
