/** Mutates real schemas: whatever comes out, compiling gives diagnostics with places, soon, and nothing else happens. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { invalidFixtures, validFixtures } from "./fixtures.ts";

const corpus = [...validFixtures().flatMap(({ files }) => files), ...invalidFixtures()].map(
  ({ text }) => text,
);
const words = corpus.join("\n").match(/[A-Za-z_]+|[0-9]+|"[^"\n]*"|[^\sA-Za-z0-9_]/g) ?? [];
const hostile = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "option (nexus.topic).name = ",
  "map<",
  "group G = 1 {",
  "extend google.protobuf.MessageOptions {",
  "\u0000",
  "\u2028",
  "\ud800",
  "/*",
  "//",
  '"',
  "'",
  "\\",
  "{".repeat(80),
  "[".repeat(80),
  "(".repeat(80),
  "a.".repeat(80),
  "9".repeat(400),
  "1e999",
  "-0",
  "max",
];

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.integer({ min: 0, max: 40 }),
  text: fc.oneof(
    fc.constantFrom(...words),
    fc.constantFrom(...hostile),
    fc.string({ maxLength: 8 }),
  ),
});
const runs = Number(process.env.NEXUS_FUZZ_RUNS ?? 1_500);
const timeMsMax = 1_000;

it(`gives diagnostics for ${runs} mutated schemas`, { timeout: 120_000 }, () => {
  const before = Object.getOwnPropertyNames(Object.prototype);
  const seed = Number(process.env.NEXUS_FUZZ_SEED ?? Date.now() % 2 ** 31);
  console.info(`NEXUS_FUZZ_SEED=${seed}`);
  fc.assert(
    fc.property(
      fc.constantFrom(...corpus),
      fc.array(edit, { minLength: 1, maxLength: 8 }),
      (source, edits) => {
        let text = source;
        for (const { at, cut, text: added } of edits) {
          const offset = Math.floor(at * text.length);
          text = text.slice(0, offset) + added + text.slice(offset + cut);
        }
        const start = performance.now();
        const { model, diagnostics } = compile([{ path: "a.proto", text }], {
          inputs: ["a.proto"],
        });
        expect(performance.now() - start).toBeLessThan(timeMsMax);
        const lines = text.split("\n").length;
        for (const { position, message } of diagnostics) {
          expect(message).not.toBe("");
          expect(position.line).toBeGreaterThan(0);
          expect(position.line).toBeLessThanOrEqual(lines);
          expect(position.column).toBeGreaterThan(0);
        }
        const hasErrors = diagnostics.some(({ severity }) => severity === "error");
        expect(model === undefined).toBe(hasErrors);
      },
    ),
    { seed, numRuns: runs },
  );
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
});
