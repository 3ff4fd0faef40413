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
