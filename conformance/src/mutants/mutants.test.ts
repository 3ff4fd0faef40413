import { expect, it } from "vitest";
import { languages } from "../runner/languages.ts";
import { loadTemplates } from "../runner/load.ts";
import { mutants } from "./index.ts";
import { caseOf } from "./run.ts";

const LEAST = 40;

it("are at least 40, each under a name of its own", () => {
  expect(mutants.length).toBeGreaterThanOrEqual(LEAST);
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
});

it("name cases that exist", () => {
  const node = languages().find(({ name }) => name === "node");
  if (node === undefined) throw new Error("there is no language node");
  const templates = loadTemplates();
  const lost = mutants.filter((mutant) => caseOf(mutant, templates, node) === undefined);
  expect(lost.map(({ name, killedBy }) => `${name}: ${killedBy}`)).toEqual([]);
});
