import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAhead, StreamTable } from "./stream-table.ts";

describe("the stream table", () => {
  test("finds what a map finds, with long-lived ids, growth and wrap-around", () => {
    const start = fc.constantFrom(1, 2, 0xfffffff1, 0xfffffff0);
    fc.assert(
      fc.property(start, fc.array(fc.nat(9), { maxLength: 400, size: "max" }), (first, choices) => {
        const table = new StreamTable<{ id: number }>();
        const model = new Map<number, { id: number }>();
        let next = first;
        for (const choice of choices) {
          if (choice < 6) {
            const stream = { id: next };
            table.set(next, stream);
            model.set(next, stream);
            next = (next + 2) >>> 0;
          } else {
            const ids = [...model.keys()];
            // The oldest stays longest.
            const id = ids[choice === 9 ? 0 : ids.length - 1];
            if (id === undefined) continue;
            table.delete(id);
            model.delete(id);
          }
          expect(table.size).toBe(model.size);
        }
        for (const [id, stream] of model) expect(table.get(id)).toBe(stream);
        expect(table.get(next)).toBeUndefined();
        expect(new Set(table.all())).toEqual(new Set(model.values()));
      }),
      { numRuns: 300 },
    );
  });

  test("compares ids modulo 2^32", () => {
    expect(isAhead(1, 0xffffffff)).toBe(true);
    expect(isAhead(0xffffffff, 1)).toBe(false);
    expect(isAhead(7, 7)).toBe(false);
  });
});
