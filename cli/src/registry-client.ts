/** Talks to the registry of a router for the commands that need it: one link, one client, errors as a command shows them. */
import {
  Registry,
  type RegistryClient,
  SchemaInvalidError,
  Verdict,
  type VersionInfo,
} from "@nexus-bridge/router-registry";
import { NexusError, Timestamp } from "@nexus-bridge/sdk-node";
import type { RegistryFlags } from "./commands/schema-registry.ts";
import { Failure } from "./failure.ts";
import { routerUrl, withLink } from "./link.ts";
import { jsonFailureOf } from "./nexus-failure.ts";

/** Runs `work` with the registry of the router that the flags name. */
export async function withRegistry<T>(
  flags: RegistryFlags,
  work: (registry: RegistryClient, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withLink({ url: routerUrl(flags.url) }, (link, signal) =>
      work(link.client(Registry), signal),
    );
  } catch (error) {
    throw flags.json === true ? jsonFailureOf(error, undefined) : shownFailure(error);
  }
}

/** Details are in the text already, but the problems of a schema: all of them are shown. */
function shownFailure(error: unknown): unknown {
  if (!(error instanceof NexusError)) return error;
  if (SchemaInvalidError.is(error)) {
    return new Failure(`the schema has problems:\n${error.detail.problems.join("\n")}`);
  }
  const reason = error.reason === undefined ? "" : ` (${error.reason})`;
  return new Failure(`${error.code}${reason}: ${error.message}`);
}

export const verdictWords: Readonly<Record<number, string>> = {
  [Verdict.IDENTICAL]: "identical",
  [Verdict.COMPATIBLE]: "compatible",
  [Verdict.LOSSY]: "lossy",
  [Verdict.BREAKING]: "breaking",
};

/** A version as `--json` prints it. */
export interface ShownVersion {
  readonly subject: string;
  readonly version: string;
  readonly hash: string;
  readonly pushedAt: string;
  readonly files: number;
  readonly bytes: number;
  /** Against the version before it; absent for a first one. */
  readonly verdict: string | undefined;
  readonly allowedBreaking: boolean;
  readonly services: readonly string[];
  readonly topics: readonly string[];
}

export function shownVersion(info: VersionInfo): ShownVersion {
  const { subject, version, files, bytes, allowedBreaking, services, topics } = info;
  return {
    subject,
    version,
    hash: Buffer.from(info.hash).toString("hex"),
    pushedAt: Timestamp.toDate(info.pushedAt ?? {}).toISOString(),
    files,
    bytes,
    verdict: verdictWords[info.verdict],
    allowedBreaking,
    services,
    topics,
  };
}
