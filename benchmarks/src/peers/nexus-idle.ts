/** Opens links, shakes hands and says nothing but PONG: `nexus-idle.ts <url> <links>`. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  encodeFrame,
  FrameDecoder,
  FrameType,
  PREFACE_BYTES,
  preface,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { answerRuns, serving } from "../run.ts";

const [, , url = "", links = ""] = process.argv;
/** Handshakes at once: fewer than the router greets at a time. */
const GREETINGS_MAX = 200;

const pong = encodeFrame({ type: FrameType.PONG, payload: new Uint8Array(8) });
const greeting = Buffer.concat([
  preface(),
  encodeFrame({
    type: FrameType.HELLO,
    payload: wire.Hello.encode({ wireMin: 1, wireMax: 1, client: { name: "idle" } }),
  }),
]);

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let prefaceBytes = PREFACE_BYTES;
  const welcome = Promise.withResolvers<void>();
  const decoder = new FrameDecoder((_bytes, view, start) => {
    const type = typeAt(view, start);
    if (type === FrameType.WELCOME) welcome.resolve();
    else if (type === FrameType.PING) socket.write(pong);
    return undefined;
  });
  socket.on("data", (chunk) => {
    const skipped = Math.min(prefaceBytes, chunk.length);
    prefaceBytes -= skipped;
    decoder.push(chunk.subarray(skipped));
  });
  await once(socket, "connect");
  socket.once("close", () => welcome.reject(new Error("the router closed an idle link")));
  socket.write(greeting);
  await welcome.promise;
  return socket;
}

await answerRuns(async () => {
  const sockets: Socket[] = [];
  const count = Number(links);
  const lane = async (): Promise<void> => {
    while (sockets.length + opening < count) {
      opening++;
      const socket = await open();
      opening--;
      sockets.push(socket);
    }
  };
  let opening = 0;
  await Promise.all(Array.from({ length: GREETINGS_MAX }, lane));
  return serving(async () => {
    for (const socket of sockets) socket.destroy();
  });
});
