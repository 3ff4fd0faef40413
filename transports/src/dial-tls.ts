/** Opens client links over TLS 1.3, native ones and WebSockets. What is trusted is not decided here. */
import type { EventEmitter } from "node:events";
import { connect } from "node:tls";
import { type Dial, SUBPROTOCOL } from "@nexus-bridge/protocol";
import { WebSocket } from "ws";
import { addressText, bare, socketAddress } from "./address.ts";
import { installNativeCrc } from "./native-crc.ts";
import { SocketChannel } from "./socket-channel.ts";
import { ALPN_HTTP, ALPN_NATIVE } from "./tls-gate.ts";
import { type TlsTrust, tlsError, trustOptions } from "./tls-trust.ts";
import { WEBSOCKET_MESSAGE_BYTES_MAX, WebSocketChannel } from "./websocket.ts";

const HTTPS_PORT = 443;

/** Dials `nexus+tls://host:port`. */
export function dialTls(trust: TlsTrust = {}): Dial {
  return async (url, { signal }) => {
    const address = socketAddress(url);
    if (address.kind !== "tls") throw new TypeError(`${url.href} is not an address of tls`);
    signal.throwIfAborted();
    installNativeCrc();
    const { host, port } = address;
    const options = await trustOptions(host, trust);
    signal.throwIfAborted();
    const socket = connect({ ...options, host, port, ALPNProtocols: [ALPN_NATIVE] });
    // The options of `connect` do not say it, and a link may end one way before the other.
    socket.allowHalfOpen = true;
    await opened({
      socket,
      event: "secureConnect",
      signal,
      stop: () => socket.destroy(),
      explain: (error) => tlsError(address, trust, error),
    });
    return new SocketChannel(socket, { transport: "tls", remote: addressText(address) });
  };
}

/** Dials `wss://host/`, which Node's own WebSocket cannot where the authority is not the system's. */
export function dialSecureWebSocket(trust: TlsTrust = {}): Dial {
  return async (url, { signal }) => {
    const host = bare(url.hostname);
    const port = url.port === "" ? HTTPS_PORT : Number(url.port);
    const address = { kind: "tls", host, port } as const;
    signal.throwIfAborted();
    installNativeCrc();
    const options = await trustOptions(host, trust);
    signal.throwIfAborted();
    const client = {
      ...options,
      ALPNProtocols: [ALPN_HTTP],
      perMessageDeflate: false,
      maxPayload: WEBSOCKET_MESSAGE_BYTES_MAX,
    };
    const socket = new WebSocket(url, [SUBPROTOCOL], client);
    await opened({
      socket,
      event: "open",
      signal,
      stop: () => socket.terminate(),
      explain: (error) => tlsError(address, trust, error),
    });
    return new WebSocketChannel(socket, url.host);
  };
}

interface Awaited {
  readonly socket: EventEmitter;
  /** What the socket tells when it can be used. */
  readonly event: string;
  readonly signal: AbortSignal;
  readonly stop: () => void;
  readonly explain: (error: unknown) => Error;
}

/** The listeners stay: an error between here and the channel must find one. */
function opened({ socket, event, signal, stop, explain }: Awaited): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(signal.aborted ? signal.reason : explain(error));
    const settle = () => signal.removeEventListener("abort", stop);
    signal.addEventListener("abort", stop);
    socket.on("error", fail);
    socket.once("close", () => fail(new Error("closed")));
    socket.once(event, resolve);
    socket.once(event, settle).once("close", settle);
  });
}
