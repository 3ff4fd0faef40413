import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { explain } from "./explain.ts";
import { type GenerateOptions, generate } from "./generate.ts";
import { manifestName } from "./manifest.ts";
import { runStages } from "./stages.ts";
import { makeWorkspace, testLanguages } from "./testing/workspace.ts";

const one = 'syntax = "proto3";\npackage a;\nmessage One { string id = 1; }\n';
const two = 'syntax = "proto3";\npackage a;\nimport "one.proto";\nmessage Two { One one = 1; }\n';
const options = { languages: testLanguages, mode: "apply" } as const satisfies GenerateOptions;
const check = { languages: testLanguages, mode: "check" } as const satisfies GenerateOptions;

function twoFiles() {
  return makeWorkspace({ "schema/one.proto": one, "schema/two.proto": two });
}

describe("generate", () => {
  it("writes what is rendered, and nothing the second time", async () => {
    using workspace = twoFiles();
    const first = await generate(workspace.project(), options);
    expect(first).toMatchObject({ isOk: true, isChanged: true, problems: [] });
    expect(workspace.read("gen/two.txt")).toBe("Two\n");
    const before = statSync(workspace.path(`gen/${manifestName}`)).ino;
    const second = await generate(workspace.project(), options);
    expect(second).toMatchObject({ isOk: true, isChanged: false });
    expect(statSync(workspace.path(`gen/${manifestName}`)).ino).toBe(before);
    expect(await generate(workspace.project(), check)).toMatchObject({
      isOk: true,
      isChanged: false,
    });
  });

  it("under check writes nothing and says what is missing, changed, edited, orphaned", async () => {
    using workspace = twoFiles();
    expect(await generate(workspace.project(), check)).toMatchObject({ isOk: false });
    expect(existsSync(workspace.path("gen"))).toBe(false);
    workspace.write("schema/three.proto", one.replaceAll("One", "Three"));
    workspace.write("schema/four.proto", one.replaceAll("One", "Four"));
    await generate(workspace.project(), options);
    rmSync(workspace.path("gen/one.txt"));
    workspace.write("gen/two.txt", "mine\n");
    rmSync(workspace.path("schema/three.proto"));
    workspace.write("schema/four.proto", one.replaceAll("One", "Five"));
    const result = await generate(workspace.project(), check);
    expect(result.isOk).toBe(false);
    const reasons = Object.fromEntries(
      result.targets[0]?.entries.map(({ path, reason }) => [path, reason]) ?? [],
    );
    expect(reasons).toEqual({
      "four.txt": "changed",
      "one.txt": "missing",
      "three.txt": "orphan",
      "two.txt": "edited",
      [manifestName]: "changed",
    });
    expect(workspace.read("gen/two.txt")).toBe("mine\n");
  });

  it("deletes orphans and their empty folders, but no file it did not write", async () => {
    using workspace = makeWorkspace({
      "schema/deep/one.proto": one,
      "schema/two.proto": one.replace("One", "Two"),
    });
    await generate(workspace.project(), options);
    workspace.write("gen/mine.txt", "mine");
    rmSync(workspace.path("schema/deep"), { recursive: true });
    expect(await generate(workspace.project(), options)).toMatchObject({ isOk: true });
    expect(existsSync(workspace.path("gen/deep"))).toBe(false);
    expect(workspace.read("gen/mine.txt")).toBe("mine");
  });

  it("refuses edited files and files in the way, writing nothing for any target, until forced", async () => {
    using workspace = twoFiles();
    const targets = [
      { language: "outline", out: "gen" },
      { language: "outline", out: "other" },
    ];
    workspace.write("gen/one.txt", "mine\n");
    const project = workspace.project({ targets });
    const refused = await generate(project, options);
    expect(refused.isOk).toBe(false);
    expect(refused.problems).toMatchObject([
      { place: "gen/one.txt", message: "a file that nexus did not write is in the way" },
    ]);
    expect(existsSync(workspace.path("other"))).toBe(false);
    expect(await generate(project, { ...options, force: true })).toMatchObject({ isOk: true });
    workspace.write("gen/one.txt", "edited\n");
    const edited = await generate(project, options);
    expect(edited.problems[0]?.message).toContain("was edited since");
    expect(await generate(project, { ...options, force: true })).toMatchObject({ isOk: true });
    expect(workspace.read("gen/one.txt")).toBe("One\n");
  });

  it("refuses a broken manifest, and replaces it when forced", async () => {
    using workspace = twoFiles();
    await generate(workspace.project(), options);
    workspace.write(`gen/${manifestName}`, "{");
    const refused = await generate(workspace.project(), options);
    expect(refused.problems[0]).toMatchObject({ place: `gen/${manifestName}` });
    const forced = await generate(workspace.project(), { ...options, force: true });
    expect(forced.isOk).toBe(true);
  });

  it("does not replace the output for another language unless forced", async () => {
    using workspace = twoFiles();
    await generate(workspace.project(), options);
    const manifest = workspace.read(`gen/${manifestName}`).replace("outline", "python");
    workspace.write(`gen/${manifestName}`, manifest);
    const refused = await generate(workspace.project(), options);
    expect(refused.problems[0]?.message).toContain("holds the output for python");
    const forced = await generate(workspace.project(), { ...options, force: true });
    expect(forced.isOk).toBe(true);
  });

  it("does not write through links, nor over folders and files that are in the way", async () => {
    using workspace = makeWorkspace({ "schema/deep/one.proto": one, "outside/x": "" });
    mkdirSync(workspace.path("gen"));
    symlinkSync(workspace.path("outside"), workspace.path("gen/deep"));
    const linked = await generate(workspace.project(), { ...options, force: true });
    expect(linked.problems[0]?.message).toContain("leads out of the output folder");
    expect(existsSync(workspace.path("outside/one.txt"))).toBe(false);
    rmSync(workspace.path("gen/deep"));
    workspace.write("gen/deep", "a file");
    const file = await generate(workspace.project(), { ...options, force: true });
    expect(file.problems[0]?.message).toContain("a file is where a folder must be");
    rmSync(workspace.path("gen/deep"));
    mkdirSync(workspace.path("gen/deep/one.txt"), { recursive: true });
    const folder = await generate(workspace.project(), { ...options, force: true });
    expect(folder.problems[0]?.message).toContain("a folder is in the way");
  });

  it("reports problems of all stages and targets at once, with places as a person opens them", async () => {
    using workspace = makeWorkspace({
      "schema/bad.proto":
        'syntax = "proto3";\nimport "gone.proto";\nmessage M { Nowhere n = 1; }\n',
    });
    const targets = [
      { language: "outlin", out: "a" },
      { language: "outline", out: "b", options: { cse: "upper" } },
      { language: "outline", out: "b", options: { case: "lower" } },
    ];
    const result = await generate(workspace.project({ targets }), options);
    expect(result.isOk).toBe(false);
    expect(result.problems.map(({ place, help }) => `${place} ${help}`)).toEqual([
      '--lang.language did you mean "outline"?',
      '--lang.options.cse did you mean "case"?',
      "--lang.out give each target a folder of its own",
      "--lang.options.case the values are as-is, upper",
      expect.stringContaining("schema/bad.proto:2:8 looked in schema;"),
      expect.stringMatching(/^schema\/bad\.proto:3:13 /),
    ]);
    expect(existsSync(workspace.path("b"))).toBe(false);
  });
});

describe("explain", () => {
  it("prints the value after every stage, whole or of one type", async () => {
    using workspace = twoFiles();
    const stages = await runStages(workspace.project(), { languages: testLanguages, force: false });
    const text = (stage: string, type?: string): string => {
      const explained = explain(stages, stage, type);
      return explained.kind === "text" ? explained.text : `fault: ${explained.message}`;
    };
    expect(text("load")).toContain('"path": "two.proto"');
    expect(text("parse", "Two")).toContain('"Two"');
    expect(text("link", "a.Two")).toContain('"Two"');
    const model = JSON.parse(text("model", "Two"));
    expect(model).toMatchObject({ kind: "message", fields: [{ type: { message: "-> a.One" } }] });
    expect(text("check")).toBe("no problems");
    expect(JSON.parse(text("view", "Two"))[0].views).toHaveLength(1);
    expect(text("render", "a.Two")).toBe("== gen/two.txt\nTwo\n");
    expect(text("plan")).toContain("create gen/one.txt (new)");
    expect(text("rendr")).toContain('did you mean "render"?');
    expect(text("model", "Tow")).toContain('did you mean "Two"?');
  });
});
