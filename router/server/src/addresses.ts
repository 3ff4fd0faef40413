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
      checkTcp(url, text);
      return url;
    default:
      throw new Error(`"${text}": a router listens on tcp:// or unix://; ${usage}`);
  }
}

const usage = "write tcp://127.0.0.1:5673, tcp://[::1]:5673 or unix:///path/to/socket";

function checkTcp(url: URL, text: string): void {
  if (url.hostname === "") throw new Error(`"${text}" names no host; ${usage}`);
  if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "") {
    throw new Error(`"${text}" has a path; ${usage}`);
  }
  if (isLoopback(url.hostname)) return;
  throw new Error(
    `"${text}" is not on loopback: this version has no authentication yet, so it serves this machine only; ${usage}`,
  );
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  if (isIPv4(bare)) return bare.startsWith("127.");
  if (isIPv6(bare)) return bare === "::1";
  return bare === "localhost";
}
