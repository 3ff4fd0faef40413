import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeToken, isReservedTopic, patternProblem, topicProblem } from "./topic.ts";

const tokens = (count: number) => Array(count).fill("t").join(".");

describe("topics", () => {
  it.each(["orders", "orders.eu.created", "a_b-c.%20", tokens(16), "x".repeat(255), "größe"])(
    "accept %s",
    (topic) => expect(topicProblem(topic)).toBeUndefined(),
  );

  it.each([
    ["", "empty"],
    ["a..b", "empty token"],
    [".a", "empty token"],
    ["a.", "empty token"],
    ["a.*", "patterns"],
    [">", "patterns"],
    [tokens(17), "16 tokens"],
    ["x".repeat(256), "255"],
    ["ä".repeat(128), "256 bytes"],
  ])("refuse %j", (topic, why) => expect(topicProblem(topic)).toContain(why));

  it("that begin with $ are a router's", () => {
    expect(isReservedTopic("$dead.orders")).toBe(true);
    expect(isReservedTopic("orders.$")).toBe(false);
  });
});

describe("patterns", () => {
  it.each(["orders.*.created", ">", "orders.>", "*.*.*.>", "a.b"])("accept %s", (pattern) =>
    expect(patternProblem(pattern)).toBeUndefined(),
  );

  it.each([
    ["a.>.b", "end"],
    ["*.*.*.*.>", "4 wildcards"],
    ["a..>", "empty token"],
  ])("refuse %s", (pattern, why) => expect(patternProblem(pattern)).toContain(why));

  it("take a wildcard only as a whole token", () => {
    expect(topicProblem("a*.b")).toBeUndefined();
    expect(patternProblem("a*.b")).toBeUndefined();
  });
});

describe("a template's value", () => {
  it("becomes one token that says the same", () => {
    expect(escapeToken("eu-west_1")).toBe("eu-west_1");
    expect(escapeToken("a.b c")).toBe("a%2Eb%20c");
    expect(escapeToken("*>")).toBe("%2A%3E");
    expect(escapeToken("é")).toBe("%C3%A9");
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (value) => {
        const well = value.toWellFormed();
        const token = escapeToken(well);
        expect(token).toMatch(/^([A-Za-z0-9_-]|%[0-9A-F]{2})+$/);
        expect(decodeURIComponent(token)).toBe(well);
      }),
    );
  });
});

/** The grammar once more, byte by byte as the specification has it. */
function model(name: string): { readonly isTopic: boolean; readonly isPattern: boolean } {
  const bytes = new TextEncoder().encode(name).length;
  const parts = name.split(".");
  const isName = bytes >= 1 && bytes <= 255 && parts.length <= 16 && parts.every((part) => part);
  const stars = parts.filter((part) => part === "*").length;
  const tails = parts.filter((part) => part === ">").length;
  const isTailLast = tails === 0 || (tails === 1 && parts.at(-1) === ">");
  return {
    isTopic: isName && stars + tails === 0,
    isPattern: isName && isTailLast && stars + tails <= 4,
  };
}

describe("any text", () => {
  const token = fc.oneof(
    fc.constantFrom("*", ">", "", "a", "$sys", "*a", ">>", "größe", "x".repeat(60)),
    fc.string({ unit: "grapheme", maxLength: 5 }),
  );
  const name = fc.array(token, { minLength: 1, maxLength: 18 }).map((parts) => parts.join("."));

  it("is a topic, a pattern, both or neither, as the grammar has it", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(name, (text) => {
        const { isTopic, isPattern } = model(text);
        seen.add(`${isTopic} ${isPattern}`);
        expect(topicProblem(text) === undefined).toBe(isTopic);
        expect(patternProblem(text) === undefined).toBe(isPattern);
      }),
      { numRuns: 3000 },
    );
    expect(seen).toEqual(new Set(["true true", "false true", "false false"]));
  });
});
