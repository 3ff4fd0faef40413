/**
 * The server's side of TLS 1.3: takes sockets whose first byte began a handshake and gives back what is inside. Records,
 * certificates and keys are Node's; who may connect is not decided here.
 */
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { codeOfError } from "./address.ts";

/** The first byte of a TLS handshake record. */
export const TLS_BYTE = 0x16;
/** What a client may ask for in the handshake: the binary preface, or HTTP with its upgrades. */
export const ALPN_NATIVE = "nexus/1";
export const ALPN_HTTP = "http/1.1";

/** A certificate with its chain, and its private key, both as PEM text. */
export interface TlsCredentials {
  readonly cert: string;
  readonly key: string;
}

export interface TlsWaiting {
  readonly secured: (socket: TLSSocket) => void;
  readonly failed: (error: Error) => void;
}

export class TlsGate {
  readonly #server: Server;
  /** Handshakes under way, by the address of their peer, which is its own for as long as the connection lives. */
  readonly #waiting = new Map<string, TlsWaiting>();

  /** @throws Error where the certificate and the key cannot be used. */
  constructor(credentials: TlsCredentials) {
    this.#server = createServer({
      ...contextOf(credentials),
      ALPNProtocols: [ALPN_NATIVE, ALPN_HTTP],
    });
    this.#server.on("secureConnection", (socket) => this.#settle(socket)?.secured(socket));
    this.#server.on("tlsClientError", (error, socket) => {
      this.#settle(socket)?.failed(explained(error));
    });
  }

  /** The next handshakes get these; connections that stand keep what they have. */
  renew(credentials: TlsCredentials): void {
    this.#server.setSecureContext(contextOf(credentials));
  }

  take(socket: Socket, waiting: TlsWaiting): void {
    const peer = peerOf(socket);
    this.#waiting.set(peer, waiting);
    socket.once("close", () => {
      if (this.#waiting.get(peer) === waiting) this.#waiting.delete(peer);
    });
    this.#server.emit("connection", socket);
  }

  #settle(socket: Socket): TlsWaiting | undefined {
    const peer = peerOf(socket);
    const waiting = this.#waiting.get(peer);
    this.#waiting.delete(peer);
    return waiting;
  }
}

const contextOf = ({ cert, key }: TlsCredentials) =>
  ({ cert, key, minVersion: "TLSv1.3" }) as const;

const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

function explained(error: Error): Error {
  const code = codeOfError(error) ?? "";
  const why = explanations[code];
  if (why === undefined) return error;
  return Object.assign(new Error(`the TLS handshake failed: ${why} (${code})`, { cause: error }), {
    code,
  });
}

const explanations: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the client does not trust the router's certificate",
  ERR_SSL_TLSV1_ALERT_BAD_CERTIFICATE: "the client refuses the router's certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the client refuses the router's certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the router's certificate has expired",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the client does not speak TLS 1.3",
  ERR_SSL_NO_APPLICATION_PROTOCOL: `the client speaks neither ${ALPN_NATIVE} nor ${ALPN_HTTP}`,
  ECONNRESET: "the client left before it was done",
};
