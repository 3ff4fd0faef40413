/** Where a router may listen. Without authentication that is this machine alone. */
import { isIPv4, isIPv6 } from "node:net";

export const LISTEN_DEFAULT = "tcp://127.0.0.1:5673";

/** The URL of a `--listen` value; throws an `Error` that says how it should read. */
export function listenUrl(text: string): URL {
  if (!URL.canParse(text)) throw new Error(`"${text}" is no address; ${usage}`);
  const url = new URL(text);
  switch (url.protocol) {
    case "unix:":
      if (url.hostname !== "" || url.pathname.length < 2) {
        throw new Error(`"${text}" names no socket file; ${usage}`);
      }
      return url;
    case "tcp:":
    case "tls:":
      checkTcp(url, text);
      return url;
    default:
      throw new Error(`"${text}": a router listens on tcp://, tls:// or unix://; ${usage}`);
  }
}

/** Host and port of the admin listener, from text such as `127.0.0.1:5674`; throws an `Error` that says how it should read. */
export function adminAddress(text: string): { readonly host: string; readonly port: number } {
  const [, host = "", digits = ""] = /^(\[[0-9a-f:.]+\]|[^:/@\s]+):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (host === "" || port > PORT_MAX) {
    throw new Error(`"${text}" is no address of an admin listener; ${adminUsage}`);
  }
  if (!isLoopback(host)) {
    throw new Error(
      `"${text}" is not on loopback: the admin listener has no authentication, so it serves this machine only; ${adminUsage}`,
    );
  }
  return { host: bare(host), port };
}

const PORT_MAX = 65_535;
const adminUsage = "write 127.0.0.1:5674 or [::1]:5674";

const usage =
  "write tcp://127.0.0.1:5673, tcp://[::1]:5673, unix:///path/to/socket, or tls://127.0.0.1:5673 with a certificate";

function checkTcp(url: URL, text: string): void {
  if (url.hostname === "") throw new Error(`"${text}" names no host; ${usage}`);
  if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "") {
    throw new Error(`"${text}" has a path; ${usage}`);
  }
  if (isLoopback(url.hostname)) return;
  throw new Error(
    `"${text}" is not on loopback: this version has no authentication yet, so it serves this machine only, and TLS does not change that: it proves the router to clients, not clients to the router; ${usage}`,
  );
}

/** Whether `host`, an address or a name, can only be this machine. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  if (isIPv4(name)) return name.startsWith("127.");
  if (isIPv6(name)) return name === "::1";
  return name === "localhost";
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");
