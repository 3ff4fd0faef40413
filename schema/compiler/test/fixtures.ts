/** Reads schema files of this repository for tests: the fixtures and the example. Tests alone import it. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceFile } from "../src/source.ts";

const repository = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const fixturesFolder = join(repository, "schema/fixtures");
export const protoFolder = join(repository, "schema/proto");

export interface Fixture {
  readonly name: string;
  /** The absolute folder that import paths start at. */
  readonly root: string;
  readonly files: readonly SourceFile[];
}

/** Every valid fixture, and the example. */
export function validFixtures(): readonly Fixture[] {
  const names = readdirSync(fixturesFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !["invalid", "evolution"].includes(entry.name))
    .map((entry) => entry.name)
    .sort();
  const fixtures = names.map((name) => fixtureOf(name, join(fixturesFolder, name)));
  return [...fixtures, fixtureOf("orders", join(repository, "examples/orders/schema"))];
}

export function invalidFixtures(): readonly SourceFile[] {
  return fixtureOf("invalid", join(fixturesFolder, "invalid")).files;
}

function fixtureOf(name: string, root: string): Fixture {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".proto"))
    .sort();
  const files = paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  return { name, root, files };
}
