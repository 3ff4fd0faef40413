/** What `nc` is: lines to a socket, and lines from it. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class LineClient {
  readonly socket: Socket;
  readonly #inbox: string[] = [];
  #rest = "";
  #isClosed = false;
  #wake: (() => void) | undefined;

  static async dial(address: string): Promise<LineClient> {
    const { port, hostname, pathname, protocol } = new URL(address);
    const isUnix = protocol === "unix:";
    const socket = isUnix ? connect(pathname) : connect(Number(port), hostname);
    await once(socket, "connect");
    return new LineClient(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split("\n");
      this.#rest = lines.pop() ?? "";
      this.#inbox.push(...lines);
      this.#wake?.();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
  }

  say(...lines: readonly (string | object)[]): void {
    const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    this.socket.write(`${text.join("\n")}\n`);
  }

  /** The next line. */
  async next(): Promise<string> {
    for (;;) {
      const line = this.#inbox.shift();
      if (line !== undefined) return line;
      if (this.#isClosed) throw new Error("the router closed the connection");
      await this.#change();
    }
  }

  /** The next line that is a frame of `type`; those before it are thrown away. */
  async frame(type: string): Promise<Readonly<Record<string, unknown>>> {
    for (;;) {
      const frame = JSON.parse(await this.next());
      if (frame.t === type) return frame;
    }
  }

  /** What still came until the router closed. */
  async closed(): Promise<readonly string[]> {
    while (!this.#isClosed) await this.#change();
    return this.#inbox.splice(0);
  }

  async #change(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
  }
}
