import { describe, expect, it } from "vitest";
import { configJsonSchema, parseConfig } from "./config.ts";
import { formatProblem } from "./problem.ts";

const good = { inputs: ["schema"], targets: [{ language: "python", out: "gen" }] };

describe("parseConfig", () => {
  it("takes the smallest config and every key of a full one", () => {
    expect(parseConfig(good, "f").kind).toBe("config");
    const full = {
      $schema: "./x.json",
      inputs: ["a", "b.proto"],
      roots: ["."],
      targets: [
        {
          language: "typescript",
          out: "gen/ts",
          package: "@acme/orders",
          imports: { "acme.common.v1": { package: "@acme/common" } },
          options: { importExtension: "ts", deep: true, depth: 3 },
        },
      ],
    };
    expect(parseConfig(full, "f")).toEqual({ kind: "config", config: full });
  });

  const target = good.targets[0];
  const faults: readonly (readonly [string, unknown, readonly string[]])[] = [
    ["nothing", undefined, ["f: (top): error: the key is missing"]],
    ["a list", [], ["f: (top): error: must be an object"]],
    [
      "no keys",
      {},
      ["f: inputs: error: the key is missing", "f: targets: error: the key is missing"],
    ],
    ["empty inputs", { ...good, inputs: [] }, ["f: inputs: error: must not be empty"]],
    ["an empty input", { ...good, inputs: [""] }, ["f: inputs[0]: error: must not be empty"]],
    ["inputs as text", { ...good, inputs: "schema" }, ["f: inputs: error: must be a list"]],
    ["roots as numbers", { ...good, roots: [1] }, ["f: roots[0]: error: must be a text"]],
    ["no targets", { ...good, targets: [] }, ["f: targets: error: must not be empty"]],
    [
      "a target without out",
      { ...good, targets: [{ language: "python" }] },
      ["f: targets[0].out: error: the key is missing"],
    ],
    [
      "a misspelt key",
      { ...good, target: [] },
      ['f: target: error: there is no key "target"\n  help: did you mean "targets"?'],
    ],
    [
      "a misspelt key of a target",
      { ...good, targets: [{ ...target, lang: "x" }] },
      ['f: targets[0].lang: error: there is no key "lang"'],
    ],
    [
      "an import that is text",
      { ...good, targets: [{ ...target, imports: { "acme.v1": "@acme/x" } }] },
      ['f: targets[0].imports["acme.v1"]: error: must be an object'],
    ],
    [
      "an option that is a list",
      { ...good, targets: [{ ...target, options: { x: [] } }] },
      ["f: targets[0].options.x: error: must be a text, a number, true or false"],
    ],
  ];
  it.each(faults)("names the key and the remedy: %s", (_name, value, expected) => {
    const result = parseConfig(value, "f");
    if (result.kind !== "problems") throw new Error("the config was taken");
    const texts = result.problems.map(formatProblem);
    for (const [index, text] of expected.entries()) expect(texts[index]).toContain(text);
    expect(texts).toHaveLength(expected.length);
    for (const problem of result.problems) expect(problem.help).toBeTruthy();
  });
});

describe("configJsonSchema", () => {
  it("describes the keys and closes the object", () => {
    expect(configJsonSchema()).toMatchObject({
      type: "object",
      required: ["inputs", "targets"],
      additionalProperties: false,
      properties: { inputs: { type: "array" }, targets: { type: "array" } },
    });
  });
});
