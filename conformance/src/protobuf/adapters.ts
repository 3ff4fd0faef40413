/** What each language says of its testee in `conformance/adapters/<language>/adapter.json`. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { expanded } from "../runner/languages.ts";
import type { Format } from "./official-runner.ts";

const adapterFile = z.looseObject({
  language: z.string(),
  /** Commands, from the repository's root. */
  protobufBuild: z.array(z.string()).min(1).optional(),
  protobufTestee: z.array(z.string()).min(1).optional(),
  /** The formats that the language declares. */
  protobufFormats: z.array(z.enum(["binary", "json"])).optional(),
  /** Further keys of the target for `nexus generate`. */
  protobufClasses: z.record(z.string(), z.unknown()).optional(),
  /** Of the testee as of the adapter; paths from the repository's root. */
  environment: z.record(z.string(), z.string()).optional(),
});

export interface ProtobufAdapter {
  readonly language: string;
  readonly build: readonly string[] | undefined;
  readonly testee: readonly string[];
  readonly formats: readonly Format[];
  readonly classes: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** The adapters that have a testee, by the name of their language. */
export async function protobufAdapters(
  root: string,
): Promise<ReadonlyMap<string, ProtobufAdapter>> {
  const adapters = new Map<string, ProtobufAdapter>();
  const folder = join(root, "conformance", "adapters");
  for (const entry of (await readdir(folder)).sort()) {
    const path = join(folder, entry, "adapter.json");
    if (!existsSync(path)) continue;
    const words = adapterFile.parse(JSON.parse(await readFile(path, "utf8")));
    if (words.protobufTestee === undefined) continue;
    adapters.set(words.language, {
      language: words.language,
      build: words.protobufBuild,
      testee: expanded(words.protobufTestee),
      formats: words.protobufFormats ?? ["binary"],
      classes: words.protobufClasses ?? {},
      environment: words.environment ?? {},
    });
  }
  return adapters;
}
