import fc from "fast-check";
import { expect, it } from "vitest";
import { StreamTable } from "./stream-table.ts";

it("a stream table holds what a map would hold", () => {
  const step = fc.record({ id: fc.integer({ min: 1, max: 9_000 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new StreamTable<{ readonly id: number }>();
      const map = new Map<number, { readonly id: number }>();
      for (const { id, add } of steps) {
        const near = (id * 2048) % 9_000;
        for (const each of [id, near]) {
          if (add && !map.has(each)) {
            const stream = { id: each };
            table.set(each, stream);
            map.set(each, stream);
          } else if (!add) {
            table.delete(each);
            map.delete(each);
          }
          expect(table.get(each)).toBe(map.get(each));
        }
      }
      for (const [id, stream] of map) expect(table.get(id)).toBe(stream);
      expect(table.values()).toHaveLength(map.size);
      table.clear();
      expect(table.values()).toEqual([]);
    }),
  );
});
