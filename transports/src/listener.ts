/**
 * One address that native links, WebSocket links and health probes share, told apart by their first byte. A client that says
 * nothing, or something else, is closed without an answer.
 */
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type Channel, limits, PREFACE } from "@nexus-bridge/protocol";
import {
  addressError,
  addressText,
  codeOfError,
  hostPort,
  type SocketAddress,
  socketAddress,
} from "./address.ts";
import { HttpGate, type HttpGateOptions } from "./http-gate.ts";
import { installNativeCrc } from "./native-crc.ts";
import { SocketChannel } from "./socket-channel.ts";

const BACKLOG = 1024;

export interface ListenOptions extends HttpGateOptions {
  /** `tcp://127.0.0.1:5673` (0 lets the system choose the port) or `unix:///path`. */
  readonly url: URL | string;
  /** Gets every link; native ones still have their preface to read. */
  readonly accept: (channel: Channel) => void;
  /** A socket that could not be used, for the log. */
  readonly failed?: (remote: string, error: Error) => void;
  /** How long a client may take for its first byte, and an HTTP request for all of itself. */
  readonly firstByteTimeoutMs?: number;
}

export interface Listener {
  /** Where it really listens: with the port that the system chose. */
  readonly url: URL;
  /** Accepts nothing further; links that were accepted go on. */
  close(): Promise<void>;
}

/** Listens, or rejects with an `Error` that carries `address` and `code` (EADDRINUSE, EACCES, ...). */
export async function listen(options: ListenOptions): Promise<Listener> {
  const address = socketAddress(new URL(options.url));
  installNativeCrc();
  const entrance = new Entrance(options, address);
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
    entrance.enter(socket),
  );
  try {
    await bind(server, address);
  } catch (error) {
    throw addressError("listen on", address, error);
  }
  server.on("error", (error) => options.failed?.(addressText(address), error));
  return {
    url: boundUrl(server, address),
    close: () => {
      entrance.close();
      return new Promise((resolve) => {
        // The callback waits for the links too; that the port is free is known at once.
        server.close();
        resolve();
      });
    },
  };
}

/** Sockets between accept and their first byte. */
class Entrance {
  readonly #options: ListenOptions;
  readonly #address: SocketAddress;
  readonly #http: HttpGate;
  readonly #waiting = new Set<Socket>();
  readonly #timeoutMs: number;

  constructor(options: ListenOptions, address: SocketAddress) {
    this.#options = options;
    this.#address = address;
    this.#timeoutMs = options.firstByteTimeoutMs ?? limits.helloTimeoutMs;
    this.#http = new HttpGate(options);
  }

  enter(socket: Socket): void {
    if (this.#waiting.size >= limits.unauthenticatedLinks) {
      socket.destroy();
      return;
    }
    this.#waiting.add(socket);
    const timer = setTimeout(() => socket.destroy(), this.#timeoutMs);
    const remote = this.#remote(socket);
    const failed = (error: Error) => this.#options.failed?.(remote, error);
    const ended = () => socket.destroy();
    const settle = () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
    };
    socket.on("error", failed).once("end", ended).once("close", settle);
    socket.once("data", (first: Buffer) => {
      settle();
      socket.pause();
      socket.off("error", failed).off("end", ended).off("close", settle);
      socket.unshift(first);
      this.#route(socket, first[0] ?? 0, remote);
    });
  }

  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  #route(socket: Socket, first: number, remote: string): void {
    if (first === PREFACE[0]) {
      const transport = this.#address.kind;
      this.#options.accept(new SocketChannel(socket, { transport, remote }));
      return;
    }
    if (isLetter(first)) this.#http.take(socket, this.#timeoutMs);
    else socket.destroy();
  }

  #remote(socket: Socket): string {
    return this.#address.kind === "unix"
      ? this.#address.path
      : hostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0);
  }
}

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;

async function bind(server: Server, address: SocketAddress): Promise<void> {
  try {
    await bindOnce(server, address);
  } catch (error) {
    if (address.kind !== "unix" || codeOfError(error) !== "EADDRINUSE") throw error;
    if (!(await isStale(address.path))) throw error;
    await unlink(address.path);
    await bindOnce(server, address);
  }
}

function bindOnce(server: Server, address: SocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const listening = () => {
      server.off("error", reject);
      resolve();
    };
    if (address.kind === "unix") server.listen({ path: address.path, backlog: BACKLOG }, listening);
    else server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, listening);
  });
}

/** A socket file that nobody answers on: left behind by a process that was killed. */
async function isStale(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return await new Promise((resolve) => {
    const probe = connect({ path });
    probe.once("connect", () => {
      probe.destroy();
      resolve(false);
    });
    probe.once("error", (error) => resolve(codeOfError(error) === "ECONNREFUSED"));
  });
}

function boundUrl(server: Server, address: SocketAddress): URL {
  if (address.kind === "unix") return new URL(`nexus+unix://${encodeURI(address.path)}`);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  return new URL(`nexus://${hostPort(address.host, port)}`);
}
