import { describe, expect, it } from "vitest";
import { mismatches } from "./match.ts";

describe("what an observation must be", () => {
  it.each([
    [{ a: 1 }, { a: 1, b: 2 }],
    [
      [1, { a: 2 }],
      [1, { a: 2, c: 3 }],
    ],
    [{ $min: 1, $max: 3 }, 2],
    [{ $any: true }, null],
    [{ $absent: true }, undefined],
    [{ $one: [1, 2] }, 2],
    [{ $not: 1 }, 2],
    [{ $text: "ell" }, "hello"],
    [{ $count: 2 }, [1, 2]],
    [{ $has: [{ a: 1 }] }, [{ a: 2 }, { a: 1 }]],
    [{ $json: { a: 1 } }, '{"a":1}'],
    [{ $double: -0 }, "-0"],
  ])("%j takes %j", (expected, actual) => {
    expect(mismatches(expected, actual)).toEqual([]);
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, undefined],
    [[1, 2], [1]],
    [{ $min: 1 }, 0],
    [{ $min: 1 }, "2"],
    [{ $any: true }, undefined],
    [{ $absent: true }, 0],
    [{ $one: [1, 2] }, 3],
    [{ $not: 1 }, 1],
    [{ $text: "x" }, 5],
    [{ $count: 2 }, [1]],
    [{ $has: [1] }, []],
    [{ $json: { a: 1 } }, "no json"],
    [{ $double: -0 }, 0],
    [{ $unheard: 1 }, 1],
  ])("%j does not take %j", (expected, actual) => {
    expect(mismatches(expected, actual)).not.toEqual([]);
  });
});
