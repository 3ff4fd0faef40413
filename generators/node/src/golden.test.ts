import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MessageType } from "@nexus-bridge/codec";
import { typescript } from "@nexus-bridge/generate-typescript";
import {
  biomeChanges,
  fixtures,
  isUpdating,
  modelOfFolder,
  readGolden,
  targetOf,
  typeErrors,
  writeGolden,
} from "@nexus-bridge/generate-typescript/testing";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { node } from "./language.ts";

const package_ = fileURLToPath(new URL("..", import.meta.url));
const golden = join(package_, "golden");

/** Layout, and the commas and bars that go with it, is biome's business. */
const withoutLayout = (text: string): string => text.replace(/[\s,;|]/g, "");
/** The compiler keeps the banner in one output and not in the other, and imports that only types need. */
const withoutHead = (text: string): string => text.replace(/^(?:import|export \{\}|\/\/).*$/gm, "");

describe("golden JavaScript", () => {
  it.each(fixtures())("prints $name as it is checked in", ({ name, folder }) => {
    const { views } = node.view(modelOfFolder(folder), targetOf());
    const files = node.render(views, targetOf());
    if (isUpdating) writeGolden(join(golden, name), files);
    const byPath = files.toSorted((left, right) => (left.path < right.path ? -1 : 1));
    expect(byPath).toEqual(readGolden(join(golden, name)));
  });

  it.each(fixtures())(
    "is what the compiler makes of the TypeScript of $name",
    ({ name, folder }) => {
      const model = modelOfFolder(folder);
      const { views } = typescript.view(model, targetOf());
      const written = new Map(readGolden(join(golden, name)).map(({ path, text }) => [path, text]));
      const compilerOptions = {
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        isolatedDeclarations: true,
        declaration: true,
      };
      for (const { path, text } of typescript.render(views, targetOf())) {
        const script = ts.transpileModule(text, { compilerOptions }).outputText;
        const ours = written.get(path.replace(/\.ts$/, ".js")) ?? "";
        expect(withoutLayout(withoutHead(ours))).toBe(withoutLayout(withoutHead(script)));
        const types = ts.transpileDeclaration(text, { compilerOptions }).outputText;
        const declared = written.get(path.replace(/\.ts$/, ".d.ts")) ?? "";
        expect(withoutLayout(withoutHead(declared))).toBe(withoutLayout(withoutHead(types)));
      }
    },
  );

  it("is laid out as biome lays it out", () => {
    expect(biomeChanges(golden)).toBe("");
  });

  it("has declarations that compile under every strict flag", { timeout: 120_000 }, () => {
    expect(typeErrors(join(package_, "tsconfig.golden.json"))).toBe("");
  });

  it("runs as it is", async () => {
    const module = await import(
      new URL("../golden/orders/orders/v1/index.js", import.meta.url).href
    );
    const type = module.Order as MessageType<{ readonly id?: string }>;
    expect(type.decode(type.encode({ id: "o-1" }))).toEqual(type.create({ id: "o-1" }));
    expect(module.OrderCreatedTopic.matching({ region: "eu" }).pattern).toBe("orders.eu.created");
    expect(module.OrderNotFoundError.create({ id: "o-1" }).code).toBe("NOT_FOUND");
  });
});
