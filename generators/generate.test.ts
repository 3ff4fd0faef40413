import {
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { generate } from "./generate.ts";
import { languages } from "./languages.ts";

let folder: string;
let config: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "nexus-generators-")));
  config = join(folder, "nexus.config.json");
  writeFileSync(
    join(folder, "shop.proto"),
    'syntax = "proto3";\npackage shop;\nmessage Order {}\n',
  );
  const targets = languages.map(({ name }) => ({ language: name, out: `gen/${name}` }));
  writeFileSync(config, JSON.stringify({ inputs: ["shop.proto"], targets }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("languages", () => {
  it.each(languages.map((row) => [row.name, row] as const))("%s loads", async (name, row) => {
    const language = await row.generator();
    expect(language.name).toBe(name);
    for (const option of language.options) {
      expect(option.values ?? [option.defaultValue]).toContain(option.defaultValue);
    }
  });
});

describe("generate", () => {
  it("writes every target, then nothing, and narrows to the languages asked for", async () => {
    const [first] = languages;
    await generate({ config, languages: [first?.name ?? ""] });
    for (const { name } of languages) {
      expect(existsSync(join(folder, "gen", name))).toBe(name === first?.name);
    }
    expect((await generate({ config })).summary).toMatch(/^[1-9]\d* written, [1-9]\d* unchanged$/);
    expect((await generate({ config })).summary).toMatch(/^0 written, /);
  });

  it("throws every problem in one error, and under check what is stale", async () => {
    await expect(generate({ config, mode: "check" })).rejects.toThrow(/shop\.\w+: new/);
    writeFileSync(
      join(folder, "shop.proto"),
      'syntax = "proto3";\nmessage Order { X a = 1; Y b = 2; }\n',
    );
    await expect(generate({ config })).rejects.toThrow(/shop\.proto:2:17[\s\S]*shop\.proto:2:26/);
    writeFileSync(config, "{}");
    await expect(generate({ config })).rejects.toThrow(/inputs[\s\S]*targets/);
    await expect(generate({ config: join(folder, "gone.json") })).rejects.toThrow("no such config");
  });

  it("emits the same bytes twice", async () => {
    await generate({ config });
    const read = () =>
      languages.map(({ name }) =>
        readFileSync(join(folder, "gen", name, ".nexus-manifest.json"), "utf8"),
      );
    const before = read();
    rmSync(join(folder, "gen"), { recursive: true });
    await generate({ config });
    expect(read()).toEqual(before);
  });
});
