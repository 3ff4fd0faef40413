/** Opens the one link of a command, and closes it on every way out. */
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { Failure } from "./failure.ts";

const defaultUrl = "nexus://127.0.0.1:5673";

/** `--url`, else NEXUS_URL, else the default; `tcp://` and `tls://`, which `nexus start` prints, are taken for what a client writes. */
export function routerUrl(given: string | undefined): string {
  const url = given ?? process.env.NEXUS_URL ?? defaultUrl;
  return url
    .replace(/^tcp:\/\//, "nexus://")
    .replace(/^tls:\/\//, "nexus+tls://")
    .replace(/^unix:\/\//, "nexus+unix://");
}

/** Fails after `timeoutMs`, or the SDK's own 5 s, where no router answers. */
export function openLink(url: string, timeoutMs?: number): Promise<Link> {
  const limit = timeoutMs === undefined ? {} : { connectTimeoutMs: timeoutMs };
  return connect(url, { name: "nexus-cli", ...limit });
}

/** Runs `work` on a link; a NexusError becomes the text and the exit code of the command. */
export async function withLink<T>(
  at: { readonly url: string; readonly timeoutMs?: number | undefined },
  work: (link: Link, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const link = await openLink(at.url, at.timeoutMs);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Failure("interrupted"));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    return await work(link, stop.signal);
  } catch (error) {
    // What the SDK says of the signal is no news to the person who pressed Ctrl-C.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await link.close();
  }
}
