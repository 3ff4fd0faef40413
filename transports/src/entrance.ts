/**
 * What a socket is, told by its first byte: a native link, JSON lines, HTTP or TLS, and inside TLS once more. Until that is
 * known it counts as waiting, has a time limit and gets no answer.
 */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type Channel, limits, PREFACE } from "@nexus-bridge/protocol";
import { addressText, hostPort, type SocketAddress } from "./address.ts";
import { HttpGate, type HttpGateOptions } from "./http-gate.ts";
import { SocketChannel } from "./socket-channel.ts";
import { ALPN_HTTP, ALPN_NATIVE, TLS_BYTE, type TlsCredentials, TlsGate } from "./tls-gate.ts";

/** What the first byte of JSON lines is. */
const JSON_BYTE = 0x7b;

/** Takes a link over. `waitedMs` is how long its connection has been there: its greeting has that much less time. */
export type Accept = (channel: Channel, waitedMs: number) => void;

export interface EntranceOptions extends HttpGateOptions {
  /** Gets every link; native ones still have their preface to read. */
  readonly accept: Accept;
  /** A socket that could not be used, for the log. */
  readonly failed?: (remote: string, error: Error) => void;
  /** How long a client may take for its first byte inside any TLS, and an HTTP request for all of itself. */
  readonly firstByteTimeoutMs?: number;
  /** With it a TCP port speaks TLS 1.3 and nothing else; a Unix socket, which never leaves the machine, stays plain. */
  readonly tls?: TlsCredentials;
  /** Beside TLS, links and HTTP without it. */
  readonly allowPlaintext?: boolean;
}

/** A connection from accept until it is known what it is. */
interface Arrival {
  /** What was accepted; TLS, where it is spoken, lies on it. */
  readonly socket: Socket;
  readonly remote: string;
  /** On the clock of `performance.now`. */
  readonly acceptedAt: number;
  readonly failed: (error: Error) => void;
  readonly settle: () => void;
}

export class Entrance {
  readonly #options: EntranceOptions;
  readonly #address: SocketAddress;
  readonly #http: HttpGate;
  readonly #acceptJson: Accept | undefined;
  readonly #tls: TlsGate | undefined;
  readonly #waiting = new Set<Socket>();
  readonly #timeoutMs: number;

  /** @throws Error where the certificate and its key cannot be used. */
  constructor(options: EntranceOptions, address: SocketAddress) {
    this.#options = options;
    this.#address = address;
    this.#timeoutMs = options.firstByteTimeoutMs ?? limits.helloTimeoutMs;
    // JSON lines are readable to the last byte and prove nobody: they are never spoken beside TLS.
    const { acceptJson, ...others } = options;
    this.#acceptJson = options.tls === undefined ? acceptJson : undefined;
    this.#http = new HttpGate({
      ...others,
      ...(this.#acceptJson && { acceptJson: this.#acceptJson }),
    });
    if (address.kind === "tls" && options.tls === undefined)
      throw new TypeError(`${addressText(address)}: to listen for TLS a certificate is needed`);
    this.#tls =
      options.tls === undefined || address.kind === "unix" ? undefined : new TlsGate(options.tls);
  }

  /** True where a client that speaks no TLS is closed. */
  get tlsOnly(): boolean {
    if (this.#tls === undefined) return false;
    return this.#address.kind === "tls" || this.#options.allowPlaintext !== true;
  }

  enter(socket: Socket): void {
    if (this.#waiting.size >= limits.unauthenticatedLinks) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), this.#timeoutMs);
    const settle = () => {
      clearTimeout(timer);
      this.#waiting.delete(socket);
      socket.off("close", settle);
    };
    this.#waiting.add(socket);
    socket.once("close", settle);
    const remote = this.#remote(socket);
    const failed = (error: Error) => this.#options.failed?.(remote, error);
    const arrival = { socket, remote, acceptedAt: performance.now(), failed, settle };
    firstByte(socket, failed, (byte) => this.#outside(arrival, byte));
  }

  renewTls(credentials: TlsCredentials): void {
    this.#tls?.renew(credentials);
  }

  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }

  #outside(arrival: Arrival, byte: number): void {
    const { socket, failed } = arrival;
    if (this.#tls !== undefined && byte === TLS_BYTE) {
      socket.on("error", failed);
      this.#tls.take(socket, {
        failed,
        secured: (inner) => {
          socket.off("error", failed).on("error", () => inner.destroy());
          firstByte(inner, failed, (first) => this.#inside(arrival, inner, first));
        },
      });
      return;
    }
    arrival.settle();
    if (this.tlsOnly) socket.destroy();
    else if (byte === JSON_BYTE && this.#acceptJson !== undefined) {
      const channel = new SocketChannel(socket, { transport: "json", remote: arrival.remote });
      this.#acceptJson(channel, waited(arrival));
    } else this.#route(arrival, socket, byte);
  }

  /** A client that named a protocol in the handshake must speak that one: else one could be passed off as the other. */
  #inside(arrival: Arrival, socket: TLSSocket, byte: number): void {
    arrival.settle();
    const spoken = byte === PREFACE[0] ? ALPN_NATIVE : ALPN_HTTP;
    const agreed = socket.alpnProtocol || spoken;
    if (agreed === spoken) this.#route(arrival, socket, byte);
    else socket.destroy();
  }

  #route(arrival: Arrival, socket: Socket, byte: number): void {
    const { remote } = arrival;
    if (byte === PREFACE[0]) {
      const transport = "encrypted" in socket ? "tls" : this.#address.kind;
      this.#options.accept(new SocketChannel(socket, { transport, remote }), waited(arrival));
      return;
    }
    const { acceptedAt } = arrival;
    if (isLetter(byte)) this.#http.take(socket, { acceptedAt, timeoutMs: this.#timeoutMs });
    else socket.destroy();
  }

  #remote(socket: Socket): string {
    return this.#address.kind === "unix"
      ? this.#address.path
      : hostPort(socket.remoteAddress ?? "", socket.remotePort ?? 0);
  }
}

const waited = ({ acceptedAt }: Arrival): number => performance.now() - acceptedAt;

/** Waits for a byte and leaves it unread; what ends without one is closed. */
function firstByte(
  socket: Socket,
  failed: (error: Error) => void,
  came: (byte: number) => void,
): void {
  const ended = () => socket.destroy();
  socket.on("error", failed).once("end", ended);
  socket.once("data", (first: Buffer) => {
    socket.pause();
    socket.off("error", failed).off("end", ended);
    socket.unshift(first);
    came(first[0] ?? 0);
  });
}

const isLetter = (byte: number): boolean => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
