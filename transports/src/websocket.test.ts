import { once } from "node:events";
import { type Channel, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Listener, listen } from "./listener.ts";
import { UNANSWERED_BYTES_MAX } from "./websocket.ts";

const listeners: Listener[] = [];
const sockets: WebSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});

/** A WebSocket link: the client, and the listener's channel with what it heard. */
async function connected() {
  const accepted = Promise.withResolvers<Channel>();
  const listener = await listen({ url: "tcp://127.0.0.1:0", accept: accepted.resolve });
  listeners.push(listener);
  const client = new WebSocket(`ws://${listener.url.host}/`, SUBPROTOCOL);
  client.on("error", () => undefined);
  sockets.push(client);
  const channel = await accepted.promise;
  const heard: number[] = [];
  const arrived = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<Error | undefined>();
  channel.start({
    data: (bytes) => {
      heard.push(bytes.length);
      arrived.resolve();
    },
    ended: () => undefined,
    closed: closed.resolve,
  });
  if (client.readyState !== WebSocket.OPEN) await once(client, "open");
  return { client, channel, heard, arrived: arrived.promise, closed: closed.promise };
}

describe("a WebSocket client", () => {
  const much = Buffer.alloc(UNANSWERED_BYTES_MAX + 1);

  test("cannot have a large message collected before it was answered", async () => {
    const { client, closed, heard } = await connected();
    client.send(Buffer.alloc(0));
    client.send(much, { fin: false });
    expect((await closed)?.message).toContain("before the greeting was over");
    expect(heard).toEqual([0]);
  });

  test("may send large messages in pieces afterwards", async () => {
    const { client, channel, arrived, heard } = await connected();
    channel.write(new Uint8Array([1]));
    await once(client, "message");
    client.send(much, { fin: false });
    client.send(much, { fin: true });
    await arrived;
    expect(heard).toEqual([2 * much.length]);
  });
});
