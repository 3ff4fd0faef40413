/** A way to a router that a test can break: bytes pass as they are, until every connection is cut. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface Breakable {
  readonly url: string;
  /** Resets every connection; new ones are taken at once. */
  cut(): void;
  /** Leads to another router from now on. */
  lead(address: string): void;
  close(): Promise<void>;
}

/** `address` as the router prints it: `tcp://127.0.0.1:5673`. */
export async function breakable(address: string): Promise<Breakable> {
  let target = new URL(address);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const cut = (): void => {
    for (const socket of [...sockets]) socket.resetAndDestroy();
  };
  return {
    url: `nexus://127.0.0.1:${port}`,
    cut,
    lead(next) {
      target = new URL(next);
    },
    async close() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
