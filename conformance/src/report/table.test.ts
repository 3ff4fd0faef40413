import { describe, expect, it } from "vitest";
import type { Result } from "../runner/schedule.ts";
import type { LanguageCounts } from "../runner/summary.ts";
import { type Template, template } from "../runner/template.ts";
import { progressOn } from "./progress.ts";
import { table } from "./table.ts";

const result = (who: string, id: string, message?: string): Result => {
  const played: Template = template({ id, clauses: ["WIRE-1.1"], steps: [] });
  const outcome = { step: 0, message: message ?? "", milliseconds: 1, transcript: [] };
  return {
    who,
    case: { id, template: played, values: {}, transport: "tcp" },
    outcome: { ...outcome, passed: message === undefined },
  };
};

const counts = (executed: number, passed: number, knownFailing = 0): LanguageCounts => ({
  level: "core",
  templates: executed,
  executed,
  passed,
  failed: executed - passed - knownFailing,
  knownFailing,
  notRun: 0,
});

describe("the table at the end of a run", () => {
  it("has a row a family, a column a language, and the pairs", () => {
    const text = table({
      results: [
        result("node", "rpc.unary.one"),
        result("node", "rpc.unary.two"),
        result("node", "codec.json.one"),
        result("python", "rpc.unary.one", "why"),
        result("python", "rpc.unary.two", "late"),
        result("python:node", "rpc.unary.one", "why"),
      ],
      known: [
        { language: "python", case: "rpc.unary.one", message: "why", reason: "", expires: "" },
      ],
      summary: {
        suite: "1",
        languages: { node: counts(3, 3), python: counts(2, 0, 1), rust: counts(0, 0) },
        pairs: {
          "python:node": { executed: 1, failed: 1 },
          "node:python": { executed: 1, failed: 0 },
        },
        mutants: { planted: 0, killed: 0 },
      },
    });
    expect(text.split("\n")).toEqual([
      "            node  python                rust",
      "codec.json  1/1   .                     .",
      "rpc.unary   2/2   0/2 (1 known) FAILED  .",
      "all         3/3   0/2 (1 known) FAILED  not run",
      "",
      "python calls node  0/1 FAILED",
      "node calls python  1/1",
    ]);
  });
});

describe("progress", () => {
  it("writes one line anew on a terminal, not for every case", () => {
    let written = "";
    let now = 0;
    const write = (text: string): void => {
      written += text;
    };
    const progress = progressOn({ isTTY: true, write }, () => now);
    progress.begin("node", 3);
    progress.played(true);
    now = 200;
    progress.played(false);
    progress.clear();
    expect(written.split("\r\u001b[K").slice(1)).toEqual([
      "node: 0 of 3",
      "node: 2 of 3, 1 not passed",
      "",
    ]);
  });

  it("writes nothing where nobody looks", () => {
    let written = "";
    const write = (text: string): void => {
      written += text;
    };
    const progress = progressOn({ write });
    progress.begin("node", 3);
    progress.played(true);
    progress.clear();
    expect(written).toBe("");
  });
});
