import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { generatePython, modelOfFolder, repository } from "./testing/generate.ts";

const golden = fileURLToPath(new URL("../golden/", import.meta.url));
const fixtures = join(repository, "schema/fixtures");
/** Folders that are no corpus of generators. */
const others = new Set(["invalid", "evolution"]);

const { UPDATE_GOLDEN } = process.env;

const inputs = [
  ...readdirSync(fixtures, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !others.has(entry.name))
    .map((entry) => ({ name: entry.name, folder: join(fixtures, entry.name) })),
  { name: "stress", folder: fileURLToPath(new URL("../fixtures/", import.meta.url)) },
  { name: "orders", folder: join(repository, "examples/orders/schema") },
];

function filesBelow(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

test.each(inputs)("generates $name as in its golden folder", ({ name, folder }) => {
  const files = generatePython(modelOfFolder(folder));
  const place = join(golden, name);
  if (UPDATE_GOLDEN === "1") {
    rmSync(place, { recursive: true, force: true });
    for (const file of files) {
      mkdirSync(dirname(join(place, file.path)), { recursive: true });
      writeFileSync(join(place, file.path), file.text);
    }
  }
  expect(filesBelow(place).toSorted()).toEqual(files.map((file) => file.path).toSorted());
  for (const file of files) expect(file.text).toBe(readFileSync(join(place, file.path), "utf8"));
});

test("has no golden folder without a fixture", () => {
  expect(readdirSync(golden).toSorted()).toEqual(inputs.map(({ name }) => name).toSorted());
});

test("generates the same bytes twice", () => {
  const folder = join(repository, "examples/orders/schema");
  expect(generatePython(modelOfFolder(folder))).toEqual(generatePython(modelOfFolder(folder)));
});
