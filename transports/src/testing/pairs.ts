/** A connected pair of channels over every transport, for the shared suite. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, PREFACE_BYTES, preface, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { WebSocket } from "ws";
import { dialTcp, dialUnix, type Listener, listen, memoryPair } from "../index.ts";
import { WebSocketChannel } from "../websocket.ts";
import { Recorder } from "./recorder.ts";

export interface Pair {
  readonly client: Recorder;
  readonly server: Recorder;
  close(): Promise<void>;
}

export interface TransportUnderTest {
  readonly name: string;
  /** WebSocket has no half-close: its end closes both directions. */
  readonly halfClose: boolean;
  open(): Promise<Pair>;
}

export const unixUrl = (): string =>
  `nexus+unix://${join(tmpdir(), `nexus-${randomUUID().slice(0, 8)}.sock`)}`;

const forever = (): AbortSignal => new AbortController().signal;

async function overListener(
  url: string,
  dial: (listener: Listener) => Promise<Channel>,
  skip: number,
): Promise<Pair> {
  const accepted = Promise.withResolvers<Channel>();
  const listener = await listen({ url, accept: accepted.resolve });
  const client = new Recorder(await dial(listener));
  if (skip > 0) client.channel.write(preface());
  const server = new Recorder(await accepted.promise, skip);
  return {
    client,
    server,
    close: async () => {
      client.channel.destroy();
      server.channel.destroy();
      await listener.close();
    },
  };
}

async function dialWebSocket(listener: Listener): Promise<Channel> {
  const socket = new WebSocket(`ws://${listener.url.host}/`, [SUBPROTOCOL]);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return new WebSocketChannel(socket, listener.url.host);
}

export const transports: readonly TransportUnderTest[] = [
  {
    name: "tcp",
    halfClose: true,
    open: () =>
      overListener(
        "nexus://127.0.0.1:0",
        (listener) => dialTcp(listener.url, { signal: forever() }),
        PREFACE_BYTES,
      ),
  },
  {
    name: "unix",
    halfClose: true,
    open: () =>
      overListener(
        unixUrl(),
        (listener) => dialUnix(listener.url, { signal: forever() }),
        PREFACE_BYTES,
      ),
  },
  {
    name: "websocket",
    halfClose: false,
    open: () => overListener("nexus://127.0.0.1:0", dialWebSocket, 0),
  },
  {
    name: "memory",
    halfClose: true,
    open: async () => {
      const [left, right] = memoryPair();
      const client = new Recorder(left);
      const server = new Recorder(right);
      return { client, server, close: async () => client.channel.destroy() };
    },
  },
];
