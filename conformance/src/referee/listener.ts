/** Where an SDK connects to: one port or socket file for a case, on the transport that the case names. */
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { type Duplex, socketDuplex, type Transport } from "./duplex.ts";
import { acceptUpgrade, readUpgrade, webSocketDuplex } from "./websocket.ts";

export interface Credentials {
  readonly key: Buffer;
  readonly cert: Buffer;
}

export interface RefereeListener {
  /** What the SDK is told to connect to. */
  readonly url: string;
  close(): Promise<void>;
}

let sockets = 0;

function takeWebSocket(socket: Socket, accept: (duplex: Duplex) => void): void {
  let head: Buffer = Buffer.alloc(0);
  socket.on("error", () => {});
  const read = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const upgrade = readUpgrade(head);
    if (upgrade === undefined) return;
    socket.off("data", read);
    acceptUpgrade(socket, upgrade.seen);
    accept(webSocketDuplex(socket, upgrade.rest));
  };
  socket.on("data", read);
}

/** Listens until it is closed; every connection goes to `accept`. */
export async function listenAsRouter(
  transport: Transport,
  accept: (duplex: Duplex) => void,
  credentials: Credentials | undefined,
): Promise<RefereeListener> {
  const live = new Set<Socket>();
  const take = (socket: Socket): void => {
    live.add(socket);
    socket.once("close", () => live.delete(socket));
    if (transport === "ws") takeWebSocket(socket, accept);
    else accept(socketDuplex(socket, transport));
  };
  const server: Server =
    transport === "tls"
      ? createTlsServer({ ...credentials, minVersion: "TLSv1.3", ALPNProtocols: ["nexus/1"] }, take)
      : createServer(take);
  server.on("tlsClientError", () => {});
  const path = join(tmpdir(), `nexus-referee-${process.pid}-${++sockets}.sock`);
  if (transport === "unix") server.listen(path);
  else server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    url: urlOf(transport, port, path),
    async close() {
      for (const socket of live) socket.destroy();
      server.close();
      if (transport === "unix") await rm(path, { force: true });
    },
  };
}

function urlOf(transport: Transport, port: number, path: string): string {
  switch (transport) {
    case "tcp":
      return `nexus://127.0.0.1:${port}`;
    case "tls":
      return `nexus+tls://localhost:${port}`;
    case "ws":
      return `ws://127.0.0.1:${port}/`;
    case "unix":
      return `nexus+unix://${path}`;
    default:
      return transport satisfies never;
  }
}
