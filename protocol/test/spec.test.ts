import { readFileSync } from "node:fs";
import { Flag, FrameType, Offset, Tag } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

// A table may be padded to align its columns.
const spec = readFileSync(new URL("../SPEC.md", import.meta.url), "utf8").replace(/ +/g, " ");
const clauses = [...spec.matchAll(/\*\*WIRE-(\d+)\.(\d+)\*\*|^\| WIRE-(\d+)\.(\d+) \|/gm)].map(
  ([, section = "", number = "", tableSection = "", tableNumber = ""]) =>
    [Number(section || tableSection), Number(number || tableNumber)] as const,
);
const hex = (number: number) => number.toString(16).toUpperCase().padStart(2, "0");

describe("SPEC.md", () => {
  it("numbers its clauses from 1 without a hole in every section", () => {
    expect(clauses.length).toBeGreaterThan(80);
    const last = new Map<number, number>();
    for (const [section, number] of clauses) {
      expect([section, number]).toEqual([section, (last.get(section) ?? 0) + 1]);
      last.set(section, number);
    }
  });

  it("cites only clauses that it has", () => {
    const defined = new Set(clauses.map(([section, number]) => `${section}.${number}`));
    for (const [, cited = ""] of spec.matchAll(/WIRE-(\d+\.\d+)/g))
      expect(defined).toContain(cited);
  });

  it("knows every frame type, with its number", () => {
    for (const [name, number] of Object.entries(FrameType)) {
      const row = new RegExp(
        `^\\|.*\\b${hex(number)}\\b.*\\b${name}\\b|${name} \\(${hex(number)}\\)`,
        "m",
      );
      expect(spec, name).toMatch(row);
    }
  });

  it("knows every flag, with its bit", () => {
    for (const [name, flag] of Object.entries(Flag))
      expect(spec).toMatch(new RegExp(`\\b${Math.log2(flag)}\\s${name}\\b`));
  });

  it("knows every field of the header, at its offset", () => {
    for (const [name, offset] of Object.entries(Offset))
      expect(spec).toMatch(new RegExp(`^\\| ${offset} \\| [124] \\| ${name} \\|`, "m"));
  });

  it("knows every tag of meta", () => {
    for (const tag of Object.values(Tag))
      expect(spec).toMatch(new RegExp(`^\\| ${hex(tag)} \\|`, "m"));
  });
});
