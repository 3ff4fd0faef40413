import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LazyMap, LazySet, SlimMap } from "./lazy.ts";

describe("a lazy map", () => {
  test("is empty until something is set, and again once all is gone", () => {
    const map = new LazyMap<number, string>();
    expect([map.size, map.get(1), map.delete(1), [...map.values()]]).toEqual([
      0,
      undefined,
      false,
      [],
    ]);
    map.set(1, "a");
    map.set(2, "b");
    map.set(1, "c");
    expect([map.size, map.get(1), [...map.values()]]).toEqual([2, "c", ["c", "b"]]);
    expect([map.delete(1), map.delete(1), map.size]).toEqual([true, false, 1]);
    map.clear();
    expect([map.size, map.get(2)]).toEqual([0, undefined]);
    map.set(3, "d");
    expect(map.get(3)).toBe("d");
  });
});

describe("a lazy set", () => {
  test("holds each item once, in order", () => {
    const set = new LazySet<string>();
    expect([set.size, set.has("a"), set.delete("a"), [...set]]).toEqual([0, false, false, []]);
    set.add("a");
    set.add("b");
    set.add("a");
    expect([set.size, set.has("a"), [...set]]).toEqual([2, true, ["a", "b"]]);
    expect([set.delete("a"), [...set]]).toEqual([true, ["b"]]);
  });
});

test("a slim map finds what a map finds", () => {
  const step = fc.record({ key: fc.nat(3), isSet: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const slim = new SlimMap<string, number>();
      const model = new Map<string, number>();
      for (const [at, { key, isSet }] of steps.entries()) {
        if (isSet) {
          slim.set(`${key}`, at);
          model.set(`${key}`, at);
        } else {
          slim.delete(`${key}`);
          model.delete(`${key}`);
        }
        expect(slim.size).toBe(model.size);
        for (let each = 0; each <= 3; each++) {
          expect(slim.get(`${each}`)).toBe(model.get(`${each}`));
        }
      }
    }),
  );
});
