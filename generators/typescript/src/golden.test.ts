import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { typescript } from "./language.ts";
import { isUpdating, readGolden, writeGolden } from "./testing/golden.ts";
import { fixtures, modelOfFolder, targetOf } from "./testing/schemas.ts";
import { biomeChanges, typeErrors } from "./testing/tools.ts";

const package_ = fileURLToPath(new URL("..", import.meta.url));
const golden = join(package_, "golden");

describe("golden TypeScript", () => {
  it.each(fixtures())("prints $name as it is checked in, twice the same", ({ name, folder }) => {
    const print = () => {
      const { views, diagnostics } = typescript.view(modelOfFolder(folder), targetOf());
      expect(diagnostics).toEqual([]);
      return typescript.render(views, targetOf());
    };
    const files = print();
    if (isUpdating) writeGolden(join(golden, name), files);
    expect(print()).toEqual(files);
    const byPath = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
    expect(byPath).toEqual(readGolden(join(golden, name)));
  });

  it("is laid out as biome lays it out", () => {
    expect(biomeChanges(golden)).toBe("");
  });

  it("compiles under every strict flag", { timeout: 120_000 }, () => {
    expect(typeErrors(join(package_, "tsconfig.golden.json"))).toBe("");
  });
});
