/** What sockets of Node cost without a router: it greets whoever says something, and knows nothing of them: `net-idle-server.ts <url>`. */
import { once } from "node:events";
import { createServer } from "node:net";
import { encodeFrame, FrameType, preface, wire } from "@nexus-bridge/protocol";
import { answerRuns, serving } from "../run.ts";

const [, , url = ""] = process.argv;
const BACKLOG = 1024;
const welcome = Buffer.concat([
  preface(),
  encodeFrame({ type: FrameType.WELCOME, payload: wire.Welcome.encode({ wire: 1 }) }),
]);

await answerRuns(async () => {
  const { hostname, port } = new URL(url);
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("data", () => socket.write(welcome));
  });
  server.listen({ host: hostname, port: Number(port), backlog: BACKLOG });
  await once(server, "listening");
  return serving(async () => {
    server.close();
  });
});
