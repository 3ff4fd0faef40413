/** A free port of loopback below 32768, where the kernel does not hand out ports of its own accord. */
import { createServer } from "node:net";

let next = 21_000 + (process.pid % 8_000);

export function freePort(): Promise<number> {
  const port = next;
  next += 1;
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" && next < 32_000) resolve(freePort());
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}
