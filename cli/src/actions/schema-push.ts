/** Runs `nexus schema push`: loads the schema as `nexus generate` would, and hands its files to the router's registry. */
import { formatProblem, hasErrors, loadSchema } from "@nexus-bridge/generate-core";
import {
  type RegistryClient,
  SchemaBreakingError,
  type SchemaChange,
  SchemaNotFoundError,
  type SchemaSetInit,
  setHash,
} from "@nexus-bridge/router-registry";
import type { SchemaPushFlags } from "../commands/schema-registry.ts";
import { findSource } from "../dynamic/schema.ts";
import { Failure, SilentFailure, usageFailure } from "../failure.ts";
import { note, print, printJson } from "../output.ts";
import { shownVersion, verdictWords, withRegistry } from "../registry-client.ts";

export async function runSchemaPush(
  files: readonly string[],
  flags: SchemaPushFlags,
): Promise<void> {
  if (files.length > 0 && flags.config !== undefined) {
    throw usageFailure("name files or --config, not both: the config has inputs of its own");
  }
  const schema = await loadSet(files, flags);
  await withRegistry(flags, async (registry, signal) => {
    if (flags.dryRun === true) await check(registry, schema, flags, signal);
    else await push(registry, schema, flags, signal);
  });
}

async function loadSet(files: readonly string[], flags: SchemaPushFlags): Promise<LoadedSet> {
  const source = await findSource({
    ...(files.length > 0 && { schema: files }),
    ...(flags.config !== undefined && { config: flags.config }),
  });
  if (source === undefined) {
    throw usageFailure('there is no nexus.config.* here or above: name files, or run "nexus init"');
  }
  const { model, problems, loaded } = loadSchema(source);
  if (model === undefined || hasErrors(problems)) {
    throw new Failure(`the schema has problems:\n${problems.map(formatProblem).join("\n")}`);
  }
  return { files: loaded.files, inputs: loaded.inputs };
}

type LoadedSet = Required<Pick<SchemaSetInit, "files" | "inputs">> & Parameters<typeof setHash>[0];

async function push(
  registry: RegistryClient,
  schema: LoadedSet,
  flags: SchemaPushFlags,
  signal: AbortSignal,
): Promise<void> {
  const { subject, version } = flags;
  const request = {
    subject,
    version,
    schema,
    expectedHash: setHash(schema),
    allowBreaking: flags.allowBreaking ?? false,
  };
  const reply = await registry.push(request, { signal }).catch((error: unknown) => {
    if (flags.json !== true && SchemaBreakingError.is(error)) {
      for (const change of error.detail.changes) note(changeText(change));
    }
    throw error;
  });
  if (flags.json === true) {
    const info = reply.version && shownVersion(reply.version);
    printJson({ created: reply.created, version: info, changes: reply.changes.map(shownChange) });
    return;
  }
  for (const change of reply.changes) note(changeText(change));
  const verdict = verdictWords[reply.version?.verdict ?? 0];
  const against = verdict === undefined ? "" : `, ${verdict} with the version before`;
  print(
    reply.created
      ? `pushed ${subject} ${version}${against}`
      : `${subject} ${version} is there already, with the same files`,
  );
}

async function check(
  registry: RegistryClient,
  schema: LoadedSet,
  flags: SchemaPushFlags,
  signal: AbortSignal,
): Promise<void> {
  const { subject } = flags;
  const reply = await registry.check({ subject, schema }, { signal }).catch((error: unknown) => {
    if (SchemaNotFoundError.is(error)) return undefined;
    throw error;
  });
  const verdict = reply === undefined ? "first" : (verdictWords[reply.verdict] ?? "unknown");
  const changes = reply?.changes ?? [];
  if (flags.json === true) printJson({ subject, verdict, changes: changes.map(shownChange) });
  else {
    for (const change of changes) note(changeText(change));
    print(
      reply === undefined
        ? `${subject} has no versions; this would be the first`
        : `${verdict} with the newest version of ${subject}`,
    );
  }
  if (verdict === "breaking") throw new SilentFailure("the change is breaking");
}

function changeText({ place, verdict, path, message, kind, help }: SchemaChange): string {
  const start = place === "" ? "" : `${place}: `;
  const remedy = help === "" ? "" : `\n  help: ${help}`;
  return `${start}${verdictWords[verdict]}: ${path}: ${message} (${kind})${remedy}`;
}

function shownChange({ place, verdict, path, message, kind, help }: SchemaChange): unknown {
  return { verdict: verdictWords[verdict], path, message, kind, place, help };
}
