/**
 * Binds an address and lets whatever connects to it into the entrance, where native links, WebSocket links and health probes
 * are told apart. It knows nothing of what they say.
 */
import { lstat, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import {
  addressError,
  addressText,
  codeOfError,
  hostPort,
  type SocketAddress,
  socketAddress,
} from "./address.ts";
import { Entrance, type EntranceOptions } from "./entrance.ts";
import { installNativeCrc } from "./native-crc.ts";
import type { TlsCredentials } from "./tls-gate.ts";

const BACKLOG = 1024;

export interface ListenOptions extends EntranceOptions {
  /** `tcp://127.0.0.1:5673` (0 lets the system choose the port) or `unix:///path`. */
  readonly url: URL | string;
}

export interface Listener {
  /** Where it really listens: with the port that the system chose. */
  readonly url: URL;
  /** Gives further handshakes another certificate; links that stand keep theirs. Throws where it cannot be used. */
  renewTls(credentials: TlsCredentials): void;
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
    url: boundUrl(server, address, entrance.tlsOnly),
    renewTls: (credentials) => entrance.renewTls(credentials),
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

function boundUrl(server: Server, address: SocketAddress, tlsOnly: boolean): URL {
  if (address.kind === "unix") return new URL(`nexus+unix://${encodeURI(address.path)}`);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
  return new URL(`${tlsOnly ? "nexus+tls" : "nexus"}://${hostPort(address.host, port)}`);
}
