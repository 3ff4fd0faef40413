/** Runs `nexus schema pull`: writes the files of a version. It trusts no path that a router gives. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { displayPath } from "@nexus-bridge/generate-core";
import { setFault } from "@nexus-bridge/router-registry";
import type { SchemaPullFlags } from "../commands/schema-registry.ts";
import { Failure } from "../failure.ts";
import { print, printJson } from "../output.ts";
import { shownVersion, withRegistry } from "../registry-client.ts";

/** More than any router's limits allow it to hold. */
const limits = { schemaSetBytes: 64 * 1024 * 1024, schemaFiles: 10_000 };

export async function runSchemaPull(subject: string, flags: SchemaPullFlags): Promise<void> {
  const { version, schema } = await withRegistry(flags, (registry, signal) =>
    registry.get({ subject, version: flags.version }, { signal }),
  );
  const files = schema?.files ?? [];
  const fault = setFault({ files, inputs: schema?.inputs ?? [] }, limits);
  if (fault !== undefined || version === undefined) {
    throw new Failure(
      `the router's answer is not usable: ${fault?.message ?? "it has no version"}`,
    );
  }
  const folder = resolve(flags.out);
  const places = files.map(({ path, text }) => ({ text, file: join(folder, path) }));
  const shown = places.map(({ file }) => displayPath(file, process.cwd()));
  if (flags.force !== true) {
    const other = shown.filter((_, at) => isOther(places[at]?.file ?? "", places[at]?.text ?? ""));
    if (other.length > 0) {
      throw new Failure(
        `these files are there with another text:\n  ${other.join("\n  ")}\nuse --force to write over them, or --out for another folder`,
      );
    }
  }
  for (const { file, text } of places) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (flags.json === true) printJson({ version: shownVersion(version), files: shown });
  else {
    for (const file of shown) print(file);
    print(`pulled ${version.subject} ${version.version}`);
  }
}

const isOther = (file: string, text: string): boolean =>
  existsSync(file) && readFileSync(file, "utf8") !== text;
