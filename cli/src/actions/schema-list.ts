/** Runs `nexus schema list`: a line a version. */
import type { RegistryFlags } from "../commands/schema-registry.ts";
import { note, print, printJson } from "../output.ts";
import { type ShownVersion, shownVersion, withRegistry } from "../registry-client.ts";

const HASH_DIGITS = 12;

export async function runSchemaList(
  subject: string | undefined,
  flags: RegistryFlags,
): Promise<void> {
  const { versions } = await withRegistry(flags, (registry, signal) =>
    registry.list({ subject }, { signal }),
  );
  const shown = versions.map(shownVersion);
  if (flags.json === true) {
    for (const version of shown) printJson(version);
    return;
  }
  if (shown.length === 0) {
    const of = subject === undefined ? "" : ` of "${subject}"`;
    note(`the registry holds no version${of}; "nexus schema push" adds one`);
    return;
  }
  for (const line of table(shown.map(cells))) print(line);
}

function cells(version: ShownVersion): readonly string[] {
  const { subject, verdict = "first", allowedBreaking, pushedAt, hash } = version;
  const fit = allowedBreaking ? `${verdict}, allowed` : verdict;
  return [subject, version.version, fit, pushedAt, hash.slice(0, HASH_DIGITS)];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
