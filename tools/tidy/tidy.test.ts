import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { documentProblems } from "./documents.ts";
import { type Ratchets, sizeProblems } from "./sizes.ts";
import { type Problem, readTree, trackedPaths } from "./tree.ts";
import { wordProblems } from "./words.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const ratchets: Ratchets = JSON.parse(
  readFileSync(new URL("ratchets.json", import.meta.url), "utf8"),
);
const files = readTree(root);
const show = (problems: readonly Problem[]): string =>
  problems.map(({ path, line, message }) => `${path}:${line}: ${message}`).join("\n");

describe("this tree", () => {
  it("keeps files and functions small", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(show(sizeProblems(files, ratchets))).toBe("");
  });

  it("has no ratchet that is looser than it need be", () => {
    const tight = Object.fromEntries(
      Object.entries(ratchets).map(([place, lines]) => [place, lines - 1]),
    );
    const broken = new Set(
      sizeProblems(files, tight).map(({ path, message }) => {
        const name = /^function (\S+)/.exec(message)?.[1];
        return name === undefined ? path : `${path}#${name}`;
      }),
    );
    expect(Object.keys(ratchets).filter((place) => !broken.has(place))).toEqual([]);
  });

  it("gives every document one title and no broken link", () => {
    expect(show(documentProblems(files, new Set(trackedPaths(root))))).toBe("");
  });

  it("makes no promises in comments and names no machine", () => {
    expect(show(wordProblems(files))).toBe("");
  });
});

describe("the rules can fail", () => {
  const document = (text: string) => documentProblems([{ path: "docs/a.md", text }], new Set());

  it.each([
    ["two titles", "# A\n\n# B\n", "2 titles"],
    ["no title", "text\n", "0 titles"],
    ["a broken link", "# A\n[b](../b.md)\n", "leads nowhere"],
  ])("on %s", (_name, text, message) => {
    expect(show(document(text))).toContain(message);
  });

  it("but not on a link inside code", () => {
    expect(document("# A\n```\n[b](b.md)\n# c\n```\n`[b](b.md)`\n")).toEqual([]);
  });

  it("on a long file and a long function", () => {
    const body = "  work();\n".repeat(71);
    const long = { path: "a.ts", text: `function work() {\n${body}}\n` };
    expect(show(sizeProblems([long], {}))).toContain("function work has 73 lines");
    expect(sizeProblems([long], { "a.ts#work": 73 })).toEqual([]);
    const many = { path: "b.py", text: "a = 1\n".repeat(401) };
    expect(show(sizeProblems([many], {}))).toContain("401 lines");
  });

  it("on promises and left out tests", () => {
    const text = `// ${"TO"}DO later\ntest.${"on"}ly("x")\n`;
    expect(wordProblems([{ path: "a.ts", text }])).toHaveLength(2);
  });
});
