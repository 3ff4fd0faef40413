/** A way to a router that a test can break: bytes pass as they are until every connection is reset; new ones are taken at once. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface WireCutter {
  readonly port: number;
  /** Resets every connection. */
  cut(): void;
  close(): Promise<void>;
}

/** Leads to `port` of this machine. */
export async function wireCutter(port: number): Promise<WireCutter> {
  const sockets = new Set<Socket>();
  const join = (one: Socket, other: Socket): void => {
    sockets.add(one);
    one.pipe(other);
    one.on("error", () => other.destroy());
    one.on("close", () => {
      sockets.delete(one);
      other.destroy();
    });
  };
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    join(near, far);
    join(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was given");
  const cut = (): void => {
    for (const socket of [...sockets]) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    cut,
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
