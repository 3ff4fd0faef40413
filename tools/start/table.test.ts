import { describe, expect, it } from "vitest";
import { failures, table } from "./table.ts";

const languages = ["node", "python"];
const reached = [
  { caller: "node", call: "GetOrder", provider: "node", ms: 1.25 },
  { caller: "node", call: "GetOrder", provider: "python", ms: 12 },
  { caller: "python", call: "GetOrder", provider: "node", ms: 3 },
];

describe("the table of what called what", () => {
  it("has a row for every pair and a dash where nothing was called", () => {
    const rows = table(reached, languages, (name) => name.toUpperCase()).split("\n");
    expect(rows).toHaveLength(6);
    expect(rows[3]).toMatch(/^NODE -> PYTHON +12\.0$/);
    expect(rows[5]).toMatch(/^PYTHON -> PYTHON +-$/);
  });
});

describe("the failures", () => {
  it("name a pair that never met, and what a client said", () => {
    const said = { caller: "python", call: "Chat", error: "UNAVAILABLE" };
    expect(failures([...reached, said], languages)).toEqual([
      "python -> any, Chat: UNAVAILABLE",
      "python -> python: no call succeeded",
    ]);
  });

  it("are empty when everybody reached everybody", () => {
    const last = { caller: "python", call: "GetOrder", provider: "python", ms: 1 };
    expect(failures([...reached, last], languages)).toEqual([]);
  });
});
