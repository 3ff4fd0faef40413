/** Every rule of compatibility by its pair of schemas, checked against buf's category WIRE_JSON where that is here. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { builtinFile } from "../src/builtin.ts";
import { compareModels } from "../src/compatibility.ts";
import { compatibilityRules } from "../src/compatibility-rules.ts";
import { bufBinary, bufBreaking } from "./buf.ts";
import { evolutions, modelOfText } from "./evolution.ts";
import { fixturesFolder } from "./fixtures.ts";

const fixtures = evolutions();

describe("pairs of versions", () => {
  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("judges %s", (_, pair) => {
    const [before, after] = pair.texts.map((text) => modelOfText(text));
    if (before === undefined || after === undefined) throw new Error("there are two versions");
    const { verdict, changes } = compareModels(before, after);
    const found = changes.map(
      ({ kind, place }) => `${kind}@${place?.position.line}:${place?.position.column}`,
    );
    expect({ verdict, changes: found }).toEqual({ verdict: pair.verdict, changes: pair.changes });
    for (const change of changes) {
      expect(change.message).not.toBe("");
      if (change.verdict !== "compatible") expect(change.help).toBeDefined();
    }
  });

  it("has one for every rule", () => {
    const covered = new Set(fixtures.flatMap(({ changes }) => changes.map(kindOf)));
    expect(Object.keys(compatibilityRules).filter((kind) => !covered.has(kind))).toEqual([]);
  });

  it("has a row in the guide for every rule, and none for others", () => {
    const guide = readFileSync(join(fixturesFolder, "../../docs/guides/evolution.md"), "utf8");
    const rules = guide.slice(guide.indexOf("## The rules"));
    const rows = rules.split("\n").filter((line) => line.startsWith("|"));
    const named = rows.flatMap((row) => [
      ...(row.split("|").at(-2) ?? "").matchAll(/`([a-z0-9-]+)`/g),
    ]);
    expect(named.map(([, kind]) => kind).sort()).toEqual(Object.keys(compatibilityRules).sort());
  });

  it("has a reason wherever buf is of another opinion", () => {
    for (const { name, verdict, buf, reason } of fixtures) {
      const isOther = verdict === "breaking" ? buf === "accepts" : buf === "reports";
      if (verdict !== "lossy") expect([name, reason !== undefined]).toEqual([name, isOther]);
    }
  });
});

describe("buf breaking", () => {
  it("says of every pair what its first line says", () => {
    const binary = bufBinary();
    if (binary === undefined) {
      console.warn("left out: buf's binary is not here (npm package @bufbuild/buf)");
      expect(process.env.NEXUS_REQUIRE).not.toBe("all");
      return;
    }
    const work = mkdtempSync(join(tmpdir(), "nexus-breaking-"));
    try {
      const folders = ["v1", "v2"].map((version, index) => {
        const folder = join(work, version);
        for (const { name, texts } of fixtures) {
          write(join(folder, name, "shop.proto"), texts[index] ?? "");
        }
        write(join(folder, "nexus/options.proto"), builtinFile("nexus/options.proto")?.text ?? "");
        write(join(folder, "buf.yaml"), "version: v2\nbreaking:\n  use: [WIRE_JSON]\n");
        return folder;
      });
      const reported = bufBreaking(binary, folders);
      const said = fixtures.map(({ name }) => [name, reported.has(name) ? "reports" : "accepts"]);
      expect(said).toEqual(fixtures.map(({ name, buf }) => [name, buf]));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
});

function kindOf(change: string): string {
  return change.slice(0, change.indexOf("@"));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
