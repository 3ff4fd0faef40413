/** A connected pair of channels over every transport, for the shared suite. */
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, PREFACE_BYTES, preface, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { WebSocket } from "ws";
import {
  dialSecureWebSocket,
  dialTcp,
  dialTls,
  dialUnix,
  type Listener,
  type ListenOptions,
  listen,
  memoryPair,
} from "../index.ts";
import { WebSocketChannel } from "../websocket.ts";
import { makeAuthority } from "./certificates.ts";
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
  options: Partial<ListenOptions> = {},
): Promise<Pair> {
  const accepted = Promise.withResolvers<Channel>();
  const listener = await listen({ url, accept: accepted.resolve, ...options });
  const client = new Recorder(await dial(listener));
  if (skip > 0) client.channel.write(preface());
  const server = new Recorder(await accepted.promise, skip);
  // A WebSocket client that got no answer yet may send little.
  if (skip === 0) server.channel.write(new Uint8Array(0));
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

async function overTls(
  skip: number,
  dial: (listener: Listener, ca: string) => Promise<Channel>,
): Promise<Pair> {
  const { ca, issue } = await makeAuthority("pairs");
  const tls = await issue({ addresses: ["127.0.0.1"] });
  return overListener("tls://127.0.0.1:0", (listener) => dial(listener, ca), skip, { tls });
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
    name: "tls",
    halfClose: true,
    open: () =>
      overTls(PREFACE_BYTES, (listener, ca) =>
        dialTls({ ca })(listener.url, { signal: forever() }),
      ),
  },
  {
    name: "secure websocket",
    halfClose: false,
    open: () =>
      overTls(0, (listener, ca) => {
        const url = new URL(`wss://${listener.url.host}/`);
        return dialSecureWebSocket({ ca })(url, { signal: forever() });
      }),
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
