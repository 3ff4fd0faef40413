/** What a link's or a listener's URL means for a socket, and errors that say which address they are about. */
import { isIP } from "node:net";

export const PORT_DEFAULT = 5673;

export type SocketAddress =
  | { readonly kind: "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** `nexus://`, `tcp://`; `nexus+tls://`, `tls://`; `nexus+unix://`, `unix://`; throws a `TypeError` for any other. */
export function socketAddress(url: URL): SocketAddress {
  switch (url.protocol) {
    case "nexus:":
    case "tcp:":
    case "nexus+tls:":
    case "tls:": {
      const host = bare(url.hostname) || "127.0.0.1";
      const kind = url.protocol.endsWith("tls:") ? "tls" : "tcp";
      return { kind, host, port: url.port === "" ? PORT_DEFAULT : Number(url.port) };
    }
    case "nexus+unix:":
    case "unix:": {
      const path = decodeURIComponent(url.pathname);
      if (url.hostname !== "" || path.length < 2)
        throw new TypeError(`${url.href}: a Unix socket is written nexus+unix:///path`);
      return { kind: "unix", path };
    }
    default:
      throw new TypeError(`${url.href}: the scheme must be nexus:, nexus+tls: or nexus+unix:`);
  }
}

/** The address as a person would write it. */
export function addressText(address: SocketAddress): string {
  return address.kind === "unix" ? address.path : hostPort(address.host, address.port);
}

export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An IPv6 address without its brackets. */
export const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

/** An `Error` that names the address and carries the system's code, for example ECONNREFUSED. */
export function addressError(what: string, address: SocketAddress, cause: unknown): Error {
  const code = codeOfError(cause);
  const why = explanations[code ?? ""] ?? (cause instanceof Error ? cause.message : String(cause));
  return explainedError(what, address, { why, cause });
}

/** The same with the explanation of somebody who knows more. */
export function explainedError(
  what: string,
  address: SocketAddress,
  { why, cause }: { readonly why: string; readonly cause: unknown },
): Error {
  const code = codeOfError(cause);
  const error = new Error(`cannot ${what} ${addressText(address)}: ${why}`, { cause });
  return Object.assign(error, { address: addressText(address), ...(code && { code }) });
}

export function codeOfError(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused (ECONNREFUSED): is the router running there?",
  ENOENT: "no such socket (ENOENT): is the router running there?",
  ENOTFOUND: "the host name is unknown (ENOTFOUND)",
  EADDRINUSE: "the address is in use (EADDRINUSE): stop the other program or choose another port",
  EADDRNOTAVAIL: "no interface of this machine has the address (EADDRNOTAVAIL)",
  EACCES: "permission denied (EACCES)",
};
